"""Schemas that several requests and responses share."""

from typing import Any

from marshmallow import fields

from storefront.api.fields import Integer, QueryInteger, Text
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.api.schemas.quote import QuoteSchema

MAX_QUANTITY = 100
MAX_LINES = 50


class ItemSchema(RequestSchema):
    """A product, by its id or slug, and a quantity."""

    product_id = Text(most=80, least=1, required=True)
    quantity = Integer(least=1, most=MAX_QUANTITY, required=True)


class AddressSchema(RequestSchema):
    """A delivery address; for `pickup` names and phone are enough."""

    first_name = Text(most=60, required=True)
    last_name = Text(most=60, required=True)
    phone = Text(most=40, required=True, metadata={"example": "+573001234567"})
    street = Text(most=160, load_default="", metadata={"example": "Calle 123 #45-67"})
    city = Text(most=80, load_default="", metadata={"example": "Bogotá"})
    state = Text(most=80, load_default="", metadata={"example": "Cundinamarca"})
    zip_code = Text(most=20, load_default="", allow_none=True, metadata={"example": "110111"})
    country = Text(most=40, load_default="CO", metadata={"example": "Colombia"})


class KeptAddressSchema(ResponseSchema):
    """A checked address, as the shop stores it."""

    first_name = fields.String()
    last_name = fields.String()
    phone = fields.String()
    street = fields.String()
    city = fields.String()
    state = fields.String(attribute="department")
    zip_code = fields.String()
    country = fields.String()


class DatesSchema(ResponseSchema):
    """Two days, both included."""

    earliest = fields.Date()
    latest = fields.Date()


class PagingSchema(RequestSchema):
    """Page and page size of a list."""

    page = QueryInteger(least=1, most=100_000, load_default=1)
    limit = QueryInteger(least=1, most=100, load_default=20)


class ErrorEntrySchema(ResponseSchema):
    """The problem of one field."""

    field = fields.String(metadata={"example": "items[0].quantity"})
    message = fields.String()


class ShortageSchema(ResponseSchema):
    """A product with less stock than requested."""

    product_id = fields.String()
    name = fields.String()
    quantity = fields.Integer()
    available = fields.Integer()


class ProblemSchema(ResponseSchema):
    """What went wrong (RFC 9457); `code` is for machines and never translated.

    `quote` comes with `price_changed`, `shortages` with `out_of_stock`.
    """

    sometimes = ("quote", "shortages")

    type = fields.String(metadata={"example": "/api/docs#invalid_request"})
    title = fields.String()
    status = fields.Integer(metadata={"example": 400})
    detail = fields.String()
    instance = fields.String(metadata={"example": "/api/checkout/create-session"})
    code = fields.String(metadata={"example": "invalid_request"})
    errors = fields.List(fields.Nested(ErrorEntrySchema))
    request_id = fields.String()
    quote = fields.Nested(QuoteSchema)
    shortages = fields.List(fields.Nested(ShortageSchema))


def page_of(inner: type[ResponseSchema], name: str) -> type[ResponseSchema]:
    """Return the schema of one page of a list."""
    parts: dict[str, Any] = {
        "items": fields.List(fields.Nested(inner)),
        "page": fields.Integer(),
        "limit": fields.Integer(),
        "total": fields.Integer(metadata={"description": "Exact up to 1000; there may be more where it is 1000."}),
        "__doc__": "One page of a longer list.",
    }
    return type(name, (ResponseSchema,), parts)
