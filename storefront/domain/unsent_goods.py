"""The units of an order that are still to be sent, and its shipment as they leave it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from storefront import clock
from storefront.database import db
from storefront.domain import refund_sums
from storefront.domain.order import Order, OrderLine
from storefront.domain.shipment import Parcel, Shipment, units_left
from storefront.enums import OrderStatus, ProductKind, ShipmentState


def units_to_send(
    order: Order, lines: Sequence[OrderLine], parcels: Sequence[Parcel], promised: Mapping[int, int] | None = None
) -> dict[int, int]:
    """Return by line the units that can still be sent: what is refunded or promised back stays here.

    `promised` is what `refund_sums.promised_units` says, where it was asked for many orders at once.
    """
    promised = refund_sums.promised_units(order.id) if promised is None else promised
    goods = [line for line in lines if line.kind == ProductKind.PHYSICAL]
    back = {line.id: max(line.refunded, line.restocked, promised.get(line.id, 0)) for line in goods}
    return units_left({line.id: line.quantity for line in goods}, back, parcels)


def parcels_of(order: Order) -> list[Parcel]:
    """Return an order's parcels as they are now."""
    statement = select(Parcel).where(Parcel.order_id == order.id).order_by(Parcel.sequence)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def apply_refund(order: Order, lines: Sequence[OrderLine]) -> None:
    """Bring the shipment of a locked order to what a refund, or its failure, leaves to send.

    Where nothing was sent and nothing is left to send there is none, as with an order of downloads.
    """
    if not any(line.kind == ProductKind.PHYSICAL for line in lines):
        return
    shipment, is_more = db.session.get(Shipment, order.id), bool(units_to_send(order, lines, parcels_of(order)))
    if shipment is not None and shipment.state == ShipmentState.SHIPPED:
        shipment.is_partial = is_more
    elif order.status in (OrderStatus.CONFIRMED, OrderStatus.PROCESSING):
        if shipment is None and is_more:
            db.session.add(Shipment(order_id=order.id, created_at=clock.now()))
        elif shipment is not None and not is_more:
            db.session.delete(shipment)
