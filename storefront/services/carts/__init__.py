"""Filling a cart, looking at it, and taking it along at login."""

from storefront.domain.shipping import Offer
from storefront.services.carts.changes import Change, add, apply_coupon, remove_coupon, set_quantity, set_shipping
from storefront.services.carts.delivery import require_offer
from storefront.services.carts.merging import merge
from storefront.services.carts.store import basket_of, count, lock_cart
from storefront.services.carts.views import CartLineView, CartView, Notice, shipping_offers, view, view_of

__all__ = [
    "CartLineView",
    "CartView",
    "Change",
    "Notice",
    "Offer",
    "add",
    "apply_coupon",
    "basket_of",
    "count",
    "lock_cart",
    "merge",
    "remove_coupon",
    "require_offer",
    "set_quantity",
    "set_shipping",
    "shipping_offers",
    "view",
    "view_of",
]
