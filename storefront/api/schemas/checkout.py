"""Requests and responses of the checkout."""

from marshmallow import fields

from storefront.api.fields import Boolean, Choice, Integer, Items, Moment, Part, Text
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.api.schemas.common import MAX_LINES, AddressSchema, DatesSchema, DocumentSchema, ItemSchema
from storefront.api.schemas.quote import QuoteSchema
from storefront.enums import Method

_URL = 2048


class ReturnUrlsSchema(RequestSchema):
    """Where the payment page sends the buyer; origin or app scheme must be on the shop's list."""

    # Cut above the limit: a longer one is a return address that is not allowed, like any other.
    success_url = Text(most=8 * _URL, required=True, raw=True, metadata={"maxLength": _URL})
    cancel_url = Text(most=8 * _URL, required=True, raw=True, metadata={"maxLength": _URL})


class CreateSessionSchema(ReturnUrlsSchema):
    """A purchase; without `items` it is the customer's cart. Prices come from the catalogue."""

    items = Items(Part(ItemSchema), most=MAX_LINES)
    shipping_address = Part(AddressSchema, load_default=None)
    shipping_method = Choice(tuple(Method), load_default=None)
    coupon_code = Text(most=40, load_default=None)
    buyer_document = Part(DocumentSchema, load_default=None, allow_none=True)
    customer_notes = Text(most=500, lines=True, load_default="")
    digital_consent = Boolean(load_default=False)
    expected_total = Integer(load_default=None)


class StartedSchema(ResponseSchema):
    """A page where the order can be paid."""

    session_id = fields.String(metadata={"example": "cs_test_a1b2c3"})
    checkout_url = fields.String()
    order_id = fields.String()
    order_number = fields.String(metadata={"example": "2026-11-0001"})
    expires_at = Moment()
    quote = fields.Nested(QuoteSchema)


class SessionSchema(ResponseSchema):
    """A payment page and its order, as they stand now."""

    session_id = fields.String()
    status = fields.String(metadata={"enum": ["open", "complete", "expired"]})
    payment_status = fields.String(attribute="order.payment_status")
    order_id = fields.String(attribute="order.public_id")
    order_number = fields.String(attribute="order.number")
    order_status = fields.String(attribute="order.status")
    amount_total = fields.Integer(attribute="order.total_minor")
    currency = fields.String(attribute="order.currency")
    customer_email = fields.String(attribute="order.email")
    expires_at = Moment()
    paid_at = Moment(attribute="order.paid_at", allow_none=True)


class ApplyCouponSchema(RequestSchema):
    """A code, and what it should apply to."""

    coupon_code = Text(most=40, least=1, required=True, metadata={"example": "FIT10"})
    items = Items(Part(ItemSchema), most=MAX_LINES, required=True)


class CouponWorthSchema(ResponseSchema):
    """What a coupon takes off; `discountValue` is whole percent or minor units."""

    valid = fields.Function(lambda _worth: True, metadata={"type": "boolean"})
    coupon_code = fields.String(attribute="code")
    discount_type = fields.String(attribute="kind", metadata={"enum": ["percent", "fixed", "free_shipping"]})
    discount_value = fields.Integer(attribute="value")
    discount_amount = fields.Integer(attribute="discount_minor")
    subtotal = fields.Integer(attribute="subtotal_minor")
    total = fields.Integer(attribute="total_minor")
    currency = fields.Function(lambda _worth: "COP", metadata={"type": "string"})
    message = fields.String()


class CalculateShippingSchema(RequestSchema):
    """Items, delivery method and municipality; `city` is optional for `pickup`."""

    items = Items(Part(ItemSchema), most=MAX_LINES, required=True)
    shipping_method = Choice(tuple(Method), load_default=Method.STANDARD)
    city = Text(most=80, load_default=None, metadata={"example": "Medellín"})


class OfferSchema(ResponseSchema):
    """A shipping option; not `available` if it does not reach the place."""

    shipping_method = fields.String(attribute="method")
    shipping_cost = fields.Integer(attribute="price_minor")
    is_free = fields.Boolean()
    available = fields.Boolean(attribute="is_available")
    estimated_delivery = fields.Nested(DatesSchema, attribute="window", allow_none=True)


class DeliverySchema(ResponseSchema):
    """The price of delivery, by the chosen method and by every other."""

    shipping_method = fields.String(attribute="method")
    city = fields.String(allow_none=True)
    shipping_cost = fields.Function(
        lambda delivery: delivery.chosen.price_minor if delivery.chosen else 0, metadata={"type": "integer"}
    )
    is_free = fields.Function(
        lambda delivery: delivery.chosen is None or delivery.chosen.price_minor == 0, metadata={"type": "boolean"}
    )
    free_shipping_threshold = fields.Integer(attribute="free_from_minor", allow_none=True)
    amount_to_free_shipping = fields.Integer(attribute="missing_minor")
    subtotal = fields.Integer(attribute="subtotal_minor")
    currency = fields.Function(lambda _delivery: "COP", metadata={"type": "string"})
    estimated_delivery = fields.Nested(DatesSchema, attribute="window", allow_none=True)
    options = fields.List(fields.Nested(OfferSchema), attribute="offers")
