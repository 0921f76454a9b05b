"""What each delivery method costs in each zone, when it is free, and when it arrives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from storefront.domain.shipping.calendar import DateRange, delivery_window
from storefront.enums import Method, Zone
from storefront.money import pesos


@dataclass(frozen=True, slots=True)
class Rate:
    """What a zone adds to a method's base price, and its business days."""

    method: Method
    zone: Zone
    surcharge_minor: int
    min_days: int
    max_days: int


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """One way of delivery as offered for a cart; ``full_price_minor`` is the price before free shipping."""

    method: Method
    price_minor: int
    is_free: bool
    is_available: bool
    window: DateRange | None
    full_price_minor: int


DEFAULT_BASE: dict[Method, int] = {
    Method.STANDARD: pesos(25_000),
    Method.EXPRESS: pesos(45_000),
    Method.OVERNIGHT: pesos(75_000),
    Method.PICKUP: 0,
}
"""Base price of each method in minor units."""

FREE_STANDARD_FROM_MINOR = pesos(200_000)
"""Subtotal of the goods that ship, before the coupon, from which standard shipping is free, this amount included."""

DEFAULT_RATES: tuple[Rate, ...] = (
    Rate(Method.STANDARD, Zone.LOCAL, 0, 1, 3),
    Rate(Method.STANDARD, Zone.MAIN, 0, 2, 4),
    Rate(Method.STANDARD, Zone.NATIONAL, 0, 3, 6),
    Rate(Method.STANDARD, Zone.REMOTE, pesos(20_000), 6, 12),
    Rate(Method.EXPRESS, Zone.LOCAL, 0, 1, 2),
    Rate(Method.EXPRESS, Zone.MAIN, 0, 1, 2),
    Rate(Method.EXPRESS, Zone.NATIONAL, pesos(5_000), 2, 4),
    Rate(Method.OVERNIGHT, Zone.LOCAL, 0, 1, 1),
    Rate(Method.OVERNIGHT, Zone.MAIN, 0, 1, 1),
    Rate(Method.PICKUP, Zone.LOCAL, 0, 0, 1),
)
"""The shop's first rows; a pair without a row is not offered. Pickup is local: that is where the counter stands."""


def offers(
    rates: Iterable[Rate],
    bases: Mapping[Method, int],
    zone: Zone | None,
    subtotal_minor: int,
    ordered_at: datetime,
    cut_off_hour: int,
    free_from_minor: int,
) -> list[ShippingOption]:
    """Return an offer for every method in order, unavailable ones too, so that pages can show the reason.

    ``subtotal_minor`` is the goods that ship, before the coupon. Without a zone only pickup is available.
    """
    rows = {(rate.method, rate.zone): rate for rate in rates}
    found = []
    for method in Method:
        served_from = Zone.LOCAL if method is Method.PICKUP else zone
        rate = rows.get((method, served_from)) if served_from else None
        if rate is None or method not in bases:
            found.append(_unavailable(method, bases.get(method, 0)))
            continue
        is_waived = method is Method.STANDARD and subtotal_minor >= free_from_minor
        window = delivery_window(ordered_at, rate.min_days, rate.max_days, cut_off_hour)
        found.append(_offer(rate, bases[method], is_waived, window))
    return found


def _offer(rate: Rate, base_minor: int, is_waived: bool, window: DateRange) -> ShippingOption:
    """Return the offer a row makes; waived means free with the zone's surcharge included."""
    full = base_minor + rate.surcharge_minor
    price = 0 if is_waived else full
    return ShippingOption(rate.method, price, price == 0, True, window, full)


def _unavailable(method: Method, base_minor: int) -> ShippingOption:
    """Return the offer of a method that does not reach this zone."""
    return ShippingOption(method, base_minor, False, False, None, base_minor)
