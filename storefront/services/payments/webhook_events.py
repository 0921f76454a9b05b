"""Stripe's events for staff: what arrived, what failed and why, and applying an event again."""

import logging
from collections.abc import Sequence

from sqlalchemy import func, select, update

from storefront.database import db, transaction
from storefront.domain.payment import EventRecord
from storefront.enums import AuditAction, AuditObject, PaymentEventState
from storefront.errors import NotFound
from storefront.gateways import payments
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.payments.event_processing import apply

logger = logging.getLogger(__name__)


def latest(*, only_failed: bool = False, limit: int = 50) -> Sequence[EventRecord]:
    """Return the newest events."""
    statement = select(EventRecord).order_by(EventRecord.received_at.desc()).limit(limit)
    return db.session.scalars(
        statement.where(EventRecord.state == PaymentEventState.FAILED) if only_failed else statement
    ).all()


def count_failed() -> int:
    """Return how many events could not be applied."""
    is_failed = EventRecord.state == PaymentEventState.FAILED
    return db.session.scalar(select(func.count()).select_from(EventRecord).where(is_failed)) or 0


def get(event_id: str) -> EventRecord:
    """Return an event with its payload and error, or raise `NotFound`."""
    event = db.session.get(EventRecord, event_id, populate_existing=True)
    if event is None:
        raise NotFound(event_id=event_id)
    return event


def retry(event_id: str, *, staff: Actor) -> EventRecord:
    """Apply an event again and return it as it stands now; one that fails once more says why in itself."""
    try:
        replay(event_id, staff=staff)
    except NotFound:
        raise
    except Exception:  # the ledger keeps it, and whoever asked reads it there
        logger.exception("event failed again", extra={"event_id": event_id})
    return get(event_id)


def ignore(event_id: str, *, note: str, staff: Actor) -> bool:
    """Leave an event alone that can never be applied, and return whether it had failed; its reason stays in the row."""
    reason = get(event_id).error
    with transaction():
        failed = update(EventRecord).where(EventRecord.id == event_id, EventRecord.state == PaymentEventState.FAILED)
        row = failed.values(state=PaymentEventState.IGNORED, error=f"{staff.cause}: {note}\n{reason}").returning(
            EventRecord.id
        )
        is_ignored = db.session.scalar(row) is not None
        if is_ignored:
            states = {"state": PaymentEventState.FAILED}, {"state": PaymentEventState.IGNORED, "note": note}
            audit.record(staff, AuditAction.IGNORED, AuditObject.EVENT, event_id, before=states[0], after=states[1])
    logger.info("event left alone", extra={"event": event_id, "by": staff.cause, "was_failed": is_ignored})
    return is_ignored


def replay(event_id: str, *, staff: Actor) -> bool:
    """Apply a stored event again and return whether it did anything; one that is done stays done."""
    payload = dict(get(event_id).payload)
    return apply(payments().translate_event(payload), actor=staff)
