"""The log of the provider's events: one row for each, with what became of it and why."""

import logging
from datetime import datetime
from typing import Any

from storefront import clock
from storefront.database import insert_once, transaction
from storefront.domain.order import Order
from storefront.domain.payment import EventRecord
from storefront.enums import AuditAction, AuditObject, PaymentEventState
from storefront.gateways.payments import PaymentEvent
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.payments.event_subjects import subject_of

logger = logging.getLogger(__name__)

_HAS_FAILED = EventRecord.state == PaymentEventState.FAILED
_IS_UNDONE = EventRecord.state != PaymentEventState.DONE
_KEPT_OF_CHARGES = ("id", "object", "amount", "currency", "created", "metadata", "payment_intent")
_REASONS = {
    PaymentEventState.IGNORED: "names no order of this shop",
    PaymentEventState.WAITING: "its payment is not known yet",
}


def enter(
    event: PaymentEvent, state: PaymentEventState, order: Order | None, now: datetime, *, actor: Actor | None = None
) -> bool:
    """Write the event's row with its effects, inside the caller's transaction.

    Return False if the event is there already, unless it failed, or was left alone and has an order now.
    """
    values = _values(event, state, _REASONS.get(state, ""), now) | {"order_id": order.id if order else None}
    is_new = insert_once(EventRecord, values, unique="id", redo=_HAS_FAILED if order is None else _IS_UNDONE)
    _record_replay(event, state, is_new, actor)
    return is_new


def write_down(event: PaymentEvent, state: PaymentEventState, reason: str, *, actor: Actor | None = None) -> bool:
    """Write the row of an event without effects, and return whether it is new; what is done stays done."""
    redo = _HAS_FAILED if state == PaymentEventState.IGNORED else _IS_UNDONE
    with transaction():
        is_new = insert_once(EventRecord, _values(event, state, reason, clock.now()), unique="id", redo=redo)
        _record_replay(event, state, is_new, actor)
    level = logging.WARNING if state == PaymentEventState.FAILED else logging.INFO
    logger.log(level, "event %s", state, extra={"event": event.id, "type": event.type, "reason": reason})
    return is_new


def _record_replay(event: PaymentEvent, state: PaymentEventState, is_new: bool, actor: Actor | None) -> None:
    """Write into the audit what became of an event that somebody had applied again."""
    if is_new and actor is not None:
        audit.record(actor, AuditAction.REPLAYED, AuditObject.EVENT, event.id, after={"state": state})


def _values(event: PaymentEvent, state: PaymentEventState, reason: str, now: datetime) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "state": state,
        "payload": _kept(event, state),
        "error": reason,
        "created_at": event.created_at,
        "received_at": now,
    }


def _kept(event: PaymentEvent, state: PaymentEventState) -> dict[str, Any]:
    """Return what is kept of an event: all of it, except who paid a charge, and with which card.

    Nobody reads that again; of a charge that failed here it is needed until it is applied.
    """
    payload = dict(event.payload)
    if event.type == "charge.succeeded" and state != PaymentEventState.FAILED:
        charge = subject_of(event)
        payload["data"] = {"object": {name: charge[name] for name in _KEPT_OF_CHARGES if name in charge}}
    return payload
