"""The coupon of a cart, as its owner can use it."""

from datetime import datetime

from sqlalchemy import exists, select

from storefront.database import db
from storefront.domain import coupon as coupons
from storefront.domain.basket import Basket
from storefront.domain.cart import Cart
from storefront.domain.coupon import Coupon
from storefront.domain.order import Order
from storefront.enums import OrderStatus
from storefront.errors import CouponRejected
from storefront.services.shopper import Shopper

_USED_UP = ("coupon_exhausted", "coupon_already_used")


def check_coupon(cart: Cart, coupon: Coupon | None, basket: Basket, shopper: Shopper, now: datetime) -> Coupon:
    """Return the coupon if the cart's owner can use it, or raise `CouponRejected`.

    A use held by the open order that was made of this cart is its own: that order is paid, or closed before another.
    """
    email = shopper.email or cart.email
    try:
        return coupons.check(coupon, basket.for_coupon, email, now, is_guest=cart.customer_id is None)
    except CouponRejected as refusal:
        is_held = coupon is not None and refusal.code in _USED_UP and _is_held(cart, coupon)
        if coupon is None or not is_held or not coupons.still_gives(coupon, basket.for_coupon, now):
            raise
        return coupon


def _is_held(cart: Cart, coupon: Coupon) -> bool:
    is_open = (Order.cart_id == cart.id, Order.checkout_key.is_not(None), Order.status == OrderStatus.PENDING)
    return bool(db.session.scalar(select(exists().where(*is_open, Order.coupon_code == coupon.code))))
