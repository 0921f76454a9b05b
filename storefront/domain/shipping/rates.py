"""What each delivery method costs in each zone, when it is free, and when it arrives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from storefront.domain.shipping.calendar import DateRange, delivery_window
from storefront.domain.shipping.municipalities import Municipality
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

DEFAULT_FREE_FROM: dict[Method, int] = {Method.STANDARD: FREE_STANDARD_FROM_MINOR}
"""By method, the subtotal from which it is free; a method that is not here always costs."""

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


@dataclass(frozen=True, slots=True)
class Tariff:
    """All rows of the tariff, with the base price of each method and the subtotal from which it is free.

    Methods that are `off` are offered to nobody. `cut_off_hour` is the shop's own, None for that of the environment;
    `place_zone` is that of the place for which the tariff was read, if the shop moved it to another zone.
    """

    rates: tuple[Rate, ...]
    bases: Mapping[Method, int]
    free_from_minor: Mapping[Method, int]
    off: frozenset[Method] = frozenset()
    cut_off_hour: int | None = None
    place_zone: Zone | None = None

    @property
    def free_standard_from_minor(self) -> int | None:
        """Return the subtotal from which standard delivery is free, None if it never is."""
        return None if Method.STANDARD in self.off else self.free_from_minor.get(Method.STANDARD)

    def missing_minor(self, subtotal_minor: int) -> int:
        """Return what is missing until standard delivery is free; nothing if it is already, or never is."""
        if Method.STANDARD in self.off:
            return 0
        return max(0, self.free_from_minor.get(Method.STANDARD, 0) - subtotal_minor)

    def zone_of(self, place: Municipality) -> Zone:
        """Return the zone of the place for which the tariff was read."""
        return self.place_zone or place.zone

    def offers(
        self, zone: Zone | None, subtotal_minor: int, ordered_at: datetime, cut_off_hour: int
    ) -> list[ShippingOption]:
        """Return an offer for every method in order, unavailable ones too, so that pages can show the reason.

        ``subtotal_minor`` is the goods that ship, before the coupon. Without a zone only pickup is available. The
        ``cut_off_hour`` counts if the shop has none of its own.
        """
        rows = {(rate.method, rate.zone): rate for rate in self.rates}
        hour = cut_off_hour if self.cut_off_hour is None else self.cut_off_hour
        found = []
        for method in Method:
            if method in self.off:
                continue
            served_from = Zone.LOCAL if method is Method.PICKUP else zone
            rate = rows.get((method, served_from)) if served_from else None
            if rate is None or method not in self.bases:
                base = self.bases.get(method, 0)
                found.append(ShippingOption(method, base, False, False, None, base))
                continue
            full = self.bases[method] + rate.surcharge_minor
            is_waived = subtotal_minor >= self.free_from_minor.get(method, subtotal_minor + 1)
            price = 0 if is_waived else full  # the zone's surcharge is waived, too
            window = delivery_window(ordered_at, rate.min_days, rate.max_days, hour)
            found.append(ShippingOption(method, price, price == 0, True, window, full))
        return found
