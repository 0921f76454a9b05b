"""Events of money that goes back or is disputed."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, select

from storefront.database import db, insert_once
from storefront.domain import owed_refunds
from storefront.domain.order import Order
from storefront.domain.payment import RefundRecord
from storefront.domain.refund_sums import LOST, UNDER_WAY, arrived_minor, lost_minor
from storefront.enums import OrderEventCode, RefundStatus
from storefront.gateways.payments import Charge, Dispute, PaymentEvent, Refund
from storefront.ids import new_id
from storefront.services.payments import failed_refunds, refunds, reviews, settlement
from storefront.services.payments.settlement import ReceivedPayment
from storefront.services.subscriptions import lifecycle

DISPUTE_ENDS = ("won", "lost", "warning_closed")
"""How a dispute ends; the last is an inquiry that never became one."""


def own_refund(refund: Refund) -> RefundRecord | None:
    """Return our row of a refund, whether we requested it or know it from an event."""
    known = RefundRecord.provider_id == refund.id
    statement = select(RefundRecord).where(known | (RefundRecord.id == refund.reference) if refund.reference else known)
    return db.session.scalar(statement.order_by(known.desc()).limit(1))


def order_id_of(refund: Refund) -> int | None:
    """Return the order of a refund that we know, or of another refund of its payment, which may be a second one."""
    if own_row := own_refund(refund):
        return own_row.order_id
    of_payment = select(RefundRecord.order_id).where(RefundRecord.payment_id == refund.payment_id)
    return db.session.scalar(of_payment.limit(1))


def _charge_refunded(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    """Apply the refunded amount of a charge to its order."""
    charge = event.subject
    assert isinstance(charge, Charge)
    # Events come in any order: money that went back must have come first.
    settlement.settle(
        order, ReceivedPayment(charge.payment_id, charge.amount_minor, charge.currency), cause=cause, now=now
    )
    if order.payment_id == charge.payment_id and order.review_reason:
        reviews.returned(order, charge.refunded_minor - lost_minor(order), cause=cause, now=now)
    elif order.payment_id == charge.payment_id:
        # An event from before a refund failed still counts it; what is less than we know changes nothing.
        settlement.record_refund(order, charge.refunded_minor - lost_minor(order), cause=cause, now=now)


def _refund_changed(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    """Update the row of a refund to the state in an event."""
    assert isinstance(event.subject, Refund)
    record_refund(order, event.subject, cause=cause, now=now)


def record_refund(order: Order, refund: Refund, *, cause: str, now: datetime) -> None:
    """Apply the provider's state of a refund to our row, which is created if missing, and to its order."""
    own_row = own_refund(refund)
    payment_id = refund.payment_id or (own_row and own_row.payment_id)
    was_under_way = own_row is not None and own_row.status in UNDER_WAY
    values = {
        "id": own_row.id if own_row else new_id(),
        "order_id": order.id,
        "provider_id": refund.id,
        "payment_id": payment_id,
        "amount_minor": refund.amount_minor,
        "status": refund.status,
        "reason": own_row.reason if own_row else "dashboard",
        "lines": own_row.lines if own_row else [],
        "created_at": own_row.created_at if own_row else now,
    }
    # A refund that succeeded can still fail days later; nothing else leaves an end.
    is_lost = refund.status in LOST
    may_change: ColumnElement[bool] = RefundRecord.status.not_in(LOST if is_lost else (RefundStatus.SUCCEEDED, *LOST))
    if not insert_once(RefundRecord, values, unique="id", redo=may_change):
        return
    if is_lost:
        row = db.session.get_one(RefundRecord, values["id"], populate_existing=True)
        failed_refunds.note_failure(order, row, was_counted=was_under_way, cause=cause)
    else:
        owed_refunds.clear_second_payments(order)
    if order.review_reason:
        reviews.returned(order, arrived_minor(order), cause=cause, now=now)
    refunds.sync_refunded_amount(order, cause=cause)


def _disputed(order: Order, event: PaymentEvent, cause: str, now: datetime) -> None:
    """Note a dispute, or how it ended; it changes no status. One that is lost took the money back, so its plan ends."""
    dispute = event.subject
    assert isinstance(dispute, Dispute)
    order.add_note(OrderEventCode.DISPUTED, f"dispute {dispute.status}: {dispute.reason}", cause=cause, now=now)
    is_over = dispute.status in DISPUTE_ENDS
    if not is_over and order.dispute_id == dispute.id and order.dispute_status in DISPUTE_ENDS:
        return  # the event came late
    order.dispute_id, order.dispute_status, order.is_disputed = dispute.id, dispute.status, not is_over
    if dispute.status == "lost":
        lifecycle.end_refunded(order, cause=cause, now=now)
    details: dict[str, object] = {"amount_minor": dispute.amount_minor, "reason": dispute.reason}
    if is_over:
        occasion = f"{dispute.id}:{dispute.status}"
        is_lost = dispute.status == "lost"
        settlement.enqueue_staff_email(order, "dispute_closed", now, occasion=occasion, is_lost=is_lost, **details)
    else:
        settlement.enqueue_staff_email(order, "dispute_opened", now, occasion=dispute.id, **details)


HANDLERS: dict[str, Callable[[Order, PaymentEvent, str, datetime], None]] = {
    "charge.refunded": _charge_refunded,
    "refund.created": _refund_changed,
    "refund.updated": _refund_changed,
    "refund.failed": _refund_changed,
    "charge.dispute.created": _disputed,
    "charge.dispute.updated": _disputed,
    "charge.dispute.closed": _disputed,
}
