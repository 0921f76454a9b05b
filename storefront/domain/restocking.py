"""Which units of an order return to the shelf when nobody is asked, because all its money went back."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from storefront.database import db
from storefront.domain import inventory
from storefront.domain.catalog import Kind
from storefront.domain.order import Order, OrderLine
from storefront.domain.payment import RefundRecord


def restock_rest(order: Order, lines: Sequence[OrderLine], now: datetime) -> None:
    """Put back every unit that staff have not decided about by a refund of their own, whatever became of its money."""
    kept = _kept_off(order.id, lines)
    units: dict[str, int] = {}
    for line in lines:
        if line.kind == Kind.PHYSICAL and line.product_id:
            left = line.quantity - max(line.restocked, line.refunded, kept[line.id])
            units[line.product_id] = units.get(line.product_id, 0) + left
            line.restocked += left
    inventory.restock(order.id, units, now)


def _kept_off(order_id: int, lines: Sequence[OrderLine]) -> Counter[int]:
    """Return by line the units of which staff said that they do not return; a refund by amount speaks for all."""
    said = select(RefundRecord.lines).where(RefundRecord.order_id == order_id, RefundRecord.is_restocked.is_(False))
    kept: Counter[int] = Counter()
    for pairs in db.session.scalars(said):
        for line_id, n in pairs or [(line.id, line.quantity) for line in lines]:
            kept[line_id] = min(kept[line_id] + n, next(line.quantity for line in lines if line.id == line_id))
    return kept
