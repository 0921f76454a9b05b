"""Writing products as a file: one row a variant, in the columns that the import reads."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from storefront.database import db, leave_transaction
from storefront.domain.catalogue import Fact, Product, ProductOption, Variant
from storefront.services.catalogue.product_csv.columns import (
    CATEGORY_NAMES,
    COLUMNS,
    FACTS,
    OPTION_NAMES,
    OPTION_VALUES,
    PRODUCT_COLUMNS,
    VARIANT_COLUMNS,
)
from storefront.spreadsheets import BEGINNING, lines_of

_AT_ONCE = 500


def export() -> Iterator[str]:
    """Yield the file in parts, products in the order of their addresses; the first one begins with the header.

    It is separated by `;` and begins with a byte order mark, which is what Excel opens as it is in Colombia.
    """
    yield BEGINNING + lines_of([COLUMNS])
    last = ""
    while products := _after(last):
        part = lines_of(_texts(product, variant) for product in products for variant in product.variants)
        last = products[-1].slug
        leave_transaction()  # a slow reader must hold nothing open
        yield part


def product_cells(product: Product) -> dict[str, str]:
    """Return the cells of a product that are the same for all its variants."""
    cells = {column.name: column.write(getattr(product, column.attribute)) for column in PRODUCT_COLUMNS}
    cells["slug"] = product.slug
    cells["category"] = product.category.slug
    cells |= dict(zip(CATEGORY_NAMES, (product.category.name, product.category.name_en), strict=True))
    cells |= dict(zip(FACTS, (facts_text(product.facts, ending) for ending in ("", "_en")), strict=True))
    for (in_spanish, in_english), option in zip(OPTION_NAMES, product.options, strict=False):
        cells[in_spanish], cells[in_english] = option["name"], option["name_en"]
    return cells


def variant_cells(product: Product, variant: Variant) -> dict[str, str]:
    """Return the cells of a variant."""
    cells = {column.name: column.write(getattr(variant, column.attribute)) for column in VARIANT_COLUMNS}
    cells["sku"] = variant.sku
    cells["stock"] = str(variant.stock.on_hand) if variant.stock else ""
    for columns, texts in zip(OPTION_VALUES, values_in_english(product.options, variant.option_values), strict=False):
        cells |= dict(zip(columns, texts, strict=True))
    return cells


def values_in_english(options: Sequence[ProductOption], values: Sequence[str]) -> list[tuple[str, str]]:
    """Return each value of a variant with what it is called in English."""
    known = (dict(zip(option["values"], option["values_en"], strict=False)) for option in options)
    return [(value, english.get(value, value)) for value, english in zip(values, known, strict=False)]


def facts_text(facts: Sequence[Fact], ending: str) -> str:
    """Return facts as one cell, a line each: `Peso: 2 lb`."""
    return "\n".join(f"{fact[f'name{ending}']}: {fact[f'value{ending}']}" for fact in facts)  # type: ignore[literal-required]


def _after(slug: str) -> Sequence[Product]:
    statement = (
        select(Product)
        .where(Product.slug > slug)
        .order_by(Product.slug)
        .limit(_AT_ONCE)
        .options(selectinload(Product.variants).lazyload(Variant.product))
    )
    return db.session.scalars(statement).all()


def _texts(product: Product, variant: Variant) -> list[str]:
    cells = product_cells(product) | variant_cells(product, variant)
    return [cells.get(name, "") for name in COLUMNS]
