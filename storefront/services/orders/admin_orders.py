"""Orders for staff; the interface checks that its user is staff."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from storefront.database import db
from storefront.domain.checkout_session import CheckoutSession, sessions_of
from storefront.domain.order import Order, sequence_of
from storefront.domain.order_moves import MOVES
from storefront.domain.payment import RefundRecord
from storefront.domain.returns import ReturnRequest
from storefront.enums import Method, OrderEventCode, OrderStatus, ProductKind, ReturnRequestState, ShipmentState
from storefront.errors import NotFound, WrongState
from storefront.services.catalogue import Page
from storefront.services.payments import checkout_sessions, refunds, reviews

ATTENTION = "attention"
"""Asked for like a status: orders that a person must look at, whatever their status is."""


_WAITS = (
    Order.review_reason.is_not(None),
    Order.is_disputed,
    Order.is_refund_owed,
    Order.id.in_(select(ReturnRequest.order_id).where(ReturnRequest.state == ReturnRequestState.OPEN)),
)


@dataclass(frozen=True, slots=True)
class Money:
    """What happened with an order's money: tries to collect, what went back, and what still could."""

    sessions: Sequence[CheckoutSession]
    refunds: Sequence[RefundRecord]
    left_minor: int


def latest(*, status: str = "", text: str = "", page: int = 1, limit: int = 25) -> Page[Order]:
    """Return orders, newest first; `text` is a number, a public id or part of an e-mail.

    Of those that wait for staff, held payments come before all others.
    """
    wanted = _matching(status, text)
    first = (Order.review_reason.is_(None),) if status == ATTENTION else ()
    statement = select(Order).where(*wanted).order_by(*first, Order.id.desc())
    found = db.session.scalars(statement.limit(limit).offset((page - 1) * limit)).all()
    total = db.session.scalar(select(func.count()).select_from(Order).where(*wanted))
    return Page(found, page, limit, total or 0)


def _matching(status: str, text: str) -> list[ColumnElement[bool]]:
    """Return the conditions of a search; a list of none is met by every order."""
    conditions: list[ColumnElement[bool]] = []
    if status == ATTENTION:
        conditions.append(or_(*_WAITS))
    elif status:
        conditions.append(Order.status == status)
    if text:
        wanted = text.strip().lower()
        by_text = [Order.public_id == wanted, Order.email.contains(wanted, autoescape=True)]
        if (number := sequence_of(wanted)) is not None:
            by_text.append(Order.id == number)
        conditions.append(or_(*by_text))
    return conditions


def get(reference: str) -> Order:
    """Return any order by number or public id with lines, history and shipment, or raise `NotFound`."""
    number = sequence_of(reference)
    named = Order.public_id == reference if number is None else Order.id == number
    loaded = (selectinload(Order.lines), selectinload(Order.history), joinedload(Order.shipment))
    order = db.session.scalar(select(Order).where(named).options(*loaded).execution_options(populate_existing=True))
    if order is None or reference not in (order.number, order.public_id):
        raise NotFound(order_id=reference)
    return order


def flags_of(order: Order) -> list[str]:
    """Return what staff should know of an order at once, as texts of the command line."""
    is_lost = order.dispute_status == "lost"
    flags = {"HELD": order.review_reason, "DISPUTED": order.is_disputed, "LOST": is_lost, "OWED": order.is_refund_owed}
    return [name for name, is_set in flags.items() if is_set]


def money_of(order: Order) -> Money:
    """Return what happened with an order's money, oldest first."""
    back = select(RefundRecord).where(RefundRecord.order_id == order.id).order_by(RefundRecord.created_at)
    try:
        left = refunds.refundable_minor(order)
    except WrongState:
        left = 0
    return Money(sessions_of(order.id), db.session.scalars(back).all(), left)


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
    can_leave = is_kept and is_unsent and shipment is not None and shipment.state == ShipmentState.TO_PREPARE
    steps = {
        "ship": can_leave and not is_picked_up,
        "ready": can_leave and is_picked_up,
        "deliver": shipment is not None and OrderStatus.DELIVERED in allowed,
        "return": OrderStatus.RETURNED in allowed,
        "refund": left_minor > 0,
        "settle": order.is_refund_owed,
        "cancel": OrderStatus.CANCELLED in allowed and (order.status == OrderStatus.PENDING or left_minor > 0),
    }
    return frozenset(name for name, is_possible in steps.items() if is_possible)


def cancel(reference: str, *, staff: str, is_restocked: bool = True) -> Order:
    """Cancel an order that was not shipped: unpaid, its page is closed first; else all money is given back."""
    order = get(reference)
    if order.review_reason:
        reviews.reject(order.id, staff=staff)
        return get(reference)
    if order.status == OrderStatus.PENDING:
        checkout_sessions.close_sessions(order.id, cause=staff, code=OrderEventCode.CANCELLED)
        order = get(reference)
        if order.status != OrderStatus.CANCELLED:
            raise WrongState(status=order.status)
        return order
    refunds.request_refund(order.id, is_cancelled=True, is_restocked=is_restocked, reason="cancelled", staff=staff)
    return get(reference)
