"""Refunds: requested by staff, sent to the provider, followed until they have arrived."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict, Unpack

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain import download, owed_refunds, refund_amounts, refund_sums, restocking, returns, unsent_goods
from storefront.domain.order import Order, OrderLine, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.payment import RefundRecord, add_refund
from storefront.enums import (
    PAID_STATUSES,
    AuditAction,
    OrderEventCode,
    OrderStatus,
    PaymentStatus,
    ProductKind,
    RefundStatus,
)
from storefront.errors import InvalidInput, NotFound, WrongState
from storefront.gateways import payments
from storefront.gateways.payments import PaymentRefused, PaymentUnknown
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.payments import failed_refunds, settlement
from storefront.services.payments.invoice_payments import learn_payment, name_payment
from storefront.services.subscriptions import lifecycle

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RefundQuote:
    """What a refund would give back: the money for goods or a plain amount, and the freight."""

    goods_minor: int
    freight_minor: int

    @property
    def amount_minor(self) -> int:
        """Return the sum."""
        return self.goods_minor + self.freight_minor


class RefundChoice(TypedDict, total=False):
    """What is to go back and how; `promise` says what each means, and what is meant by leaving it out."""

    units: Mapping[int, int] | None
    amount_minor: int | None
    has_freight: bool
    is_restocked: bool
    is_cancelled: bool
    seen_left_minor: int | None
    seen_minor: int | None
    reason: str
    staff: Actor | None


def request_refund(order_id: int, **choice: Unpack[RefundChoice]) -> str:
    """Write down a refund and send it; return its id."""
    with transaction():
        refund_id = promise(lock(order_id), **choice)
    send(refund_id)
    return refund_id


def promise(
    order: Order,
    *,
    units: Mapping[int, int] | None = None,
    amount_minor: int | None = None,
    has_freight: bool = False,
    is_restocked: bool = True,
    is_cancelled: bool = False,
    seen_left_minor: int | None = None,
    seen_minor: int | None = None,
    reason: str = "requested_by_customer",
    staff: Actor | None = None,
) -> str:
    """Write down a refund of a locked order inside the caller's transaction; return its id, for `send` after it.

    `units` maps order line ids to units, and the freight comes with the last unit that was sent, or earlier with
    `has_freight`; `amount_minor` is a plain amount instead; without either, everything that is left goes back.
    `is_restocked` says whether the units return to stock, and `is_cancelled` ends an order that was not shipped, too.
    A plan is not prorated: its payment goes back in whole, which ends the plan if it paid for the
    present period, or by an amount that staff name, and the plan goes on. Never more than what was captured, and
    only if `seen_left_minor` is what is left, and `seen_minor` the sum, as staff saw them: the
    same click twice gives nothing twice. `staff` is None where the buyer asks; raises `NotPermitted` for more than
    their role may give back of an order.
    """
    now, cause = clock.now(), staff.cause if staff else "customer"
    before, left, lines = audit.state_of(order), refundable_minor(order), lines_of(order)
    if seen_left_minor not in (None, left):
        raise InvalidInput({"amount": "changed_meanwhile"})
    amount = _quote(order, lines, left, units, amount_minor, has_freight).amount_minor
    if seen_minor not in (None, amount):
        raise InvalidInput({"amount": "changed_meanwhile"})
    is_all = units is None and amount_minor is None and not has_freight
    chosen = [(line, line.quantity - line.refunded) for line in lines] if is_all else _choose(lines, units)
    if staff is not None:
        staff.require_within(order.captured_minor - left + amount)
    given_back = [[line.id, n] for line, n in chosen]
    refund = add_refund(
        order.id, order.payment_reference, amount, reason, now, lines=given_back, is_restocked=is_restocked
    )
    owed_refunds.clear_own(order)
    order.add_note(OrderEventCode.REFUND_REQUESTED, f"refund of {amount} requested ({reason})", cause=cause, now=now)
    if is_cancelled:
        order.move(OrderStatus.CANCELLED, cause=cause, now=now, code=OrderEventCode.CANCELLED)
    if is_cancelled and amount == left:
        coupons.give_back(order.id, now)
    take_back(order, lines, chosen, is_restocked)
    returns.settle(order.id, {line.id: n for line, n in chosen}, now)
    unsent_goods.apply_refund(order, lines)
    refund.uses_taken = download.take_share(chosen)
    gone = [line for line, _ in chosen if line.refunded == line.quantity]
    download.revoke(order, now, reason=refund.id, lines=gone)
    if lifecycle.plan_line(gone) is not None:
        lifecycle.end_refunded(order, cause=cause, now=now)
    if staff is not None:
        action = AuditAction.CANCELLED if is_cancelled else AuditAction.REFUNDED
        details = {"amount_minor": amount, "units": {line.name: n for line, n in chosen}}
        audit.record_order(staff, action, order, before, **details, is_restocked=is_restocked)
    return refund.id


def quote(
    order: Order,
    *,
    units: Mapping[int, int] | None = None,
    amount_minor: int | None = None,
    has_freight: bool = False,
    seen_left_minor: int | None = None,
    actor: Actor | None = None,
) -> RefundQuote:
    """Return what `promise` would give back now, for somebody to confirm; raises errors like it and changes nothing."""
    left = refundable_minor(order)
    if seen_left_minor not in (None, left):
        raise InvalidInput({"amount": "changed_meanwhile"})
    found = _quote(order, lines_of(order), left, units, amount_minor, has_freight)
    if actor is not None:
        actor.require_within(order.captured_minor - left + found.amount_minor)
    return found


def freight_left_minor(order: Order, left_minor: int) -> int:
    """Return how much of the freight can be given back beside units, where `left_minor` is left in all.

    Amounts without units that went back before count as freight first.
    """
    worth = sum(line.worth_minor(line.refunded) for line in lines_of(order))
    beside_units = max(0, order.total_minor - left_minor - worth)
    return max(0, min(order.shipping_minor - beside_units, left_minor))


def refundable_minor(order: Order) -> int:
    """Return what can still be given back, or raise `WrongState` if the order was never paid by card."""
    is_paid = order.payment_status in PAID_STATUSES
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
            if refund.status in refund_sums.LOST:
                failed_refunds.note_failure(order, row, was_counted=True, cause=f"refund {refund.id}")
        sync_refunded_amount(order, cause=f"refund {refund.id}")
    return True


def send_requested(order_id: int) -> None:
    """Send an order's stored refunds at once; where the provider does not answer, the worker does."""
    conditions = (RefundRecord.order_id == order_id, RefundRecord.status == RefundStatus.REQUESTED)
    for refund_id in db.session.scalars(select(RefundRecord.id).where(*conditions)).all():
        send(refund_id)


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


