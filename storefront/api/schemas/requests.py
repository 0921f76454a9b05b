"""Petitions, complaints, claims and suggestions (PQR)."""

from marshmallow import fields

from storefront.api.fields import Choice, Text
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.enums import RequestKind
from storefront.services.customer_requests.filing import MAX_NAME, MAX_ORDER_NUMBER, MAX_TEXT


class FileRequestSchema(RequestSchema):
    """What somebody files; the answer goes to `email`. Phone and order number may be left out."""

    kind = Choice(tuple(RequestKind), required=True)
    name = Text(most=MAX_NAME, least=1, required=True)
    email = Text(most=254, least=1, required=True, metadata={"example": "shopper@example.com"})
    phone = Text(most=40, load_default="")
    order_number = Text(most=MAX_ORDER_NUMBER, load_default="", metadata={"example": "2026-11-0042"})
    text = Text(most=MAX_TEXT, least=1, lines=True, required=True)


class FiledSchema(ResponseSchema):
    """The filing number, which is mailed too."""

    request_number = fields.String(metadata={"example": "PQR-2026-11-0042"})
