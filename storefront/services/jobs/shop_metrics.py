"""Metrics of the shop's present state: stock reserved, emails that wait, failures."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from storefront import clock
from storefront.database import db
from storefront.domain import reconciliation
from storefront.domain.inventory import StockHold
from storefront.domain.order import Order
from storefront.domain.outbox import OutboxMail
from storefront.domain.payment import EventRecord, RefundRecord
from storefront.enums import OrderStatus, PaymentEventState, RefundStatus


def read() -> dict[str, float]:
    """Return each number by its name; all are counted by an index over what is open, not over all that ever was."""
    now = clock.now()
    unsent = (OutboxMail.sent_at.is_(None), OutboxMail.dead_at.is_(None))
    oldest = _value(select(func.min(OutboxMail.created_at)).where(*unsent, OutboxMail.available_at <= now))
    caught_up = reconciliation.find()
    last_round_at = caught_up.finished_at if caught_up else None
    return {
        "shop_holds_units": _value(select(func.coalesce(func.sum(StockHold.quantity), 0))),
        "shop_orders_open": _count(Order.status == OrderStatus.PENDING),
        "shop_orders_overdue": _count(Order.status == OrderStatus.PENDING, Order.hold_until < now),
        "shop_outbox_waiting": _count(*unsent, OutboxMail.available_at <= now),
        "shop_outbox_lag_seconds": (now - oldest).total_seconds() if isinstance(oldest, datetime) else 0.0,
        "shop_outbox_dead": _count(OutboxMail.sent_at.is_(None), OutboxMail.dead_at.is_not(None)),
        "shop_events_failed": _count(EventRecord.state == PaymentEventState.FAILED),
        "shop_events_waiting": _count(EventRecord.state == PaymentEventState.WAITING),
        "shop_reconciled_seconds_ago": (now - last_round_at).total_seconds() if last_round_at else 0.0,
        "shop_refunds_requested": _count(RefundRecord.status == RefundStatus.REQUESTED),
    }


def _count(*conditions: Any) -> float:
    return float(_value(select(func.count()).where(*conditions)))


def _value(statement: Any) -> Any:
    return db.session.scalar(statement)