def _quote(
    order: Order,
    lines: list[OrderLine],
    left_minor: int,
    units: Mapping[int, int] | None,
    amount_minor: int | None,
    has_freight: bool,
) -> RefundQuote:
    """Return what goes back for the chosen units, the freight or an amount; for none of these everything is left."""
    chosen = _choose(lines, units)
    if amount_minor is not None:
        found = RefundQuote(amount_minor, 0)
    elif units is None and not has_freight:
        found = RefundQuote(left_minor, 0)
    else:
        before, back = {line.id: line.refunded for line in lines}, {line.id: n for line, n in chosen}
        goods = refund_amounts.units_minor(lines, before, back)
        given = order.total_minor - left_minor
        freight = refund_amounts.freight_minor(order, lines, before, back, given) if chosen else 0
        if has_freight:
            freight = max(freight, freight_left_minor(order, left_minor))
        found = RefundQuote(goods, min(freight, max(0, left_minor - goods)))
    if not 0 < found.amount_minor <= left_minor:
        raise InvalidInput({"amount": "out_of_range"})
    return found


def take_back(order: Order, lines: list[OrderLine], chosen: list[tuple[OrderLine, int]], is_restocked: bool) -> None:
    """Count units as given back, inside the caller's transaction; what was sold and comes back is in stock again."""
    for line, n in chosen:
        line.refunded += n
    if is_restocked:  # some units may be in stock since a refund that failed
        possible = restocking.restockable_units(order, lines)
        restocking.restock(order.id, [(line, min(n, possible.get(line.id, 0))) for line, n in chosen], clock.now())
