"""What other programs read of the shop: the feed of products for price comparisons, and the web manifest."""

from collections.abc import Iterator
from datetime import timedelta
from weakref import WeakKeyDictionary

from flask import Blueprint, Response, current_app, jsonify

from storefront.database import db
from storefront.enums import Method
from storefront.i18n import method_label
from storefront.limits import limited
from storefront.money import CURRENCY, decimal_text
from storefront.services.catalogue import feed
from storefront.services.delivery import promises
from storefront.settings import settings
from storefront.text import fold
from storefront.web.assets import asset
from storefront.web.kept_document import KeptDocument
from storefront.web.language_addresses import PLAIN, url_in
from storefront.web.pictures import picture_file_url
from storefront.web.seo import absolute
from storefront.web.shipping_facts import COUNTRY

bp = Blueprint("feeds", __name__)
_AN_HOUR = "public, max-age=3600"
_FEED_LIFE = timedelta(minutes=10)
_feeds: WeakKeyDictionary[object, KeptDocument] = WeakKeyDictionary()
_ATTRIBUTES = {"color": "color", "talla": "size", "tamano": "size", "material": "material", "patron": "pattern"}
"""Names of options that comparisons know, folded."""


@bp.get("/feeds/google.xml")
@limited("feed")
def google() -> Response:
    """Return the product feed in the form of Google Merchant Center (RSS 2.0 with its names), minutes old at most."""
    kept = _feeds.get(db.engine) or _feeds.setdefault(db.engine, KeptDocument(_google, _FEED_LIFE))
    response = kept.response("application/xml")
    response.headers["Cache-Control"] = _AN_HOUR
    return response


@bp.get("/site.webmanifest")
def manifest() -> Response:
    """Return how the shop looks on a phone's home screen."""
    icons = [
        {"src": asset(f"img/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"} for size in (192, 512)
    ]
    response = jsonify(
        name=settings().SHOP_NAME,
        short_name=settings().SHOP_NAME[:12],
        start_url=url_in(PLAIN, "catalogue.home"),
        scope=url_in(PLAIN, "catalogue.home"),
        display="browser",
        background_color="#ffffff",
        theme_color="#1d1a19",
        icons=[*icons, {**icons[-1], "purpose": "maskable"}],
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = _AN_HOUR
    return response


def _google() -> Iterator[str]:
    template = current_app.jinja_env.get_template  # no variables of a page's layout, which would look for the reader
    yield template("site/google_head.xml").render(name=settings().SHOP_NAME, address=settings().BASE_URL)
    standard, service = promises.standard_delivery(), method_label(Method.STANDARD, "es")
    for items in feed.pages():
        shown = [(_shown(item), _shipping(item, standard, service)) for item in items]
        yield template("site/google_items.xml").render(items=shown)
    yield "</channel>\n</rss>\n"


def _shown(item: feed.FeedItem) -> dict[str, str]:
    """Return the values of an item by their names in the feed; those without a value are left out."""
    is_reduced = item.original_price_minor is not None
    pictures = [absolute(picture_file_url(path)) for path in item.pictures]
    values = {
        "id": item.sku,
        "item_group_id": item.group,
        "title": item.title[:150],
        "description": item.description[:5000],
        "link": absolute(_link(item)),
        "image_link": pictures[0],
        "availability": "in_stock" if item.is_available else "out_of_stock",
        "price": _money(item.original_price_minor or item.price_minor),
        "sale_price": _money(item.price_minor) if is_reduced else "",
        "brand": item.brand,
        "gtin": item.barcode,
        "mpn": item.sku,
        "condition": "new",
        "product_type": item.category,
        "shipping_weight": f"{item.weight_grams} g" if item.weight_grams else "",
        **{_ATTRIBUTES[fold(name)]: value for name, value in item.options if fold(name) in _ATTRIBUTES},
    }
    return {name: value for name, value in values.items() if value} | {"additional_image_link": "\n".join(pictures[1:])}


def _shipping(item: feed.FeedItem, standard: promises.StandardDelivery | None, service: str) -> dict[str, str | int]:
    """Return what delivery of one unit costs at most in the country, and its business days; nothing while it is off.

    The feed cannot name the shop's zones, and too high a price is better than one that the cart exceeds.
    """
    if not item.is_physical:
        return {"country": COUNTRY, "price": _money(0)}
    if standard is None:
        return {}
    return {
        "country": COUNTRY,
        "service": service,
        "price": _money(0 if standard.is_free(item.price_minor) else standard.max_price_minor),
        "min_handling_time": 0,
        "max_handling_time": 0,
        "min_transit_time": standard.min_days,
        "max_transit_time": standard.max_days,
    }


def _link(item: feed.FeedItem) -> str:
    return url_in(PLAIN, "catalogue.product", slug=item.slug, variant=item.variant_id if item.group else None)


def _money(amount_minor: int) -> str:
    return f"{decimal_text(amount_minor)} {CURRENCY}"
