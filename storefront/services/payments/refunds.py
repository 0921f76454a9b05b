"""Refunds: requested by staff, sent to the provider, followed until they have arrived."""

import logging
from collections.abc import Mapping

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain import download, refund_amounts, refund_sums, restocking, returns
from storefront.domain.order import Order, OrderLine, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.payment import RefundRecord
from storefront.enums import OrderEventCode, OrderStatus, PaymentStatus, ProductKind, RefundStatus
from storefront.errors import InvalidInput, NotFound, WrongState
from storefront.gateways import payments
from storefront.gateways.payments import PaymentRefused, PaymentUnknown
from storefront.services.payments import failed_refunds, settlement
from storefront.services.payments.invoice_payments import learn_payment, name_payment
from storefront.services.subscriptions import lifecycle

logger = logging.getLogger(__name__)


def request_refund(
    order_id: int,
    *,
    units: Mapping[int, int] | None = None,
    amount_minor: int | None = None,
    is_restocked: bool = True,
    is_cancelled: bool = False,
    seen_left_minor: int | None = None,
    reason: str = "requested_by_customer",
    staff: str = "staff",
) -> str:
    """Write down a refund and send it; return its id. `is_cancelled` ends an order that was not shipped, too.

    `units` maps order line ids to units, and the freight comes with the last unit that was sent; `amount_minor` is a
    plain amount instead; without either, everything that is left goes back. `is_restocked` says whether the units
    return to stock. A plan is not prorated: its payment goes back in whole, which ends the plan if it paid for the
    present period, or by an amount that staff name, and the plan goes on. Never more than what was captured: the sum is
    checked with the order locked, and so is `seen_left_minor`, what staff saw that was left, so that the
    same click twice gives nothing twice.
    """
    with transaction():
        now = clock.now()
        order = lock(order_id)
        left = refundable_minor(order)
        if seen_left_minor not in (None, left):
            raise InvalidInput({"amount": "changed_meanwhile"})
        lines = lines_of(order)
        chosen = _choose(lines, units)
        amount = amount_minor if amount_minor is not None else _worth(order, lines, chosen, left)
        if units is None and amount_minor is None:
            chosen, amount = [(line, line.quantity - line.refunded) for line in lines], left
        if not 0 < amount <= left:
            raise InvalidInput({"amount": "out_of_range"})
        refund = _write(order, chosen, amount, reason, is_restocked)
        order.is_refund_owed = False
        order.add_note(
            OrderEventCode.REFUND_REQUESTED, f"refund of {amount} requested ({reason})", cause=staff, now=now
        )
        if is_cancelled:
            order.move(OrderStatus.CANCELLED, cause=staff, now=now, code=OrderEventCode.CANCELLED)
        if is_cancelled and amount == left:
            coupons.give_back(order.id, now)
        _take_back(order, chosen, is_restocked)
        returns.settle(order.id, {line.id: n for line, n in chosen}, now)
        refund.uses_taken = download.take_share(chosen)
        gone = [line for line, _ in chosen if line.refunded == line.quantity]
        download.revoke(order, now, reason=refund.id, lines=gone)
        if lifecycle.plan_line(gone) is not None:
            lifecycle.end_refunded(order, cause=staff, now=now)
        refund_id = refund.id
    send(refund_id)
    return refund_id


def refundable_minor(order: Order) -> int:
    """Return what can still be given back, or raise `WrongState` if the order was never paid by card."""
    is_paid = order.payment_status in (PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED)
    if order.payment_reference is None or not is_paid:
        raise WrongState(status=order.payment_status)
    return order.captured_minor - refund_sums.promised_minor([order])[order.id]


def require_goods(order: Order) -> None:
    """Raise `WrongState` if all the money, or every unit that could be sent, is promised back already."""
    if order.status == OrderStatus.CANCELLED:
        raise WrongState(status=order.status)
    if order.payment_reference is None:
        return
    back = refund_sums.promised_units(order.id)
    goods = [line for line in lines_of(order) if line.kind == ProductKind.PHYSICAL]
    # What a refund that failed put back into stock may be sold already.
    if refundable_minor(order) == 0 or all(max(back[line.id], line.restocked) >= line.quantity for line in goods):
        raise WrongState(status=PaymentStatus.REFUNDED)


def status_of(refund_id: str) -> RefundStatus:
    """Return the status of a refund."""
    row = db.session.get(RefundRecord, refund_id, populate_existing=True)
    if row is None:
        raise NotFound(refund_id=refund_id)
    return row.status


