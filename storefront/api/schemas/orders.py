"""Orders, as their buyer sees them."""

from typing import Any

from marshmallow import fields

from storefront.api.fields import Choice, Integer, Items, Moment, Part, Text
from storefront.api.schema import RequestSchema, ResponseSchema
from storefront.api.schemas.cart import CartMessageSchema, CartSchema
from storefront.api.schemas.common import (
    MAX_LINES,
    CardSchema,
    KeptAddressSchema,
    KeptDocumentSchema,
    PagingSchema,
    page_of,
)
from storefront.enums import OrderStatus
from storefront.i18n import event_label


class ListOrdersSchema(PagingSchema):
    """The filters of the list of orders."""

    status = Choice(tuple(OrderStatus))


class FindOrderSchema(RequestSchema):
    """The number of an order and the e-mail that it was placed with."""

    order_number = Text(most=40, least=1, required=True, metadata={"example": "2026-11-0042"})
    email = Text(most=254, least=1, required=True, metadata={"example": "shopper@example.com"})


class OrderLineSchema(ResponseSchema):
    """A bought line, frozen at the time of the order."""

    line_id = fields.String(attribute="id")
    product_id = fields.String(allow_none=True)
    variant_id = fields.String(allow_none=True)
    sku = fields.String()
    options = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"example": {"Talla": "M"}})
    slug = fields.String()
    kind = fields.String()
    name = fields.String()
    quantity = fields.Integer()
    refunded_quantity = fields.Integer(attribute="refunded")
    unit_price = fields.Integer(attribute="unit_price_minor")
    line_total = fields.Integer(attribute="total_minor")
    discount = fields.Integer(attribute="discount_minor")
    tax = fields.Integer(attribute="tax_minor")


class OrderSummarySchema(ResponseSchema):
    """An order in a list."""

    order_id = fields.String(attribute="public_id")
    order_number = fields.String(attribute="number")
    status = fields.String(metadata={"enum": list(OrderStatus)})
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


class HistoryEntrySchema(ResponseSchema):
    """An event of the order, with its message."""

    at = Moment()
    status = fields.String(attribute="new")
    message = fields.Function(lambda step: event_label(step.kind, step.new, step.code), metadata={"type": "string"})


class BuyerHistory(fields.List[Any]):
    """The events of a history that the buyer sees; the others are for staff."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[Any] | None:
        steps = [step for step in value if event_label(step.kind, step.new, step.code)]
        return super()._serialize(steps, attr, obj, **kwargs)


class TrackingSchema(ResponseSchema):
    """The shipment."""

    state = fields.String()
    carrier = fields.String(allow_none=True)
    guide = fields.String(attribute="tracking_number", allow_none=True)
    tracking_url = fields.String(allow_none=True)
    shipped_at = Moment(allow_none=True)
    delivered_at = Moment(allow_none=True)


class ParcelLineSchema(ResponseSchema):
    """Units of a line in a parcel."""

    line_id = fields.String(attribute="order_line_id")
    quantity = fields.Integer()


class ParcelSchema(ResponseSchema):
    """A parcel; one that the shop's own messenger carries has no tracking number."""

    carrier = fields.String()
    guide = fields.String(attribute="tracking_number", allow_none=True)
    tracking_url = fields.String(allow_none=True)
    sent_at = Moment()
    lines = fields.List(fields.Nested(ParcelLineSchema))


class OrderSchema(OrderSummarySchema):
    """One order with everything that its buyer may know."""

    customer_email = fields.String(attribute="email")
    shipping_address = fields.Nested(KeptAddressSchema, attribute="address", allow_none=True)
    buyer_document = fields.Nested(KeptDocumentSchema, attribute="document", allow_none=True)
    delivery_earliest = fields.String(allow_none=True)
    delivery_latest = fields.String(allow_none=True)
    customer_notes = fields.String(attribute="notes")
    card = fields.Nested(CardSchema, allow_none=True)
    terms_version = fields.Integer(allow_none=True)
    history = BuyerHistory(fields.Nested(HistoryEntrySchema))
    tracking = fields.Nested(TrackingSchema, attribute="shipment", allow_none=True)
    parcels = fields.List(fields.Nested(ParcelSchema))


OrdersSchema = page_of(OrderSummarySchema, "OrdersSchema")


class ReturnedLineSchema(RequestSchema):
    """Units of one bought line."""

    line_id = Text(most=20, required=True)
    quantity = Integer(least=1, most=100, required=True)


class WithdrawSchema(RequestSchema):
    """The returned units. Without `lines` an order that was not sent yet is cancelled as far as it can be."""

    lines = Items(Part(ReturnedLineSchema), most=MAX_LINES)
    reason = Text(most=500, lines=True, load_default="")


class ReorderedSchema(ResponseSchema):
    """The units that went into the cart, what was left out and why, and the cart as it is now."""

    added = fields.Integer()
    messages = fields.List(fields.Nested(CartMessageSchema))
    cart = fields.Nested(CartSchema)


class WithdrawnSchema(ResponseSchema):
    """The outcome: a return request with its number and the last day for its refund, or a cancelled order."""

    withdrawal_number = fields.String(allow_none=True, metadata={"example": "2026-11-0001-R1"})
    refund_due_on = fields.String(allow_none=True)
    refund_amount = fields.Integer(allow_none=True)
    order = fields.Nested(OrderSchema)
