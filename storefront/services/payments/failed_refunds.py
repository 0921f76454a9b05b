"""Refunds whose money did not arrive: the order returns to its earlier state, and staff decide again."""

from datetime import datetime

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain import download, owed_refunds, refund_sums, returns, unsent_goods
from storefront.domain.order import Order, OrderEvent, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.payment import RefundRecord
from storefront.enums import AuditAction, OrderEventCode, OrderEventKind, OrderStatus, PaymentStatus
from storefront.errors import InvalidInput, WrongState
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.payments import settlement


def note_failure(order: Order, row: RefundRecord, *, was_counted: bool, cause: str) -> None:
    """Note that the bank did not take a refund, and count it as not made; the order is locked."""
    now = clock.now()
    note = f"refund {row.provider_id} {row.status} at the bank"
    order.add_note(OrderEventCode.REFUND_FAILED, note, cause=cause, now=now)
    count_out(order, row, was_counted=was_counted, cause=cause, now=now)


def count_out(order: Order, row: RefundRecord, *, was_counted: bool, cause: str, now: datetime) -> None:
    """Count a refund that failed as not made: its units, files and amount; the order is locked.

    The buyer who got an email about the money gets one that it did not arrive, and staff have to refund it again.
    """
    owed_refunds.mark(order, row)
    if was_counted:
        undo(order, row)
    if row.payment_id == order.payment_id:
        _count_less(order, row, cause=cause, now=now)
    unsent_goods.apply_refund(order, lines_of(order))


def _count_less(order: Order, row: RefundRecord, *, cause: str, now: datetime) -> None:
    # The charge's amount may be ahead of the rows: the part of it that is not this refund stays.
    arrived = max(0, refund_sums.arrived_minor(order) - order.overpaid_minor)
    left = arrived + max(0, order.refunded_minor - arrived - row.amount_minor)
    if left < order.refunded_minor:
        _step_back(order, left, row, cause=cause, now=now)


def undo(order: Order, row: RefundRecord) -> None:
    """Count a refund's units as not given back, because its money did not arrive; the order is locked.

    What was restocked stays in stock; a second refund of the same units does not restock it twice.
    """
    units: dict[int, int] = dict(row.lines)
    lines = lines_of(order)
    for line in lines:
        line.refunded -= min(line.refunded, units.get(line.id, 0))
    download.give_share(row.uses_taken)
    refund_ids = db.session.scalars(select(RefundRecord.id).where(RefundRecord.order_id == order.id)).all()
    download.restore(order, lines, reasons=refund_ids)
    returns.reopen(order.id, units)


def settle_otherwise(order_id: int, *, note: str, staff: Actor) -> None:
    """Note that the money that was owed went back in another way, or is not owed after all; the note says which."""
    if not note.strip():
        raise InvalidInput({"note": "required"})
    with transaction():
        order = lock(order_id)
        if not order.is_refund_owed:
            raise WrongState(status=order.payment_status)
        staff.require_within(order.captured_minor + sum(owed_refunds.of_second_payments(order).values()))
        owed_refunds.clear_all(order)
        order.add_note(
            OrderEventCode.SETTLED_OTHERWISE,
            f"money settled otherwise: {note.strip()}",
            cause=staff.cause,
            now=clock.now(),
        )
        audit.record_order(staff, AuditAction.SETTLED, order, audit.state_of(order), note=note.strip())


def _step_back(order: Order, left_minor: int, row: RefundRecord, *, cause: str, now: datetime) -> None:
    note = f"refund {row.provider_id or row.id} did not arrive"
    lost, order.refunded_minor = order.refunded_minor - left_minor, left_minor
    settlement.enqueue_email(order, "refund_failed", now, occasion=row.id, amount_minor=lost)
    was_whole = order.payment_status == PaymentStatus.REFUNDED
    to = PaymentStatus.PARTIALLY_REFUNDED if left_minor else PaymentStatus.PAID
    if order.payment_status != to:
        order.step_payment_back(to, cause=cause, now=now, note=note)
    if not was_whole:
        return
    download.restore(order, lines_of(order), reasons=["refunded"])
    returns.keep_to(order.id, refund_sums.promised_units(order.id))
    if order.status == OrderStatus.REFUNDED:
        order.step_back(_status_before(order), cause=cause, now=now, note=note)
        coupons.retake(order.id)


def _status_before(order: Order) -> OrderStatus:
    """Return from where the order became refunded, as its history records."""
    changes = select(OrderEvent.old).where(OrderEvent.order_id == order.id, OrderEvent.new == OrderStatus.REFUNDED)
    before = db.session.scalar(
        changes.where(OrderEvent.kind == OrderEventKind.STATUS).order_by(OrderEvent.id.desc()).limit(1)
    )
    return OrderStatus(before or OrderStatus.CONFIRMED)
