"""Looking around; nobody needs to sign in for that."""

from typing import TYPE_CHECKING, Any

from storefront.api.blueprint import Door
from storefront.api.schemas.catalogue import BrowseSchema, CategoriesSchema, ProductSchema, ProductsSchema
from storefront.i18n import current_language
from storefront.money import CURRENCY
from storefront.services import catalogue
from storefront.services.catalogue import Search
from storefront.settings import settings

if TYPE_CHECKING:
    from storefront.domain.catalogue import Product

bp = Door("catalogue-api", __name__, url_prefix="/api", description="Products and shelves.")
_SIZES = (480, 960)


@bp.operation("GET", "/products", who="anyone", limit="read", query=BrowseSchema, answer=ProductsSchema)
def list_products(asked: dict[str, Any]) -> dict[str, Any]:
    """Search and filter; accents and case make no difference."""
    found = catalogue.browse(
        Search(
            text=asked["search"],
            category=asked["category"],
            brand=asked["brand"],
            min_price_minor=asked.get("min_price"),
            max_price_minor=asked.get("max_price"),
            in_stock=asked["in_stock"],
            sort=asked["sort_by"],
            page=asked["page"],
            limit=asked["limit"],
        )
    )
    items = [_shown(product) for product in found.items]
    return {"items": items, "page": found.page, "limit": found.limit, "total": found.total}


@bp.operation("GET", "/products/<product_id>", who="anyone", limit="read", answer=ProductSchema, refuses=(404,))
def get_product(product_id: str) -> dict[str, Any]:
    """Show one product, by its id or slug."""
    return _shown(catalogue.get_product(product_id))


@bp.operation("GET", "/categories", who="anyone", limit="read", answer=CategoriesSchema)
def list_categories() -> dict[str, Any]:
    """List the shelves."""
    language = current_language()
    shelves = catalogue.categories()
    return {"items": [{"slug": s.slug, "name": s.name_in(language), "count": s.count} for s in shelves]}


def _shown(product: "Product") -> dict[str, Any]:
    language = current_language()
    return {
        "product_id": product.id,
        "slug": product.slug,
        "name": product.name_in(language),
        "description": product.description_in(language),
        "kind": product.kind,
        "price": product.price_minor,
        "original_price": product.original_price_minor,
        "currency": CURRENCY,
        "category": product.category.slug,
        "category_name": product.category.name_en if language == "en" else product.category.name,
        "brand": product.brand,
        "images": [f"{settings().BASE_URL}/static/img/products/{product.image}-{size}.webp" for size in _SIZES],
        "available": product.available,
        "in_stock": product.available > 0,
        "tax_rate": product.tax_basis_points // 100,
        "interval": product.interval,
        "trial_days": product.trial_days,
    }
