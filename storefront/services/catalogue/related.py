"""What goes with a product: what was bought together with it, then what is popular in its category."""

from typing import Any

from sqlalchemy import BindParameter, Integer, Select, bindparam, distinct, func, literal, or_, select, union_all

from storefront.database import db
from storefront.domain.catalogue import Product, has_units_left
from storefront.domain.order import Order, OrderLine
from storefront.enums import ProductKind
from storefront.services.catalogue.product_cards import CARD_COLUMNS, ProductCard, card_of
from storefront.services.catalogue.shown_products import ProductShown

MOST = 4
_CANDIDATES = 12
_ORDERS = 200
"""So many of the latest orders of a product are looked at, so that it costs the same however often it was sold."""


def related_to(product: ProductShown) -> tuple[ProductCard, ...]:
    """Return the products on sale that go best with one, in one statement; sold-out ones are left out."""
    rows = db.session.connection().execute(_RELATED, {"product": product.id, "category": product.category.id})
    return tuple(card_of(row) for row in rows)


def _related() -> Select[*tuple[Any, ...]]:
    own: BindParameter[str] = bindparam("product")
    category: BindParameter[int] = bindparam("category")
    orders = (
        select(OrderLine.order_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(OrderLine.product_id == own, Order.paid_at.is_not(None))
        .order_by(OrderLine.id.desc())
        .limit(_ORDERS)
    )
    times = func.count(distinct(OrderLine.order_id))
    together = (
        select(OrderLine.product_id.label("id"), times.label("times"))
        .where(OrderLine.order_id.in_(orders), OrderLine.product_id != own)
        .group_by(OrderLine.product_id)
        .order_by(times.desc(), OrderLine.product_id)
        .limit(_CANDIDATES)
        .subquery()
    )
    alike = (
        select(Product.id, literal(0, Integer).label("times"))
        .where(Product.category_id == category, Product.id != own, Product.is_published)
        .order_by(Product.popularity.desc(), Product.id.desc())
        .limit(_CANDIDATES)
        .subquery()
    )
    candidates = union_all(select(together.c.id, together.c.times), select(alike.c.id, alike.c.times)).subquery()
    best = select(candidates.c.id, func.max(candidates.c.times).label("times")).group_by(candidates.c.id).subquery()
    return (
        select(*CARD_COLUMNS)
        .join(best, best.c.id == Product.id)
        .where(Product.is_published, or_(Product.kind != ProductKind.PHYSICAL, has_units_left()))
        .order_by(best.c.times.desc(), Product.popularity.desc(), Product.id.desc())
        .limit(MOST)
    )


_RELATED = _related()
