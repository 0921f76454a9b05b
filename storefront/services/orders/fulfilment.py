"""Fulfilment: from a paid order to a delivered shipment; each step has its email and its line in the history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.order import Order, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.shipment import Shipment
from storefront.enums import (
    PAID_STATUSES,
    AuditAction,
    Method,
    OrderEventCode,
    OrderStatus,
    ProductKind,
    ShipmentState,
)
from storefront.errors import WrongState
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.orders import parcels, review_requests
from storefront.services.payments import refunds, settlement


def ship(
    order_id: int,
    *,
    carrier: str,
    tracking_number: str,
    staff: Actor,
    tracking_url: str | None = None,
    units: Mapping[int, int] | None = None,
    seen: int | None = None,
) -> None:
    """Hand a parcel to a carrier, with `units` by line or all that are left; the order is shipped with the first one.

    `seen` is how many parcels staff saw, so that the same click twice sends none twice.
    """
    parcels.check(carrier, tracking_number, tracking_url)
    with transaction():
        now = clock.now()
        order, shipment = _shipment(order_id, ShipmentState.TO_PREPARE, ShipmentState.SHIPPED)
        if shipment.state == ShipmentState.SHIPPED and not shipment.is_partial:
            raise WrongState(status=shipment.state)
        before = audit.state_of(order)
        refunds.require_goods(order)
        if order.shipping_method == Method.PICKUP:
            raise WrongState(status=Method.PICKUP)
        how: dict[str, Any] = {
            "carrier": carrier,
            "tracking_number": tracking_number,
            "tracking_url": tracking_url,
        }
        parcel = parcels.write_parcel(order, shipment, **how, units=units, seen=seen, now=now)
        note = f"{carrier} {tracking_number}".strip()
        if parcel.sequence == 1:
            shipment.state, shipment.shipped_at = ShipmentState.SHIPPED, now
            _mark_sent(order, staff.cause, now, note=note)
        else:
            order.add_note(OrderEventCode.PARCEL_SENT, note, cause=staff.cause, now=now)
        names = {line.id: line.name for line in lines_of(order)}
        inside = {names[one.order_line_id]: one.quantity for one in parcel.lines}
        details = {**how, "tracking_url": parcel.tracking_url, "units": inside}
        audit.record_order(staff, AuditAction.SHIPPED, order, before, **details)
        occasion = "" if parcel.sequence == 1 else f"parcel {parcel.sequence}"
        settlement.enqueue_email(order, "shipped", now, occasion=occasion)


def mark_ready(order_id: int, *, staff: Actor) -> None:
    """Mark the shipment as ready for pickup."""
    with transaction():
        now = clock.now()
        order, shipment = _shipment(order_id, ShipmentState.TO_PREPARE)
        before = audit.state_of(order)
        refunds.require_goods(order)
        if order.shipping_method != Method.PICKUP:
            raise WrongState(status=order.shipping_method)
        shipment.state, shipment.carrier, shipment.shipped_at = ShipmentState.READY_FOR_PICKUP, Method.PICKUP, now
        _mark_sent(order, staff.cause, now, note="ready for pickup", code=OrderEventCode.READY_FOR_PICKUP)
        audit.record_order(staff, AuditAction.READY_FOR_PICKUP, order, before)
        settlement.enqueue_email(order, "ready_for_pickup", now)


def mark_delivered(order_id: int, *, staff: Actor) -> None:
    """Mark the shipment as delivered or collected; the time to withdraw starts here."""
    with transaction():
        now = clock.now()
        order, shipment = _shipment(order_id, ShipmentState.SHIPPED, ShipmentState.READY_FOR_PICKUP)
        before = audit.state_of(order)
        parcels.require_all_sent(order, shipment)
        is_collected = shipment.state == ShipmentState.READY_FOR_PICKUP
        shipment.state = ShipmentState.COLLECTED if is_collected else ShipmentState.DELIVERED
        shipment.delivered_at = now
        note, code = ("collected", OrderEventCode.COLLECTED) if is_collected else ("", OrderEventCode.MOVED)
        order.move(OrderStatus.DELIVERED, cause=staff.cause, now=now, note=note, code=code)
        audit.record_order(staff, AuditAction.DELIVERED, order, before)
        settlement.enqueue_email(order, "delivered", now)
        review_requests.schedule(order, now)


def mark_returned(order_id: int, *, staff: Actor) -> None:
    """Note that shipped goods came back; money and stock follow by a refund, and the order waits for it."""
    with transaction():
        order = lock(order_id)
        before = audit.state_of(order)
        order.move(OrderStatus.RETURNED, cause=staff.cause, now=clock.now())
        is_paid_for = order.payment_reference is not None and refunds.refundable_minor(order) > 0
        order.is_refund_owed = order.is_refund_owed or is_paid_for
        audit.record_order(staff, AuditAction.RETURNED, order, before)


def overdue(limit: int = 50) -> Sequence[Order]:
    """Return orders on their way that should have arrived by now, the oldest promise first, with their shipments."""
    late = _overdue(clock.now()).options(joinedload(Order.shipment))
    return db.session.scalars(late.order_by(Order.delivery_latest, Order.id).limit(limit)).unique().all()


def enqueue_arrival_questions(limit: int = 50) -> int:
    """Ask the buyers of shipments that should have arrived whether they did, once each; return how many."""
    now = clock.now()
    unasked = _overdue(now).where(Shipment.asked_at.is_(None))
    if db.session.scalar(unasked.with_only_columns(Order.id).limit(1)) is None:
        return 0
    with transaction():
        rows = db.session.execute(
            unasked.add_columns(Shipment)
            .order_by(Order.id)
            .limit(limit)
            .with_for_update(of=Order, skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()
        for order, shipment in rows:
            shipment.asked_at = now
            settlement.enqueue_email(order, "arrival_asked", now)
        return len(rows)


def _overdue(now: datetime) -> Select[Any]:
    is_late = (Order.status == OrderStatus.SHIPPED, Order.delivery_latest < clock.day_of(now).isoformat())
    on_the_way = (
        select(Order).join(Shipment, Shipment.order_id == Order.id).where(Shipment.state == ShipmentState.SHIPPED)
    )
    return on_the_way.where(*is_late, Order.payment_status.in_(PAID_STATUSES))


def _shipment(order_id: int, *states: ShipmentState) -> tuple[Order, Shipment]:
    order = lock(order_id)
    shipment = db.session.get(Shipment, order_id)
    if shipment is None and any(line.kind == ProductKind.PHYSICAL for line in lines_of(order)):
        refunds.require_goods(order)  # which says why there is none
    if shipment is None or shipment.state not in states:
        raise WrongState(status=shipment.state if shipment else order.status)
    if order.payment_status not in PAID_STATUSES:
        raise WrongState(status=order.payment_status)
    return order, shipment


def _mark_sent(
    order: Order, cause: str, now: datetime, *, note: str, code: OrderEventCode = OrderEventCode.MOVED
) -> None:
    if order.status == OrderStatus.CONFIRMED:
        order.move(OrderStatus.PROCESSING, cause=cause, now=now)
    order.move(OrderStatus.SHIPPED, cause=cause, now=now, note=note, code=code)
