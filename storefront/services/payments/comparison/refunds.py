"""Refunds that differ between Stripe and the shop."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import or_, select

from storefront import clock
from storefront.database import db
from storefront.domain.order import Order
from storefront.domain.payment import RefundRecord
from storefront.domain.refund_sums import ARRIVED as _ARRIVED
from storefront.domain.refund_sums import LOST
from storefront.enums import RefundStatus
from storefront.gateways import payments
from storefront.gateways.payments import Refund
from storefront.services.payments import refund_events
from storefront.services.payments import refunds as refunding
from storefront.services.payments.comparison.differences import (
    BY_HAND,
    CAUSE,
    EVERYTHING,
    Difference,
    Found,
    in_pages,
    name_of,
    rows_by,
)

_OPEN = (RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION)


def find() -> Iterator[Difference]:
    """Yield refunds that only Stripe knows or that have another status there, and orders whose sum is another."""
    began_at = clock.now()
    sums: Counter[str] = Counter()
    reported: set[int] = set()
    for page in in_pages(payments().list_refunds()):
        for difference in _compare(page, sums):
            reported.add(difference.order_id)
            yield difference
    yield from _compare_sums(sums, reported, began_at)


def _compare(page: tuple[Refund, ...], sums: Counter[str]) -> list[Difference]:
    paid_by = [refund.payment_id for refund in page if refund.payment_id]
    order_columns = (Order.id, Order.placed_at, Order.payment_id)
    orders = rows_by("payment_id", select(*order_columns).where(Order.payment_id.in_(paid_by)))
    is_one = or_(
        RefundRecord.provider_id.in_([refund.id for refund in page]),
        RefundRecord.id.in_([refund.reference for refund in page if refund.reference]),
    )
    columns = (RefundRecord.id.label("refund_id"), RefundRecord.provider_id, RefundRecord.status)
    rows = db.session.execute(
        select(*columns, Order.id, Order.placed_at).join(Order, Order.id == RefundRecord.order_id).where(is_one)
    ).all()
    known = {row.refund_id: row for row in rows} | {row.provider_id: row for row in rows if row.provider_id}
    for refund in page:
        if refund.payment_id in orders and refund.status in _ARRIVED:
            sums[refund.payment_id] += refund.amount_minor
    found = (_compare_one(_row_of(refund, known), orders.get(refund.payment_id or ""), refund) for refund in page)
    return [difference for difference in found if difference is not None]


def _row_of(refund: Refund, known: dict[str, Found]) -> Found | None:
    return known.get(refund.id) or known.get(refund.reference or "")


def _compare_one(row: Found | None, order: Found | None, refund: Refund) -> Difference | None:
    if row is None and order is None:
        return None  # it is not ours
    if row is None:
        assert order is not None
        what = f"{name_of(order)}: refund {refund.id} of {refund.amount_minor} is known to Stripe only"
        return Difference(what, EVERYTHING, order.id, _recording(refund))
    if row.status == refund.status:
        return None
    what = f"{name_of(row)}: refund {refund.id} is {refund.status} at Stripe and {row.status} here"
    if row.status in _OPEN or refund.status in LOST:
        return Difference(what, EVERYTHING, row.id, _recording(refund))
    return Difference(what, BY_HAND, row.id)


def _compare_sums(sums: Counter[str], reported: set[int], began_at: datetime) -> Iterator[Difference]:
    """Yield orders whose refunded sum is not Stripe's, but for those whose refunds were made while it was read."""
    is_new = Order.id.in_(select(RefundRecord.order_id).where(RefundRecord.created_at >= began_at))
    is_either = or_(Order.refunded_minor > 0, Order.payment_id.in_(sums))
    failed = set(db.session.scalars(select(RefundRecord.order_id).where(RefundRecord.status == RefundStatus.FAILED)))
    statement = select(
        Order.id, Order.placed_at, Order.payment_id, Order.refunded_minor, Order.total_minor, Order.paid_minor
    ).where(is_either, Order.review_reason.is_(None), ~is_new)
    for row in db.session.execute(statement).all():
        overpaid_minor = max(0, row.paid_minor - row.total_minor)
        expected = min(max(0, sums[row.payment_id or ""] - overpaid_minor), row.paid_minor, row.total_minor)
        if row.refunded_minor == expected or row.id in reported:
            continue
        is_less = expected < row.refunded_minor
        if is_less and row.id in failed:
            continue  # a refund that failed after it had arrived is a finding of its own
        what = f"{name_of(row)}: Stripe gave back {expected}, the order says {row.refunded_minor}"
        yield Difference(what, BY_HAND if is_less else EVERYTHING, row.id, None if is_less else _sum_up)


def _recording(refund: Refund) -> Callable[[Order, datetime], None]:
    def change(order: Order, now: datetime) -> None:
        refund_events.record_refund(order, refund, cause=CAUSE, now=now)

    return change


def _sum_up(order: Order, now: datetime) -> None:
    refunding.sync_refunded_amount(order, cause=CAUSE)
