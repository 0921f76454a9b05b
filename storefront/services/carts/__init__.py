"""Carts: changing a cart, viewing it with its price, and merging it at login."""

from storefront.services.carts.changes import (
    Change,
    add,
    add_units,
    apply_coupon,
    forget,
    remove_coupon,
    set_quantity,
    set_shipping,
)
from storefront.services.carts.delivery import offers_for, require_offer
from storefront.services.carts.merging import merge
from storefront.services.carts.store import (
    basket_of,
    count,
    held_for,
    line_of,
    lock_cart,
    open_cart,
    units_in,
)
from storefront.services.carts.views import CartLineView, CartView, Notice, PricedShippingOption, view, view_of

__all__ = [
    "CartLineView",
    "CartView",
    "Change",
    "Notice",
    "PricedShippingOption",
    "add",
    "add_units",
    "apply_coupon",
    "basket_of",
    "count",
    "forget",
    "held_for",
    "line_of",
    "lock_cart",
    "merge",
    "offers_for",
    "open_cart",
    "remove_coupon",
    "require_offer",
    "set_quantity",
    "set_shipping",
    "units_in",
    "view",
    "view_of",
]
