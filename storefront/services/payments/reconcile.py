"""Reconciliation with Stripe: what its webhooks should have reported and did not.

A round reads Stripe's own list of events on from where the last round ended, then applies once more what failed
before, then reads checkout sessions that are still open. It may run on several machines at once and at any time: the
ledger of events lets each one through once, and an order that is settled is settled.
"""

import logging
from dataclasses import dataclass, field
from datetime import timedelta

from storefront import clock
from storefront.database import transaction
from storefront.domain import reconciliation
from storefront.domain.checkout_session import mark_checked, sessions_to_check
from storefront.domain.order import lock
from storefront.enums import CheckoutStatus
from storefront.errors import DatabaseUnavailable, PaymentProviderError
from storefront.gateways import payments
from storefront.gateways.payments import PaymentRefused, PaymentUnknown
from storefront.services.payments import comparison, missed_events, settlement
from storefront.services.payments.missed_events import LOOK_BACK, Limits
from storefront.settings import settings

logger = logging.getLogger(__name__)

UNTOLD = timedelta(minutes=2)
"""After this time a page that may have been paid is asked for; a webhook comes within seconds."""

EVENT_PAGES, RETRIES, SESSIONS, SECONDS = 10, 20, 50, 120
"""What one round of the worker does at most: pages of a hundred new events, failed events, payment pages; how long."""


@dataclass(frozen=True, slots=True)
class Caught:
    """How many events were new, and how many open sessions had changed.

    `read` events were looked at, `failed` ones are in the ledger with their reason, `asked` pages were asked for.
    """

    events: int
    pages: int
    read: int = field(default=0, compare=False)
    failed: int = field(default=0, compare=False)
    asked: int = field(default=0, compare=False)


def reconcile(look_back: timedelta | None = None) -> Caught:
    """Catch up with all that is left, or with all events since `look_back` ago, and read every open session.

    Raises `PaymentProviderError` where Stripe does not answer.
    """
    return _round(Limits(), look_back, older_than=timedelta(0))


def reconcile_everything() -> tuple[Caught, int, int]:
    """Reconcile, then compare all that Stripe has, however old; return what was caught, how many differences are gone,
    and how many are for a person.

    Raises like `reconcile`.
    """
    caught = reconcile()
    try:
        followed, left = comparison.apply_differences()
    except (PaymentUnknown, PaymentRefused) as error:
        raise PaymentProviderError(reason=str(error)) from error
    return caught, followed, left


def run_due() -> int:
    """Do a round if one is due and no other worker does it; return how much was new. Raises like `reconcile`.

    The next one is due after `RECONCILE_SECONDS`, or at once if this one left something.
    """
    now, every = clock.now(), timedelta(seconds=settings().RECONCILE_SECONDS)
    row = reconciliation.find()
    if row is not None and now < row.next_round_at <= now + every:
        return 0
    with transaction():
        reconciliation.begin(now - LOOK_BACK, now)
        is_claimed = reconciliation.claim(now, now + every)
    if not is_claimed:
        return 0
    caught = _round(Limits(EVENT_PAGES, RETRIES, SESSIONS, SECONDS), older_than=UNTOLD)
    counts = (caught.read, caught.events, caught.failed, caught.asked, caught.pages)
    logger.info("caught up with Stripe: %d events read, %d new, %d failed; %d pages asked for, %d changed", *counts)
    return caught.events + caught.pages


def _round(limits: Limits, look_back: timedelta | None = None, *, older_than: timedelta) -> Caught:
    try:
        missed = missed_events.read_on(limits, look_back)
    except (PaymentUnknown, PaymentRefused) as error:
        raise PaymentProviderError(reason=str(error)) from error
    asked, changed = _check_open_sessions(limits, older_than)
    if not limits.is_silent:
        with transaction():
            reconciliation.finish(clock.now(), is_complete=not (missed.has_more or limits.is_late))
    # Last, because a failure may be due to a provider that does not answer.
    retried = missed_events.retry_failed(limits)
    failed = missed.failed + retried.failed
    return Caught(missed.new + retried.new, changed, read=missed.read, failed=failed, asked=asked)


def _check_open_sessions(limits: Limits, older_than: timedelta) -> tuple[int, int]:
    """Read open sessions from Stripe, the longest unread first; return how many, and how many had changed."""
    asked, changed = 0, 0
    for row_id, order_id, session_id in sessions_to_check(clock.now() - older_than, limits.sessions):
        if limits.is_silent or limits.is_late:
            break
        with transaction():
            mark_checked(row_id, clock.now())
        asked += 1
        try:
            changed += _check_session(order_id, session_id or "", limits)
        except DatabaseUnavailable:
            raise
        except Exception:  # an error in one order does not keep the others from being read
            logger.exception("page could not be followed", extra={"order_id": order_id})
    return asked, changed


def _check_session(order_id: int, session_id: str, limits: Limits) -> bool:
    try:
        checkout = payments().fetch_checkout(session_id)
    except (PaymentRefused, PaymentUnknown) as error:
        limits.note(error)
        return False
    limits.note()
    if checkout.status == CheckoutStatus.OPEN:
        return False
    with transaction():
        settlement.sync_from_session(lock(order_id), checkout, cause="reconcile", now=clock.now())
    return True