def send(refund_id: str) -> bool:
    """Request a stored refund from the provider; the row's id is the idempotency key, so none is made twice."""
    row = db.session.get(RefundRecord, refund_id)
    if row is None or row.status != RefundStatus.REQUESTED:
        return False
    order_id, amount_minor = row.order_id, row.amount_minor  # read now: nothing is read while the provider is asked
    try:
        payment_id = _resolve(row)
        if payment_id is None:
            return False
        refund = payments().refund(payment_id, amount_minor, reference=refund_id)
    except PaymentUnknown as silence:
        logger.warning("refund %s not answered: %s", refund_id, silence)
        return False
    except PaymentRefused as refusal:
        if refusal.is_passing:
            logger.warning("refund %s not taken now: %s", refund_id, refusal)
            return False
        return _refused(refund_id, refusal)
    with transaction():
        order = lock(order_id)
        row = db.session.get(RefundRecord, refund_id, populate_existing=True)
        if row is not None and row.status == RefundStatus.REQUESTED:
            row.provider_id, row.status = refund.id, refund.status
        sync_refunded_amount(order, cause=f"refund {refund.id}")
    return True


def send_all(limit: int = 100) -> int:
    """Send every refund that is stored and was not sent yet."""
    waiting = (
        select(RefundRecord.id).where(RefundRecord.status == RefundStatus.REQUESTED).order_by(RefundRecord.created_at)
    )
    ids = db.session.scalars(waiting.limit(limit)).all()
    return sum(send(refund_id) for refund_id in ids)


def sync_refunded_amount(order: Order, *, cause: str) -> None:
    """Bring the order to the sum of its refunds that arrived; inside a transaction, the order locked."""
    if order.payment_id and order.is_paid:
        settlement.record_refund(order, refund_sums.arrived_minor(order), cause=cause, now=clock.now())


def _resolve(row: RefundRecord) -> str | None:
    """Return the payment to give back from: an invoice leads to its payment, which may be known a little later."""
    if not row.payment_id.startswith("in_"):
        return row.payment_id
    invoice_id, order_id = row.payment_id, row.order_id
    payment_id = payments().payment_of_invoice(invoice_id)
    if payment_id is not None:
        with transaction():
            order = lock(order_id)
            if order.invoice_id == invoice_id:
                learn_payment(order, payment_id)
            name_payment(invoice_id, payment_id)
    return payment_id


def _refused(refund_id: str, refusal: PaymentRefused) -> bool:
    with transaction():
        row = db.session.get(RefundRecord, refund_id, populate_existing=True)
        if row is not None and row.status == RefundStatus.REQUESTED:
            # What went back already, as by the dashboard, is no failure: the buyer has it.
            is_back_already = refusal.code == "charge_already_refunded"
            row.status = RefundStatus.CANCELED if is_back_already else RefundStatus.FAILED
            note = f"refund of {row.amount_minor} refused: {refusal.code}"
            order = lock(row.order_id)
            order.add_note(OrderEventCode.REFUND_REFUSED, note, cause="stripe", now=clock.now())
            if row.status == RefundStatus.FAILED:
                failed_refunds.count_out(order, row, was_counted=True, cause="stripe", now=clock.now())
    return False


def _choose(lines: list[OrderLine], units: Mapping[int, int] | None) -> list[tuple[OrderLine, int]]:
    by_id = {line.id: line for line in lines}
    chosen = []
    for line_id, n in (units or {}).items():
        line = by_id.get(line_id)
        if line is None or not 0 < n <= line.quantity - line.refunded:
            raise InvalidInput({f"line {line_id}": "out_of_range"})
        chosen.append((line, n))
    return chosen


def _worth(order: Order, lines: list[OrderLine], chosen: list[tuple[OrderLine, int]], left_minor: int) -> int:
    """Return the money for the chosen units, with the freight if they are the last that were sent."""
    before, units = {line.id: line.refunded for line in lines}, {line.id: n for line, n in chosen}
    amount = refund_amounts.units_minor(lines, before, units)
    freight = refund_amounts.freight_minor(order, lines, before, units, order.total_minor - left_minor) if chosen else 0
    return amount + min(freight, max(0, left_minor - amount))


def _write(
    order: Order, chosen: list[tuple[OrderLine, int]], amount_minor: int, reason: str, is_restocked: bool
) -> RefundRecord:
    refund = RefundRecord(
        order_id=order.id,
        payment_id=order.payment_reference,
        amount_minor=amount_minor,
        status=RefundStatus.REQUESTED,
        reason=reason,
        lines=[[line.id, n] for line, n in chosen],
        is_restocked=is_restocked,
        created_at=clock.now(),
    )
    db.session.add(refund)
    db.session.flush()  # the row's id is the provider's key
    return refund


def _take_back(order: Order, chosen: list[tuple[OrderLine, int]], is_restocked: bool) -> None:
    for line, n in chosen:
        line.refunded += n
    if is_restocked:  # some units may be in stock since a refund that failed
        fitting = [(line, min(n, line.restockable_units(order))) for line, n in chosen]
        restocking.restock(order.id, fitting, clock.now())
