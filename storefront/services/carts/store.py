"""Finding, making and locking carts; inside the caller's transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.orm import joinedload, lazyload
from sqlalchemy.orm.attributes import set_committed_value

from storefront.database import db, upsert
from storefront.domain.basket import Basket
from storefront.domain.cart import Cart, CartLine
from storefront.domain.catalogue import Variant
from storefront.domain.inventory import StockHold
from storefront.domain.order import Order
from storefront.errors import EmptyCart
from storefront.ids import digest, new_token
from storefront.services.shopper import Shopper


def _owner(shopper: Shopper) -> Any:
    if shopper.customer_id is not None:
        return Cart.customer_id == shopper.customer_id
    return Cart.token == digest(shopper.cart_token) if shopper.cart_token else None


def find(shopper: Shopper, *, lock: bool = False) -> Cart | None:
    """Return the shopper's cart with its lines and its coupon, if there is one."""
    owner = _owner(shopper)
    if owner is None:
        return None
    if lock:
        # On its own, before the lines are read: a join would see them as they were before the wait.
        db.session.execute(select(Cart.id).where(owner).with_for_update())
    return _read(owner)


def open_cart(shopper: Shopper, now: datetime, *, is_shown: bool = True) -> tuple[Cart, str | None]:
    """Return the shopper's cart, locked and with this change counted, and a guest's new secret if it had to be made.

    Without `is_shown` the variants of its lines are not read along, nor its coupon.
    """
    cart = change(shopper, now, is_shown=is_shown)
    if cart is not None:
        return cart, None
    if shopper.customer_id:
        return _open_for_customer(shopper.customer_id, now), None
    token = new_token()
    cart = Cart(token=digest(token), revision=1, updated_at=now, lines=[])
    db.session.add(cart)
    return cart, token


def change(shopper: Shopper, now: datetime, *, is_shown: bool = True, **values: Any) -> Cart | None:
    """Count a change of the shopper's cart, with new values or without, and return it, locked; None if there is none.

    The counting is the lock: what is read after it cannot change before the commit.
    """
    owner = _owner(shopper)
    if owner is None:
        return None
    changed = update(Cart).where(owner).values({"revision": Cart.revision + 1, "updated_at": now, **values})
    statement = changed.returning(Cart.id).execution_options(synchronize_session=False)
    cart_id = db.session.scalar(statement)
    return None if cart_id is None else _read_by_id(cart_id, is_shown=is_shown)


def _open_for_customer(customer_id: str, now: datetime) -> Cart:
    """Two first clicks at once: one inserts, the other counts its change, both have the cart."""
    values = {"customer_id": customer_id, "revision": 1, "updated_at": now}
    again = {"revision": Cart.revision + 1, "updated_at": now}
    cart: Cart | None = db.session.scalar(upsert(Cart, values, unique="customer_id", again=again).returning(Cart))
    assert cart is not None
    if cart.revision > 1:
        return _read_by_id(cart.id) or cart
    set_committed_value(cart, "lines", [])
    set_committed_value(cart, "coupon", None)
    return cart


def _read(condition: Any) -> Cart | None:
    return db.session.scalars(_WHOLE.where(condition)).unique().first()


def _read_by_id(cart_id: int, *, is_shown: bool = True) -> Cart | None:
    return db.session.scalars(_WHOLE_BY_ID if is_shown else _LINES_BY_ID, {"cart": cart_id}).unique().first()


_WHOLE = select(Cart).execution_options(populate_existing=True)
_WHOLE_BY_ID = _WHOLE.where(Cart.id == bindparam("cart"))
_LINES_BY_ID = _WHOLE_BY_ID.options(joinedload(Cart.lines).lazyload(CartLine.variant), lazyload(Cart.coupon))


def lock_cart(shopper: Shopper) -> tuple[Cart, Order | None]:
    """Return the shopper's cart, locked, and the open order that was made from it, if any; or raise `EmptyCart`."""
    owner = _owner(shopper)
    if owner is None:
        raise EmptyCart()
    db.session.execute(select(Cart.id).where(owner).with_for_update())
    made_of_it = and_(Order.cart_id == Cart.id, Order.checkout_key.is_not(None))
    statement = select(Cart, Order).outerjoin(Order, made_of_it).where(owner).order_by(Order.id)
    row = db.session.execute(statement.execution_options(populate_existing=True)).unique().first()
    if row is None or not row[0].lines:
        raise EmptyCart()
    return row[0], row[1]


def line_of(cart: Cart, variant_id: str) -> CartLine | None:
    """Return the cart's line of a variant."""
    return next((line for line in cart.lines if line.variant_id == variant_id), None)


def held_for(wanted: Iterable[tuple[Variant, int]], *carts: Cart | None) -> dict[str, int]:
    """Return by variant the units that unpaid orders of some carts hold: closed first, they are free for the next one.

    It is one statement, and none where what is wanted of each variant is free anyway.
    """
    if not any(variant.is_physical and quantity > variant.available for variant, quantity in wanted):
        return {}
    of_carts = (Order.cart_id.in_([cart.id for cart in carts if cart]), Order.checkout_key.is_not(None))
    held = select(StockHold.variant_id, func.sum(StockHold.quantity)).join(Order, Order.id == StockHold.order_id)
    rows = db.session.execute(held.where(*of_carts).group_by(StockHold.variant_id)).all()
    return {variant_id: int(units) for variant_id, units in rows}


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
    return Basket(tuple((line.variant, line.quantity) for line in lines))


def count(shopper: Shopper) -> int:
    """Return the units in the cart."""
    owner = _owner(shopper)
    if owner is None:
        return 0
    return db.session.scalar(select(func.coalesce(func.sum(CartLine.quantity), 0)).join(Cart).where(owner)) or 0
