"""Products and categories; no login is needed."""

from typing import Any

from flask import after_this_request
from flask.wrappers import Response

from storefront.api.blueprint import ApiBlueprint
from storefront.api.schemas.catalogue import (
    BrowseSchema,
    CategoriesSchema,
    ProductDetailSchema,
    ProductsSchema,
    SuggestionsQuerySchema,
    SuggestionsSchema,
)
from storefront.api.schemas.common import ShortListSchema, slice_of
from storefront.enums import FunnelStep
from storefront.i18n import current_language
from storefront.money import CURRENCY, format_money
from storefront.services import catalogue
from storefront.services.catalogue import Search
from storefront.settings import settings
from storefront.step_counting import count_step

bp = ApiBlueprint("catalogue-api", __name__, url_prefix="/api", description="Products and categories.")
_WIDTH, _SMALL_WIDTH = 960, 200


@bp.operation("GET", "/products", access="anyone", limit="read", query=BrowseSchema, response=ProductsSchema)
def list_products(filters: dict[str, Any]) -> dict[str, Any]:
    """Search and filter; accents and case make no difference."""
    after_this_request(_keep_to_compare)
    page = catalogue.browse(
        Search(
            text=filters["search"],
            category=filters["category"],
            brands=(filters["brand"],) if filters["brand"] else (),
            min_price_minor=filters.get("min_price"),
            max_price_minor=filters.get("max_price"),
            in_stock=filters["in_stock"],
            sort=filters["sort_by"],
            page=filters["page"],
            limit=filters["limit"],
        )
    )
    items = [_shown(product) for product in page.items]
    return {"items": items, "page": page.page, "limit": page.limit, "total": page.total}


@bp.operation(
    "GET", "/products/<product_id>", access="anyone", limit="read", response=ProductDetailSchema, refuses=(404,)
)
def get_product(product_id: str) -> dict[str, Any]:
    """Show one product, by its id or slug."""
    after_this_request(_keep_to_compare)
    product = catalogue.get_product(product_id)
    count_step(FunnelStep.PRODUCT, is_staff=False)  # anybody may ask, and nobody has to say who
    return {**_shown(product), "related": [card.id for card in catalogue.related_to(product)]}


@bp.operation("GET", "/categories", access="anyone", limit="read", query=ShortListSchema, response=CategoriesSchema)
def list_categories(query: dict[str, Any]) -> dict[str, Any]:
    """List the categories that have products."""
    after_this_request(_keep_to_compare)
    language = current_language()
    return slice_of([_category(category, language) for category in catalogue.categories()], query)


@bp.operation(
    "GET",
    "/search/suggestions",
    access="anyone",
    limit="read",
    query=SuggestionsQuerySchema,
    response=SuggestionsSchema,
)
def suggest(query: dict[str, Any]) -> dict[str, Any]:
    """Suggest products and categories to somebody who types; the same search as the list's."""
    after_this_request(_keep_for_a_minute)
    found, language = catalogue.suggest(query["q"]), current_language()
    return {
        "products": [_suggested(card, language) for card in found.products],
        "categories": [_category(category, language) for category in found.categories],
        "did_you_mean": found.did_you_mean or None,
    }


def _suggested(card: catalogue.ProductCard, language: str) -> dict[str, Any]:
    return {
        "product_id": card.id,
        "slug": card.slug,
        "name": card.name_in(language),
        "brand": card.brand,
        "price": card.price_minor,
        "original_price": card.original_price_minor,
        "currency": CURRENCY,
        "price_text": format_money(card.price_minor, language),
        "image": settings().BASE_URL + catalogue.picture_path(card.picture, _SMALL_WIDTH),
        "in_stock": not card.is_physical or card.available > 0,
    }


def _category(category: catalogue.CategoryCount, language: str) -> dict[str, Any]:
    return {"slug": category.slug, "name": category.name_in(language), "count": category.count}


def _keep_to_compare(response: Response) -> Response:
    """Let a phone keep the answer and ask each time whether it changed: no price and no stock is shown stale."""
    if response.status_code == 200:
        response.headers["Cache-Control"] = "private, no-cache"
        response.vary.add("Accept-Language")
    return response


def _keep_for_a_minute(response: Response) -> Response:
    if response.status_code == 200:
        response.headers["Cache-Control"] = "private, max-age=60"
        response.vary.add("Accept-Language")
    return response


def _shown(product: catalogue.ProductShown) -> dict[str, Any]:
    language = current_language()
    names = [picture.name for picture in product.gallery] or [product.image]
    variants = [_variant(variant, language) for variant in product.active_variants]
    return {
        "product_id": product.id,
        "slug": product.slug,
        "name": product.name_in(language),
        "description": product.description_in(language),
        "kind": product.kind,
        "price": product.price_minor,
        "price_max": product.price_max_minor,
        "original_price": product.original_price_minor,
        "currency": CURRENCY,
        "category": product.category.slug,
        "category_name": product.category.name_in(language),
        "brand": product.brand,
        "images": [_picture(name) for name in dict.fromkeys(names)],
        "available": product.available,
        "in_stock": product.available > 0,
        "tax_rate": product.tax_basis_points // 100,
        "interval": product.interval,
        "trial_days": variants[0]["trial_days"] if variants else 0,
        "facts": product.facts_in(language),
        "options": product.options_in(language),
        "variants": variants,
        "rating": product.rating,
    }


def _picture(name: str) -> str:
    return settings().BASE_URL + catalogue.picture_path(name, _WIDTH)


def _variant(variant: catalogue.VariantShown, language: str) -> dict[str, Any]:
    return {
        "variant_id": variant.id,
        "sku": variant.sku,
        "options": variant.options_in(language),
        "price": variant.price_minor,
        "original_price": variant.original_price_minor,
        "available": variant.available,
        "in_stock": variant.available > 0,
        "image": _picture(variant.image),
        "interval": variant.interval,
        "trial_days": variant.trial_days,
    }
