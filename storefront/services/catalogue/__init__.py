"""The catalogue: search, one product, categories, and when a delivery would arrive."""

from storefront.domain.picture_names import picture_files, picture_path, sharing_path
from storefront.services.catalogue.browsing import (
    CATEGORIES_KEPT,
    SORTS,
    CategoryCount,
    Page,
    browse,
    cards,
    cards_and_facets,
    cards_named,
    categories,
    count_published,
    current_slug,
    published_slugs,
)
from storefront.services.catalogue.facet_counts import FacetOption, Facets, FacetValue, PriceRange
from storefront.services.catalogue.facets import MOST_COUNTED
from storefront.services.catalogue.filtering import Search
from storefront.services.catalogue.one_product import ProductPage, get_product, get_product_page
from storefront.services.catalogue.product_cards import ProductCard
from storefront.services.catalogue.related import related_to
from storefront.services.catalogue.review_rows import ReviewShown
from storefront.services.catalogue.shown_products import ProductShown, VariantShown
from storefront.services.catalogue.suggestions import Suggestions, suggest
from storefront.services.catalogue.variants import ItemRequest, get_variant, get_variants

__all__ = [
    "CATEGORIES_KEPT",
    "MOST_COUNTED",
    "SORTS",
    "CategoryCount",
    "FacetOption",
    "FacetValue",
    "Facets",
    "ItemRequest",
    "Page",
    "PriceRange",
    "ProductCard",
    "ProductPage",
    "ProductShown",
    "ReviewShown",
    "Search",
    "Suggestions",
    "VariantShown",
    "browse",
    "cards",
    "cards_and_facets",
    "cards_named",
    "categories",
    "count_published",
    "current_slug",
    "get_product",
    "get_product_page",
    "get_variant",
    "get_variants",
    "picture_files",
    "picture_path",
    "published_slugs",
    "related_to",
    "sharing_path",
    "suggest",
]
