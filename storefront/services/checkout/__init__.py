"""Checkout: place an order and open its payment page, pay again, cancel."""

from storefront.services.checkout.baskets import basket_from, products_by_key
from storefront.services.checkout.purchase import MAX_NOTES, PlacedOrder, Purchase
from storefront.services.checkout.repricing import can_reopen
from storefront.services.checkout.steps import begin, cancel, own_order, retry

__all__ = [
    "MAX_NOTES",
    "PlacedOrder",
    "Purchase",
    "basket_from",
    "begin",
    "can_reopen",
    "cancel",
    "own_order",
    "products_by_key",
    "retry",
]
