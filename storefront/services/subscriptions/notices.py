"""Emails to a plan's owner before a charge: a yearly renewal, and the first charge after a trial."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.order import Order
from storefront.domain.subscription import Subscription
from storefront.enums import BillingInterval, PlanStatus
from storefront.services.subscriptions import lifecycle
from storefront.settings import settings


def remind(limit: int = 100) -> int:
    """Write the mails about charges that come within some days, once for each period, and return how many.

    Several workers may run: the rows are locked, others skip them, and what was told stands on the row. Who has
    cancelled or paused is not charged, and not reminded.
    """
    now = clock.now()
    with transaction():
        rows = db.session.scalars(_charged_soon(now).limit(limit).with_for_update(skip_locked=True)).all()
        first = {order.id: order for order in _orders([row.order_id for row in rows])}
        for row in rows:
            row.reminded_of = row.current_period_end
            occasion = lifecycle.second_of(row.current_period_end)
            lifecycle.enqueue_email(row, first[row.order_id], "subscription_charge_soon", occasion, now)
        return len(rows)


def _charged_soon(now: datetime) -> Select[Subscription]:
    return (
        select(Subscription)
        .where(*_is_soon(now), Subscription.ended_at.is_(None), Subscription.must_end.is_(False))
        .where(Subscription.cancel_at_period_end.is_(False))
        .where(Subscription.reminded_of.is_distinct_from(Subscription.current_period_end))
        .order_by(Subscription.current_period_end)
    )


def _is_soon(now: datetime) -> tuple[ColumnElement[bool], ...]:
    ends, values = Subscription.current_period_end, settings()
    is_trial = (Subscription.status == PlanStatus.TRIALING) & (ends <= now + timedelta(days=values.TRIAL_NOTICE_DAYS))
    is_year = (Subscription.status == PlanStatus.ACTIVE) & (Subscription.interval == BillingInterval.YEAR)
    return ends > now, is_trial | (is_year & (ends <= now + timedelta(days=values.RENEWAL_NOTICE_DAYS)))


def _orders(keys: list[int]) -> Sequence[Order]:
    return db.session.scalars(select(Order).where(Order.id.in_(keys))).all() if keys else []
