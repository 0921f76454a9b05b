"""Orders for staff; the interface checks that its user is staff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from storefront.database import db
from storefront.domain import owed_refunds
from storefront.domain.checkout_session import CheckoutSession, sessions_of
from storefront.domain.order import Order, OrderEvent
from storefront.domain.order_moves import MOVES
from storefront.domain.order_numbers import sequence_of
from storefront.domain.payment import RefundRecord
from storefront.enums import (
    Method,
    OrderEventCode,
    OrderEventKind,
    OrderStatus,
    ProductKind,
    ShipmentState,
)
from storefront.errors import NotFound, WrongState
from storefront.services.audit import Actor
from storefront.services.payments import checkout_sessions, free_orders, refunds, reviews

_NOTES_OF_GOODS = (
    OrderEventCode.RESTOCKED,
    OrderEventCode.DOWNLOADS_RENEWED,
    OrderEventCode.WITHDRAWAL_ASKED,
    OrderEventCode.WITHDRAWAL_CLOSED,
)
"""What a history's notes tell that is no money."""


@dataclass(frozen=True, slots=True)
class Money:
    """What happened with an order's money: tries to collect, what went back, and what still could.

    `freight_left_minor` is how much of that can go back as freight, without units, and `second_minor` what is owed of
    second payments, whose refund failed.
    """

    sessions: Sequence[CheckoutSession]
    refunds: Sequence[RefundRecord]
    left_minor: int
    freight_left_minor: int = 0
    second_minor: int = 0


def get(reference: str) -> Order:
    """Return any order by number or public id with lines, history and shipment, or raise `NotFound`."""
    number = sequence_of(reference)
    named = Order.public_id == reference if number is None else Order.id == number
    parts = (selectinload(Order.lines), selectinload(Order.history), selectinload(Order.parcels))
    order = db.session.scalar(
        select(Order).where(named).options(*parts, joinedload(Order.shipment)).execution_options(populate_existing=True)
    )
    if order is None or reference not in (order.number, order.public_id):
        raise NotFound(order_id=reference)
    return order


def flags_of(order: Order) -> list[str]:
    """Return what staff should know of an order at once, as texts of the command line."""
    is_lost = order.dispute_status == "lost"
    flags = {"HELD": order.review_reason, "DISPUTED": order.is_disputed, "LOST": is_lost, "OWED": order.is_refund_owed}
    return [name for name, is_set in flags.items() if is_set]


def without_money(history: Iterable[OrderEvent]) -> list[OrderEvent]:
    """Return what of an order's history whoever sees no amounts may read."""
    return [event for event in history if event.kind == OrderEventKind.STATUS or event.code in _NOTES_OF_GOODS]


def events_since(order_ids: Iterable[int], event_id: int | None) -> Sequence[OrderEvent]:
    """Return what happened to orders after a line of their histories, oldest first; nothing for an unknown line."""
    if event_id is None:
        return []
    later = (OrderEvent.order_id.in_(order_ids), OrderEvent.id > event_id)
    return db.session.scalars(select(OrderEvent).where(*later).order_by(OrderEvent.id)).all()


def money_of(order: Order) -> Money:
    """Return what happened with an order's money, oldest first."""
    back = select(RefundRecord).where(RefundRecord.order_id == order.id).order_by(RefundRecord.created_at)
    try:
        left = refunds.refundable_minor(order)
    except WrongState:
        left = 0
    freight = refunds.freight_left_minor(order, left) if left else 0
    second = sum(owed_refunds.of_second_payments(order).values())
    return Money(sessions_of(order.id), db.session.scalars(back).all(), left, freight, second)


def next_steps(order: Order, left_minor: int) -> frozenset[str]:
    """Return which actions staff can try with an order now; each service checks again when it is called."""
    if order.review_reason:
        return frozenset({"accept", "reject"})
    allowed, shipment = MOVES[order.status], order.shipment
    is_picked_up = order.shipping_method == Method.PICKUP
    goods = [line for line in order.lines if line.kind == ProductKind.PHYSICAL]
    has_goods = any(max(line.refunded, line.restocked) < line.quantity for line in goods)
    is_kept = has_goods and (left_minor > 0 or order.total_minor == 0)  # what cost nothing is sent, too
    is_unsent = order.status in (OrderStatus.CONFIRMED, OrderStatus.PROCESSING)
    is_first = is_unsent and shipment is not None and shipment.state == ShipmentState.TO_PREPARE
    is_more = order.status == OrderStatus.SHIPPED and shipment is not None and shipment.is_partial
    can_leave = is_kept and is_first
    steps = {
        "ship": (can_leave or (is_kept and is_more)) and not is_picked_up,
        "ready": can_leave and is_picked_up,
        "deliver": shipment is not None and OrderStatus.DELIVERED in allowed,
        "return": OrderStatus.RETURNED in allowed,
        "refund": left_minor > 0,
        "settle": order.is_refund_owed,
        "cancel": OrderStatus.CANCELLED in allowed
        and (order.status == OrderStatus.PENDING or left_minor > 0 or _is_free(order)),
    }
    return frozenset(name for name, is_possible in steps.items() if is_possible)


def _is_free(order: Order) -> bool:
    """Return whether an order cost nothing and has more than a plan, which is ended by itself."""
    return order.total_minor == 0 and any(line.kind != ProductKind.SUBSCRIPTION for line in order.lines)


def cancel(reference: str, *, staff: Actor, is_restocked: bool = True) -> Order:
    """Cancel an order that was not shipped: unpaid, its page is closed first; else all money is given back, if any."""
    order = get(reference)
    if order.review_reason:
        reviews.reject(order.id, staff=staff)
        return get(reference)
    if order.status == OrderStatus.PENDING:
        checkout_sessions.close_sessions(order.id, cause=staff.cause, code=OrderEventCode.CANCELLED, actor=staff)
        order = get(reference)
        if order.status != OrderStatus.CANCELLED:
            raise WrongState(status=order.status)
        return order
    if _is_free(order):
        free_orders.cancel(order.id, is_restocked=is_restocked, staff=staff)
        return get(reference)
    refunds.request_refund(order.id, is_cancelled=True, is_restocked=is_restocked, reason="cancelled", staff=staff)
    return get(reference)
