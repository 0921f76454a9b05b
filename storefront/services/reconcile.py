"""Catching up with Stripe: what its webhooks should have told us and did not."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.order import Order, Status, lock
from storefront.domain.payment import PaymentAttempt
from storefront.errors import PaymentProviderError
from storefront.gateways import payments
from storefront.gateways.payments import PaymentRefused, PaymentUnknown
from storefront.services import settlement
from storefront.services.payments import HANDLERS, apply

LOOK_BACK = timedelta(days=3)
"""Stripe retries a webhook for three days; what is older was given up."""


@dataclass(frozen=True, slots=True)
class Caught:
    """How many events were new, and how many open pages had become something else."""

    events: int
    pages: int


def reconcile(look_back: timedelta = LOOK_BACK) -> Caught:
    """Apply every event of Stripe's own list that we have not seen, then ask for each open page.

    Safe to run twice and on two machines at once: the ledger lets each event through once. Raises
    `PaymentProviderError` where Stripe does not answer.
    """
    since = clock.now() - look_back
    try:
        missed = list(payments().list_events(tuple(HANDLERS), since))
    except (PaymentUnknown, PaymentRefused) as error:
        raise PaymentProviderError(reason=str(error)) from error
    new = sum(apply(event) for event in sorted(missed, key=lambda event: event.created_at))
    return Caught(events=new, pages=_ask_for_pages())


def _ask_for_pages() -> int:
    statement = (
        select(PaymentAttempt.order_id, PaymentAttempt.session_id)
        .join(Order, Order.id == PaymentAttempt.order_id)
        .where(PaymentAttempt.state == "open", Order.status == Status.PENDING.value, Order.review_reason.is_(None))
    )
    return sum(_ask_for_page(order_id, session_id) for order_id, session_id in db.session.execute(statement).all())


def _ask_for_page(order_id: int, session_id: str | None) -> bool:
    try:
        checkout = payments().fetch_checkout(session_id) if session_id else None
    except (PaymentRefused, PaymentUnknown):
        return False
    if checkout is None or checkout.status == "open":
        return False
    with transaction():
        settlement.observe(lock(order_id), checkout, cause="reconcile", now=clock.now())
    return True
