"""Finding products by values of their options, such as `Talla: M`, as conditions of a statement."""

from collections.abc import Iterable, Mapping

from sqlalchemy import ColumnElement, func, literal, or_, select

from storefront.domain.catalogue.options import SEPARATOR
from storefront.domain.catalogue.product import Product
from storefront.domain.catalogue.variant import Variant
from storefront.domain.inventory import Stock
from storefront.enums import ProductKind

Chosen = Mapping[str, Iterable[str]]
"""Values by the Spanish name of their option: one of each option is enough, and each option must have one."""


def has_variant_with(chosen: Chosen, *, in_stock: bool) -> ColumnElement[bool]:
    """Return the condition that a product has one variant on sale with a chosen value of each option.

    With `in_stock` that variant must be there, not another one.
    """
    some = select(literal(1)).select_from(Variant).where(Variant.product_id == Product.id, Variant.is_active)
    some = some.where(*(or_(*(_has_value(value) for value in values)) for values in chosen.values()))
    if in_stock:
        some = some.outerjoin(Stock, Stock.variant_id == Variant.id).where(
            or_(Product.kind != ProductKind.PHYSICAL, Stock.on_hand - Stock.reserved > 0)
        )
    # A subquery for each product: an EXISTS would make PostgreSQL read every variant.
    return some.limit(1).correlate(Product).scalar_subquery().is_not(None)


def _has_value(value: str) -> ColumnElement[bool]:
    # Both databases replace by case, while SQLite's LIKE ignores it.
    padded = literal(SEPARATOR).concat(Variant.option_key).concat(SEPARATOR)
    return func.replace(padded, f"{SEPARATOR}{value}{SEPARATOR}", "") != padded
