"""The schema.org data of every kind of page has the shapes that search engines take: no property is missing or odd."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories import CUBES, PLAN, PREMIUM, WHEY

PAGES = [
    "/?category=fuerza",
    "/contact",
    *(f"/products/{slug}" for slug in (WHEY, CUBES, PLAN, PREMIUM, "kettlebell-16kg", "camiseta-secado-rapido")),
]
SHAPES: dict[str, tuple[str, str]] = {
    "Product": ("name description image sku brand category offers", "aggregateRating"),
    "Brand": ("name", ""),
    "Offer": (
        "url sku name price priceCurrency availability itemCondition seller hasMerchantReturnPolicy",
        "shippingDetails",
    ),
    "Organization": ("name", ""),
    "AggregateRating": ("ratingValue reviewCount bestRating worstRating", ""),
    "MerchantReturnPolicy": (
        "applicableCountry returnPolicyCategory",
        "merchantReturnDays returnMethod returnFees refundType merchantReturnLink",
    ),
    "OfferShippingDetails": ("shippingRate shippingDestination deliveryTime", ""),
    "ShippingDeliveryTime": ("handlingTime transitTime businessDays", "cutoffTime"),
    "OpeningHoursSpecification": ("dayOfWeek", ""),
    "QuantitativeValue": ("minValue maxValue unitCode", ""),
    "DefinedRegion": ("addressCountry", "name"),
    "MonetaryAmount": ("currency", "value minValue maxValue"),
    "BreadcrumbList": ("itemListElement", ""),
    "ListItem": ("position name item", ""),
    "OnlineStore": (
        "name legalName url logo taxID email telephone address hasMerchantReturnPolicy",
        "hasShippingService",
    ),
    "PostalAddress": ("streetAddress addressCountry", ""),
    "ShippingService": ("name shippingConditions", ""),
    "ShippingConditions": ("shippingDestination shippingRate", "transitTime orderValue"),
    "ServicePeriod": ("duration businessDays", ""),
}
"""By type, the properties that are needed, and those that may be there."""

ADDRESSES = {"url", "item", "logo", "image", "merchantReturnLink", "@id"}
NAMED = {"availability", "itemCondition", "returnPolicyCategory", "returnMethod", "returnFees", "refundType"}


def faults(thing: Any, where: str = "") -> Iterator[str]:
    """Yield what is wrong with a piece of schema.org data, and with what is inside of it."""
    if isinstance(thing, list):
        for one in thing:
            yield from faults(one, where)
    elif isinstance(thing, dict):
        kind = thing.get("@type", "")
        needed, possible = (set(names.split()) for names in SHAPES.get(kind, ("", "")))
        own = set(thing) - {"@type", "@context", "@id"}
        yield from (f"{where}{kind} lacks {name}" for name in sorted(needed - own))
        yield from (f"{where}{kind} has {name}" for name in sorted(own - needed - possible))
        for name, value in thing.items():
            yield from _value_faults(f"{where}{kind}.{name}", name, value)
            yield from faults(value, f"{where}{kind}.")


def _value_faults(where: str, name: str, value: Any) -> Iterator[str]:
    values = [one for one in (value if isinstance(value, list) else [value]) if not isinstance(one, dict)]
    rules = (
        (name in ADDRESSES, r"http://localhost/\S*"),
        (name in NAMED | {"dayOfWeek", "businessDays"}, r"https://schema\.org/[A-Z]\w+"),
        (name in {"price", "value"}, r"\d+\.\d\d"),
        (name in {"priceCurrency", "currency"}, "COP"),
        (True, r"(?s).+"),
    )
    for one in values:
        yield from (f"{where} is {one!r}" for holds, form in rules if holds and not re.fullmatch(form, str(one)))


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_data_of_the_right_shape(client: FlaskClient, path: str, language: str) -> None:
    page = client.get(language + path).text
    found = [json.loads(text) for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)]
    assert found
    assert {thing["@context"] for thing in found} == {"https://schema.org"}
    assert list(faults(found)) == []


def test_a_wrong_shape_is_found() -> None:
    offer = {"@type": "Offer", "price": "12,5", "url": "/x", "color": "red", "seller": {"@type": "Organization"}}
    found = list(faults(offer))
    assert {"Offer lacks sku", "Offer has color", "Offer.price is '12,5'", "Offer.url is '/x'"} <= set(found)
    assert "Offer.Organization lacks name" in found
