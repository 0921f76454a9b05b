"""Payments of another amount or currency than was due: held until staff accept them or give them back."""

from datetime import datetime

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain import inventory, refund_sums
from storefront.domain.order import Order, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.subscription import Subscription
from storefront.enums import AuditAction, OrderEventCode, OrderStatus, PaymentStatus
from storefront.errors import OutOfStock, WrongState
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.payments import refunds, settlement
from storefront.services.payments.settlement import ReceivedPayment
from storefront.services.subscriptions import lifecycle


def accept(order_id: int, *, staff: Actor) -> None:
    """Let an order go on with what was paid for it: the difference is noted, and what is too much goes back.

    Its goods are reserved anew if their hold was over; raises `OutOfStock` where there are none left, and `WrongState`
    where nothing is held or another currency was paid.
    """
    with transaction():
        now = clock.now()
        order = _held(order_id)
        before = audit.state_of(order)
        staff.require_within(abs(order.paid_minor - order.total_minor))
        if order.received_currency not in (None, order.currency):
            raise WrongState(status=order.payment_status, reason="other_currency")
        lines = lines_of(order)
        if order.hold_until is None and not settlement.reserve_again(order, lines, now):
            raise OutOfStock(shortages=())
        order.review_reason = None
        order.add_note(
            OrderEventCode.PAYMENT_ACCEPTED,
            f"payment of {order.paid_minor} accepted for {order.total_minor}",
            cause=staff.cause,
            now=now,
        )
        settlement.complete(order, lines, _receipt(order), cause=staff.cause, now=now)
        rest_minor = order.overpaid_minor - refund_sums.asked_minor(order)
        settlement.request_refund(
            order, order.payment_reference, max(0, rest_minor), "overpaid", cause=staff.cause, now=now
        )
        back = refund_sums.arrived_minor(order)
        settlement.record_refund(order, back, cause=staff.cause, now=now)
        details = {"paid_minor": order.paid_minor, "total_minor": order.total_minor}
        audit.record_order(staff, AuditAction.PAYMENT_ACCEPTED, order, before, **details)
    refunds.send_requested(order_id)


def reject(order_id: int, *, staff: Actor) -> None:
    """Give back what was paid and cancel the order; stock, coupon and plan are released."""
    with transaction():
        now = clock.now()
        order = _held(order_id)
        before = audit.state_of(order)
        staff.require_within(order.paid_minor)
        _end(order, cause=staff.cause, now=now)
        left = max(0, order.paid_minor - refund_sums.asked_minor(order))
        settlement.request_refund(order, order.payment_reference, left, "payment_rejected", cause=staff.cause, now=now)
        audit.record_order(staff, AuditAction.PAYMENT_REJECTED, order, before, amount_minor=left)
        settlement.enqueue_email(order, "payment_rejected", now, amount_minor=left, paid_in=_paid_in(order))
    refunds.send_requested(order_id)


def returned(order: Order, back_minor: int, *, cause: str, now: datetime) -> None:
    """End the review of a payment that went back in whole, as by the dashboard; the order is locked."""
    if order.review_reason and 0 < order.paid_minor <= back_minor:
        _end(order, cause=cause, now=now)
        settlement.record_refund(order, back_minor, cause=cause, now=now)


def release_old(limit: int = 100) -> int:
    """Release the goods of payments that were held for long; the money goes on waiting for staff."""
    old = (Order.review_reason.is_not(None), Order.hold_until < clock.now())
    order_ids = db.session.scalars(select(Order.id).where(*old).order_by(Order.id).limit(limit)).all()
    return sum(_release(order_id) for order_id in order_ids)


def _release(order_id: int) -> bool:
    with transaction():
        now = clock.now()
        order = lock(order_id)
        if not order.review_reason or order.hold_until is None or order.hold_until >= now:
            return False
        order.hold_until = None
        order.add_note(
            OrderEventCode.GOODS_RELEASED, "goods released; the payment still waits for staff", cause="sweeper", now=now
        )
        coupons.give_back(order.id, now)
        inventory.release(order.id, now)
    return True


def _held(order_id: int) -> Order:
    order = lock(order_id)
    if not order.review_reason:
        raise WrongState(status=order.payment_status)
    return order


def _end(order: Order, *, cause: str, now: datetime) -> None:
    """Count the money as taken, to be given back, and release everything else."""
    order.review_reason = order.hold_until = order.checkout_key = None
    note = "another amount was due; it goes back"
    order.move_payment(PaymentStatus.PAID, cause=cause, now=now, note=note, code=OrderEventCode.PAYMENT_REJECTED)
    order.paid_at = now
    if order.status == OrderStatus.PENDING:
        order.move(OrderStatus.CANCELLED, cause=cause, now=now, code=OrderEventCode.CANCELLED)
    lifecycle.end_for(order)
    coupons.give_back(order.id, now)
    inventory.release(order.id, now)


def _paid_in(order: Order) -> str:
    return "" if order.received_currency in (None, order.currency) else order.received_currency


def _receipt(order: Order) -> ReceivedPayment:
    plan = db.session.scalar(select(Subscription.provider_id).where(Subscription.order_id == order.id).limit(1))
    return ReceivedPayment(order.payment_id, order.paid_minor, order.currency, order.invoice_id, plan)
