"""Correcting where an order goes, until it is sent; what the buyer paid stays as it is."""

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import order_search
from storefront.domain.order import Order, OrderEvent, OrderLine, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.shipping import Address, load_tariff
from storefront.domain.shipping import get as get_municipality
from storefront.enums import AuditAction, Method, OrderEventCode, OrderStatus, ProductKind
from storefront.errors import InvalidInput, ShippingUnavailable, WrongState
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.settings import settings

__all__ = ["Address", "Order", "correct", "difference_minor", "is_correctable"]

_UNSENT = (OrderStatus.PENDING, OrderStatus.CONFIRMED, OrderStatus.PROCESSING)


def is_correctable(order: Order) -> bool:
    """Return whether the address of an order can still be corrected."""
    return order.status in _UNSENT and order.address is not None and order.shipping_method is not None


def difference_minor(order: Order, address: Address) -> int:
    """Return how much more delivery to an address costs than to the order's; less is below zero.

    Raises `ShippingUnavailable` where the order's delivery method is not offered.
    """
    lines = lines_of(order)
    return _cost(order, lines, address) - _cost(order, lines, Address.from_dict(order.address or {}))


def correct(
    order_id: int, *, address: Address, staff: Actor, seen_minor: int = 0, seen_event: int | None = None
) -> None:
    """Replace the address of an order that was not sent; `seen_minor` is the difference in cost that staff accepted.

    `seen_event` is the newest line of the order's history that they saw. Raises `InvalidInput` if the difference is
    another one or somebody else corrected the address since, and `WrongState` once the order is sent.
    """
    with transaction():
        now = clock.now()
        order = lock(order_id)
        if not is_correctable(order):
            raise WrongState(status=order.status)
        if seen_event is not None and _is_corrected_since(order_id, seen_event):
            raise InvalidInput({"street": "changed_meanwhile"})
        lines, old = lines_of(order), Address.from_dict(order.address or {})
        difference = difference_minor(order, address)
        if difference != seen_minor:
            raise InvalidInput({"street": "changed_meanwhile"})
        before = {**audit.state_of(order), "address": _place(old)}
        order.address = address.to_dict()
        order_search.refresh(order, (line.sku for line in lines))
        order.add_note(OrderEventCode.ADDRESS_CHANGED, f"{old.city} -> {address.city}", cause=staff.cause, now=now)
        details = {"address": _place(address), "difference_minor": difference}
        audit.record_order(staff, AuditAction.CHANGED, order, before, **details)


def _is_corrected_since(order_id: int, event_id: int) -> bool:
    """Return whether the address was corrected after a line of the order's history."""
    later = (OrderEvent.order_id == order_id, OrderEvent.id > event_id)
    corrected = select(OrderEvent.id).where(*later, OrderEvent.code == OrderEventCode.ADDRESS_CHANGED)
    return db.session.scalar(corrected.limit(1)) is not None


def _cost(order: Order, lines: list[OrderLine], address: Address) -> int:
    """Return what the order's delivery to an address costs by the tariff of now; nothing for who picks it up."""
    if order.shipping_method == Method.PICKUP or not address.municipality_code:
        return 0
    tariff = load_tariff(address.municipality_code)
    shipped = sum(line.total_minor for line in lines if line.kind == ProductKind.PHYSICAL)
    zone = tariff.zone_of(get_municipality(address.municipality_code))
    offers = tariff.offers(zone, shipped, order.placed_at, settings().CUT_OFF_HOUR)
    offer = next((one for one in offers if one.method == order.shipping_method), None)
    if offer is None or not offer.is_available:
        raise ShippingUnavailable(method=order.shipping_method, city=address.city)
    return offer.price_minor


def _place(address: Address) -> str:
    """Return what the audit, which never forgets, says of an address that an erasure deletes."""
    return f"{address.city}, {address.department}"
