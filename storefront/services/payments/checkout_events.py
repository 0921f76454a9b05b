"""What Stripe's events about Checkout sessions and payments do to an order."""

from collections.abc import Callable
from datetime import datetime

from storefront.domain.customer import is_closed
from storefront.domain.order import Order
from storefront.gateways.payments import Charge, Payment, PaymentEvent, SessionSnapshot
from storefront.services.payments import declines, settlement
from storefront.services.payments.settlement import ReceivedPayment


def _session_changed(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    assert isinstance(event.subject, SessionSnapshot)
    settlement.sync_from_session(order, event.subject, cause=cause, now=now)


def _delayed_failed(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    settlement.refuse_delayed(order, cause=cause, now=now)


def _payment_succeeded(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    assert isinstance(event.subject, Payment)
    receipt = ReceivedPayment(event.subject.id, event.subject.received_minor, event.subject.currency)
    settlement.settle(order, receipt, cause=cause, now=now)


def _payment_failed(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    assert isinstance(event.subject, Payment)
    settlement.fail_payment(order, cause=cause, now=now, note=event.subject.failure_code or "")
    declines.warn_staff(order, now)


def _charge_succeeded(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    """Keep the card for mails and receipts; what is paid is settled by the payment's own events."""
    charge = event.subject
    assert isinstance(charge, Charge)
    is_of_it = order.payment_id == charge.payment_id or (order.payment_id is None and order.card_last4 is None)
    if charge.card is not None and is_of_it and not is_closed(order.customer_id):
        order.card_brand, order.card_last4 = charge.card


HANDLERS: dict[str, Callable[[Order, PaymentEvent, str, datetime], None]] = {
    "checkout.session.completed": _session_changed,
    "checkout.session.async_payment_succeeded": _session_changed,
    "checkout.session.async_payment_failed": _delayed_failed,
    "checkout.session.expired": _session_changed,
    "charge.succeeded": _charge_succeeded,
    "payment_intent.succeeded": _payment_succeeded,
    "payment_intent.payment_failed": _payment_failed,
}
