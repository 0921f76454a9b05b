"""What a change of delivery means for buyers, before it is saved: examples by the function that charges them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from storefront import clock
from storefront.domain.shipping import ShippingOption, Tariff
from storefront.domain.shipping import get as get_municipality
from storefront.enums import Method, Zone
from storefront.money import pesos
from storefront.services.delivery.drafts import DeliveryDraft
from storefront.services.delivery.places import all_places, moved_zones
from storefront.settings import settings

EXAMPLE_MINOR = pesos(120_000)
"""The goods of an example."""

_PLACES = {Zone.LOCAL: "11001", Zone.MAIN: "05001", Zone.NATIONAL: "15759", Zone.REMOTE: "88001"}
Days = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a buyer is offered: a price, and the business days that it takes."""

    price_minor: int
    days: Days


@dataclass(frozen=True, slots=True)
class Example:
    """What somebody in a place pays for goods by a method, before and after; None where it is not offered."""

    place: str
    goods_minor: int
    method: Method
    before: Offer | None
    after: Offer | None


@dataclass(frozen=True, slots=True)
class Unserved:
    """A zone to which nothing is delivered; whether its buyers can at least pick up, and a place in it."""

    zone: Zone
    place: str
    has_pickup: bool


def examples(before: DeliveryDraft, after: DeliveryDraft) -> list[Example]:
    """Return the examples that differ, by zone; amounts are an usual one and the thresholds of either version."""
    moved, old, new = moved_zones(), before.tariff, after.tariff
    return [one for zone in Zone for one in _differing(zone, _place_in(zone, moved), old, new)]


def unserved(draft: DeliveryDraft) -> list[Unserved]:
    """Return the zones in which nothing would be delivered."""
    moved, tariff, found = moved_zones(), draft.tariff, []
    for zone in Zone:
        offers = {method: offer for method, offer in _offers(tariff, zone, EXAMPLE_MINOR).items() if offer}
        if not offers.keys() - {Method.PICKUP}:
            found.append(Unserved(zone, _place_in(zone, moved), Method.PICKUP in offers))
    return found


def offers_by_zone(draft: DeliveryDraft) -> Mapping[Zone, Mapping[Method, Offer | None]]:
    """Return what each method costs in each zone, for the goods of an example."""
    return {zone: _offers(draft.tariff, zone, EXAMPLE_MINOR) for zone in Zone}


def _differing(zone: Zone, place: str, old: Tariff, new: Tariff) -> Iterator[Example]:
    thresholds = {*old.free_from_minor.values(), *new.free_from_minor.values()}
    shown: set[tuple[Method, Offer | None, Offer | None]] = set()
    for goods_minor in sorted({EXAMPLE_MINOR, *thresholds}):
        before, after = _offers(old, zone, goods_minor), _offers(new, zone, goods_minor)
        for method in Method:
            pair = before.get(method), after.get(method)
            if pair[0] != pair[1] and (method, *pair) not in shown:
                shown.add((method, *pair))
                yield Example(place, goods_minor, method, *pair)


def _offers(tariff: Tariff, zone: Zone, goods_minor: int) -> dict[Method, Offer | None]:
    days = {(rate.method, rate.zone): (rate.min_days, rate.max_days) for rate in tariff.rates}
    offers = tariff.offers(zone, goods_minor, clock.now(), settings().CUT_OFF_HOUR)
    return {offer.method: _offer(offer, zone, days) for offer in offers}


def _offer(offer: ShippingOption, zone: Zone, days: Mapping[tuple[Method, Zone], Days]) -> Offer | None:
    served_from = Zone.LOCAL if offer.method == Method.PICKUP else zone
    return Offer(offer.price_minor, days[offer.method, served_from]) if offer.is_available else None


def _place_in(zone: Zone, moved: Mapping[str, Zone]) -> str:
    """Return the name of a place that is in a zone now, well known if possible."""
    known = _PLACES[zone]
    if moved.get(known, zone) == zone:
        return get_municipality(known).name
    return next((place.name for place in all_places() if moved.get(place.code, place.zone) == zone), "")
