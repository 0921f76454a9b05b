"""Events that no webhook delivered, read from the provider's own list; and those that failed, applied once more."""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import reconciliation
from storefront.domain.payment import EventRecord
from storefront.enums import PaymentEventState
from storefront.gateways import payments
from storefront.gateways.payments import PaymentEvent, PaymentRefused, PaymentUnknown, Unreadable
from storefront.services.payments.event_processing import HANDLERS, apply

logger = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=28)
"""Where the first reading begins: Stripe keeps events for thirty days."""

OVERLAP = timedelta(minutes=1)
"""How much of what was read is read again: an event may appear in the list a moment after a newer one."""

RETRIED_FOR = timedelta(days=3)
"""How long an event that fails is applied again, as Stripe does with webhooks; after that it waits for a person."""

SILENT_IN_A_ROW = 3
"""After so many questions without an answer no more is asked: each could wait for half a minute."""


@dataclass
class Limits:
    """What one round may do, None for anything; and whether the provider answers."""

    pages: int | None = None
    retries: int | None = None
    sessions: int | None = None
    seconds: float | None = None
    silent: int = 0

    def __post_init__(self) -> None:
        self._began = time.monotonic()

    @property
    def is_silent(self) -> bool:
        """Return whether the provider does not answer, or asked to be left alone."""
        return self.silent >= SILENT_IN_A_ROW

    @property
    def is_late(self) -> bool:
        """Return whether the time is over."""
        return self.seconds is not None and time.monotonic() - self._began > self.seconds

    def note(self, error: Exception | None = None) -> None:
        """Count a call without an answer, or note that there was one."""
        if isinstance(error, PaymentRefused) and error.is_passing:  # too many requests
            self.silent = SILENT_IN_A_ROW
        elif isinstance(error, PaymentUnknown) and not isinstance(error, Unreadable):
            self.silent += 1
        else:
            self.silent = 0


@dataclass
class Tally:
    """What became of some events; `has_more` if others follow that were not looked at."""

    read: int = 0
    new: int = 0
    failed: int = 0
    has_more: bool = False


def read_on(limits: Limits, look_back: timedelta | None = None) -> Tally:
    """Apply the events that follow those which were read before, oldest first, and remember how far that was.

    The first time, and with `look_back`, it begins so long ago. Raises `PaymentUnknown` or `PaymentRefused` where
    the list cannot be had.
    """
    tally, until = Tally(), _begin(look_back)
    after = payments().find_event_before(until - OVERLAP)
    pages = 0
    while True:
        page = payments().list_events(after)
        _apply_missed(page.events, tally, limits)
        if limits.is_silent:
            return tally
        newest = max((event.created_at for event in page.events), default=until)
        if newest > until:
            pages, until = pages + 1, newest
            with transaction():
                reconciliation.advance(until)
        tally.has_more = page.has_more
        if not page.has_more or pages == limits.pages or (pages and limits.is_late):
            return tally
        after = page.events[-1].id


def retry_failed(limits: Limits) -> Tally:
    """Apply again what failed in the last days: its reason may have passed. What was tried last comes last."""
    tally = Tally()
    is_due = (EventRecord.state == PaymentEventState.FAILED, EventRecord.created_at > clock.now() - RETRIED_FOR)
    statement = select(EventRecord.payload).where(*is_due).order_by(EventRecord.received_at).limit(limits.retries)
    for payload in db.session.scalars(statement).all():
        if limits.is_silent or limits.is_late:
            break
        _apply_one(payments().translate_event(payload), tally, limits)
    return tally


def _begin(look_back: timedelta | None) -> datetime:
    now = clock.now()
    with transaction():
        reconciliation.begin(now - LOOK_BACK, now)
        row = reconciliation.find()
        assert row is not None
        return row.events_until if look_back is None else now - look_back


def _apply_missed(events: Sequence[PaymentEvent], tally: Tally, limits: Limits) -> None:
    handled = [event for event in events if event.type in HANDLERS]
    known = _known(event.id for event in handled)
    tally.read += len(events)
    for event in handled:
        if event.id not in known and not limits.is_silent:
            _apply_one(event, tally, limits)


def _known(ids: Iterable[str]) -> set[str]:
    return set(db.session.scalars(select(EventRecord.id).where(EventRecord.id.in_(tuple(ids)))))


def _apply_one(event: PaymentEvent, tally: Tally, limits: Limits) -> None:
    """Apply an event; one that fails is kept in the ledger with its reason, and holds up none that follow it."""
    try:
        if apply(event):
            tally.new += 1
        elif _is_failed(event.id):  # it cannot be read
            tally.failed += 1
        limits.note()
    except Exception as error:
        limits.note(error)
        if not _is_failed(event.id):
            raise  # nothing remembers it, so it must be read again
        tally.failed += 1


def _is_failed(event_id: str) -> bool:
    is_this = (EventRecord.id == event_id, EventRecord.state == PaymentEventState.FAILED)
    return db.session.scalar(select(EventRecord.id).where(*is_this)) is not None
