"""Returns by the buyer: until when each line can be given back, and the request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import returns
from storefront.domain.catalogue import Product
from storefront.domain.order import Order, OrderLine, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.returns import ReturnRequest, ReturnRequestLine, Right
from storefront.domain.shipment import Shipment
from storefront.enums import (
    PAID_STATUSES,
    OrderEventCode,
    OrderStatus,
    ProductKind,
    ShipmentState,
    WithdrawalExclusion,
)
from storefront.errors import InvalidInput, NotFound, WrongState
from storefront.services.orders import admin_orders, admin_returns, own_orders
from storefront.services.orders.admin_returns import Request
from storefront.services.payments import free_orders, refunds, settlement
from storefront.services.shopper import Shopper

MAX_REASON = 500
_SENT = (OrderStatus.SHIPPED, OrderStatus.DELIVERED, OrderStatus.RETURNED)
_NOT_SENT = (OrderStatus.CONFIRMED, OrderStatus.PROCESSING)


@dataclass(frozen=True, slots=True)
class Rights:
    """What a buyer can still do about an order.

    `by_line` maps order lines to what can be given back of each; `can_ask` is a request for some of them,
    `cancellation` ends an order of goods that were not sent yet, if it can be ended.
    """

    by_line: Mapping[int, Right]
    requests: Sequence[ReturnRequest]
    can_ask: bool
    cancellation: "Cancellation | None" = None

    @property
    def can_cancel(self) -> bool:
        """Return whether the buyer can end the order now."""
        return self.cancellation is not None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What ending an order that was not sent gives back: units by line, and money with the freight.

    What began at once with the buyer's consent, such as downloads, stays (`kept`) and so does its price.
    """

    units: Mapping[int, int]
    amount_minor: int
    kept: tuple[OrderLine, ...]


def rights_of(order: Order) -> Rights:
    """Return what the buyer of an order can still do; the order comes with its lines and its shipment."""
    requests = returns.of_order(order.id)
    return _rights(order, order.lines, order.shipment, requests, clock.now())


def request_return(
    shopper: Shopper, reference: str, *, units: Mapping[int, int], reason: str, key: str, token: str | None = None
) -> ReturnRequest:
    """Write down that units of an order's lines are given back; the same form twice is one request.

    Raises `NotFound` for somebody else's order, `WrongState` for one of which nothing can be given back,
    and `InvalidInput` naming `line-<id>` where more is asked for than there is a right to.
    """
    if len(reason) > MAX_REASON:
        raise InvalidInput({"reason": "too_long"})
    order_id = own_orders.get(shopper, reference, token=token).id
    with transaction():
        now = clock.now()
        order = lock(order_id)
        requests = returns.of_order(order_id)
        if earlier := next((request for request in requests if request.key == key), None):
            return earlier
        lines = lines_of(order)
        rights = _rights(order, lines, db.session.get(Shipment, order_id), requests, now)
        if not rights.can_ask:
            raise WrongState(status=order.status)
        _check(units, rights)
        return _write(order, lines, units, len(requests) + 1, reason.strip(), key, now)


def cancel_order(
    shopper: Shopper, reference: str, *, token: str | None = None, units: Mapping[int, int] | None = None
) -> Order:
    """Cancel a paid order whose goods were not sent, and give back the money for all but what began at once.

    `units` are those that the buyer named, if any: an order is not cancelled in parts. Raises `NotFound`, `WrongState`
    once it was sent, and `InvalidInput` where a refund came in between or something else was named.
    """
    order = own_orders.get(shopper, reference, token=token)
    left = refunds.refundable_minor(order) if order.payment_reference and order.payment_status in PAID_STATUSES else 0
    found = _cancellation_of(order, order.lines, rights_of(order), left)
    if found is None:
        raise WrongState(status=order.status)
    if units not in (None, found.units):
        raise InvalidInput({"lines": "all_or_nothing"})
    if order.total_minor == 0:
        free_orders.cancel(order.id, units=found.units)
        return admin_orders.get(reference)
    refunds.request_refund(
        order.id,
        units=found.units,
        amount_minor=found.amount_minor,
        is_cancelled=True,
        seen_left_minor=left,
        reason="withdrawal",
    )
    return admin_orders.get(reference)


def get(shopper: Shopper, reference: str, sequence: int, *, token: str | None = None) -> Request:
    """Return one request about the shopper's order, or raise `NotFound`."""
    order = own_orders.get(shopper, reference, token=token)
    found = next((one for one in admin_returns.list_for(order) if one.withdrawal.sequence == sequence), None)
    if found is None:
        raise NotFound(order_id=reference, sequence=sequence)
    return found


