"""What delivery costs and how long it takes, as schema.org data and for price comparisons."""

from typing import Any

from storefront.enums import Method
from storefront.i18n import method_label, zone_label
from storefront.money import CURRENCY, decimal_text
from storefront.services.delivery.promises import StandardDelivery, ZoneTerms

COUNTRY = "CO"
_BUSINESS_DAYS = [f"https://schema.org/{day}" for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")]
_NO_HOUR = 24


def shipping_service(standard: StandardDelivery) -> dict[str, Any]:
    """Return standard delivery of the shop: what it costs at most, and from what order value it is free."""
    transit = {
        "@type": "ServicePeriod",
        "duration": _days(standard.min_days, standard.max_days),
        "businessDays": _BUSINESS_DAYS,
    }
    common = {
        "@type": "ShippingConditions",
        "shippingDestination": {"@type": "DefinedRegion", "addressCountry": COUNTRY},
        "transitTime": transit,
    }
    conditions = [common | {"shippingRate": _amount(maxValue=standard.max_price_minor)}]
    if standard.free_from_minor:
        free = {"orderValue": _amount(minValue=standard.free_from_minor), "shippingRate": _amount(value=0)}
        conditions.append(common | free)
    return {"@type": "ShippingService", "name": str(method_label(Method.STANDARD)), "shippingConditions": conditions}


def shipping_details(standard: StandardDelivery, price_minor: int) -> list[dict[str, Any]]:
    """Return what delivery of one unit of this price costs in each zone, and when it arrives."""
    return [_zone_details(standard, terms, price_minor) for terms in standard.zones]


def _zone_details(standard: StandardDelivery, terms: ZoneTerms, price_minor: int) -> dict[str, Any]:
    rate_minor = 0 if standard.is_free(price_minor) else terms.price_minor
    delivery = {
        "@type": "ShippingDeliveryTime",
        "handlingTime": _days(0, 0),  # the days are counted from the order on
        "transitTime": _days(terms.min_days, terms.max_days),
        "businessDays": {"@type": "OpeningHoursSpecification", "dayOfWeek": _BUSINESS_DAYS},
    }
    if standard.cut_off_hour < _NO_HOUR:
        delivery["cutoffTime"] = f"{standard.cut_off_hour:02}:00:00-05:00"
    region = {"@type": "DefinedRegion", "name": zone_label(terms.zone), "addressCountry": COUNTRY}
    return {
        "@type": "OfferShippingDetails",
        "shippingDestination": region,
        "shippingRate": _amount(value=rate_minor),
        "deliveryTime": delivery,
    }


def _days(least: int, most: int) -> dict[str, Any]:
    return {"@type": "QuantitativeValue", "unitCode": "DAY", "minValue": least, "maxValue": most}


def _amount(**values: int) -> dict[str, Any]:
    named = {name: decimal_text(minor) for name, minor in values.items()}
    return {"@type": "MonetaryAmount", "currency": CURRENCY, **named}
