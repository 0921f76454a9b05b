"""Receipts: the facts that the page and the PDF show."""

from marshmallow import fields

from storefront.api.fields import Moment
from storefront.api.schema import ResponseSchema
from storefront.api.schemas.common import CardSchema, KeptAddressSchema, KeptDocumentSchema
from storefront.api.schemas.orders import OrderLineSchema
from storefront.enums import TaxRate


class SellerSchema(ResponseSchema):
    """Who sells."""

    name = fields.String()
    nit = fields.String(metadata={"example": "901.234.567-7"})
    address = fields.String()
    phone = fields.String()
    email = fields.String()


class ReceiptTaxSchema(ResponseSchema):
    """Money for goods of one rate of IVA (`gross`), and the tax contained in it."""

    rate = fields.String(metadata={"enum": list(TaxRate)})
    percent = fields.Float(metadata={"example": 19})
    label = fields.String(metadata={"example": "IVA 19 %"})
    gross = fields.Integer(attribute="gross_minor")
    tax = fields.Integer(attribute="tax_minor")


class RefundedItemSchema(ResponseSchema):
    """Units that a refund was for."""

    name = fields.String()
    quantity = fields.Integer()


class ReceiptRefundSchema(ResponseSchema):
    """Money that went back."""

    refunded_at = Moment()
    amount = fields.Integer(attribute="amount_minor")
    items = fields.List(fields.Nested(RefundedItemSchema))
    taxes = fields.List(fields.Nested(ReceiptTaxSchema))
    shipping = fields.Integer(attribute="freight_minor")


class PaymentSchema(ResponseSchema):
    """How the order was paid."""

    reference = fields.String(allow_none=True)
    label = fields.String()
    card = fields.Nested(CardSchema, allow_none=True)


class ReceiptSchema(ResponseSchema):
    """The receipt of a paid order; `balance` is what was paid less what went back. It is no electronic invoice."""

    order_id = fields.String(attribute="order.public_id")
    order_number = fields.String(attribute="order.number")
    placed_at = Moment(attribute="order.placed_at")
    paid_at = Moment()
    notice = fields.String()
    seller = fields.Nested(SellerSchema)
    customer_email = fields.String(attribute="order.email")
    buyer_document = fields.Nested(KeptDocumentSchema, attribute="order.document", allow_none=True)
    shipping_address = fields.Nested(KeptAddressSchema, attribute="order.address", allow_none=True)
    lines = fields.List(fields.Nested(OrderLineSchema), attribute="order.lines")
    currency = fields.String(attribute="order.currency")
    subtotal = fields.Integer(attribute="order.subtotal_minor")
    discount = fields.Integer(attribute="order.discount_minor")
    coupon_code = fields.String(attribute="order.coupon_code", allow_none=True)
    shipping = fields.Integer(attribute="order.shipping_minor")
    shipping_method = fields.String(attribute="order.shipping_method", allow_none=True)
    tax = fields.Integer(attribute="order.tax_minor")
    total = fields.Integer(attribute="order.total_minor")
    taxes = fields.List(fields.Nested(ReceiptTaxSchema))
    payment = fields.Nested(PaymentSchema)
    refunds = fields.List(fields.Nested(ReceiptRefundSchema))
    refunded = fields.Integer(attribute="order.refunded_minor")
    balance = fields.Integer(attribute="rest_minor")
