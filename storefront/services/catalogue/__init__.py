"""Looking around the catalogue: search, one product, categories, and when a parcel would arrive."""

from storefront.services.catalogue.browsing import (
    MOST_COUNTED,
    SHELVES_KEPT,
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
    "MOST_COUNTED",
    "SHELVES_KEPT",
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
