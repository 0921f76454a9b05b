"""Products and categories; no login is needed."""

from typing import TYPE_CHECKING, Any

from storefront.api.blueprint import ApiBlueprint
from storefront.api.schemas.catalogue import BrowseSchema, CategoriesSchema, ProductSchema, ProductsSchema
from storefront.i18n import current_language
from storefront.money import CURRENCY
from storefront.services import catalogue
from storefront.services.catalogue import Search
from storefront.settings import settings

if TYPE_CHECKING:
    from storefront.domain.catalogue import Product

bp = ApiBlueprint("catalogue-api", __name__, url_prefix="/api", description="Products and shelves.")
_SIZES = (480, 960)


@bp.operation("GET", "/products", access="anyone", limit="read", query=BrowseSchema, response=ProductsSchema)
def list_products(filters: dict[str, Any]) -> dict[str, Any]:
    """Search and filter; accents and case make no difference."""
    page = catalogue.browse(
        Search(
            text=filters["search"],
            category=filters["category"],
            brand=filters["brand"],
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


@bp.operation("GET", "/products/<product_id>", access="anyone", limit="read", response=ProductSchema, refuses=(404,))
def get_product(product_id: str) -> dict[str, Any]:
    """Show one product, by its id or slug."""
    return _shown(catalogue.get_product(product_id))


@bp.operation("GET", "/categories", access="anyone", limit="read", response=CategoriesSchema)
def list_categories() -> dict[str, Any]:
    """List the shelves."""
    language = current_language()
    categories = [
        {"slug": category.slug, "name": category.name_in(language), "count": category.count}
        for category in catalogue.categories()
    ]
    return {"items": categories}


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
