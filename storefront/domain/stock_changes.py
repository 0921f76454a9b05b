"""Changes of stock by people who work here: received, counted, damaged, corrected.

The row of `Stock` is the lock: one guarded UPDATE changes it, and waits for buyers who are changing it. All of these
run inside the caller's transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select, update

from storefront.database import db, insert_once
from storefront.domain.catalogue import Variant
from storefront.domain.inventory import Stock, StockMovement
from storefront.enums import StockReason
from storefront.errors import InvalidInput, StockChanged, UnitsReserved

BY_STAFF = (StockReason.RECEIVED, StockReason.COUNTED, StockReason.DAMAGED, StockReason.CORRECTED)
"""The reasons that are not an order's."""

MAX_ON_HAND = 9_999_999
"""The most units that a variant can have; a number above it is a barcode in the wrong field."""


class Counters(NamedTuple):
    """Units on hand, and how many of them are reserved."""

    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        """Return the units that are not reserved."""
        return self.on_hand - self.reserved


class Author(NamedTuple):
    """Who changes stock, when, and what they say of it."""

    name: str
    note: str
    at: datetime


def change(variant: Variant, reason: StockReason, units: int, author: Author, *, seen: int | None = None) -> Counters:
    """Add units to a variant's stock, or take them away where negative, and return what there is then.

    `seen` is the newest change by staff that the author saw (`latest_changes`), so that the same form sent twice
    receives nothing twice. Raises `UnitsReserved` where fewer would be left than are reserved, and `StockChanged` if
    somebody of the staff changed them meanwhile.
    """
    counters = _add(variant, units)
    if seen is not None and latest_changes([variant.id]).get(variant.id, 0) != seen:
        raise StockChanged(sku=variant.sku, on_hand=counters.on_hand - units)
    _write(variant, reason, units, author)
    return counters


def count(variant: Variant, counted: int, counted_at: int, author: Author) -> Counters:
    """Record that somebody counted `counted` units while the shop said `counted_at`; return what there is then.

    Only the difference is added, so that what was sold meanwhile stays sold. `counted_at` must be a figure that the
    shop had since staff last changed it, else `StockChanged`: a count sent twice would add its difference twice.
    """
    units = counted - counted_at
    counters = _add(variant, units)
    before = counters.on_hand - units
    if not _stood_at(variant.id, counted_at, before):
        raise StockChanged(sku=variant.sku, on_hand=before)
    _write(variant, StockReason.COUNTED, units, author)
    return counters


def latest_changes(variant_ids: Sequence[str]) -> dict[str, int]:
    """Return the id of the newest change by staff of each variant that has one."""
    newest = select(StockMovement.variant_id, func.max(StockMovement.id)).group_by(StockMovement.variant_id)
    by_staff = newest.where(StockMovement.variant_id.in_(variant_ids), StockMovement.reason.in_(BY_STAFF))
    return dict(db.session.execute(by_staff).all())


def _add(variant: Variant, units: int) -> Counters:
    """Change the row, which the first change of a variant makes, unless too few or too many units would be there."""
    if not abs(units) <= MAX_ON_HAND:
        raise InvalidInput({"units": "too_many"})
    counters = _update(variant.id, units)
    if counters is None:
        empty = {"variant_id": variant.id, "initial": 0, "on_hand": 0, "reserved": 0}
        insert_once(Stock, empty, unique="variant_id")
        counters = _update(variant.id, units)
    if counters is None:
        on_hand, reserved = _read(variant.id)
        if on_hand + units > MAX_ON_HAND:
            raise InvalidInput({"units": "too_many"})
        raise UnitsReserved(sku=variant.sku, on_hand=on_hand, reserved=reserved, left=on_hand + units)
    return counters


def _update(variant_id: str, units: int) -> Counters | None:
    after = Stock.on_hand + units
    statement = (
        update(Stock)
        .where(Stock.variant_id == variant_id, after >= Stock.reserved, after <= MAX_ON_HAND)
        .values(on_hand=after)
        .returning(Stock.on_hand, Stock.reserved)
    )
    row = db.session.connection().execute(statement).first()
    return Counters(*row) if row else None


def _read(variant_id: str) -> Counters:
    statement = select(Stock.on_hand, Stock.reserved).where(Stock.variant_id == variant_id)
    return Counters(*db.session.connection().execute(statement).one())


def _stood_at(variant_id: str, figure: int, on_hand: int) -> bool:
    """Return whether a variant, which has `on_hand` units, had `figure` of them since staff last changed them."""
    if on_hand == figure:
        return True
    moved = (StockMovement.variant_id == variant_id, StockMovement.on_hand_delta != 0)
    newest = select(StockMovement.reason, StockMovement.on_hand_delta).where(*moved).order_by(StockMovement.id.desc())
    balance = on_hand
    for reason, units in db.session.connection().execute(newest):
        if reason in BY_STAFF:
            return False
        balance -= units
        if balance == figure:
            return True
    return False


def _write(variant: Variant, reason: StockReason, units: int, author: Author) -> None:
    row = {
        "variant_id": variant.id,
        "reason": reason,
        "on_hand_delta": units,
        "actor": author.name[:254],
        "note": author.note,
        "at": author.at,
    }
    db.session.connection().execute(insert(StockMovement), row)
