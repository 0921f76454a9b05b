"""What stays after the erasure of somebody, and why: staff read it before they erase, and can tell the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, select

from storefront import clock
from storefront.database import db
from storefront.domain.block import Block, last_day_of
from storefront.domain.customer_request import CustomerRequest
from storefront.domain.data_subject import DataSubject
from storefront.domain.order import Order
from storefront.domain.returns import ReturnRequest
from storefront.domain.subscription import Subscription
from storefront.enums import PAID_STATUSES, BlockKind, OrderStatus, RequestStatus, ReturnRequestState
from storefront.services.accounts.data_export import requests_of

_TO_ARRIVE = (OrderStatus.CONFIRMED, OrderStatus.PROCESSING, OrderStatus.SHIPPED)

YEARS_KEPT = 10
"""Código de Comercio, article 60."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remains:
    """What an erasure leaves, by order number: `records` until `kept_until`, and what is still under way.

    `unpaid` are cancelled first; a running plan in `plans` keeps it from happening.
    """

    records: Sequence[str]
    kept_until: date | None
    under_way: Sequence[str]
    money_open: Sequence[str]
    returns_open: Sequence[str]
    requests_open: Sequence[str]
    unpaid: Sequence[str]
    plans: int
    blocked_until: date | None


def _open_requests(subject: DataSubject) -> Sequence[str]:
    """Return the filing numbers of petitions and complaints that wait for an answer."""
    is_open = CustomerRequest.status == RequestStatus.OPEN
    rows = db.session.scalars(select(CustomerRequest).where(requests_of(subject), is_open).order_by(CustomerRequest.id))
    return [row.number for row in rows]


def is_under_way(order: Order) -> bool:
    """Return whether an order has goods that did not arrive yet: its address and phone stay, and so do its mails."""
    return order.shipping_method is not None and order.status in _TO_ARRIVE


IS_UNDER_WAY = and_(Order.shipping_method.is_not(None), Order.status.in_(_TO_ARRIVE))
"""The same as a condition."""


def remains_of(subject: DataSubject) -> Remains:
    """Return what would stay if somebody were erased now, in five statements."""
    orders = db.session.scalars(select(Order).where(subject.orders).order_by(Order.id.desc())).all()
    records = [order for order in orders if order.is_paid or order.payment_reference is not None]
    waiting = [order for order in records if is_under_way(order) and order.payment_status in PAID_STATUSES]
    is_open = ReturnRequest.state == ReturnRequestState.OPEN
    returns = set(db.session.scalars(select(ReturnRequest.order_id).join(Order).where(subject.orders, is_open)))
    last_day = max((clock.day_of(order.paid_at or order.placed_at) for order in records), default=None)
    return Remains(
        records=_numbers(records),
        kept_until=_years_later(last_day) if last_day else None,
        under_way=_numbers(waiting),
        money_open=_numbers([one for one in orders if one.review_reason or one.is_disputed or one.is_refund_owed]),
        requests_open=_open_requests(subject),
        returns_open=_numbers([order for order in orders if order.id in returns]),
        unpaid=_numbers([one for one in orders if one.status == OrderStatus.PENDING and not one.review_reason]),
        plans=_count_plans(subject),
        blocked_until=_blocked_until(subject),
    )


def _numbers(orders: Sequence[Order]) -> list[str]:
    return [order.number for order in orders]


def _years_later(day: date) -> date:
    return date(day.year + YEARS_KEPT, day.month, min(day.day, 28) if day.month == 2 else day.day)


def _count_plans(subject: DataSubject) -> int:
    charged = (Subscription.ended_at.is_(None), Subscription.cancel_at_period_end.is_(False))
    of_subject = Subscription.customer_id == subject.customer_id
    return len(db.session.scalars(select(Subscription.id).where(of_subject, *charged)).all())


def _blocked_until(subject: DataSubject) -> date | None:
    own = (Block.kind == BlockKind.EMAIL, Block.first_key == subject.person, Block.ends_at > clock.now())
    ends_at = db.session.scalar(select(Block.ends_at).where(*own))
    return last_day_of(ends_at) if ends_at else None
