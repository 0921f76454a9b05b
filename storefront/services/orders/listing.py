"""The list of orders that staff see: by what is to be done with them, by text, dates and delivery method."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, union_all

from storefront import clock
from storefront.database import db
from storefront.domain import order_search
from storefront.domain.order import NEEDS_DECISION, Order
from storefront.domain.returns import ReturnRequest
from storefront.domain.shipment import Shipment
from storefront.enums import (
    PAID_STATUSES,
    Method,
    OrderStatus,
    OrderTab,
    ReturnRequestState,
    ShipmentState,
)
from storefront.services.catalogue import Page
from storefront.services.orders import found_orders

MOST_COUNTED = 10_000
"""A longer list is counted to here, and exported to here."""

_UNSENT = (OrderStatus.CONFIRMED, OrderStatus.PROCESSING)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What staff look for; empty fields do not filter. Days are Colombia's, both included."""

    tab: OrderTab = OrderTab.ALL
    text: str = ""
    status: OrderStatus | None = None
    method: Method | None = None
    first_day: date | None = None
    last_day: date | None = None
    page: int = 1
    limit: int = 25


def find(wanted: Wanted) -> Page[Order]:
    """Return one page of the orders that match, newest first; `total` ends at `MOST_COUNTED`.

    It is two statements, and for a text three to five. Of orders to decide about, held payments come before all others.
    """
    first = (Order.review_reason.is_(None),) if wanted.tab == OrderTab.TO_DECIDE else ()
    if wanted.text.strip():
        return _search(wanted, first)
    conditions = _filters(wanted)
    statement = select(Order).where(*conditions).order_by(*first, Order.id.desc())
    found = db.session.scalars(statement.limit(wanted.limit).offset(_offset(wanted))).all()
    some = select(Order.id).where(*conditions).limit(MOST_COUNTED + 1).subquery()
    total = db.session.scalar(select(func.count()).select_from(some)) or 0
    return Page(found, wanted.page, wanted.limit, min(total, MOST_COUNTED), is_more=total > MOST_COUNTED)


def _search(wanted: Wanted, first: Sequence[ColumnElement[bool]]) -> Page[Order]:
    found = found_orders.find(order_search.ways(wanted.text), conditions=_filters(wanted))
    keys, skipped = [row.id for row in found.rows], _offset(wanted)
    if not first:
        keys, skipped = keys[skipped : skipped + wanted.limit], 0
    chosen = select(Order).where(Order.id.in_(keys)).order_by(*first, Order.id.desc())
    items = db.session.scalars(chosen.limit(wanted.limit).offset(skipped)).all()
    return Page(items, wanted.page, wanted.limit, len(found.rows), is_more=found.is_more)


def _offset(wanted: Wanted) -> int:
    return (wanted.page - 1) * wanted.limit


def conditions_of(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return the conditions of a search; a list of none is met by every order.

    A text is looked for first; the newest `MOST_COUNTED` orders that it finds meet the conditions.
    """
    filters = _filters(wanted)
    if not wanted.text.strip():
        return filters
    found = found_orders.find(order_search.ways(wanted.text), conditions=filters, newest=MOST_COUNTED)
    return [Order.id.in_([row.id for row in found.rows])]


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return the conditions of a search without its text."""
    conditions = list(_TABS[wanted.tab])
    if wanted.status is not None:
        conditions.append(Order.status == wanted.status)
    if wanted.method is not None:
        conditions.append(Order.shipping_method == wanted.method)
    if wanted.first_day is not None:
        conditions.append(Order.placed_at >= clock.beginning_of(wanted.first_day))
    if wanted.last_day is not None:
        conditions.append(Order.placed_at < clock.beginning_of(wanted.last_day) + timedelta(days=1))
    return conditions


def _in_state(state: ShipmentState) -> Select[Any]:
    return select(Shipment.order_id).where(Shipment.state == state)


_HALF_SENT = select(Shipment.order_id).where(Shipment.state == ShipmentState.SHIPPED, Shipment.is_partial)
TO_PREPARE = (
    or_(
        Order.id.in_(_in_state(ShipmentState.TO_PREPARE)) & Order.status.in_(_UNSENT),
        Order.id.in_(_HALF_SENT) & (Order.status == OrderStatus.SHIPPED),
    ),
    Order.payment_status.in_(PAID_STATUSES),
)
_OPEN_RETURNS = select(ReturnRequest.order_id).where(ReturnRequest.state == ReturnRequestState.OPEN)
TO_DECIDE = (Order.id.in_(union_all(select(Order.id).where(NEEDS_DECISION), _OPEN_RETURNS)),)
_SENT = (Order.status == OrderStatus.SHIPPED, Order.payment_status.in_(PAID_STATUSES))
READY = (Order.id.in_(_in_state(ShipmentState.READY_FOR_PICKUP)), *_SENT)
_TABS: dict[OrderTab, Sequence[ColumnElement[bool]]] = {
    OrderTab.TO_PREPARE: TO_PREPARE,
    OrderTab.READY: READY,
    OrderTab.ON_THE_WAY: (Order.id.in_(_in_state(ShipmentState.SHIPPED)), *_SENT),
    OrderTab.TO_DECIDE: TO_DECIDE,
    OrderTab.ALL: (),
}
