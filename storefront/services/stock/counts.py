"""Counts: what somebody found on the shelf, compared with what the shop says, and written as a difference.

A count holds against the figure that the shop said when it was made. What is sold between the count and its writing
stays sold, and a count that was written already is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import contains_eager

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import stock_changes
from storefront.domain.catalogue import Variant
from storefront.domain.stock_changes import MAX_ON_HAND, Author, Counters
from storefront.enums import StockReason
from storefront.errors import InvalidInput, RowsRefused, ShopError, StockChanged, UnitsReserved
from storefront.services.audit import Actor
from storefront.services.stock import listing
from storefront.services.stock.changes import checked_note, record

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Count:
    """Units of a variant that somebody counted, and what the shop said then; None is what it says now.

    `line` is where it stands in its file, or on its page.
    """

    sku: str
    counted: int
    counted_at: int | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """A count beside what the shop says now; `left` is what there will be."""

    count: Count
    variant: Variant
    counters: Counters
    counted_at: int

    @property
    def units(self) -> int:
        """Return the units to be added, negative where some are missing."""
        return self.count.counted - self.counted_at

    @property
    def left(self) -> int:
        """Return the units on hand after the count, without what was sold meanwhile."""
        return self.counters.on_hand + self.units

    @property
    def moved_meanwhile(self) -> int:
        """Return the units that orders took (negative) or brought back since the count."""
        return self.counters.on_hand - self.counted_at


def compare(counts: Sequence[Count]) -> list[Difference]:
    """Return what each count would change, and write nothing; raise `RowsRefused` for counts that cannot be used."""
    refused = _unusable(counts)
    variants = _variants([count.sku for count in counts])
    refused += [
        (count.line, "sku", InvalidInput({"sku": "unknown"}))
        for count in counts
        if count.sku and count.sku not in variants
    ]
    if refused:
        raise RowsRefused(rows=sorted(refused, key=lambda row: row[0]))
    return [_difference(count, variants[count.sku]) for count in counts]


def write(counts: Sequence[Count], *, note: str, staff: Actor) -> list[Difference]:
    """Write all counts or none, and return what they changed.

    Raises `RowsRefused` with the counts that would leave fewer units than are reserved, or were made before somebody
    of the staff changed the stock.
    """
    author = Author(staff.name, checked_note(note), clock.now())
    differences = compare(counts)
    with transaction():
        refused: list[tuple[int, str, ShopError]] = []
        # In the order of ids, as buyers reserve, so that nobody waits for each other.
        for one in sorted(differences, key=lambda difference: difference.variant.id):
            try:
                after = stock_changes.count(one.variant, one.count.counted, one.counted_at, author)
            except (UnitsReserved, StockChanged) as error:
                refused.append((one.count.line, "counted", error))
                continue
            if one.units:
                before = after.on_hand - one.units
                record(staff, StockReason.COUNTED, one.variant, before, after, author.note)
        if refused:
            raise RowsRefused(rows=sorted(refused, key=lambda row: row[0]))
    return differences


def _unusable(counts: Sequence[Count]) -> list[tuple[int, str, ShopError]]:
    """Return what is wrong with the numbers themselves, and each SKU after the first of its kind."""
    refused: list[tuple[int, str, ShopError]] = []
    known: set[str] = set()
    for count in counts:
        if not count.sku:
            refused.append((count.line, "sku", InvalidInput({"sku": "required"})))
        elif count.sku in known:
            refused.append((count.line, "sku", InvalidInput({"sku": "twice"})))
        known.add(count.sku)
        if not 0 <= count.counted <= MAX_ON_HAND:
            refused.append((count.line, "counted", InvalidInput({"units": "too_many"})))
        if count.counted_at is not None and not 0 <= count.counted_at <= MAX_ON_HAND:
            refused.append((count.line, "on_hand", InvalidInput({"units": "too_many"})))
    return refused


def _variants(skus: Sequence[str]) -> Mapping[str, Variant]:
    found: dict[str, Variant] = {}
    for start in range(0, len(skus), _AT_ONCE):
        some = listing.goods().where(Variant.sku.in_(skus[start : start + _AT_ONCE]))
        rows = db.session.scalars(some.options(contains_eager(Variant.product), contains_eager(Variant.stock)))
        found |= {variant.sku: variant for variant in rows.unique()}
    return found


def _difference(count: Count, variant: Variant) -> Difference:
    stock = variant.stock
    counters = Counters(stock.on_hand, stock.reserved) if stock else Counters(0, 0)
    return Difference(count, variant, counters, counters.on_hand if count.counted_at is None else count.counted_at)
