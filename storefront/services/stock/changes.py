"""Units received, damaged and corrected, each with who did it and why."""

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import stock_changes
from storefront.domain.catalogue import Variant
from storefront.domain.stock_changes import Author, Counters
from storefront.enums import AuditAction, AuditObject, StockReason
from storefront.errors import InvalidInput, NotFound
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.text import clean

MAX_NOTE = 300
_NEEDS_NOTE = (StockReason.DAMAGED, StockReason.CORRECTED)
"""Reasons by which units come from nowhere or vanish, so that the ledger has to say why."""


def change(
    variant_id: str, reason: StockReason, units: int, *, note: str, staff: Actor, seen: int | None = None
) -> Counters:
    """Receive, write off as damaged, or correct units of a variant, and return what there is then.

    Received and damaged units are positive, a correction can be either. `seen` is the newest change by staff that the
    page showed. Raises `InvalidInput`, `UnitsReserved` where fewer would be left than are reserved, and `StockChanged`.
    """
    if units == 0 or (units < 0 and reason != StockReason.CORRECTED):
        raise InvalidInput({"units": "invalid"})
    author = Author(staff.name, checked_note(note, is_required=reason in _NEEDS_NOTE), clock.now())
    delta = -units if reason == StockReason.DAMAGED else units
    with transaction():
        variant = _physical(variant_id)
        counters = stock_changes.change(variant, reason, delta, author, seen=seen)
        record(staff, reason, variant, counters.on_hand - delta, counters, author.note)
    return counters


def record(actor: Actor, reason: StockReason, variant: Variant, before: int, counters: Counters, note: str) -> None:
    """Write a change into the audit, inside the caller's transaction."""
    after = {"on_hand": counters.on_hand, **({"note": note} if note else {})}
    action = AuditAction(reason.value)
    audit.record(actor, action, AuditObject.STOCK, variant.sku, before={"on_hand": before}, after=after)


def checked_note(note: str, *, is_required: bool = False) -> str:
    """Return a note as it is kept, or raise `InvalidInput`."""
    text = clean(note)
    if not text and is_required:
        raise InvalidInput({"stock_note": "required"})
    if len(text) > MAX_NOTE:
        raise InvalidInput({"stock_note": "too_long"})
    if not text.isprintable():
        raise InvalidInput({"stock_note": "invalid"})
    return text


def _physical(variant_id: str) -> Variant:
    variant = db.session.get(Variant, variant_id)
    if variant is None or not variant.is_physical:
        raise NotFound(variant_id=variant_id)
    return variant
