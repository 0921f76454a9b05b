"""Products on sale as pages and the API show them: rows with their variants and pictures, read without the ORM.

As objects, a list of 24 took two statements and half of its request's time (docs/performance.md).
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select

from storefront.domain.catalogue import (
    MAX_QUANTITY,
    TAX_BASIS_POINTS,
    Category,
    Product,
    ProductOption,
    Rating,
    Variant,
    options_label,
    rating_of,
)
from storefront.domain.catalogue.gallery import GalleryPicture, RowsAsJson, first_name_where, gallery_of
from storefront.domain.catalogue.options import Fact, OptionInLanguage, fact_in, option_in, options_in, values_of
from storefront.domain.inventory import Stock
from storefront.domain.picture import Picture
from storefront.enums import BillingInterval, ProductKind, TaxRate, WithdrawalExclusion


class CategoryShown(NamedTuple):
    """The category of a product."""

    id: int
    slug: str
    name: str
    name_en: str

    def name_in(self, language: str) -> str:
        """Return the name in a language of the shop."""
        return self.name_en if language == "en" else self.name


class VariantShown(NamedTuple):
    """A variant that is sold; `available` is the units that one buyer can have now."""

    id: str
    sku: str
    option_values: list[str]
    price_minor: int
    original_price_minor: int | None
    interval: BillingInterval | None
    trial_days: int
    image: str
    available: int
    product_name: str
    product_name_en: str
    options: list[ProductOption]

    def options_in(self, language: str) -> dict[str, str]:
        """Return its values by the names of the options."""
        return options_in(self.options, self.option_values, language) if self.option_values else {}

    def name_in(self, language: str) -> str:
        """Return the product's name with the options."""
        name = self.product_name_en if language == "en" else self.product_name
        label = options_label(self.options, self.option_values, language)
        return f"{name}, {label}" if self.option_values else name


class ProductShown(NamedTuple):
    """A product on sale with its category, its pictures and the variants that are sold, both in their order."""

    id: str
    slug: str
    name: str
    name_en: str
    description: str
    description_en: str
    kind: ProductKind
    price_minor: int
    price_max_minor: int
    original_price_minor: int | None
    brand: str
    image: str
    tax_rate: TaxRate
    interval: BillingInterval | None
    facts: list[Fact]
    options: list[ProductOption]
    withdrawal_exception: WithdrawalExclusion | None
    review_stars: int
    review_count: int
    category: CategoryShown
    gallery: list[GalleryPicture]
    variants: list[VariantShown]

    @property
    def is_physical(self) -> bool:
        """Return whether it has stock and ships."""
        return self.kind == ProductKind.PHYSICAL

    @property
    def is_plan(self) -> bool:
        """Return whether it is charged again and again."""
        return self.kind == ProductKind.SUBSCRIPTION

    @property
    def active_variants(self) -> list[VariantShown]:
        """Return the variants that are sold: others were not read."""
        return self.variants

    @property
    def available(self) -> int:
        """Return the units of all variants that one buyer can have now."""
        return min(sum(variant.available for variant in self.variants), MAX_QUANTITY)

    @property
    def rating(self) -> Rating:
        """Return what its buyers think of it."""
        return rating_of(self.review_stars, self.review_count)

    @property
    def tax_basis_points(self) -> int:
        """Return the IVA rate: 1900 is 19 %."""
        return TAX_BASIS_POINTS[self.tax_rate]

    def name_in(self, language: str) -> str:
        """Return the name in a language of the shop."""
        return self.name_en if language == "en" else self.name

    def description_in(self, language: str) -> str:
        """Return the description in a language of the shop."""
        return self.description_en if language == "en" else self.description

    def facts_in(self, language: str) -> list[dict[str, str]]:
        """Return its facts as `name` and `value` in a language of the shop."""
        return [fact_in(fact, language) for fact in self.facts]

    def options_in(self, language: str) -> list[OptionInLanguage]:
        """Return its options with their values in a language of the shop."""
        return [option_in(option, language) for option in self.options]


def _variants() -> ColumnElement[Any]:
    columns = (
        Variant.position, Variant.id, Variant.sku, Variant.option_key, Variant.price_minor,
        Variant.original_price_minor, Variant.interval, Variant.trial_days,
        first_name_where(Picture.variant_id == Variant.id), func.coalesce(Stock.on_hand - Stock.reserved, 0),
    )  # fmt: skip
    own = select(RowsAsJson(*columns)).outerjoin(Stock, Stock.variant_id == Variant.id)
    return own.where(Variant.product_id == Product.id, Variant.is_active).correlate(Product).scalar_subquery()


SHOWN_COLUMNS = (
    Product.id, Product.slug, Product.name, Product.name_en, Product.description, Product.description_en,
    Product.kind, Product.price_minor, Product.price_max_minor, Product.original_price_minor, Product.brand,
    Product.image, Product.tax_rate, Product.interval, Product.facts, Product.options, Product.withdrawal_exception,
    Product.review_stars, Product.review_count, Category.id, Category.slug, Category.name, Category.name_en,
    Product.gallery_rows, _variants(),
)  # fmt: skip
"""The columns of `product_of`, of a statement about products that is joined with their categories."""


def product_of(row: Sequence[Any]) -> ProductShown:
    """Return a product of its columns."""
    *columns, category_id, slug, name, name_en, pictures, variants = row
    gallery = gallery_of(pictures)
    product = ProductShown._make((*columns, CategoryShown(category_id, slug, name, name_en), gallery, []))
    picture = gallery[0].name if gallery else product.image
    product.variants.extend(_variant(product, picture, *one) for one in sorted(variants or (), key=itemgetter(0, 1)))
    return product


def _variant(
    product: ProductShown,
    picture: str,
    _position: int,
    key: str,
    sku: str,
    options: str,
    price_minor: int,
    original_price_minor: int | None,
    interval: str | None,
    trial_days: int,
    own_picture: str | None,
    units: int,
) -> VariantShown:
    return VariantShown(
        key,
        sku,
        values_of(options),
        price_minor,
        original_price_minor,
        BillingInterval(interval) if interval else None,
        trial_days,
        own_picture or picture,
        min(units, MAX_QUANTITY) if product.is_physical else 1 if product.is_plan else MAX_QUANTITY,
        product.name,
        product.name_en,
        product.options,
    )
