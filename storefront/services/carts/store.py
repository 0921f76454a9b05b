"""Finding, making and locking carts; inside the caller's transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from storefront.database import db, insert_once
from storefront.domain.basket import Basket
from storefront.domain.cart import Cart, CartLine
from storefront.errors import EmptyCart
from storefront.ids import digest, new_token
from storefront.services.shopper import Shopper


def _owner(shopper: Shopper) -> Any:
    if shopper.customer_id is not None:
        return Cart.customer_id == shopper.customer_id
    return Cart.token == digest(shopper.cart_token) if shopper.cart_token else None


def find(shopper: Shopper, *, lock: bool = False) -> Cart | None:
    """Return the shopper's cart with its lines, if there is one."""
    owner = _owner(shopper)
    if owner is None:
        return None
    if lock:
        # On its own, before the lines are read: a join would see them as they were before the wait.
        db.session.execute(select(Cart.id).where(owner).with_for_update())
    return db.session.scalars(select(Cart).where(owner)).unique().first()


def open_cart(shopper: Shopper, now: datetime) -> tuple[Cart, str | None]:
    """Return the shopper's cart, locked, and a new guest's secret if the cart had to be made."""
    cart = find(shopper, lock=True)
    if cart is not None:
        return cart, None
    if shopper.customer_id:
        # Two first clicks at once: one inserts, both find.
        values = {"customer_id": shopper.customer_id, "revision": 0, "updated_at": now}
        insert_once(Cart, values, unique="customer_id")
        return _find_existing(shopper), None
    token = new_token()
    cart = Cart(token=digest(token), revision=0, updated_at=now, lines=[])
    db.session.add(cart)
    return cart, token


def _find_existing(shopper: Shopper) -> Cart:
    cart = find(shopper, lock=True)
    assert cart is not None
    return cart


def lock_cart(shopper: Shopper) -> Cart:
    """Return the shopper's cart with its row locked, or raise `EmptyCart`."""
    cart = find(shopper, lock=True)
    if cart is None or not cart.lines:
        raise EmptyCart()
    return cart


def line_of(cart: Cart, product_id: str) -> CartLine | None:
    """Return the cart's line of a product."""
    return next((line for line in cart.lines if line.product_id == product_id), None)


def touch(cart: Cart, now: datetime) -> int:
    """Count a change of the cart and return the units now inside."""
    cart.revision = (cart.revision or 0) + 1
    cart.updated_at = now
    return units_in(cart)


def units_in(cart: Cart) -> int:
    """Return the units inside."""
    return sum(line.quantity for line in cart.lines)


def basket_of(lines: Iterable[CartLine]) -> Basket:
    """Return a cart's lines as a basket."""
    return Basket(tuple((line.product, line.quantity) for line in lines))


def count(shopper: Shopper) -> int:
    """Return the units in the cart."""
    owner = _owner(shopper)
    if owner is None:
        return 0
    return db.session.scalar(select(func.coalesce(func.sum(CartLine.quantity), 0)).join(Cart).where(owner)) or 0
