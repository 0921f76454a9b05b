"""The orders that a typed text finds, the newest first, at a cost that hardly grows with the shop.

An index says which orders have a word, and not in which order they came: it costs the more the more they are. A look
at the newest orders tells how usual a text is. Few enough orders are all found by the index and then sorted; of a text
that very many have, the newest are met by reading back from the last order, without the index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select, union_all

from storefront.database import db
from storefront.domain.order import Order
from storefront.domain.order_search import Ways

MOST = 10_000
"""So many orders are all found."""

NEWEST = 500
"""Of more, so many of the newest are found for a page."""

_LOOKED_AT = 3_000
_READ_BACK = 50_000
_LAST = select(func.max(Order.id)).scalar_subquery()


@dataclass(frozen=True, slots=True)
class FoundOrders:
    """Rows of orders, newest first; with `is_more` there are more than these."""

    rows: Sequence[Row[*tuple[Any, ...]]]
    is_more: bool


def find(
    ways: Ways, *columns: Any, conditions: Sequence[ColumnElement[bool]] = (), newest: int | None = None
) -> FoundOrders:
    """Return id and columns of the orders that one of the ways finds, in two or three statements, seldom four.

    They are all of them up to `MOST`, and of more the `newest`, which are `NEWEST` unless it is said.
    """
    newest = newest or NEWEST
    found = select(Order.id, *columns).where(*conditions)
    if _is_usual(ways, conditions):
        back = found.where(or_(*ways.by_reading), Order.id > _LAST - _READ_BACK).order_by(Order.id.desc())
        if len(rows := db.session.execute(back.limit(newest + 1)).all()) > newest:
            return FoundOrders(rows[:newest], is_more=True)
    by_index = union_all(*(found.where(way) for way in ways.by_index)).limit(MOST + 1)
    if len(rows := db.session.execute(by_index).all()) <= MOST:
        once = {row.id: row for row in rows}  # one order may be found in two ways
        return FoundOrders([once[key] for key in sorted(once, reverse=True)], is_more=False)
    # Not by the plain id: PostgreSQL would read back to the first order for as few rows as this.
    in_order = found.where(or_(*ways.by_index)).order_by((Order.id + 0).desc()).limit(newest)
    return FoundOrders(db.session.execute(in_order).all(), is_more=True)


def _is_usual(ways: Ways, conditions: Sequence[ColumnElement[bool]]) -> bool:
    """Return whether more than `MOST` orders would be found if all were like the newest."""
    newest = select(Order.id).where(or_(*ways.by_reading), *conditions, Order.id > _LAST - _LOOKED_AT).subquery()
    count, last = db.session.execute(select(select(func.count()).select_from(newest).scalar_subquery(), _LAST)).one()
    return bool(count * (last or 0) > MOST * _LOOKED_AT)
