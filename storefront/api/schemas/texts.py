"""What the shop says of itself: its texts, who sells, and how to reach it."""

from marshmallow import fields

from storefront.api.fields import Moment, QueryInteger
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.api.schemas.receipts import SellerSchema
from storefront.enums import TextPage

_LATEST = 2**31 - 1


class TextVersionSchema(RequestSchema):
    """Which version of a text; without it, the newest."""

    version = QueryInteger(most=_LATEST)


class TextSchema(ResponseSchema):
    """A text in the language of the request, as plain text in the shop's small markup and as HTML.

    Version 0 is the text that the shop came with. An order has the version of the terms it was made under.
    """

    page = fields.String(metadata={"enum": list(TextPage)})
    title = fields.String()
    version = fields.Integer()
    saved_at = Moment(allow_none=True)
    text = fields.String()
    html = fields.String()


class ContactSchema(ResponseSchema):
    """How shoppers reach the shop; empty where it is not given."""

    email = fields.String()
    phone = fields.String()
    whatsapp = fields.String(metadata={"description": "Digits, with the country's."})
    hours = fields.String()


class PickupSchema(ResponseSchema):
    """Where and when orders are picked up."""

    address = fields.String()
    hours = fields.String()


class ShopSchema(ResponseSchema):
    """Who sells, and how to reach them."""

    name = fields.String()
    seller = fields.Nested(SellerSchema)
    contact = fields.Nested(ContactSchema)
    pickup = fields.Nested(PickupSchema)
