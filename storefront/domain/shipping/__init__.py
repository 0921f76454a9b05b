"""Where the shop delivers, how, when and for how much. Pure but for ``tariff``, whose rows the shop can change."""

from storefront.domain.shipping.address import COUNTRY, Address, InvalidAddress, check_address, e164
from storefront.domain.shipping.calendar import DateRange, add_business_days, delivery_window, is_business_day
from storefront.domain.shipping.municipalities import (
    Municipality,
    departments,
    find,
    find_department,
    get,
    municipalities_of,
    search_municipalities,
)
from storefront.domain.shipping.rates import (
    DEFAULT_BASE,
    DEFAULT_RATES,
    FREE_STANDARD_FROM_MINOR,
    Rate,
    ShippingOption,
    Tariff,
)
from storefront.domain.shipping.streets import normalise_street
from storefront.domain.shipping.tariff import load_tariff
from storefront.enums import Method, Zone

__all__ = [
    "COUNTRY",
    "DEFAULT_BASE",
    "DEFAULT_RATES",
    "FREE_STANDARD_FROM_MINOR",
    "Address",
    "DateRange",
    "InvalidAddress",
    "Method",
    "Municipality",
    "Rate",
    "ShippingOption",
    "Tariff",
    "Zone",
    "add_business_days",
    "check_address",
    "delivery_window",
    "departments",
    "e164",
    "find",
    "find_department",
    "get",
    "is_business_day",
    "load_tariff",
    "municipalities_of",
    "normalise_street",
    "search_municipalities",
]
