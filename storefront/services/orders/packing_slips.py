"""Packing slips: what goes into the parcel of an order to be sent or picked up, and where it goes; no prices."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import selectinload

from storefront.database import db
from storefront.domain import refund_sums
from storefront.domain.order import Order
from storefront.domain.order_numbers import sequence_of
from storefront.services.orders import listing, parcels

MOST = 500
"""Slips that are made at once; a longer list is printed in parts."""

AT_ONCE = 20
"""So many are drawn while somebody waits; more of them are a job of the worker."""

_PORTION = 50
_IS_PRINTABLE = or_(and_(*listing.TO_PREPARE), and_(*listing.READY))


@dataclass(frozen=True, slots=True)
class SlipLine:
    """Units of a bought line that are still to be sent."""

    units: int
    name: str
    sku: str
    options: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A packing slip; `parcel` counts the parcels of its order, this one included."""

    order: Order
    parcel: int
    lines: Sequence[SlipLine]

    @property
    def units(self) -> int:
        """Return how many units go into the parcel."""
        return sum(line.units for line in self.lines)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Orders that can be printed, by id in the order wanted, and the numbers of those that have nothing to send."""

    order_ids: Sequence[int]
    left_out: Sequence[str]


def choose(numbers: Sequence[str]) -> Chosen:
    """Return which of some orders can be printed, in one statement; what is no number of ours is left out."""
    wanted = {number: sequence_of(number) for number in dict.fromkeys(numbers)}
    ids = [running for running in wanted.values() if running is not None]
    found = set(db.session.scalars(select(Order.id).where(Order.id.in_(ids), _IS_PRINTABLE))) if ids else set()
    kept = [running for running in wanted.values() if running in found]
    return Chosen(kept[:MOST], [number for number, running in wanted.items() if running not in found])


def choose_all(wanted: listing.Wanted) -> Chosen:
    """Return the orders of a list that can be printed, oldest first, so that those that wait longest come out first."""
    matching = select(Order.id).where(*listing.conditions_of(wanted), _IS_PRINTABLE)
    return Chosen(db.session.scalars(matching.order_by(Order.id).limit(MOST)).all(), ())


def slips_of(order_ids: Sequence[int]) -> list[Slip]:
    """Return the slips of orders in the order given, some orders at a time; one with nothing to send has none."""
    slips: list[Slip] = []
    for begin in range(0, len(order_ids), _PORTION):
        slips += _portion(order_ids[begin : begin + _PORTION])
    return slips


def _portion(order_ids: Sequence[int]) -> list[Slip]:
    parts = (selectinload(Order.lines), selectinload(Order.parcels))
    statement = select(Order).where(Order.id.in_(order_ids), _IS_PRINTABLE).options(*parts)
    rows = db.session.scalars(statement.execution_options(populate_existing=True))
    orders, promised = {order.id: order for order in rows}, refund_sums.promised_units(*order_ids)
    found = []
    for order in (orders[key] for key in order_ids if key in orders):
        left = parcels.units_to_send(order, order.lines, order.parcels, promised)
        lines = [
            SlipLine(left[line.id], line.name, line.sku or line.slug, _options(line.options))
            for line in order.lines
            if line.id in left
        ]
        if lines:
            found.append(Slip(order, len(order.parcels) + 1, lines))
    return found


def _options(options: dict[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in options.items())
