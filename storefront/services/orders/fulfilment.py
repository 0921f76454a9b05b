"""Fulfilment: from a paid order to a delivered shipment; each step has its email and its line in the history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.order import Order, Shipment, lock
from storefront.enums import Method, OrderEventCode, OrderStatus, PaymentStatus, ShipmentState
from storefront.errors import InvalidInput, WrongState
from storefront.services.payments import refunds, settlement

TRACKING = {
    "servientrega": "https://www.servientrega.com/wps/portal/rastreo-envio/detalle?id={tracking_number}",
    "coordinadora": "https://coordinadora.com/rastreo/rastreo-de-guia/?guia={tracking_number}",
    "interrapidisimo": "https://interrapidisimo.com/sigue-tu-envio/?guia={tracking_number}",
    "envia": "https://envia.co/rastreo?guia={tracking_number}",
    "tcc": "https://tcc.com.co/rastreo/?guia={tracking_number}",
    "deprisa": "https://www.deprisa.com/rastreo?guia={tracking_number}",
}
"""Where a carrier shows a tracking number; the address can be given by hand where it differs."""


_PAID = (PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED)


def ship(order_id: int, *, carrier: str, tracking_number: str, staff: str, tracking_url: str | None = None) -> None:
    """Mark the shipment as handed to a carrier, with its tracking number."""
    _check(carrier, tracking_number, tracking_url)
    with transaction():
        now = clock.now()
        order, shipment = _shipment(order_id, ShipmentState.TO_PREPARE)
        refunds.require_goods(order)
        if order.shipping_method == Method.PICKUP:
            raise WrongState(status=Method.PICKUP)
        shipment.carrier, shipment.tracking_number = carrier, tracking_number
        shipment.tracking_url = tracking_url or TRACKING[carrier].format(tracking_number=tracking_number)
        shipment.state, shipment.shipped_at = ShipmentState.SHIPPED, now
        _mark_sent(order, staff, now, note=f"{carrier} {tracking_number}")
        settlement.enqueue_email(order, "shipped", now)


def mark_ready(order_id: int, *, staff: str) -> None:
    """Mark the shipment as ready for pickup."""
    with transaction():
        now = clock.now()
        order, shipment = _shipment(order_id, ShipmentState.TO_PREPARE)
        refunds.require_goods(order)
        if order.shipping_method != Method.PICKUP:
            raise WrongState(status=order.shipping_method)
        shipment.state, shipment.carrier, shipment.shipped_at = ShipmentState.READY_FOR_PICKUP, Method.PICKUP, now
        _mark_sent(order, staff, now, note="ready for pickup", code=OrderEventCode.READY_FOR_PICKUP)
        settlement.enqueue_email(order, "ready_for_pickup", now)


def mark_delivered(order_id: int, *, staff: str) -> None:
    """Mark the shipment as delivered or collected; the time to withdraw starts here."""
    with transaction():
        now = clock.now()
        order, shipment = _shipment(order_id, ShipmentState.SHIPPED, ShipmentState.READY_FOR_PICKUP)
        is_collected = shipment.state == ShipmentState.READY_FOR_PICKUP
        shipment.state = ShipmentState.COLLECTED if is_collected else ShipmentState.DELIVERED
        shipment.delivered_at = now
        note, code = ("collected", OrderEventCode.COLLECTED) if is_collected else ("", OrderEventCode.MOVED)
        order.move(OrderStatus.DELIVERED, cause=staff, now=now, note=note, code=code)
        settlement.enqueue_email(order, "delivered", now)


def mark_returned(order_id: int, *, staff: str) -> None:
    """Note that shipped goods came back; money and stock follow by a refund, and the order waits for it."""
    with transaction():
        order = lock(order_id)
        order.move(OrderStatus.RETURNED, cause=staff, now=clock.now())
        order.is_refund_owed = order.payment_reference is not None and refunds.refundable_minor(order) > 0


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
    return on_the_way.where(*is_late, Order.payment_status.in_(_PAID))


def _check(carrier: str, tracking_number: str, tracking_url: str | None) -> None:
    problems = {}
    if carrier not in TRACKING:
        problems["carrier"] = "invalid"
    if len(tracking_number) > 60 or not tracking_number.isascii() or not tracking_number.replace("-", "").isalnum():
        problems["guide"] = "invalid"
    if tracking_url and (len(tracking_url) > 300 or not tracking_url.startswith("https://")):
        problems["tracking_url"] = "invalid"
    if problems:
        raise InvalidInput(problems)


def _shipment(order_id: int, *states: ShipmentState) -> tuple[Order, Shipment]:
    order = lock(order_id)
    shipment = db.session.get(Shipment, order_id)
    if shipment is None or shipment.state not in states:
        raise WrongState(status=shipment.state if shipment else order.status)
    if order.payment_status not in _PAID:
        raise WrongState(status=order.payment_status)
    return order, shipment


def _mark_sent(
    order: Order, staff: str, now: datetime, *, note: str, code: OrderEventCode = OrderEventCode.MOVED
) -> None:
    if order.status == OrderStatus.CONFIRMED:
        order.move(OrderStatus.PROCESSING, cause=staff, now=now)
    order.move(OrderStatus.SHIPPED, cause=staff, now=now, note=note, code=code)
