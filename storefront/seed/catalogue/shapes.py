"""The types of the demo's categories and products."""

from dataclasses import dataclass

from storefront.enums import BillingInterval, ProductKind, TaxRate, WithdrawalExclusion


@dataclass(frozen=True, slots=True)
class SeedCategory:
    """A category in both languages."""

    slug: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedProduct:
    """One product; ``image`` is the stem of its pictures, ``stock`` is None for what is not counted.

    A plan may name digital products whose files come with it, and days for which it is tried first.
    """

    slug: str
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
    image: str
    interval: BillingInterval | None = None
    trial_days: int = 0
    content: tuple[str, ...] = ()
    withdrawal_exception: WithdrawalExclusion | None = None
    popularity: int
