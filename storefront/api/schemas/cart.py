"""The customer's cart, which browser and app share."""

from marshmallow import fields

from storefront.api.fields import Choice, Integer, Part, Text
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.api.schemas.checkout import OfferSchema
from storefront.api.schemas.common import (
    MAX_QUANTITY,
    AddressSchema,
    DocumentSchema,
    KeptAddressSchema,
    KeptDocumentSchema,
)
from storefront.api.schemas.quote import QuoteSchema
from storefront.enums import Method


class QuantitySchema(RequestSchema):
    """A quantity; 0 removes the product."""

    quantity = Integer(least=0, most=MAX_QUANTITY, required=True)


class CouponCodeSchema(RequestSchema):
    """A coupon's code."""

    coupon_code = Text(most=40, least=1, required=True)


class CartShippingSchema(RequestSchema):
    """The cart's delivery address and method; a document that is left out stays, and `null` takes it off."""

    shipping_method = Choice(tuple(Method), required=True)
    shipping_address = Part(AddressSchema, load_default=None)
    buyer_document = Part(DocumentSchema, allow_none=True)


class CartLineSchema(ResponseSchema):
    """A line as it stands now; `problem` is empty, `out_of_stock`, `unavailable` or `one_plan` (one at a time)."""

    product_id = fields.String()
    variant_id = fields.String()
    sku = fields.String()
    options = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"example": {"Talla": "M"}})
    slug = fields.String()
    name = fields.String()
    kind = fields.String()
    quantity = fields.Integer()
    unit_price = fields.Integer(attribute="unit_price_minor")
    previous_price = fields.Integer(attribute="previous_price_minor", allow_none=True)
    line_total = fields.Integer(attribute="total_minor")
    available = fields.Integer()
    interval = fields.String(allow_none=True, metadata={"enum": ["month", "year", None]})
    trial_days = fields.Integer()
    problem = fields.String(metadata={"enum": ["", "out_of_stock", "unavailable", "one_plan"]})


class CartCouponSchema(ResponseSchema):
    """The coupon on the cart, and why it does not count if it does not."""

    coupon_code = fields.String()
    valid = fields.Boolean()
    code = fields.String(allow_none=True)
    message = fields.String()


class CartMessageSchema(ResponseSchema):
    """Something that changed since the last look."""

    code = fields.String()
    message = fields.String()


class CartSchema(ResponseSchema):
    """The whole cart, priced anew."""

    lines = fields.List(fields.Nested(CartLineSchema))
    count = fields.Integer()
    coupon = fields.Nested(CartCouponSchema, allow_none=True)
    shipping_method = fields.String(allow_none=True)
    shipping_address = fields.Nested(KeptAddressSchema, allow_none=True)
    buyer_document = fields.Nested(KeptDocumentSchema, allow_none=True)
    shipping_options = fields.List(fields.Nested(OfferSchema))
    needs_shipping = fields.Boolean()
    needs_consent = fields.Boolean()
    needs_document = fields.Boolean()
    can_check_out = fields.Boolean()
    amount_to_free_shipping = fields.Integer()
    quote = fields.Nested(QuoteSchema)
    messages = fields.List(fields.Nested(CartMessageSchema))
