"""What staff look at first each day: the money that came, and the orders that wait; one statement for each box."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select

from storefront import clock
from storefront.database import db
from storefront.domain.order import NEEDS_DECISION, Order
from storefront.domain.payment import RefundRecord
from storefront.domain.returns import ReturnRequest
from storefront.enums import RefundStatus, ReturnRequestState
from storefront.services.orders.listing import TO_PREPARE

_WEEK = timedelta(days=7)
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Sales:
    """Money that was paid in some days, for how many orders, and what went back in them."""

    paid_minor: int
    orders: int
    back_minor: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The money of today, of seven days with today, of the seven before, and of this weekday a week ago."""

    today: Sales
    week: Sales
    same_day_before: Sales
    week_before: Sales


@dataclass(frozen=True, slots=True)
class Waiting:
    """Orders to prepare: how many there are, and those that were promised first."""

    total: int
    orders: Sequence[Order]
    today: str

    def is_due(self, order: Order) -> bool:
        """Return whether an order was promised for today or before."""
        return bool(order.delivery_latest and order.delivery_latest <= self.today)


@dataclass(frozen=True, slots=True)
class Decisions:
    """How many orders wait for a decision, by what it is about; an order can count more than once."""

    held: int
    owed: int
    disputed: int
    returns: int

    @property
    def total(self) -> int:
        """Return how many decisions there are."""
        return self.held + self.owed + self.disputed + self.returns


def figures() -> Figures:
    """Return what was paid and given back today and this week, beside the week before."""
    today = clock.beginning_of(clock.day_of(clock.now()))
    spans = (
        ("today", today, today + timedelta(days=1)),
        ("week", today - _WEEK + timedelta(days=1), today + timedelta(days=1)),
        ("same_day_before", today - _WEEK, today - _WEEK + timedelta(days=1)),
        ("week_before", today - 2 * _WEEK + timedelta(days=1), today - _WEEK + timedelta(days=1)),
    )
    columns: list[ColumnElement[Any]] = []
    for _, first, end in spans:
        is_inside = (Order.paid_at >= first) & (Order.paid_at < end)
        columns += [
            func.coalesce(func.sum(case((is_inside, Order.paid_minor), else_=0)), 0),
            func.count(case((is_inside, Order.id))),
            _given_back(first, end),
        ]
    row = list(db.session.execute(select(*columns).where(Order.paid_at >= spans[-1][1])).one())
    sales = [Sales(*(int(value) for value in row[at : at + 3])) for at in range(0, len(row), 3)]
    return Figures(**dict(zip((name for name, _, _ in spans), sales, strict=True)))


def _given_back(first: datetime, end: datetime) -> ColumnElement[int]:
    went_back = (RefundRecord.status == RefundStatus.SUCCEEDED, RefundRecord.created_at >= first)
    summed: Select[tuple[int]] = select(func.coalesce(func.sum(RefundRecord.amount_minor), 0))
    return summed.where(*went_back, RefundRecord.created_at < end).scalar_subquery()


def to_prepare() -> Waiting:
    """Return the orders to prepare, those that were promised first at the top."""
    statement = select(Order, func.count().over()).where(*TO_PREPARE)
    rows = db.session.execute(statement.order_by(Order.delivery_latest.nulls_last(), Order.id).limit(_SHOWN)).all()
    today = clock.day_of(clock.now()).isoformat()
    return Waiting(rows[0][1] if rows else 0, [order for order, _ in rows], today)


def to_decide() -> Decisions:
    """Return how many held payments, owed refunds, disputes and open returns wait for somebody."""
    is_open = ReturnRequest.state == ReturnRequestState.OPEN
    returns = select(func.count()).select_from(ReturnRequest).where(is_open).scalar_subquery()
    marks = (Order.review_reason.is_not(None), Order.is_refund_owed, Order.is_disputed)
    counts = [func.count(case((mark, Order.id))) for mark in marks]
    row: Sequence[int] = db.session.execute(select(*counts, returns).where(NEEDS_DECISION)).one()
    return Decisions(held=row[0], owed=row[1], disputed=row[2], returns=row[3])
