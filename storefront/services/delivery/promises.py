"""What standard delivery costs in the whole country, and how long it takes, for machines that ask in advance."""

from typing import NamedTuple

from storefront.domain.shipping.tariff import load_tariff
from storefront.enums import Method


class StandardDelivery(NamedTuple):
    """The highest price of standard delivery anywhere, its business days, and the subtotal from which it is free."""

    max_price_minor: int
    min_days: int
    max_days: int
    free_from_minor: int | None


def standard_delivery() -> StandardDelivery | None:
    """Return the terms of standard delivery in one statement, or None while it is off."""
    tariff = load_tariff()
    rates = [rate for rate in tariff.rates if rate.method == Method.STANDARD]
    if Method.STANDARD in tariff.off or not rates:
        return None
    return StandardDelivery(
        tariff.bases[Method.STANDARD] + max(rate.surcharge_minor for rate in rates),
        min(rate.min_days for rate in rates),
        max(rate.max_days for rate in rates),
        tariff.free_standard_from_minor,
    )
