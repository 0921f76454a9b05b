"""Units of an order that return to stock, and which of them do so by themselves after a full refund."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

from storefront.database import db
from storefront.domain import inventory
from storefront.domain.order import Order, OrderLine
from storefront.domain.payment import RefundRecord
from storefront.enums import OrderStatus, ProductKind


def restockable_units(order: Order, lines: Sequence[OrderLine]) -> dict[int, int]:
    """Return by line the units that are not the buyer's any more and not in stock, where there are any.

    A cancelled order may have sold nothing: its money came too late, or was not accepted.
    """
    left = {line.id: line.restockable_units(order) for line in lines}
    possible = {line_id: n for line_id, n in left.items() if n > 0}
    if possible and order.status == OrderStatus.CANCELLED and not inventory.is_sold(order.id):
        return {}
    return possible


def restock_rest(order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
    """Put back every unit that staff have not decided about by a refund of their own, whatever became of its money."""
    kept, goods = _kept_off(order.id, lines), [line for line in lines if line.kind == ProductKind.PHYSICAL]
    rest = [(line, line.quantity - max(line.restocked, line.refunded, kept[line.id])) for line in goods]
    restock(order.id, rest, now)


def restock(order_id: int, units: Iterable[tuple[OrderLine, int]], now: datetime) -> None:
    """Put units of lines back into the stock, and count them as restocked; an unknown variant has no stock."""
    back: Counter[str] = Counter()
    for line, n in units:
        if line.variant_id:
            line.restocked += n
            back[line.variant_id] += n
    inventory.restock(order_id, back, now)


def _kept_off(order_id: int, lines: Sequence[OrderLine]) -> Counter[int]:
    """Return by line the units that staff marked as not returning; a refund by amount counts for all units."""
    statement = select(RefundRecord.lines).where(
        RefundRecord.order_id == order_id, RefundRecord.is_restocked.is_(False)
    )
    kept: Counter[int] = Counter()
    for pairs in db.session.scalars(statement):
        for line_id, n in pairs or [(line.id, line.quantity) for line in lines]:
            kept[line_id] = min(kept[line_id] + n, next(line.quantity for line in lines if line.id == line_id))
    return kept
