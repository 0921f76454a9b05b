"""The catalogue: search, one product, categories, and when a delivery would arrive."""

from storefront.services.catalogue.browsing import (
    CATEGORIES_KEPT,
    MOST_COUNTED,
    SORTS,
    CategoryCount,
    Page,
    ProductCard,
    Search,
    browse,
    cards,
    categories,
    delivery_promise,
    get_product,
)

__all__ = [
    "CATEGORIES_KEPT",
    "MOST_COUNTED",
    "SORTS",
    "CategoryCount",
    "Page",
    "ProductCard",
    "Search",
    "browse",
    "cards",
    "categories",
    "delivery_promise",
    "get_product",
]
