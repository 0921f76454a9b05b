"""Metadata for search engines and shared links."""

from collections.abc import Iterator
from typing import Any

from flask import url_for

from storefront.money import CURRENCY, decimal_text
from storefront.services import catalogue
from storefront.services.delivery import promises
from storefront.settings import contact, seller, settings
from storefront.web.assets import asset
from storefront.web.language_addresses import url_in
from storefront.web.pictures import sharing_url
from storefront.web.shipping_facts import COUNTRY, shipping_details, shipping_service

OPEN_PAGES = (
    "catalogue.home",
    "help.contact",
    "help.about",
    "requests.show",
    "help.returns",
    "help.terms",
    "help.privacy",
)
PRODUCTS_OF_PART = 10_000
"""Products in one part of the sitemap; the protocol allows 50 000 addresses."""

_POLICY = {"@type": "MerchantReturnPolicy", "applicableCountry": COUNTRY}
_RETURNS = {
    **_POLICY,
    "returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow",
    "merchantReturnDays": 5,
    "returnMethod": "https://schema.org/ReturnByMail",
    "returnFees": "https://schema.org/ReturnFeesCustomerResponsibility",
    "refundType": "https://schema.org/FullRefund",
}
"""The right of withdrawal (Ley 1480/2011, art. 47): five business days, and the buyer pays the way back."""

_NO_RETURNS = {**_POLICY, "returnPolicyCategory": "https://schema.org/MerchantReturnNotPermitted"}
_PAGE_SIZE = catalogue.Search().limit


def absolute(path: str) -> str:
    """Return the canonical URL of a path of the shop."""
    return settings().BASE_URL + path


def sitemap_parts(language: str) -> list[str]:
    """Return the URLs of the sitemaps that together have every public page in a language."""
    parts = -(-catalogue.count_published() // PRODUCTS_OF_PART)
    products = (url_in(language, "site.sitemap_products", part=part) for part in range(1, parts + 1))
    return [absolute(path) for path in (url_in(language, "site.sitemap_pages"), *products)]


def page_paths(language: str) -> Iterator[str]:
    """Yield every public page but the products' once: lists by category and page, without other filters."""
    yield from (url_in(language, endpoint) for endpoint in OPEN_PAGES)
    categories = catalogue.categories()
    yield from _pages_of(language, "", catalogue.count_published())
    for category in categories:
        yield url_in(language, "catalogue.home", category=category.slug)
        yield from _pages_of(language, category.slug, category.count)


def product_paths(language: str, part: int) -> list[str]:
    """Return the products of one part of the sitemap, counted from 1."""
    slugs = catalogue.published_slugs(first=(part - 1) * PRODUCTS_OF_PART, limit=PRODUCTS_OF_PART)
    return [url_in(language, "catalogue.product", slug=slug) for slug in slugs]


def list_facts(heading: str, category: str) -> list[dict[str, Any]]:
    """Return the way to a list as schema.org data."""
    way = [(settings().SHOP_NAME, absolute(url_for("catalogue.home")))]
    return [_way([*way, (heading, absolute(url_for("catalogue.home", category=category)))])] if category else []


def _pages_of(language: str, category: str, count: int) -> Iterator[str]:
    """Yield the pages from the second on, as far as a list goes."""
    pages = -(-min(count, catalogue.MOST_COUNTED) // _PAGE_SIZE)
    for number in range(2, pages + 1):
        yield url_in(language, "catalogue.home", category=category or None, page=number)


def _way(steps: list[tuple[str, str]]) -> dict[str, Any]:
    items = [
        {"@type": "ListItem", "position": position, "name": name, "item": item}
        for position, (name, item) in enumerate(steps, 1)
    ]
    return {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}


def product_facts(product: Any, shipping: promises.StandardDelivery | None) -> list[dict[str, Any]]:
    """Return a product and its breadcrumbs as schema.org data; `shipping` is how goods are delivered."""
    address = absolute(url_for("catalogue.product", slug=product.slug))
    is_returnable = product.is_physical and not product.withdrawal_exception
    returns = _RETURNS if is_returnable else _NO_RETURNS
    offers = [
        _offer(address, *offer, is_only=len(product.offers) == 1)
        | {"hasMerchantReturnPolicy": returns}
        | ({"shippingDetails": shipping_details(shipping, offer[3])} if shipping else {})
        for offer in product.offers
    ]
    thing = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "description": product.description,
        "image": [absolute(sharing_url(picture.name)) for picture in product.pictures],
        "sku": product.sku,
        "brand": {"@type": "Brand", "name": product.brand},
        "category": product.category_name,
        "offers": offers[0] if len(offers) == 1 else offers,
        **_rating(product.rating),
    }
    way = [
        (settings().SHOP_NAME, absolute(url_for("catalogue.home"))),
        (thing["category"], absolute(url_for("catalogue.home", category=product.category))),
        (thing["name"], address),
    ]
    return [thing, _way(way)]


def organization_facts() -> dict[str, Any]:
    """Return the shop as schema.org data, with what delivery costs at most and how goods are given back."""
    sells, reached, standard = seller(), contact(), promises.standard_delivery()
    facts = {
        "@context": "https://schema.org",
        "@type": "OnlineStore",
        "@id": absolute("/#shop"),
        "name": settings().SHOP_NAME,
        "legalName": sells.name,
        "url": absolute(url_for("catalogue.home")),
        "logo": absolute(asset("img/icon-512.png")),
        "taxID": sells.nit,
        "email": reached.email,
        "telephone": reached.phone,
        "address": {"@type": "PostalAddress", "streetAddress": sells.address, "addressCountry": COUNTRY},
        "hasMerchantReturnPolicy": _RETURNS | {"merchantReturnLink": absolute(url_for("help.returns"))},
    }
    return facts | ({"hasShippingService": shipping_service(standard)} if standard else {})


def _rating(rating: Any) -> dict[str, Any]:
    """Return what buyers think of it, and nothing of a product without reviews: there is no average then."""
    if not rating.count:
        return {}
    aggregate = {"@type": "AggregateRating", "ratingValue": rating.average, "reviewCount": rating.count}
    return {"aggregateRating": aggregate | {"bestRating": 5, "worstRating": 1}}


def _offer(
    address: str, variant_id: str, sku: str, name: str, price_minor: int, available: int, *, is_only: bool
) -> dict[str, Any]:
    return {
        "@type": "Offer",
        "url": address if is_only else f"{address}?variant={variant_id}",
        "sku": sku,
        "name": name,
        "price": decimal_text(price_minor),
        "priceCurrency": CURRENCY,
        "availability": "https://schema.org/" + ("InStock" if available else "OutOfStock"),
        "itemCondition": "https://schema.org/NewCondition",
        "seller": {"@type": "Organization", "name": seller().name},
    }
