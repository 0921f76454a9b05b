"""What delivery of a basket costs, and whether the chosen method is available for the address."""

from datetime import datetime

from storefront.domain.basket import Basket
from storefront.domain.shipping import Address, ShippingOption, Tariff, load_tariff
from storefront.domain.shipping import get as get_municipality
from storefront.enums import Method, Zone
from storefront.errors import ShippingUnavailable
from storefront.settings import settings


def require_offer(
    basket: Basket, address: Address | None, method: Method | None, now: datetime
) -> ShippingOption | None:
    """Return the way of delivery for a basket, None if nothing ships; raise `ShippingUnavailable`."""
    if not basket.needs_shipping:
        return None
    offers, _ = offers_for(basket, address, now)
    offer = next((o for o in offers if o.method == method), None)
    if offer is None or not offer.is_available:
        raise ShippingUnavailable(method=method, city=address.city if address else None)
    return offer


def offers_for(basket: Basket, address: Address | None, now: datetime) -> tuple[tuple[ShippingOption, ...], int]:
    """Return every way of delivery, and what is missing to free standard shipping (minor units)."""
    if not basket.needs_shipping:
        return (), 0
    tariff = load_tariff(address.municipality_code if address else "")
    offers = tariff.offers(_zone(address, tariff), basket.shipped_minor, now, settings().CUT_OFF_HOUR)
    return tuple(offers), tariff.missing_minor(basket.shipped_minor)


def _zone(address: Address | None, tariff: Tariff) -> Zone | None:
    """Return the place's zone; the country's where nothing is known yet, none for an address of the counter."""
    if address is None:
        return Zone.NATIONAL
    return tariff.zone_of(get_municipality(address.municipality_code)) if address.municipality_code else None
