"""What other programs read of the shop: the feed of products for price comparisons, and the web manifest."""

from collections.abc import Iterator

from flask import Blueprint, Response, current_app, jsonify, stream_with_context

from storefront.limits import limited
from storefront.money import CURRENCY, decimal_text
from storefront.services.catalogue import feed
from storefront.settings import settings
from storefront.text import fold
from storefront.web.assets import asset
from storefront.web.language_addresses import PLAIN, url_in
from storefront.web.pictures import picture_file_url
from storefront.web.seo import absolute

bp = Blueprint("feeds", __name__)
_AN_HOUR = "public, max-age=3600"
_ATTRIBUTES = {"color": "color", "talla": "size", "tamano": "size", "material": "material", "patron": "pattern"}
"""Names of options that comparisons know, folded."""


@bp.get("/feeds/google.xml")
@limited("read")
def google() -> Response:
    """Return the product feed in the form of Google Merchant Center (RSS 2.0 with its names), as it is read."""
    return Response(stream_with_context(_google()), mimetype="application/xml", headers={"Cache-Control": _AN_HOUR})


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
    for items in feed.pages():
        yield template("site/google_items.xml").render(items=[_shown(item) for item in items])
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


def _link(item: feed.FeedItem) -> str:
    return url_in(PLAIN, "catalogue.product", slug=item.slug, variant=item.variant_id if item.group else None)


def _money(amount_minor: int) -> str:
    return f"{decimal_text(amount_minor)} {CURRENCY}"
