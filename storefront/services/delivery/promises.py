"""What standard delivery costs in each zone, and how long it takes, for machines that ask in advance."""

from typing import NamedTuple

from storefront.domain.shipping.rates import Tariff
from storefront.domain.shipping.tariff import load_tariff
from storefront.enums import Method, Zone
from storefront.settings import settings


class ZoneTerms(NamedTuple):
    """The price of standard delivery in a zone in minor units, and its business days."""

    zone: Zone
    price_minor: int
    min_days: int
    max_days: int


class StandardDelivery(NamedTuple):
    """The terms of standard delivery by zone, with the subtotal from which it is free.

    What is ordered from `cut_off_hour` on counts as ordered on the next business day.
    """

    zones: tuple[ZoneTerms, ...]
    free_from_minor: int | None
    cut_off_hour: int

    @property
    def max_price_minor(self) -> int:
        """Return the highest price anywhere."""
        return max(terms.price_minor for terms in self.zones)

    @property
    def min_days(self) -> int:
        """Return the fewest business days anywhere."""
        return min(terms.min_days for terms in self.zones)

    @property
    def max_days(self) -> int:
        """Return the most business days anywhere."""
        return max(terms.max_days for terms in self.zones)

    def is_free(self, subtotal_minor: int) -> bool:
        """Return whether goods of this value are delivered free of charge, everywhere."""
        return self.free_from_minor is not None and subtotal_minor >= self.free_from_minor


def standard_delivery() -> StandardDelivery | None:
    """Return the terms of standard delivery in one statement, or None while it is off."""
    return terms_of(load_tariff())


def terms_of(tariff: Tariff) -> StandardDelivery | None:
    """Return the terms of standard delivery of a tariff, or None while it is off."""
    rates = {rate.zone: rate for rate in tariff.rates if rate.method == Method.STANDARD}
    if Method.STANDARD in tariff.off or not rates:
        return None
    base = tariff.bases[Method.STANDARD]
    zones = tuple(
        ZoneTerms(zone, base + rates[zone].surcharge_minor, rates[zone].min_days, rates[zone].max_days)
        for zone in Zone
        if zone in rates
    )
    hour = settings().CUT_OFF_HOUR if tariff.cut_off_hour is None else tariff.cut_off_hour
    return StandardDelivery(zones, tariff.free_standard_from_minor, hour)
