"""Schemas that several requests and responses share."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from storefront.api.fields import Integer, QueryInteger, Text
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.api.schemas.quote import QuoteSchema
from storefront.enums import DocumentType

MAX_QUANTITY = 100
MAX_LINES = 50


class ItemSchema(RequestSchema):
    """A quantity of a product, by its id or slug, or of one of its variants; a product with one needs no variant."""

    product_id = Text(most=80, least=1, load_default="")
    variant_id = Text(most=26, least=1, load_default="")
    quantity = Integer(least=1, most=MAX_QUANTITY, required=True)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def require_one(self, _data: dict[str, Any], original: Any, **_options: Any) -> None:
        """Refuse an item that names neither; a wrong name is refused already."""
        if isinstance(original, dict) and "productId" not in original and "variantId" not in original:
            raise ValidationError("required", "productId")


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


class DocumentSchema(RequestSchema):
    """The buyer's document; a NIT has its check digit (`901234567-7`), `pasaporte` is `PAS`."""

    type = Text(most=20, least=1, required=True, metadata={"example": "CC", "description": "CC, CE, NIT or PAS"})
    number = Text(most=40, least=1, required=True, metadata={"example": "1020304050"})


class KeptDocumentSchema(ResponseSchema):
    """A checked document, as the shop stores it."""

    type = fields.String(metadata={"enum": list(DocumentType), "example": "CC"})
    number = fields.String(metadata={"example": "1020304050"})


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


class ShortListSchema(PagingSchema):
    """Page and page size of a list that nearly always fits on one page."""

    limit = QueryInteger(least=1, most=100, load_default=100)


class ErrorEntrySchema(ResponseSchema):
    """The problem of one field."""

    field = fields.String(metadata={"example": "items[0].quantity"})
    message = fields.String()


class ShortageSchema(ResponseSchema):
    """A variant with less stock than requested."""

    product_id = fields.String()
    variant_id = fields.String()
    name = fields.String()
    quantity = fields.Integer()
    available = fields.Integer()


class VariantChoiceSchema(ResponseSchema):
    """A variant that could be meant."""

    variant_id = fields.String()
    sku = fields.String()
    options = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"example": {"Talla": "M"}})
    price = fields.Integer()
    available = fields.Integer()


class ProblemSchema(ResponseSchema):
    """What went wrong (RFC 9457); `code` is for machines and never translated.

    `quote` comes with `price_changed`, `shortages` with `out_of_stock`, `variants` with `variant_required`.
    """

    sometimes = ("quote", "shortages", "variants")

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
    variants = fields.List(fields.Nested(VariantChoiceSchema))


def slice_of(rows: Sequence[Any], query: Mapping[str, int]) -> dict[str, Any]:
    """Return the page of a whole list that a query asks for."""
    first = (query["page"] - 1) * query["limit"]
    page = {"page": query["page"], "limit": query["limit"], "total": len(rows)}
    return {"items": rows[first : first + query["limit"]], **page}


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


class CardSchema(ResponseSchema):
    """The card that something is paid with, or was."""

    brand = fields.String()
    last4 = fields.String()
