"""What the shop has of the products, variants and categories that a file names, read in a few statements."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from storefront.database import db
from storefront.domain.catalogue import Category, FormerSlug, Product, Variant
from storefront.domain.download import ContentFile
from storefront.enums import PageKind, ProductKind
from storefront.services.catalogue.product_csv.reading import Row

_AT_ONCE = 5000
"""Names in one statement; databases take 32 000 at most."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What is there already: products by address, variants by SKU, categories by address, and former addresses.

    `with_file` are the ids of the products with something to download.
    """

    products: dict[str, Product]
    variants: dict[str, Variant]
    categories: dict[str, Category]
    former: dict[str, str]
    with_file: frozenset[str]

    def product_of(self, row: Row) -> Product | None:
        """Return the product that a row is about: by its address, else by its SKU."""
        by_slug = self.products.get(row.cells.get("slug", ""))
        variant = self.variants.get(row.cells["sku"])
        return by_slug or (variant.product if variant else None)


def read(rows: Sequence[Row], *, is_locked: bool) -> Shop:
    """Return what the rows name; with `is_locked`, nobody else changes these products until the transaction ends.

    The lock lets carts and orders go on, which only refer to them.
    """
    slugs = {row.cells["slug"] for row in rows if row.cells.get("slug")}
    skus = {row.cells["sku"] for row in rows}
    by_sku = select(Variant.product_id)
    ids = set(_in_parts(select(Product.id), Product.slug, slugs)) | set(_in_parts(by_sku, Variant.sku, skus))
    # In the order of their ids, so that two imports never wait for each other.
    statement = select(Product).order_by(Product.id).options(selectinload(Product.variants).lazyload(Variant.product))
    if is_locked:
        statement = statement.with_for_update(key_share=True, of=Product)
    products: list[Product] = list(_in_parts(statement, Product.id, ids))
    digital = {product.id for product in products if product.kind == ProductKind.DIGITAL}
    former = select(FormerSlug).where(FormerSlug.kind == PageKind.PRODUCT)
    return Shop(
        products={product.slug: product for product in products},
        variants={variant.sku: variant for product in products for variant in product.variants},
        categories=_categories(),
        former={row.slug: row.target_id for row in _in_parts(former, FormerSlug.slug, slugs)},
        with_file=frozenset(_in_parts(select(ContentFile.product_id), ContentFile.product_id, digital)),
    )


def _categories() -> dict[str, Category]:
    """Return all categories by their addresses, present and former."""
    categories = list(db.session.scalars(select(Category)))
    by_id = {str(category.id): category for category in categories}
    former = db.session.scalars(select(FormerSlug).where(FormerSlug.kind == PageKind.CATEGORY))
    earlier = {row.slug: by_id[row.target_id] for row in former if row.target_id in by_id}
    return earlier | {category.slug: category for category in categories}


def _in_parts(statement: Any, column: Any, names: Iterable[str]) -> Iterator[Any]:
    ordered = sorted(names)
    for start in range(0, len(ordered), _AT_ONCE):
        yield from db.session.scalars(statement.where(column.in_(ordered[start : start + _AT_ONCE])))
