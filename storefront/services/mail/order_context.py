"""What mails tell of an order: read when the mail is written, in plain values."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from storefront import clock
from storefront.database import db
from storefront.domain import order_tokens
from storefront.domain.order import Order, OrderLine
from storefront.domain.picture_names import sharing_path
from storefront.domain.returns import Right
from storefront.domain.shipment import units_sent
from storefront.enums import ProductKind
from storefront.services.orders import own_returns, review_requests
from storefront.settings import settings


def order_context(order_id: int) -> dict[str, Any]:
    """Return what templates need of an order, as it stands now."""
    statement = select(Order).where(Order.id == order_id)
    order = db.session.scalars(
        statement.options(selectinload(Order.lines), joinedload(Order.shipment), selectinload(Order.parcels))
    ).one()
    # Only for goods: what was bought for delivery is asked about here, and nothing is promised of a download.
    goods = {line.id for line in order.lines if line.kind == ProductKind.PHYSICAL}
    rights = {key: right for key, right in own_returns.rights_of(order).by_line.items() if key in goods}
    ships = units_sent(order.parcels) or {line.id: line.quantity for line in order.lines if line.id in goods}
    address, today = order.address or {}, clock.day_of(clock.now())
    return {
        "number": order.number,
        "url": f"{settings().BASE_URL}/account/orders/{order.number}?token={order_tokens.token_of(order.public_id)}",
        **review_requests.links_of(order),
        "email": order.email,
        "first_name": address.get("first_name", ""),
        "lines": [_line(line, ships.get(line.id, 0)) for line in order.lines],
        "subtotal_minor": order.subtotal_minor,
        "discount_minor": order.discount_minor,
        "shipping_minor": order.shipping_minor,
        "tax_minor": order.tax_minor,
        "total_minor": order.total_minor,
        "card": order.card,
        "refunded_minor": order.refunded_minor,
        "coupon_code": order.coupon_code,
        "shipping_method": order.shipping_method,
        "address": address,
        "notes": order.notes,
        "delivery_earliest": _day(order.delivery_earliest),
        "delivery_latest": _day(order.delivery_latest),
        "is_on_time": (_day(order.delivery_latest) or today) >= today,
        "shipment": _shipment(order, rights),
        "is_returnable": order.shipping_method is not None and any(right.is_open for right in rights.values()),
        "placed_at": order.placed_at,
        "period_start": next((line.period_start for line in order.lines if line.period_end), None),
        "period_end": next((line.period_end for line in order.lines if line.period_end), None),
        "hold_until": order.hold_until,
        "payment_status": order.payment_status,
    }


def _line(line: OrderLine, ships: int) -> dict[str, Any]:
    return {
        "name": line.name,
        "sku": line.sku,
        "image_url": picture_address(line.image),
        "quantity": line.quantity,
        "ships": ships,
        "total_minor": line.total_minor,
        "refunded": line.refunded,
        "is_kept": line.refunded < line.quantity,
    }


def picture_address(name: str) -> str:
    """Return the whole address of a picture; a JPEG, because not every mail program knows WebP."""
    return settings().BASE_URL + sharing_path(name)


def _shipment(order: Order, rights: Mapping[int, Right]) -> dict[str, Any] | None:
    shipment = order.shipment
    if shipment is None:
        return None
    return {
        "state": shipment.state,
        "carrier": shipment.carrier,
        "tracking_number": shipment.tracking_number,
        "tracking_url": shipment.tracking_url,
        "parcels": [parcel.label for parcel in order.parcels],
        "is_partial": shipment.is_partial,
        "withdraw_until": next((right.until for right in rights.values() if right.is_open), None),
    }


def _day(text: str | None) -> date | None:
    return datetime.fromisoformat(text).date() if text else None
