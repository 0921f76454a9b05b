"""The catalogue: categories, products and the variants that are bought."""

from storefront.domain.catalogue.category import Category, FormerSlug
from storefront.domain.catalogue.options import Fact, ProductOption, option_key, options_label
from storefront.domain.catalogue.product import MAX_QUANTITY, TAX_BASIS_POINTS, Product
from storefront.domain.catalogue.rating import Rating, rating_of
from storefront.domain.catalogue.variant import Variant, has_units_left, load_variants, names_product, units_left

__all__ = [
    "MAX_QUANTITY",
    "TAX_BASIS_POINTS",
    "Category",
    "Fact",
    "FormerSlug",
    "Product",
    "ProductOption",
    "Rating",
    "Variant",
    "has_units_left",
    "load_variants",
    "names_product",
    "option_key",
    "options_label",
    "rating_of",
    "units_left",
]
