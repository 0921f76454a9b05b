"""What price comparisons read of the catalogue: each variant that is sold, in pages, so that none of it grows."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import selectinload, undefer

from storefront.database import db
from storefront.domain.catalogue import Product, Variant
from storefront.domain.picture_names import sharing_path
from storefront.enums import ProductKind

PAGE = 200
"""Products that are read at once; no connection is kept from one page to the next."""


class FeedItem(NamedTuple):
    """A variant in Spanish; `group` is its product's id if there are others, and `pictures` are paths of JPEGs."""

    sku: str
    group: str
    title: str
    description: str
    slug: str
    variant_id: str
    pictures: tuple[str, ...]
    is_available: bool
    price_minor: int
    original_price_minor: int | None
    brand: str
    barcode: str
    category: str
    options: tuple[tuple[str, str], ...]
    weight_grams: int | None
    is_physical: bool


def pages() -> Iterator[list[FeedItem]]:
    """Yield what is sold once, a page of products at a time; plans are left out, for comparisons refuse them."""
    after = ""
    statement = (
        select(Product)
        .where(Product.is_published, Product.kind != ProductKind.SUBSCRIPTION)
        .options(selectinload(Product.variants).lazyload(Variant.product), undefer(Product.gallery_rows))
        .order_by(Product.id)
        .limit(PAGE)
    )
    while True:
        products = db.session.scalars(statement.where(Product.id > after)).unique().all()
        items = [_item(product, variant) for product in products for variant in product.active_variants]
        after = products[-1].id if products else ""
        db.session.remove()  # the reader may be slow
        if items:
            yield items
        if len(products) < PAGE:
            return


def _item(product: Product, variant: Variant) -> FeedItem:
    gallery = [one for one in product.gallery if one.variant_id in (None, variant.id)]
    own_first = sorted(gallery, key=lambda one: (one.variant_id is None, one.position, one.id))
    names = [one.name for one in own_first] or [product.picture]
    return FeedItem(
        sku=variant.sku,
        group=product.id if len(product.active_variants) > 1 else "",
        title=variant.name_in("es"),
        description=product.description,
        slug=product.slug,
        variant_id=variant.id,
        pictures=tuple(sharing_path(name) for name in names[:10]),
        is_available=variant.available > 0,
        price_minor=variant.price_minor,
        original_price_minor=variant.original_price_minor,
        brand=product.brand,
        barcode=variant.barcode or "",
        category=product.category.name,
        options=tuple(variant.options_in("es").items()),
        weight_grams=variant.weight_grams,
        is_physical=product.is_physical,
    )
