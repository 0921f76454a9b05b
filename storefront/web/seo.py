"""Metadata for search engines and shared links."""

from collections.abc import Iterator
from typing import Any

from flask import url_for

from storefront.money import CURRENCY, decimal_text
from storefront.services import catalogue
from storefront.settings import settings
from storefront.web.assets import asset

OPEN_PAGES = ("catalogue.home", "help.contact", "help.returns", "help.terms", "help.privacy")
_BATCH_SIZE = 500


def absolute(path: str) -> str:
    """Return the canonical URL of a path of the shop."""
    return settings().BASE_URL + path


def addresses() -> Iterator[str]:
    """Yield the URL of every public page once, without filters."""
    yield from (absolute(url_for(endpoint)) for endpoint in OPEN_PAGES)
    number, page = 1, catalogue.cards(catalogue.Search(sort="name", limit=_BATCH_SIZE))
    while page.items:
        yield from (absolute(url_for("catalogue.product", slug=product.slug)) for product in page.items)
        number += 1
        if number > page.pages:
            return
        page = catalogue.cards(catalogue.Search(sort="name", limit=_BATCH_SIZE, page=number))


def product_facts(product: Any) -> list[dict[str, Any]]:
    """Return a product and its breadcrumbs as schema.org data."""
    address = absolute(url_for("catalogue.product", slug=product.slug))
    offer = {
        "@type": "Offer",
        "url": address,
        "price": decimal_text(product.price_minor),
        "priceCurrency": CURRENCY,
        "availability": "https://schema.org/" + ("InStock" if product.available else "OutOfStock"),
        "itemCondition": "https://schema.org/NewCondition",
        "seller": {"@type": "Organization", "name": settings().SELLER_NAME},
    }
    thing = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": product.name,
        "description": product.description,
        "image": absolute(asset(f"img/products/{product.image}-960.webp")),
        "sku": product.slug,
        "brand": {"@type": "Brand", "name": product.brand},
        "category": product.category_name,
        "offers": offer,
    }
    way = [
        (settings().SHOP_NAME, absolute(url_for("catalogue.home"))),
        (thing["category"], absolute(url_for("catalogue.home", category=product.category))),
        (thing["name"], address),
    ]
    steps = [
        {"@type": "ListItem", "position": position, "name": name, "item": item}
        for position, (name, item) in enumerate(way, 1)
    ]
    return [thing, {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": steps}]
