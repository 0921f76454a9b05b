"""Items that a client names, as a basket."""

from sqlalchemy import BindParameter, bindparam, or_, select

from storefront.database import db
from storefront.domain.basket import Basket, merge
from storefront.domain.catalogue import Product
from storefront.errors import (
    EmptyCart,
    NotFound,
)


def products_by_key(keys: list[str]) -> dict[str, Product]:
    """Return published products by the id or slug they were asked by, in one statement; raise `NotFound`."""
    found = db.session.scalars(_NAMED, {"keys": keys}).all()
    by_key = {product.id: product for product in found} | {product.slug: product for product in found}
    for key in keys:
        if key not in by_key:
            raise NotFound(product_id=key)
    return by_key


_KEYS: BindParameter[list[str]] = bindparam("keys", expanding=True)
_NAMED = select(Product).where(or_(Product.id.in_(_KEYS), Product.slug.in_(_KEYS)), Product.is_published)


def basket_from(items: tuple[tuple[str, int], ...]) -> Basket:
    """Return items as a basket; a product asked for by id and by slug is one product."""
    if not items:
        raise EmptyCart()
    merged = merge(items)
    products = products_by_key(list(merged))
    totals = merge([(products[key].id, quantity) for key, quantity in merged.items()])
    return Basket(tuple((products[key], quantity) for key, quantity in totals.items()))
