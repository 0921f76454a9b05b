"""The zone of a municipality: that of the shop's table, or the one to which staff moved it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select

from storefront.database import db, transaction, upsert
from storefront.domain.shipping import Municipality, departments, municipalities_of
from storefront.domain.shipping import get as get_municipality
from storefront.domain.shipping.tariff import DeliverySettings, MunicipalityZone
from storefront.enums import AuditAction, AuditObject, Zone
from storefront.errors import EditConflict, InvalidInput, NotFound
from storefront.services import audit
from storefront.services.audit import Actor
from storefront.text import fold

_MOST_FOUND = 40


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality with its zone now; `is_moved` if that is not the one of the table."""

    municipality: Municipality
    zone: Zone
    is_moved: bool


def moved_zones() -> Mapping[str, Zone]:
    """Return the zone of each municipality that staff moved, by code."""
    return {row.code: row.zone for row in db.session.scalars(select(MunicipalityZone))}


def search(text: str) -> list[Place]:
    """Return the municipalities whose name contains a text, or that are of a department; the moved ones for none."""
    moved, words = moved_zones(), fold(text[:100])
    found = (place for place in all_places() if (_matches(place, words) if words else place.code in moved))
    return [_place(one, moved) for one, _ in zip(found, range(_MOST_FOUND), strict=False)]


def all_places() -> Iterator[Municipality]:
    """Yield every municipality, department by department."""
    for code, _name in departments():
        yield from municipalities_of(code)


def get(code: str) -> Place:
    """Return a municipality with its zone, or raise `NotFound`."""
    try:
        return _place(get_municipality(code), moved_zones())
    except KeyError:
        raise NotFound(municipality=code) from None


def move(code: str, zone: Zone | None, *, seen: Zone | None, staff: Actor) -> None:
    """Serve a municipality in another zone than the one that was `seen`; raise `NotFound` or `InvalidInput`.

    Raises `EditConflict` if somebody moved it meanwhile. Orders keep what was promised, carts are priced anew.
    """
    if zone is None:
        raise InvalidInput({"zone": "required"})
    with transaction():
        # One change of delivery at a time: the row of its settings is the lock.
        db.session.execute(select(DeliverySettings.id).with_for_update())
        place = get(code)
        if place.zone not in (seen, zone):
            raise EditConflict(typed=zone, stored=place.zone, seen=seen, version=0)
        if place.zone == zone:
            return
        if zone == place.municipality.zone:
            db.session.execute(delete(MunicipalityZone).where(MunicipalityZone.code == code))
        else:
            row = {"code": code, "zone": zone}
            db.session.execute(upsert(MunicipalityZone, row, unique="code", again={"zone": zone}))
        before, after = {"zone": place.zone}, {"zone": zone}
        audit.record(staff, AuditAction.CHANGED, AuditObject.SHIPPING, code, before=before, after=after)


def _matches(place: Municipality, words: str) -> bool:
    return words in fold(place.name) or words == fold(place.department) or words == place.code


def _place(municipality: Municipality, moved: Mapping[str, Zone]) -> Place:
    zone = moved.get(municipality.code, municipality.zone)
    return Place(municipality, zone, zone != municipality.zone)
