"""Processing of Stripe's events and answers: what the shop learns from them, and what follows."""

import logging
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import joinedload

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.order import Order
from storefront.domain.payment import EventRecord
from storefront.enums import PaymentEventState
from storefront.errors import DatabaseUnavailable, InvalidSignature
from storefront.gateways import payments
from storefront.gateways.payments import (
    Charge,
    Dispute,
    EventRejected,
    Invoice,
    InvoicePayment,
    Payment,
    PaymentEvent,
    Refund,
    SessionSnapshot,
    SubscriptionSnapshot,
    Unreadable,
)
from storefront.secret_rules import is_live_key
from storefront.services.audit import Actor
from storefront.services.payments import (
    checkout_events,
    event_log,
    event_subjects,
    refund_events,
    restore_order,
    subscription_events,
)
from storefront.services.subscriptions.lifecycle import AmbiguousState
from storefront.settings import settings

logger = logging.getLogger(__name__)

_PAYING = ("checkout.session.completed", "checkout.session.async_payment_succeeded", "payment_intent.succeeded")


def receive(raw: bytes, signature: str | None) -> None:
    """Take an event from the webhook; raise `InvalidSignature` and write nothing if it is not Stripe's."""
    try:
        event = payments().read_event(raw, signature)
    except EventRejected as error:
        raise InvalidSignature() from error
    apply(event)


def apply(event: PaymentEvent, *, actor: Actor | None = None) -> bool:
    """Apply an event once: its row in the ledger and its effects are one transaction. Return whether it was new.

    A failure rolls both back, leaves the event in the ledger as `failed`, and is raised, so that Stripe
    sends the event again. An event that does not matter to the shop is written down as `ignored`. One that does
    and cannot be read, not even anew from Stripe, or that the tables refuse, is `failed` and not raised: another
    delivery would not change it. `actor` is whoever had it applied again.
    """
    if reason := _why_ignored(event):
        return event_log.write_down(event, PaymentEventState.IGNORED, reason, actor=actor)
    try:
        event = event_subjects.readable(event)
        try:
            is_new = _apply_or_fetch(event, actor)
        except IntegrityError:
            is_new = _apply_or_fetch(event, actor)  # a concurrent transaction wrote the same row, which is visible now
    except (Unreadable, IntegrityError, DataError) as error:
        event_log.write_down(event, PaymentEventState.FAILED, _refusal(error), actor=actor)
        return False
    except DatabaseUnavailable:
        raise  # nothing is wrong with the event, and nothing could be written down
    except Exception:
        event_log.write_down(event, PaymentEventState.FAILED, traceback.format_exc(limit=-3), actor=actor)
        raise
    if is_new and (payment_id := _payment_id(event)):
        apply_waiting(payment_id)
    if is_new and (invoice_id := subscription_events.invoice_of(event.subject)):
        _apply_again(_waiting_for_invoice().where(Order.invoice_id == invoice_id))
    if is_new:
        subscription_events.after(event)
    return is_new


def _apply_or_fetch(event: PaymentEvent, actor: Actor | None) -> bool:
    """Apply an event, after fetching the lines of a missing order or the newer of two states from Stripe."""
    try:
        return _apply_once(event, actor)
    except restore_order.OrderMissing:
        restore_order.missing_order(event)
        return _apply_once(event, actor)
    except AmbiguousState:
        return _apply_once(subscription_events.reread(event), actor)


def _refusal(error: Exception) -> str:
    """Return why an event failed for good, in a line."""
    if isinstance(error, DBAPIError):
        return f"the tables refuse it: {error.orig}".splitlines()[0]
    return str(error)


def _apply_once(event: PaymentEvent, actor: Actor | None) -> bool:
    with transaction():
        now = clock.now()
        order = _find_order(event)
        if order is None and restore_order.is_ours(event):
            raise restore_order.OrderMissing
        is_new = event_log.enter(event, _state(event, order), order, now, actor=actor)
        if is_new and order is not None:
            HANDLERS[event.type](order, event, f"webhook {event.id}", now)
        number = order.number if order else ""
    logger.info("event applied" if is_new else "event known", extra=_log_fields(event, number))
    return is_new


def _log_fields(event: PaymentEvent, number: str) -> dict[str, str]:
    return {"event": event.id, "type": event.type, "order": number}