def _rights(
    order: Order, lines: Sequence[OrderLine], shipment: Shipment | None, requests: list[ReturnRequest], now: datetime
) -> Rights:
    is_alive = order.payment_status in PAID_STATUSES and not order.review_reason and order.status in _SENT + _NOT_SENT
    if not is_alive:
        return Rights({}, requests, can_ask=False)
    exceptions = _exceptions(lines)
    promised = returns.promised_units(requests)
    arrived = clock.day_of(shipment.delivered_at) if shipment and shipment.delivered_at else None
    bought = clock.day_of(order.paid_at) if order.paid_at else None
    is_on_its_way = shipment is not None and shipment.state == ShipmentState.SHIPPED and order.delivery_latest
    due_on = date.fromisoformat(order.delivery_latest) if is_on_its_way and order.delivery_latest else None
    by_line = {
        line.id: returns.right_of(
            line,
            exception=exceptions.get(line.product_id or ""),
            # The renewal of a plan is no new contract.
            has_started=order.consent is not None or line.kind == ProductKind.SUBSCRIPTION,
            begins_on=arrived if line.kind == ProductKind.PHYSICAL else bought,
            promised=promised.get(line.id, 0),
            today=clock.day_of(now),
            due_on=due_on if line.kind == ProductKind.PHYSICAL else None,
        )
        for line in lines
    }
    rights = Rights(by_line, requests, can_ask=any(right.is_open for right in by_line.values()))
    ending = _cancellation_of(order, lines, rights, order.captured_minor - order.refunded_minor)
    return rights if ending is None else replace(rights, can_ask=False, cancellation=ending)


def _cancellation_of(order: Order, lines: Sequence[OrderLine], rights: Rights, left_minor: int) -> Cancellation | None:
    """Return what ending the order gives back of what is left of its money; None if it cannot be ended."""
    is_free = order.total_minor == 0
    is_paid = is_free or order.payment_reference is not None
    if order.status not in _NOT_SENT or not is_paid or not rights.by_line:
        return None
    kept = tuple(line for line in lines if not _goes_back(line, rights.by_line[line.id]))
    if any(line.kind == ProductKind.SUBSCRIPTION for line in kept):
        return None  # the plan goes on, and its order with it: the goods are given back one by one
    units = {line.id: line.quantity - line.refunded for line in lines if line not in kept}
    units = {line_id: n for line_id, n in units.items() if n > 0}
    amount = left_minor - sum(line.refund_minor(line.quantity - line.refunded) for line in kept)
    has_goods = any(line.kind == ProductKind.PHYSICAL and line.id in units for line in lines)
    return Cancellation(units, amount, kept) if has_goods and (amount > 0 or is_free) else None


def _goes_back(line: OrderLine, right: Right) -> bool:
    return line.kind == ProductKind.PHYSICAL or right.is_open


def _exceptions(lines: Sequence[OrderLine]) -> dict[str, WithdrawalExclusion]:
    """Return by product why the law lets nobody withdraw from it."""
    keys = [line.product_id for line in lines if line.product_id]
    marked = select(Product.id, Product.withdrawal_exception).where(Product.id.in_(keys))
    rows = db.session.execute(marked.where(Product.withdrawal_exception.is_not(None)))
    return {key: exception for key, exception in rows if exception}


def _check(units: Mapping[int, int], rights: Rights) -> None:
    problems: dict[str, str] = {}
    for line_id, n in units.items():
        right = rights.by_line.get(line_id)
        if right is None or (n and not right.is_open):
            problems[f"line-{line_id}"] = "not_returnable"
        elif not 0 <= n <= right.units:
            problems[f"line-{line_id}"] = "more_than_bought"
    if not problems and not any(units.values()):
        first = next(line_id for line_id, right in rights.by_line.items() if right.is_open)
        problems[f"line-{first}"] = "nothing_chosen"
    if problems:
        raise InvalidInput(problems)


def _write(
    order: Order,
    lines: Sequence[OrderLine],
    units: Mapping[int, int],
    sequence: int,
    reason: str,
    key: str,
    now: datetime,
) -> ReturnRequest:
    due = clock.day_of(now) + returns.REFUND_WITHIN
    request = ReturnRequest(
        order_id=order.id,
        sequence=sequence,
        key=key,
        reason=reason,
        asked_at=now,
        refund_due_on=due.isoformat(),
        lines=[ReturnRequestLine(order_line_id=line_id, quantity=n) for line_id, n in sorted(units.items()) if n],
    )
    db.session.add(request)
    goods = [(line, units.get(line.id, 0)) for line in lines if units.get(line.id)]
    order.add_note(
        OrderEventCode.WITHDRAWAL_ASKED,
        f"withdrawal R{sequence} asked: {', '.join(f'{n} × {line.name}' for line, n in goods)}",
        cause="customer",
        now=now,
    )
    settlement.enqueue_email(
        order,
        "withdrawal_asked",
        now,
        occasion=str(sequence),
        number=returns.number_of(order.number, request),
        goods=[{"name": line.name, "quantity": n} for line, n in goods],
        due=due.isoformat(),
    )
    admin_returns.enqueue_staff_email(order, request, lines, "warehouse_return_asked", now)
    return request
