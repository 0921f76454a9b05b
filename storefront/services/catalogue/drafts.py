"""What staff type of a product, as values: what a form or a file holds before it is checked and written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from itertools import product as combine

from storefront.domain.catalogue import Fact, Product, ProductOption, Variant
from storefront.enums import BillingInterval, ProductKind, ProductStatus, TaxRate, WithdrawalExclusion

LOW_STOCK_AT = 5
"""From how many units on a new variant is running low."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantDraft:
    """What is bought; `values` are those of the options in their order, and tell it from the product's others.

    An empty `sku` is made from the product's address. `units` are received into stock with a new physical variant.
    """

    values: tuple[str, ...] = ()
    sku: str = ""
    barcode: str = ""
    price_minor: int | None = None
    original_price_minor: int | None = None
    weight_grams: int | None = None
    is_active: bool = True
    low_stock_at: int = LOW_STOCK_AT
    interval: BillingInterval | None = None
    trial_days: int = 0
    units: int = 0


@dataclass(frozen=True, slots=True)
class ValueRename:
    """The new name of a value of the stored option at this place; without one the value is sold no more."""

    option: int
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDraft:
    """A product with its variants; an empty `slug` is made from the name, and `category_id` 0 is none.

    `options` and `variants` have the new names of `renames`.
    """

    kind: ProductKind
    name: str
    name_en: str
    description: str
    description_en: str
    category_id: int
    slug: str = ""
    brand: str = ""
    tax_rate: TaxRate = TaxRate.GENERAL
    withdrawal_exception: WithdrawalExclusion | None = None
    status: ProductStatus = ProductStatus.DRAFT
    published_from: datetime | None = None
    facts: tuple[Fact, ...] = ()
    options: tuple[ProductOption, ...] = ()
    variants: tuple[VariantDraft, ...] = ()
    renames: tuple[ValueRename, ...] = ()


def combinations(options: Sequence[ProductOption], most: int | None = None) -> list[tuple[str, ...]]:
    """Return the values of every variant that the options make, in order; one without values where there are none.

    `most` is how many are returned at most: three long lists of values make more than any memory holds.
    """
    return list(islice(combine(*(option["values"] for option in options)), most))


def is_combination(options: Sequence[ProductOption], values: Sequence[str]) -> bool:
    """Return whether the options make a variant with these values."""
    return len(values) == len(options) and all(
        value in option["values"] for option, value in zip(options, values, strict=True)
    )


def draft_of(product: Product) -> ProductDraft:
    """Return a stored product as it would be typed; variants of combinations that are gone are not in it."""
    return ProductDraft(
        kind=product.kind,
        name=product.name,
        name_en=product.name_en,
        description=product.description,
        description_en=product.description_en,
        category_id=product.category_id,
        slug=product.slug,
        brand=product.brand,
        tax_rate=product.tax_rate,
        withdrawal_exception=product.withdrawal_exception,
        status=product.status,
        published_from=product.published_from,
        facts=tuple(product.facts),
        options=tuple(product.options),
        variants=tuple(
            variant_draft_of(row) for row in product.variants if is_combination(product.options, row.option_values)
        ),
    )


def variant_draft_of(variant: Variant) -> VariantDraft:
    """Return a stored variant as it would be typed."""
    return VariantDraft(
        values=tuple(variant.option_values),
        sku=variant.sku,
        barcode=variant.barcode or "",
        price_minor=variant.price_minor,
        original_price_minor=variant.original_price_minor,
        weight_grams=variant.weight_grams,
        is_active=variant.is_active,
        low_stock_at=variant.low_stock_at,
        interval=variant.interval,
        trial_days=variant.trial_days,
    )
