"""Refunds that failed and whose money is still owed: marked on their rows, and on the order for staff to decide.

What is owed of an order's own payment may go back in any way that staff choose. A second payment, which nothing was
bought with, has no goods: it goes back whole by the same refund once more, and no other refund of the order ends that.
"""

from sqlalchemy import select

from storefront.database import db
from storefront.domain import refund_sums
from storefront.domain.order import Order
from storefront.domain.payment import RefundRecord
from storefront.enums import OrderStatus


def mark(order: Order, row: RefundRecord) -> None:
    """Note that a refund failed and its money is owed; the order is locked."""
    order.is_refund_owed = row.is_owed = True


def of_second_payments(order: Order) -> dict[RefundRecord, int]:
    """Return the failed refunds of payments beside the order's own, with what of each is owed, in minor units."""
    return _left([row for row in _owed(order) if not _is_own(order, row)]) if order.is_refund_owed else {}


def clear_own(order: Order) -> None:
    """Clear the mark of the order's own payment; what is owed of a second one stays marked. The order is locked."""
    if order.is_refund_owed:
        rows = _owed(order)
        for row in rows:
            row.is_owed = row.is_owed and not _is_own(order, row)
        order.is_refund_owed = any(row.is_owed for row in rows)


def clear_second_payments(order: Order) -> None:
    """Clear the marks of second payments that are back or on their way now; the order is locked."""
    if not order.is_refund_owed:
        return
    rows = _owed(order)
    for row, left_minor in _left([row for row in rows if not _is_own(order, row)]).items():
        row.is_owed = left_minor > 0
    order.is_refund_owed = any(row.is_owed for row in rows) or _came_back_unpaid(order)


def clear_all(order: Order) -> None:
    """Clear every mark, because the money is settled in another way; the order is locked."""
    order.is_refund_owed = False
    for row in _owed(order):
        row.is_owed = False


def _owed(order: Order) -> list[RefundRecord]:
    wanted = (RefundRecord.order_id == order.id, RefundRecord.is_owed)
    return list(db.session.scalars(select(RefundRecord).where(*wanted).order_by(RefundRecord.created_at)))


def _is_own(order: Order, row: RefundRecord) -> bool:
    return row.payment_id in (order.payment_id, order.invoice_id)


def _left(rows: list[RefundRecord]) -> dict[RefundRecord, int]:
    """Return what of each row's amount was not asked for again since."""
    asked = refund_sums.asked_by_payment([row.payment_id for row in rows])
    return {row: max(0, row.amount_minor - asked.get(row.payment_id, 0)) for row in rows}


def _came_back_unpaid(order: Order) -> bool:
    """Return whether goods came back whose money did not go back, which no failed refund says."""
    is_left = refund_sums.promised_minor([order])[order.id] < order.captured_minor
    return order.status == OrderStatus.RETURNED and is_left