def apply_waiting(payment_id: str | None = None) -> int:
    """Apply refunds and disputes that came before the payment they belong to, for it is all that they name of ours.

    The same goes for a plan's payment, which names its invoice only. Asked for after the commit of either
    side, so that one of the two sees the other; the cleanup job asks for all.
    """
    if payment_id is not None:
        return _apply_again(_WAITING_FOR_ONE, {"payment": payment_id})
    return _apply_again(_waiting_for_invoice()) + _apply_again(_WAITING)


_WAITING = (
    select(EventRecord.payload)
    .join(Order, Order.payment_id == EventRecord.payload["data"]["object"]["payment_intent"].as_string())
    .where(EventRecord.state == PaymentEventState.WAITING)
)
_WAITING_FOR_ONE = _WAITING.where(Order.payment_id == bindparam("payment"))


def _waiting_for_invoice() -> Select[tuple[dict[str, Any]]]:
    about = EventRecord.payload["data"]["object"]["invoice"].as_string()
    statement = select(EventRecord.payload).join(Order, Order.invoice_id == about)
    return statement.where(EventRecord.state == PaymentEventState.WAITING, EventRecord.type == "invoice_payment.paid")


def _apply_again(statement: Select[tuple[dict[str, Any]]], about: Mapping[str, str] | None = None) -> int:
    waiting = db.session.scalars(statement, about).all()
    return sum(apply(payments().translate_event(payload)) for payload in waiting)


def _find_order(event: PaymentEvent) -> Order | None:
    """Return the order that an event we handle is about, locked; None if it is not ours."""
    subject = event.subject
    assert subject is not None
    if isinstance(subject, (SubscriptionSnapshot, Invoice, InvoicePayment)):
        condition = subscription_events.order_of(subject)
        return None if condition is None else _lock(condition)
    if isinstance(subject, (SessionSnapshot, Payment, Charge)) and subject.order_id:
        statement = _OF_PAYING_EVENT if event.type in _PAYING else _OF_EVENT
        return db.session.scalars(statement, {"order": subject.order_id}).unique().first()
    if isinstance(subject, Refund) and (order_id := refund_events.order_id_of(subject)):
        return _lock(Order.id == order_id)
    payment_id = subject.id if isinstance(subject, Payment) else subject.payment_id
    known = _lock(Order.payment_id == payment_id) if payment_id else None
    tried = subscription_events.first_try(event)
    return _lock(tried) if known is None and tried is not None else known


def _why_ignored(event: PaymentEvent) -> str:
    """Return why an event does not matter to the shop, nothing if it does or may; its subject is read lazily."""
    if event.problem:
        return event.problem
    if event.type not in HANDLERS:
        return f"{event.type} is no type that the shop handles"
    if event.is_live != payments_are_live():
        return f"an event of {'live' if event.is_live else 'test'} mode, which this shop is not in"
    problem = event_subjects.problem_of(event)
    return f"{problem}, and it names nothing of this shop" if problem and not event_subjects.may_be_ours(event) else ""


def payments_are_live() -> bool:
    """Return whether this shop moves real money; asked inside transactions, so not through `payments()`."""
    return is_live_key(settings().STRIPE_SECRET_KEY)


def _lock(condition: ColumnElement[bool]) -> Order | None:
    """Return the order that meets a condition, locked."""
    return db.session.scalars(_LOCKED.where(condition)).first()


# Written once: putting a statement together costs as much as sending it.
_LOCKED = select(Order).with_for_update(of=Order).execution_options(populate_existing=True)
_OF_EVENT = _LOCKED.where(Order.public_id == bindparam("order"))
# Lines are read along only for events that pay: while a rival is waited for, they could change by a refund,
# but an order that is still unpaid after the wait was never refunded.
_OF_PAYING_EVENT = _OF_EVENT.options(joinedload(Order.lines))


def _payment_id(event: PaymentEvent) -> str | None:
    """Return the payment that an event is about."""
    subject = event.subject
    return subject.id if isinstance(subject, Payment) else getattr(subject, "payment_id", None)


def _state(event: PaymentEvent, order: Order | None) -> PaymentEventState:
    if order is not None:
        return PaymentEventState.DONE
    waits = isinstance(event.subject, (Refund, Dispute, InvoicePayment)) and _payment_id(event)
    return PaymentEventState.WAITING if waits else PaymentEventState.IGNORED


HANDLERS: dict[str, Callable[[Order, PaymentEvent, str, datetime], None]] = {
    **checkout_events.HANDLERS,
    **refund_events.HANDLERS,
    **subscription_events.HANDLERS,
}
