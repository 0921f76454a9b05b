"""Internal notes about a customer; the audit says that there is one, and not what it says."""

from collections.abc import Sequence

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.data_subject import MAX_NOTE, CustomerNote, DataSubject
from storefront.enums import AuditAction, AuditObject
from storefront.errors import InvalidInput
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.customers import subjects


def list_for(subject: DataSubject) -> Sequence[CustomerNote]:
    """Return the notes about somebody, oldest first."""
    own = select(CustomerNote).where(subject.rows_of(CustomerNote))
    return db.session.scalars(own.order_by(CustomerNote.id)).all()


def add(subject: DataSubject, *, text: str, staff: Actor) -> None:
    """Write a note about somebody; raise `InvalidInput` for an empty or too long one.

    The audit never forgets and an erasure deletes notes, so that the text stays out of it.
    """
    if not text or len(text) > MAX_NOTE:
        raise InvalidInput({"customer_note": "too_long" if text else "required"})
    with transaction():
        subjects.require_present(subject)
        note = CustomerNote(**subject.key, author=staff.name, text=text, at=clock.now())
        db.session.add(note)
        db.session.flush()
        after = {"customer_note": note.id}
        audit.record(staff, AuditAction.NOTED, AuditObject.CUSTOMER, subject.reference, after=after)
