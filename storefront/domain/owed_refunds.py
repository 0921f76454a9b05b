"""Refunds that failed and whose money is still owed: marked on their rows, and on the order for staff to decide.

What is owed of an order's own payment may go back in any way that staff choose. A second payment, which nothing was
bought with, has no goods: it goes back whole by the same refund once more, and no other refund of the order ends that.
"""

from collections.abc import Iterable

from sqlalchemy import select

from storefront.database import db
from storefront.domain import refund_sums
from storefront.domain.order import Order
from storefront.domain.payment import RefundRecord
from storefront.enums import OrderStatus


def mark(order: Order, row: RefundRecord) -> None:
    """Note that a refund failed and its money is owed, unless another one gives it back; the order is locked."""
    row.is_owed = _is_own(order, row) or _left([row.payment_id])[row.payment_id] > 0
    order.is_refund_owed = order.is_refund_owed or row.is_owed


def of_second_payments(order: Order) -> dict[str, int]:
    """Return what is owed of each payment beside the order's own, in minor units."""
    if not order.is_refund_owed:
        return {}
    return {payment_id: left for payment_id, left in _left(_second_payments(order, _owed(order))).items() if left}


def clear_own(order: Order) -> None:
    """Clear the mark of the order's own payment; what is owed of a second one stays marked. The order is locked."""
    if order.is_refund_owed:
        rows = _owed(order)
        for row in rows:
            row.is_owed = row.is_owed and not _is_own(order, row)
        order.is_refund_owed = any(row.is_owed for row in rows)


def clear_second_payments(order: Order) -> None:
    """Clear the marks of second payments that are back or on their way now; the order is locked.

    Of an order that came back whose money did not go back in full the mark stays, for no failed refund says that.
    """
    if not order.is_refund_owed:
        return
    rows = _owed(order)
    left = _left(_second_payments(order, rows))
    for row in rows:
        row.is_owed = left.get(row.payment_id, 1) > 0
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


def _second_payments(order: Order, rows: Iterable[RefundRecord]) -> set[str]:
    return {row.payment_id for row in rows if not _is_own(order, row)}


def _left(payment_ids: Iterable[str]) -> dict[str, int]:
    """Return what of each second payment is neither back nor on its way."""
    payment_ids = list(payment_ids)
    received, asked = refund_sums.second_payments(payment_ids), refund_sums.asked_by_payment(payment_ids)
    return {key: max(0, received.get(key, 0) - asked.get(key, 0)) for key in payment_ids}


def _came_back_unpaid(order: Order) -> bool:
    is_left = refund_sums.promised_minor([order])[order.id] < order.captured_minor
    return order.status == OrderStatus.RETURNED and is_left
