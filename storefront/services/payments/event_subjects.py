"""Events whose own shape cannot be read: whether they can be ours, and their object as Stripe has it now."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import select

from storefront.database import db
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.customer import Customer
from storefront.domain.order import Order
from storefront.domain.payment import RefundRecord
from storefront.domain.subscription import Subscription
from storefront.gateways import payments
from storefront.gateways.payments import PaymentEvent, PaymentRefused, Unreadable

_NAME = re.compile(r"[A-Za-z0-9_]{6,255}")
_MOST_NAMES = 500
_OURS = (
    Order.public_id,
    Order.payment_id,
    Order.invoice_id,
    Subscription.provider_id,
    Customer.provider_id,
    CheckoutSession.session_id,
    RefundRecord.id,
    RefundRecord.provider_id,
)


def problem_of(event: PaymentEvent) -> str:
    """Return why an event's own shape cannot be read, or nothing where it can."""
    try:
        event.subject  # noqa: B018 - it is translated by being asked for
    except Unreadable as error:
        return str(error)
    return ""


def may_be_ours(event: PaymentEvent) -> bool:
    """Return whether an event of any shape names something that the shop knows, carries its marks, or names nothing."""
    subject = subject_of(event)
    names = set(islice((text for text in _texts(subject) if _NAME.fullmatch(text)), _MOST_NAMES))
    is_known = any(db.session.scalar(select(1).where(column.in_(names)).limit(1)) for column in _OURS)
    return is_known or _is_marked(subject) or not subject.get("id")


def readable(event: PaymentEvent) -> PaymentEvent:
    """Return the event with a subject that can be read: its own, or the object as Stripe has it now.

    Raises `Unreadable` where that cannot be read either or Stripe does not know it, `PaymentUnknown` or a passing
    `PaymentRefused` where Stripe may answer later.
    """
    problem = problem_of(event)
    if not problem:
        return event
    if not subject_of(event).get("id"):
        raise Unreadable(problem)
    try:
        return event.about(payments().fetch_subject(event))
    except (Unreadable, PaymentRefused) as error:
        if isinstance(error, PaymentRefused) and error.is_passing:
            raise
        raise Unreadable(f"{problem}; asked anew: {error}") from error


def subject_of(event: PaymentEvent) -> Mapping[str, Any]:
    """Return the object that an event is about, as it came; empty if there is none."""
    data = event.payload.get("data")
    subject = data.get("object") if isinstance(data, Mapping) else None
    return subject if isinstance(subject, Mapping) else {}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _is_marked(subject: Mapping[str, Any]) -> bool:
    """Return whether an order that is missing here could be meant: its session has our id and quote hash."""
    metadata = subject.get("metadata")
    return isinstance(metadata, Mapping) and {"order_id", "quote"} <= metadata.keys()
