"""The columns of the file, the same in both directions: how each is read and written, and what an empty cell means."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from storefront.domain.catalogue.options import MAX_OPTIONS
from storefront.enums import BillingInterval, ProductKind, ProductStatus, TaxRate, WithdrawalExclusion
from storefront.services.catalogue.product_csv import cells


class Empty(Enum):
    """What an empty cell means: for something new, for something that is there already."""

    REFUSED_OR_KEPT = "refused or kept"
    DEFAULT_OR_KEPT = "default or kept"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is one attribute."""

    name: str
    attribute: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str
    empty: Empty = Empty.REFUSED_OR_KEPT
    default: Any = None


def _optional(value: Any) -> str:
    return "" if value is None else str(value)


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"


_TAX_RATES = tuple(rate for rate in TaxRate if rate)
_INTERVALS = (BillingInterval.MONTH, BillingInterval.YEAR)

PRODUCT_COLUMNS = (
    Column(
        "status",
        "status",
        cells.choice(ProductStatus, *ProductStatus),
        empty=Empty.DEFAULT_OR_KEPT,
        default=ProductStatus.DRAFT,
    ),
    Column(
        "kind",
        "kind",
        cells.choice(ProductKind, *ProductKind),
        empty=Empty.DEFAULT_OR_KEPT,
        default=ProductKind.PHYSICAL,
    ),
    Column("name_es", "name", cells.line(120)),
    Column("name_en", "name_en", cells.line(120)),
    Column("description_es", "description", cells.paragraphs),
    Column("description_en", "description_en", cells.paragraphs),
    Column("brand", "brand", cells.line(60)),
    Column(
        "tax_rate", "tax_rate", cells.choice(TaxRate, *_TAX_RATES), empty=Empty.DEFAULT_OR_KEPT, default=TaxRate.GENERAL
    ),
    Column(
        "withdrawal_exception",
        "withdrawal_exception",
        cells.choice(WithdrawalExclusion, *WithdrawalExclusion),
        _optional,
        Empty.DEFAULT,
    ),
    Column("image", "image", cells.slug(80), empty=Empty.DEFAULT, default=""),
)
VARIANT_COLUMNS = (
    Column("barcode", "barcode", cells.barcode, _optional, Empty.DEFAULT),
    Column("price", "price_minor", cells.price, cells.price_text),
    Column("compare_at_price", "original_price_minor", cells.price, cells.price_text, Empty.DEFAULT),
    Column("weight_grams", "weight_grams", cells.number(1, 1_000_000), _optional, Empty.DEFAULT),
    Column("active", "is_active", cells.yes_or_no, _yes_no, Empty.DEFAULT_OR_KEPT, True),
    Column("low_stock_at", "low_stock_at", cells.number(0, 1_000_000), empty=Empty.DEFAULT_OR_KEPT, default=5),
    Column("interval", "interval", cells.choice(BillingInterval, *_INTERVALS), _optional, Empty.DEFAULT),
    Column("trial_days", "trial_days", cells.number(0, 730), empty=Empty.DEFAULT_OR_KEPT, default=0),
)

OPTION_NAMES = tuple((f"option{n}_name_es", f"option{n}_name_en") for n in range(1, MAX_OPTIONS + 1))
OPTION_VALUES = tuple((f"option{n}_value_es", f"option{n}_value_en") for n in range(1, MAX_OPTIONS + 1))
CATEGORY_NAMES = ("category_name_es", "category_name_en")
FACTS = ("facts_es", "facts_en")

# In the order of the file: what tells rows apart first, then what one changes most.
COLUMNS = (
    "slug", "sku", *(column.name for column in PRODUCT_COLUMNS[:6]), "category", *CATEGORY_NAMES,
    *(column.name for column in PRODUCT_COLUMNS[6:]),
    *(name for names, values in zip(OPTION_NAMES, OPTION_VALUES, strict=True) for name in (*names, *values)),
    *FACTS, *(column.name for column in VARIANT_COLUMNS), "stock",
)  # fmt: skip

OF_PRODUCT = (
    *(column.name for column in PRODUCT_COLUMNS), "category", *CATEGORY_NAMES,
    *(name for names in OPTION_NAMES for name in names), *FACTS,
)  # fmt: skip
"""Columns of the product: later rows of it leave them empty or repeat them."""

SPANISH_OF = {name: f"{name.removesuffix('_en')}_es" for name in COLUMNS if name.endswith("_en")}
"""An empty English cell means the Spanish text beside it."""
