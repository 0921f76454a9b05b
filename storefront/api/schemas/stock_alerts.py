"""Alerts of sold-out variants."""

from storefront.api.fields import Text
from storefront.api.schema import RequestSchema


class StockAlertSchema(RequestSchema):
    """Who wants to be told of what; `variantId` is needed where the product has several variants."""

    email = Text(most=254, least=1, required=True)
    variant_id = Text(most=26, least=1, load_default="")
