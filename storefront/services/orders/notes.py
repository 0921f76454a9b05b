"""Internal notes about an order."""

from collections.abc import Sequence

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.order import Order, lock
from storefront.domain.order_note import MAX_NOTE, OrderNote
from storefront.enums import AuditAction
from storefront.errors import InvalidInput
from storefront.services import audit
from storefront.services.audit import Actor


def list_for(order: Order) -> Sequence[OrderNote]:
    """Return the notes about an order, oldest first."""
    return db.session.scalars(select(OrderNote).where(OrderNote.order_id == order.id).order_by(OrderNote.id)).all()


def add(order_id: int, *, text: str, staff: Actor) -> None:
    """Write a note about an order; raise `InvalidInput` for an empty or too long one.

    The audit never forgets and an erasure deletes notes, so that the text stays out of it.
    """
    if not text or len(text) > MAX_NOTE:
        raise InvalidInput({"order_note": "too_long" if text else "required"})
    with transaction():
        order = lock(order_id)
        note = OrderNote(order_id=order.id, author=staff.name, text=text, at=clock.now())
        db.session.add(note)
        db.session.flush()
        audit.record_order(staff, AuditAction.CHANGED, order, audit.state_of(order), note=note.id)
