"""The priced lines and totals of a cart or order."""

from marshmallow import fields

from storefront.api.schema import ResponseSchema


class QuoteLineSchema(ResponseSchema):
    """A priced line; amounts are minor units."""

    product_id = fields.String()
    variant_id = fields.String()
    sku = fields.String()
    options = fields.Dict(keys=fields.String(), values=fields.String(), metadata={"example": {"Talla": "M"}})
    name = fields.String()
    quantity = fields.Integer()
    unit_price = fields.Integer(attribute="unit_price_minor")
    line_total = fields.Integer(attribute="total_minor")
    discount = fields.Integer(attribute="discount_minor")
    tax = fields.Integer(attribute="tax_minor")


class QuoteSchema(ResponseSchema):
    """`total = subtotal - discount + shipping`, exactly; `tax` is the IVA contained in it."""

    lines = fields.List(fields.Nested(QuoteLineSchema))
    subtotal = fields.Integer(attribute="subtotal_minor")
    discount = fields.Integer(attribute="discount_minor")
    shipping = fields.Integer(attribute="shipping_minor")
    tax = fields.Integer(attribute="tax_minor")
    tax_included = fields.Function(lambda _quote: True, metadata={"type": "boolean"})
    total = fields.Integer(attribute="total_minor")
    currency = fields.String(metadata={"example": "COP"})
    coupon_code = fields.String(allow_none=True)
    shipping_method = fields.String(allow_none=True)
