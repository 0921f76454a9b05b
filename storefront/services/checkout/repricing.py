"""Whether an unpaid order can be paid again: not for ever, and not at a price of yesterday."""

from datetime import datetime, timedelta

from sqlalchemy import select

from storefront.database import db
from storefront.domain import coupon as coupons
from storefront.domain.basket import Basket
from storefront.domain.catalogue import Product
from storefront.domain.order import Order, OrderLine
from storefront.domain.shipping import Address
from storefront.enums import OrderStatus
from storefront.errors import PriceChanged, ProductUnavailable
from storefront.services import carts
from storefront.services.subscriptions import eligibility

REOPENED_FOR = timedelta(hours=2)
"""How long after it was placed a new page is opened for an unpaid order."""


def can_reopen(order: Order, now: datetime) -> bool:
    """Return whether a new page would be opened for an order, if it is unpaid."""
    return order.status == OrderStatus.PENDING and now < order.placed_at + REOPENED_FOR


def require_same_price(order: Order, lines: list[OrderLine], now: datetime) -> None:
    """Raise `PriceChanged` with the quote of now if an order would cost something else; its stock is held already.

    Raises `ProductUnavailable` and `ShippingUnavailable` where it could not be bought any more.
    """
    basket = eligibility.with_trial(_basket_of(lines), order.customer_id)
    coupon = coupons.find(order.coupon_code) if order.coupon_code else None
    if coupon is not None and not coupons.still_gives(coupon, basket.for_coupon, now):
        coupon = None
    address = Address.from_dict(order.address) if order.address else None
    offer = carts.require_offer(basket, address, order.shipping_method, now)
    quote = basket.price(coupon=coupon, offer=offer, language=order.language)
    if quote.total_minor != order.total_minor:
        raise PriceChanged(quote=quote, before_minor=order.total_minor)


def _basket_of(lines: list[OrderLine]) -> Basket:
    wanted = [line.product_id for line in lines]
    found = db.session.scalars(select(Product).where(Product.id.in_(wanted), Product.is_published)).unique()
    products = {product.id: product for product in found}
    for line in lines:
        if line.product_id not in products:
            raise ProductUnavailable(product_id=line.product_id, name=line.name)
    return Basket(tuple((products[line.product_id or ""], line.quantity) for line in lines))
