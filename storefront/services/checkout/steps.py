"""The steps of a checkout: begin, pay again, cancel."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain.checkout_session import CheckoutSession, find_asked_session
from storefront.domain.order import Order
from storefront.domain.order_lines import lines_of
from storefront.enums import CheckoutSessionState, OrderEventCode, OrderStatus
from storefront.errors import (
    InvalidInput,
    NotFound,
    PaymentProviderError,
    WrongState,
)
from storefront.observability import metrics
from storefront.services.checkout.drafting import draft_cart, draft_items, refuse
from storefront.services.checkout.holds import require_within_limits
from storefront.services.checkout.purchase import MAX_NOTES, OpenOrderExists, Placed, PlacedOrder, Purchase
from storefront.services.checkout.repricing import can_reopen, require_same_price
from storefront.services.checkout.writing import reserve, settle_free, write_lines, write_order
from storefront.services.payments import checkout_sessions, declines
from storefront.services.shopper import Shopper
from storefront.services.subscriptions import eligibility, stripe_customers
from storefront.services.subscriptions.eligibility import OpenSubscriptionOrderExists
from storefront.services.subscriptions.stripe_customers import CustomerNotSynced

logger = logging.getLogger(__name__)

_SAME_CLICK = timedelta(seconds=30)
"""A page asked for so shortly ago is still being opened."""


def begin(purchase: Purchase) -> PlacedOrder:
    """Reserve, order and open a payment page; the same cart twice gives the same page.

    The order is committed before the provider is called, and no transaction is open during the call.
    Raises the refusals of the cart, coupon, shipping and stock; `PriceChanged` if the total is not the
    one that the buyer saw, `DeliveryChanged` if it comes later; `PaymentProviderError` if no page could be opened.
    """
    if len(purchase.notes) > MAX_NOTES:
        raise InvalidInput({"customerNotes": "too_long"})
    declines.require_account(purchase.shopper, purchase.network)
    return _open(_place_after_closing(purchase))


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
        if not can_reopen(order, now):
            raise WrongState(status=order.status, reason="too_old")
        lines = lines_of(order)
        eligibility.require_free(order, lines)
        require_same_price(order, lines, now)
        urls = {"success_url": success_url, "cancel_url": cancel_url}
        checkout_session = _on_its_way(order, urls, now) or checkout_sessions.new_session(order, lines, now=now, **urls)
    checkout_sessions.close_sessions(
        order.id, cause="customer: pay again", keep=checkout_session.id, code=OrderEventCode.CANCELLED
    )
    with transaction():
        order = own_order(shopper, order_id, lock=True)
        _require_unpaid(order)
        lines = lines_of(order)
    return _open(Placed(order, lines, checkout_session))


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


def _place_after_closing(purchase: Purchase) -> Placed:
    """Place the order, closing first what is still open of this cart; two, where a guest's cart came along at login."""
    closed: set[int] = set()
    while True:
        try:
            return _place(purchase)
        except CustomerNotSynced as unknown:
            stripe_customers.create_stripe_customer(unknown.customer_id)
        except (OpenOrderExists, OpenSubscriptionOrderExists) as earlier:
            if earlier.order_id in closed:
                raise PaymentProviderError(reason="earlier order still open") from None
            closed.add(earlier.order_id)
            checkout_sessions.close_sessions(
                earlier.order_id, cause="customer: cart changed", code=OrderEventCode.CANCELLED
            )


def _place(purchase: Purchase) -> Placed:
    """Transaction one: reserve the stock and store the order, or neither."""
    now = clock.now()
    with transaction():
        draft = draft_cart(purchase, now) if purchase.items is None else draft_items(purchase, now)
        if isinstance(draft, Placed):
            return draft
        refuse(purchase, draft)
        stripe_customers.require_stripe_customer(draft.basket, purchase.shopper)
        order = write_order(purchase, draft, now)
        lines = write_lines(order, draft)
        checkout_session = checkout_sessions.new_session(
            order, lines, success_url=purchase.success_url, cancel_url=purchase.cancel_url, now=now
        )
        require_within_limits(purchase, draft.basket, order)
        if draft.coupon:
            coupons.redeem(draft.coupon, order.id, order.email, is_guest=order.customer_id is None)
        reserve(order, draft.basket, now)
        if order.total_minor == 0 and draft.basket.plan is None:
            settle_free(order, checkout_session, now)
        return Placed(order, lines, checkout_session)


def _on_its_way(order: Order, urls: dict[str, str], now: datetime) -> CheckoutSession | None:
    """Return the page that a click just before this one is opening, so that two clicks do not close each other's."""
    checkout_session = find_asked_session(order.id, since=now - _SAME_CLICK)
    return checkout_session if checkout_session and urls.items() <= checkout_session.request.items() else None


def _require_unpaid(order: Order) -> None:
    if order.is_paid or order.review_reason or order.status != OrderStatus.PENDING:
        raise WrongState(status=order.status)


def _open(placed: Placed) -> PlacedOrder:
    """Open the page of an order that is committed; its values are read before the call."""
    order, checkout_session = placed.order, placed.checkout_session
    logger.info("order placed", extra={"order": order.number})
    metrics.steps.labels("placed").inc()
    number, quote = order.number, checkout_sessions.quote_of(order, placed.lines)
    public_id = order.public_id
    if checkout_session.state == CheckoutSessionState.ASKED:
        checkout_session = checkout_sessions.open_session(checkout_session)
    metrics.steps.labels("page_opened").inc()
    assert checkout_session.session_id is not None
    assert checkout_session.url is not None
    return PlacedOrder(
        order_id=public_id,
        order_number=number,
        session_id=checkout_session.session_id,
        checkout_url=checkout_session.url,
        expires_at=checkout_session.expires_at,
        quote=quote,
    )
