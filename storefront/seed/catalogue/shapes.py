"""The types of the demo's categories, products and variants."""

from dataclasses import dataclass

from storefront.enums import BillingInterval, ProductKind, TaxRate, WithdrawalExclusion


@dataclass(frozen=True, slots=True)
class SeedCategory:
    """A category in both languages."""

    slug: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class SeedOption:
    """An option in both languages; each value is a pair of Spanish and English."""

    name: str
    name_en: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedVariant:
    """One combination of a product's options; ``price_pesos`` is given where it is not the product's."""

    sku: str
    values: tuple[str, ...]
    stock: int
    price_pesos: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedProduct:
    """One product; ``image`` is the stem of its pictures, ``stock`` is None for what is not counted.

    One with ``options`` has its article numbers and stock in ``variants``; every other has ``sku``. A plan may name
    digital products whose files come with it, and days for which it is tried first.
    """

    slug: str
    sku: str = ""
    kind: ProductKind = ProductKind.PHYSICAL
    name: str
    name_en: str
    description: str
    description_en: str
    price_pesos: int
    original_price_pesos: int | None = None
    tax_rate: TaxRate = TaxRate.GENERAL
    category: str
    brand: str = "FitAiid"
    stock: int | None = None
    options: tuple[SeedOption, ...] = ()
    variants: tuple[SeedVariant, ...] = ()
    image: str
    interval: BillingInterval | None = None
    trial_days: int = 0
    content: tuple[str, ...] = ()
    withdrawal_exception: WithdrawalExclusion | None = None
    popularity: int
