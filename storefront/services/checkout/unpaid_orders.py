"""An order that is not paid yet: pay it again, not for ever and not at a price of yesterday, or cancel it."""

from datetime import datetime, timedelta

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain.basket import Basket
from storefront.domain.catalogue import load_variants
from storefront.domain.checkout_session import CheckoutSession, find_asked_session
from storefront.domain.order import Order, OrderLine
from storefront.domain.order_lines import lines_of
from storefront.domain.shipping import Address
from storefront.enums import OrderEventCode, OrderStatus, PaymentStatus
from storefront.errors import NotFound, PriceChanged, ProductUnavailable, WrongState
from storefront.services import carts
from storefront.services.checkout.drafts import Placed
from storefront.services.checkout.holds import require_not_blocked
from storefront.services.checkout.placement import PlacedOrder, open_page
from storefront.services.payments import checkout_sessions, declines
from storefront.services.shopper import Shopper
from storefront.services.subscriptions import eligibility

REOPENED_FOR = timedelta(hours=2)
"""How long after it was placed a new page is opened for an unpaid order."""

_SAME_CLICK = timedelta(seconds=30)
"""A page asked for so shortly ago is still being opened."""


def retry(shopper: Shopper, order_id: str, *, success_url: str, cancel_url: str) -> PlacedOrder:
    """Open a new page for an unpaid order; the old page is closed first, and if it was paid that counts.

    An order is priced anew: raises `PriceChanged` where it would cost something else today, and what stands in the
    way of buying it today. One that is older than `REOPENED_FOR` is not opened any more, so that nobody holds goods
    for ever.
    """
    now = clock.now()
    with transaction():
        order = own_order(shopper, order_id, lock=True)
        _require_unpaid(order)
        declines.require_account(shopper, order.network)
        require_not_blocked(order, now)
        if not can_reopen(order, now):
            raise WrongState(status=order.status, reason="too_old")
        lines = lines_of(order)
        eligibility.require_free(order, lines)
        _require_same_price(order, lines, now)
        urls = {"success_url": success_url, "cancel_url": cancel_url}
        checkout_session = _on_its_way(order, urls, now) or checkout_sessions.new_session(order, lines, now=now, **urls)
    checkout_sessions.close_sessions(
        order.id, cause="customer: pay again", keep=checkout_session.id, code=OrderEventCode.CANCELLED
    )
    with transaction():
        order = own_order(shopper, order_id, lock=True)
        _require_unpaid(order)
        lines = lines_of(order)
    return open_page(Placed(order, lines, checkout_session))


def cancel(shopper: Shopper, order_id: str) -> Order:
    """Cancel an unpaid order after the provider confirmed that it cannot be paid any more."""
    order = own_order(shopper, order_id)
    _require_unpaid(order)
    checkout_sessions.close_sessions(order.id, cause="customer", code=OrderEventCode.CANCELLED)
    order = own_order(shopper, order_id)
    if order.status != OrderStatus.CANCELLED:
        raise WrongState(status=order.status)
    return order


def own_order(shopper: Shopper, order_id: str, *, lock: bool = False) -> Order:
    """Return the shopper's order by its public id, or raise `NotFound`."""
    statement = select(Order).where(Order.public_id == order_id).execution_options(populate_existing=True)
    order = db.session.scalar(statement.with_for_update() if lock else statement)
    if order is None or not shopper.owns(order):
        raise NotFound(order_id=order_id)
    return order


def can_reopen(order: Order, now: datetime) -> bool:
    """Return whether a new page would be opened for an order, if it is unpaid."""
    is_awaited = order.payment_status == PaymentStatus.PROCESSING
    return order.status == OrderStatus.PENDING and not is_awaited and now < order.placed_at + REOPENED_FOR


def _on_its_way(order: Order, urls: dict[str, str], now: datetime) -> CheckoutSession | None:
    """Return the page that a click just before this one is opening, so that two clicks do not close each other's."""
    checkout_session = find_asked_session(order.id, since=now - _SAME_CLICK)
    return checkout_session if checkout_session and urls.items() <= checkout_session.request.items() else None


def _require_unpaid(order: Order) -> None:
    """Raise `WrongState` for an order that is paid or over, or whose payment is on its way already."""
    if order.is_paid or order.review_reason or order.status != OrderStatus.PENDING:
        raise WrongState(status=order.status)
    if order.payment_status == PaymentStatus.PROCESSING:
        raise WrongState(status=order.payment_status, reason="awaited")


def _require_same_price(order: Order, lines: list[OrderLine], now: datetime) -> None:
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
    variants = load_variants([line.variant_id for line in lines])
    for line in lines:
        if line.variant_id not in variants:
            raise ProductUnavailable(product_id=line.product_id, name=line.name)
    return Basket(tuple((variants[line.variant_id or ""], line.quantity) for line in lines))
