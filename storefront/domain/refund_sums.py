"""Sums of an order's refunds: requested, arrived, failed."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, func, select

from storefront.database import db
from storefront.domain.order import Order
from storefront.domain.payment import RefundRecord
from storefront.enums import RefundStatus

UNDER_WAY = (RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION, RefundStatus.SUCCEEDED)
"""Refunds that count against what was captured; a failed or cancelled one gives its amount free again."""

ARRIVED = (RefundStatus.SUCCEEDED, RefundStatus.PENDING)
"""Refunds that the buyer was told of."""

PAID_TWICE = "paid_twice"
"""Why a payment goes back that came for an order which was paid already."""

LOST = (RefundStatus.FAILED, RefundStatus.CANCELED)
"""How a refund ends whose money did not arrive."""


def arrived_minor(order: Order) -> int:
    """Return the sum of the order's refunds that arrived or are on their way to the card."""
    return _sum(order, ARRIVED)


def lost_minor(order: Order) -> int:
    """Return the refunds of the order's payment that did not arrive, which an old charge still counts."""
    return _sum(order, LOST, RefundRecord.provider_id.is_not(None))


def asked_minor(order: Order) -> int:
    """Return what was refunded of the order's payment, or is requested."""
    return _sum(order, UNDER_WAY)


def asked_by_payment(payment_ids: Iterable[str]) -> dict[str, int]:
    """Return by payment what was refunded of it, or is requested; one without refunds is missing."""
    return _sums(payment_ids, UNDER_WAY)


def second_payments(payment_ids: Sequence[str]) -> dict[str, int]:
    """Return by payment how much it was, of those that came for an order which was paid already.

    The first refund of such a payment is all of it.
    """
    whole = select(RefundRecord.payment_id, func.max(RefundRecord.amount_minor)).group_by(RefundRecord.payment_id)
    wanted = (RefundRecord.payment_id.in_(payment_ids), RefundRecord.reason == PAID_TWICE)
    return {payment_id: int(amount) for payment_id, amount in db.session.execute(whole.where(*wanted))}


def promised_minor(orders: Sequence[Order]) -> dict[int, int]:
    """Return by order what went back of its price, or is asked for: without what was paid beyond the price."""
    asked = _sums([order.payment_reference for order in orders], UNDER_WAY)
    return {
        order.id: max(asked.get(order.payment_reference or "", 0) - order.overpaid_minor, order.refunded_minor)
        for order in orders
    }


def occasion_of(order: Order) -> str:
    """Return what distinguishes a refund from others of the order: after one failed the same sum is reached again."""
    conditions = (RefundRecord.payment_id == order.payment_id, RefundRecord.status.in_(LOST))
    lost = db.session.scalar(select(func.count()).where(*conditions))
    return f"{order.refunded_minor}-{lost}" if lost else str(order.refunded_minor)


def promised_units(*order_ids: int) -> Counter[int]:
    """Return by line of some orders the units whose money is back or on its way, in one statement."""
    promised = db.session.scalars(
        select(RefundRecord.lines).where(RefundRecord.order_id.in_(order_ids), RefundRecord.status.in_(UNDER_WAY))
    ).all()
    back: Counter[int] = Counter()
    for line_id, n in (pair for lines in promised for pair in lines):
        back[line_id] += n
    return back


def _sum(order: Order, statuses: Sequence[RefundStatus], *more: ColumnElement[bool]) -> int:
    return _sums([order.payment_reference], statuses, *more).get(order.payment_reference or "", 0)


def _sums(
    references: Iterable[str | None], statuses: Sequence[RefundStatus], *more: ColumnElement[bool]
) -> dict[str, int]:
    """Return by payment the sum of its refunds in some states; one without refunds is missing."""
    payment_ids = [reference for reference in references if reference]
    if not payment_ids:
        return {}
    sums = select(RefundRecord.payment_id, func.sum(RefundRecord.amount_minor)).group_by(RefundRecord.payment_id)
    wanted = (RefundRecord.payment_id.in_(payment_ids), RefundRecord.status.in_(statuses), *more)
    # PostgreSQL adds up big integers as decimals.
    return {payment_id: int(total) for payment_id, total in db.session.execute(sums.where(*wanted))}
