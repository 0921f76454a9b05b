"""The state of a Checkout session, for the return page and for a phone that asks whether it is paid."""

from dataclasses import dataclass
from datetime import datetime

from storefront import clock
from storefront.database import transaction
from storefront.domain.checkout_session import CheckoutSession, find_with_order
from storefront.domain.order import Order, lock
from storefront.enums import CheckoutSessionState, CheckoutStatus, OrderStatus, PaymentStatus
from storefront.errors import NotFound
from storefront.gateways import payments
from storefront.gateways.payments import PaymentRefused, PaymentUnknown
from storefront.services.payments import settlement
from storefront.services.shopper import Shopper

_SESSION_STATUS = {
    CheckoutSessionState.ASKED: CheckoutStatus.OPEN,
    CheckoutSessionState.OPEN: CheckoutStatus.OPEN,
    CheckoutSessionState.PAID: CheckoutStatus.COMPLETE,
    CheckoutSessionState.CLOSED: CheckoutStatus.EXPIRED,
    CheckoutSessionState.REFUSED: CheckoutStatus.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """A checkout session and its order as they are now."""

    session_id: str
    status: CheckoutStatus
    expires_at: datetime
    order: Order


def settle_session(shopper: Shopper, session_id: str) -> Order:
    """Return the shopper's order behind a hosted page, asking Stripe first while we do not know that it is paid.

    The return page and the API's status call come here; they settle by the code of the webhook.
    Raises `NotFound` for somebody else's page. Without an answer of Stripe the result is what the shop knows.
    """
    order, _ = _settled(shopper, session_id)
    return order


def view_session(shopper: Shopper, session_id: str) -> SessionStatus:
    """Return a hosted page of the shopper's after `settle_session`, for a phone that asks whether it is paid."""
    order, checkout_session = _settled(shopper, session_id)
    is_complete = checkout_session.state == CheckoutSessionState.OPEN and (order.is_paid or _was_delayed(order))
    status = CheckoutStatus.COMPLETE if is_complete else _SESSION_STATUS[checkout_session.state]
    return SessionStatus(session_id, status, checkout_session.expires_at, order)


def _was_delayed(order: Order) -> bool:
    """Return whether the page was finished with a payment that takes days, or that did not come in the end."""
    is_refused = order.payment_status == PaymentStatus.FAILED and order.status == OrderStatus.CANCELLED
    return order.payment_status == PaymentStatus.PROCESSING or is_refused


def _settled(shopper: Shopper, session_id: str) -> tuple[Order, CheckoutSession]:
    order, checkout_session = _own_session(shopper, session_id)
    if order.is_paid or order.status != OrderStatus.PENDING or checkout_session.state != CheckoutSessionState.OPEN:
        return order, checkout_session
    try:
        checkout = payments().fetch_checkout(session_id)
    except (PaymentRefused, PaymentUnknown):
        return order, checkout_session
    if checkout.status == CheckoutStatus.OPEN:
        return order, checkout_session
    order_id = order.id
    with transaction():
        order = lock(order_id)
        settlement.sync_from_session(order, checkout, cause="return page", now=clock.now())
    return _own_session(shopper, session_id)


def _own_session(shopper: Shopper, session_id: str) -> tuple[Order, CheckoutSession]:
    found = find_with_order(session_id)
    if found is None or not shopper.owns(found[0]):
        raise NotFound(session_id=session_id)
    return found
