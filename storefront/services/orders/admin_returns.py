"""Return requests for staff: what is still owed, until when, and how they end."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import refund_amounts, refund_sums, returns
from storefront.domain.order import Order, OrderLine, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.returns import ReturnRequest
from storefront.enums import AuditAction, OrderEventCode, ReturnRequestState
from storefront.errors import InvalidInput, NotFound, WrongState
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.orders import admin_orders
from storefront.services.payments import settlement

REMIND_BEFORE = timedelta(days=4)
"""So long before the money is due staff are reminded: a refund can be asked for, and arrive, even over a weekend."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its order, for staff.

    `owed` are the units whose money was not asked for yet, `owed_minor` their money; `has_freight` means that with them
    everything that was sent is back, by whatever requests, so that the freight is among it.
    """

    withdrawal: ReturnRequest
    order: Order
    goods: tuple[tuple[OrderLine, int], ...]
    owed: tuple[tuple[OrderLine, int], ...]
    owed_minor: int
    has_freight: bool
    is_late: bool

    @property
    def number(self) -> str:
        """Return the request's number for people."""
        return returns.number_of(self.order.number, self.withdrawal)

    @property
    def refund_due_on(self) -> date:
        """Return the last day for the money."""
        return date.fromisoformat(self.withdrawal.refund_due_on)


def list_for(order: Order) -> list[Request]:
    """Return an order's requests for its pages, staff's and the buyer's; the order comes with its lines."""
    requests = returns.of_order(order.id)
    given = refund_sums.promised_minor([order])[order.id] if requests else 0
    return _requests(order, requests, given, clock.now())


def waiting() -> list[Request]:
    """Return every request whose money is still due, the most urgent first."""
    now = clock.now()
    is_open = (
        select(ReturnRequest, Order)
        .join(Order, Order.id == ReturnRequest.order_id)
        .where(ReturnRequest.state == ReturnRequestState.OPEN)
    )
    found = is_open.options(selectinload(Order.lines)).order_by(ReturnRequest.order_id, ReturnRequest.sequence)
    rows = db.session.execute(found.execution_options(populate_existing=True)).all()
    given = refund_sums.promised_minor(list({order.id: order for _, order in rows}.values()))
    requests: list[Request] = []
    for order, own_rows in groupby(rows, key=lambda row: row[1]):
        requests += _requests(order, [request for request, _ in own_rows], given[order.id], now)
    return sorted(requests, key=lambda request: (request.withdrawal.refund_due_on, request.withdrawal.id))


def close(reference: str, sequence: int, *, note: str, staff: Actor) -> None:
    """End a request without its money, as when the goods never came back; the note says why, to the buyer too."""
    if not note.strip():
        raise InvalidInput({"note": "required"})
    order_id = admin_orders.get(reference).id
    with transaction():
        now = clock.now()
        order = lock(order_id)
        found = next((one for one in returns.of_order(order_id) if one.sequence == sequence), None)
        if found is None:
            raise NotFound(order_id=reference, sequence=sequence)
        if not found.is_open:
            raise WrongState(status=found.state)
        found.state, found.note, found.closed_at, found.told_at = (
            ReturnRequestState.CLOSED,
            note.strip()[:300],
            now,
            now,
        )
        order.add_note(
            OrderEventCode.WITHDRAWAL_CLOSED,
            f"withdrawal R{sequence} closed: {note.strip()}",
            cause=staff.cause,
            now=now,
        )
        number = returns.number_of(order.number, found)
        details = {"return": number, "note": found.note}
        audit.record_order(staff, AuditAction.RETURN_CLOSED, order, audit.state_of(order), **details)
        settlement.enqueue_email(
            order, "withdrawal_closed", now, occasion=str(sequence), number=number, note=found.note
        )


def remind(limit: int = 50) -> int:
    """Write to staff about requests whose money is due soon, once for each, and return how many there are."""
    now = clock.now()
    last = (clock.day_of(now) + REMIND_BEFORE).isoformat()
    is_due = (
        ReturnRequest.state == ReturnRequestState.OPEN,
        ReturnRequest.refund_due_on <= last,
        ReturnRequest.reminded_at.is_(None),
    )
    if db.session.scalar(select(ReturnRequest.id).where(*is_due).limit(1)) is None:
        return 0
    with transaction():
        rows = db.session.execute(
            select(ReturnRequest, Order)
            .join(Order, Order.id == ReturnRequest.order_id)
            .where(*is_due)
            .order_by(ReturnRequest.refund_due_on, ReturnRequest.id)
            .limit(limit)
            .with_for_update(of=ReturnRequest, skip_locked=True)
            .options(selectinload(Order.lines))
        ).all()
        for request, order in rows:
            request.reminded_at = now
            enqueue_staff_email(order, request, order.lines, "warehouse_return_due", now)
        return len(rows)


def enqueue_staff_email(
    order: Order, request: ReturnRequest, lines: Sequence[OrderLine], template: str, now: datetime
) -> None:
    """Write to staff about a request; inside a transaction."""
    names = {line.id: line.name for line in lines}
    settlement.enqueue_staff_email(
        order,
        template,
        now,
        occasion=str(request.sequence),
        number=returns.number_of(order.number, request),
        goods=[{"name": names[line.order_line_id], "quantity": line.quantity} for line in request.lines],
        due=request.refund_due_on,
        reason=request.reason,
    )


def _requests(order: Order, requests: Sequence[ReturnRequest], given_minor: int, now: datetime) -> list[Request]:
    """Return an order's requests, oldest first: each is owed what those before it leave, the last the freight, too."""
    lines = lines_of(order)
    by_id, before = {line.id: line for line in lines}, defaultdict(int, {line.id: line.refunded for line in lines})
    found = []
    for request in requests:
        owed = returns.promised_units([request])
        freight = refund_amounts.freight_minor(order, lines, before, owed, given_minor) if owed else 0
        amount = refund_amounts.units_minor(lines, before, owed) + freight
        amount = min(amount, order.total_minor - given_minor)
        for line_id, n in owed.items():
            before[line_id] += n
        given_minor += amount
        found.append(
            Request(
                withdrawal=request,
                order=order,
                goods=tuple((by_id[line.order_line_id], line.quantity) for line in request.lines),
                owed=tuple((by_id[line_id], n) for line_id, n in owed.items() if n),
                owed_minor=amount,
                has_freight=freight > 0,
                is_late=request.is_open and date.fromisoformat(request.refund_due_on) < clock.day_of(now),
            )
        )
    return found
