"""Checkout: place an order and open its payment page, pay again, cancel."""

from storefront.services.checkout.drafts import MAX_NOTES, Purchase, basket_from
from storefront.services.checkout.placement import PlacedOrder, begin
from storefront.services.checkout.unpaid_orders import can_reopen, cancel, own_order, retry

__all__ = [
    "MAX_NOTES",
    "PlacedOrder",
    "Purchase",
    "basket_from",
    "begin",
    "can_reopen",
    "cancel",
    "own_order",
    "retry",
]
