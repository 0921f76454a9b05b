"""Orders, as their buyer sees them."""

from typing import Any

from marshmallow import fields

from storefront.api.fields import Choice, Moment
from storefront.api.schema import Answer
from storefront.api.schemas.common import KeptAddressSchema, PagingSchema, page_of
from storefront.wording import event_words

STATUSES = ("pending", "confirmed", "processing", "shipped", "delivered", "cancelled", "returned", "refunded")


class ListOrdersSchema(PagingSchema):
    """Which orders."""

    status = Choice(STATUSES)


class OrderLineSchema(Answer):
    """A bought line, frozen at the time of the order."""

    product_id = fields.String(allow_none=True)
    slug = fields.String()
    kind = fields.String()
    name = fields.String()
    quantity = fields.Integer()
    unit_price = fields.Integer(attribute="unit_price_minor")
    line_total = fields.Integer(attribute="total_minor")
    discount = fields.Integer(attribute="discount_minor")
    tax = fields.Integer(attribute="tax_minor")


class OrderSummarySchema(Answer):
    """An order in a list."""

    order_id = fields.String(attribute="public_id")
    order_number = fields.String(attribute="number")
    status = fields.String(metadata={"enum": list(STATUSES)})
    payment_status = fields.String()
    placed_at = Moment()
    paid_at = Moment(allow_none=True)
    currency = fields.String()
    subtotal = fields.Integer(attribute="subtotal_minor")
    discount = fields.Integer(attribute="discount_minor")
    shipping = fields.Integer(attribute="shipping_minor")
    tax = fields.Integer(attribute="tax_minor")
    total = fields.Integer(attribute="total_minor")
    refunded = fields.Integer(attribute="refunded_minor")
    coupon_code = fields.String(allow_none=True)
    shipping_method = fields.String(allow_none=True)
    lines = fields.List(fields.Nested(OrderLineSchema))


class HistoryEntrySchema(Answer):
    """A step of the order, in words."""

    at = Moment()
    status = fields.String(attribute="new")
    message = fields.Function(lambda step: event_words(step.kind, step.new, step.note), metadata={"type": "string"})


class Told(fields.List[Any]):
    """The steps of a history that are for its buyer; the others are for staff."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[Any] | None:
        told = [step for step in value if event_words(step.kind, step.new, step.note)]
        return super()._serialize(told, attr, obj, **kwargs)


class TrackingSchema(Answer):
    """The parcel."""

    state = fields.String()
    carrier = fields.String(allow_none=True)
    guide = fields.String(allow_none=True)
    tracking_url = fields.String(allow_none=True)
    shipped_at = Moment(allow_none=True)
    delivered_at = Moment(allow_none=True)


class OrderSchema(OrderSummarySchema):
    """One order with everything that its buyer may know."""

    customer_email = fields.String(attribute="email")
    shipping_address = fields.Nested(KeptAddressSchema, attribute="address", allow_none=True)
    delivery_earliest = fields.String(allow_none=True)
    delivery_latest = fields.String(allow_none=True)
    customer_notes = fields.String(attribute="notes")
    history = Told(fields.Nested(HistoryEntrySchema))
    tracking = fields.Nested(TrackingSchema, attribute="shipment", allow_none=True)


OrdersSchema = page_of(OrderSummarySchema, "OrdersSchema")
