"""Which variant somebody means: by its own id, or by a product that has only one."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, bindparam, or_, select, union_all

from storefront.database import db
from storefront.domain.catalogue import Product, Variant
from storefront.errors import NotFound, VariantRequired


class ItemRequest(NamedTuple):
    """What a client asks for: `product` is an id or a slug, and may be empty where `variant`, an id, is given."""

    product: str
    quantity: int
    variant: str = ""


def get_variant(key: str) -> Variant:
    """Return a variant on sale by its id, or by the id or slug of its product where that has only one.

    Raises `NotFound`, and `VariantRequired` for a product with several. The variant comes first: what was sold
    before there were options has a variant with the product's id, which carts and phones still know.
    """
    found = _read([key], [key])
    own = next((variant for variant in found if variant.id == key), None)
    return own or _only_one(found, key, field="variantId")


def get_variants(items: Sequence[ItemRequest]) -> list[Variant]:
    """Return the variant of each item, all in one statement; raise `NotFound` or `VariantRequired`."""
    found = _read([item.variant for item in items if item.variant], [item.product for item in items if item.product])
    by_id = {variant.id: variant for variant in found}
    chosen = []
    for index, item in enumerate(items):
        if item.variant:
            variant = by_id.get(item.variant)
            if variant is None or (item.product and not _is_of(variant, item.product)):
                raise NotFound(product_id=item.product, variant_id=item.variant)
            chosen.append(variant)
        else:
            chosen.append(_only_one(found, item.product, field=f"items[{index}].variantId"))
    return chosen


def _only_one(found: Sequence[Variant], product: str, *, field: str) -> Variant:
    own = [variant for variant in found if _is_of(variant, product)]
    if not own:
        raise NotFound(product_id=product)
    if len(own) > 1:
        raise VariantRequired(field=field, name=own[0].product.name, variants=[variant.choice for variant in own])
    return own[0]


def _is_of(variant: Variant, product: str) -> bool:
    return product in (variant.product_id, variant.slug)


def _read(variants: Sequence[str], products: Sequence[str]) -> list[Variant]:
    """Return the variants on sale that are named, or whose product is."""
    return list(db.session.scalars(_NAMED, {"variants": variants, "products": products}).unique())


_VARIANTS: BindParameter[list[str]] = bindparam("variants", expanding=True)
_PRODUCTS: BindParameter[list[str]] = bindparam("products", expanding=True)
# A union, because no database reads two tables by an index for one OR.
_IDS = union_all(
    select(Variant.id).where(Variant.id.in_(_VARIANTS)),
    select(Variant.id).join(Product).where(or_(Product.id.in_(_PRODUCTS), Product.slug.in_(_PRODUCTS))),
)
_NAMED = (
    select(Variant)
    .join(Variant.product)
    .where(Variant.id.in_(_IDS), Variant.is_active, Product.is_published)
    .order_by(Variant.position, Variant.id)
)
