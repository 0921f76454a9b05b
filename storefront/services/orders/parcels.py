"""The parcels of an order: send one with some units, correct what was written on one, and what is left to send."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import order_search
from storefront.domain.order import Order, OrderLine, lock
from storefront.domain.order_lines import lines_of
from storefront.domain.shipment import MESSENGER, Parcel, ParcelLine, Shipment
from storefront.domain.unsent_goods import parcels_of, units_to_send
from storefront.enums import AuditAction, OrderEventCode
from storefront.errors import InvalidInput, NotFound, WrongState
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.services.delivery import carriers

_MAX_NUMBER = 60

__all__ = [
    "MESSENGER",
    "Parcel",
    "check",
    "correct",
    "is_carrier",
    "is_number",
    "parcels_of",
    "require_all_sent",
    "units_to_send",
    "write_parcel",
]


def write_parcel(
    order: Order,
    shipment: Shipment,
    *,
    carrier: str,
    tracking_number: str,
    tracking_url: str | None,
    units: Mapping[int, int] | None,
    seen: int | None,
    now: datetime,
) -> Parcel:
    """Write down a parcel inside the caller's transaction, on a locked order; without `units` it has all that are left.

    `seen` is how many parcels staff saw. Raises `InvalidInput` for more units than are left, or none.
    """
    lines, earlier = lines_of(order), parcels_of(order)
    if seen not in (None, len(earlier)):
        raise InvalidInput({"carrier": "changed_meanwhile"})
    left = units_to_send(order, lines, earlier)
    chosen = left if units is None else {line_id: n for line_id, n in units.items() if n}
    if too_many := [line_id for line_id, n in chosen.items() if not 0 < n <= left.get(line_id, 0)]:
        raise InvalidInput({f"parcel-{line_id}": "out_of_range" for line_id in too_many})
    if not chosen:
        raise InvalidInput({"carrier": "nothing_inside"})
    parcel = Parcel(order_id=order.id, sequence=len(earlier) + 1, sent_at=now)
    _address(parcel, carrier, tracking_number, tracking_url)
    parcel.lines = [ParcelLine(order_line_id=line_id, quantity=n) for line_id, n in chosen.items()]
    db.session.add(parcel)
    shipment.is_partial = bool(units_to_send(order, lines, [*earlier, parcel]))
    _show_newest(order, shipment, lines, [*earlier, parcel])
    return parcel


def correct(
    order_id: int, sequence: int, *, carrier: str, tracking_number: str, staff: Actor, tracking_url: str | None = None
) -> None:
    """Correct carrier and tracking number of a parcel; whether its buyer is told again is for staff to decide."""
    check(carrier, tracking_number, tracking_url, is_new=False)
    with transaction():
        order, now = lock(order_id), clock.now()
        before, parcels = audit.state_of(order), parcels_of(order)
        shipment = db.session.get(Shipment, order_id)
        parcel = next((one for one in parcels if one.sequence == sequence), None)
        if parcel is None or shipment is None:
            raise NotFound(parcel=sequence)
        old = {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number or ""}
        _address(parcel, carrier, tracking_number, tracking_url)
        _show_newest(order, shipment, lines_of(order), parcels)
        new = {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number or ""}
        note = f"{sequence}: {old['carrier']} {old['tracking_number']} -> {carrier} {tracking_number}"
        order.add_note(OrderEventCode.TRACKING_CHANGED, note, cause=staff.cause, now=now)
        audit.record_order(staff, AuditAction.CHANGED, order, {**before, **old}, **new)


def check(carrier: str, tracking_number: str, tracking_url: str | None, *, is_new: bool = True) -> None:
    """Raise `InvalidInput` for a carrier, a number or an address to follow it that cannot be.

    A carrier that is switched off takes no new parcels, and those that it has can be corrected.
    """
    problems = {}
    if not is_carrier(carrier, is_active=is_new):
        problems["carrier"] = "invalid"
    if not is_number(carrier, tracking_number):
        problems["guide"] = "invalid" if tracking_number else "required"
    if tracking_url and (len(tracking_url) > 300 or not tracking_url.startswith("https://")):
        problems["tracking_url"] = "invalid"
    if problems:
        raise InvalidInput(problems)


def is_carrier(code: str, *, is_active: bool = True) -> bool:
    """Return whether parcels are given to a carrier; with `is_active` off, whether they ever were."""
    return code == MESSENGER or carriers.is_known(code, is_active=is_active)


def is_number(carrier: str, tracking_number: str) -> bool:
    """Return whether a text can be the tracking number of a carrier; the shop's own messenger needs none."""
    if not tracking_number:
        return carrier == MESSENGER
    is_written = tracking_number.isascii() and tracking_number.replace("-", "").isalnum()
    return len(tracking_number) <= _MAX_NUMBER and is_written


def require_all_sent(order: Order, shipment: Shipment) -> None:
    """Raise `WrongState` while units of a locked order are left to send; without any, its shipment is whole."""
    if shipment.is_partial and units_to_send(order, lines_of(order), parcels_of(order)):
        raise WrongState(reason="units_left")
    shipment.is_partial = False


def _address(parcel: Parcel, carrier: str, tracking_number: str, tracking_url: str | None) -> None:
    parcel.carrier, parcel.tracking_number = carrier, tracking_number or None
    parcel.tracking_url = tracking_url or (carriers.tracking_url(carrier, tracking_number) if tracking_number else None)


def _show_newest(order: Order, shipment: Shipment, lines: Sequence[OrderLine], parcels: Sequence[Parcel]) -> None:
    """Keep what is known of an order by its parcels: the newest on its shipment, all of them for the search."""
    newest = parcels[-1]
    shipment.carrier, shipment.tracking_number = newest.carrier, newest.tracking_number
    shipment.tracking_url = newest.tracking_url
    numbers = [parcel.tracking_number for parcel in parcels if parcel.tracking_number]
    order_search.refresh(order, (line.sku for line in lines), numbers)
