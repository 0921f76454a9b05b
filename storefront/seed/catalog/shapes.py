"""What the demo knows of a shelf and of a product."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["physical", "digital", "subscription"]
TaxRate = Literal["general", "reduced", "zero", "excluded"]
Interval = Literal["month", "year"]
WithdrawalException = Literal["personal_use", "perishable", "custom_made"]


@dataclass(frozen=True, slots=True)
class SeedCategory:
    """A shelf of the shop in both languages."""

    slug: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedProduct:
    """One product; ``image`` is the stem of its pictures, ``stock`` is None for what is not counted.

    A plan may name digital products whose files come with it, and days for which it is tried first.
    """

    slug: str
    kind: Kind = "physical"
    name: str
    name_en: str
    description: str
    description_en: str
    price_pesos: int
    original_price_pesos: int | None = None
    tax_rate: TaxRate = "general"
    category: str
    brand: str = "FitAiid"
    stock: int | None = None
    image: str
    interval: Interval | None = None
    trial_days: int = 0
    content: tuple[str, ...] = ()
    withdrawal_exception: WithdrawalException | None = None
    popularity: int
