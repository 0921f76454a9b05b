"""Limits of what one client may reserve without paying: orders, units and value; and blocks by staff.

A block is asked for in the statement that adds up what a buyer holds, so that it costs no further one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, distinct, exists, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from storefront.database import db
from storefront.domain.basket import Basket
from storefront.domain.block import Block, address_key, is_blocked
from storefront.domain.customer import Customer
from storefront.domain.inventory import StockHold
from storefront.domain.order import Order, OrderLine
from storefront.enums import OrderStatus
from storefront.errors import CheckoutBlocked, TooManyHolds
from storefront.ids import digest
from storefront.services.checkout.drafts import Purchase
from storefront.settings import settings

TRUST = 3
"""A signed-in customer who has paid before may hold so many times as much."""


@dataclass(frozen=True, slots=True)
class Held:
    """Open orders, the units of goods that they hold, and what those cost."""

    orders: int
    units: int
    value_minor: int

    def plus(self, other: "Held") -> "Held":
        """Return both together."""
        return Held(self.orders + other.orders, self.units + other.units, self.value_minor + other.value_minor)

    def exceeds(self, most: "Held") -> bool:
        """Return whether any of the three is too much."""
        return self.orders > most.orders or self.units > most.units or self.value_minor > most.value_minor


def require_within_limits(purchase: Purchase, basket: Basket, order: Order) -> None:
    """Raise `TooManyHolds` if an order about to reserve its goods makes one client hold too much.

    Raises `CheckoutBlocked` for a buyer whom staff blocked, with `RATE_LIMITS` or without.

    A customer is counted by the account; a guest by the address that was typed, on this network alone, so that
    nobody uses up a stranger's share; both by the cart. Whoever counts has waited until a rival of the same person
    or network committed, so that orders placed at once see each other.
    """
    has_limits = settings().RATE_LIMITS
    parameters = {
        "order": order.id,
        "customer": purchase.shopper.customer_id,
        "person": order.person,
        "cart": order.cart_id,
        "network": purchase.network or None,
        "phone": (order.address or {}).get("phone"),
        "address": address_key(purchase.network),
        "now": order.placed_at,
    }
    if has_limits:
        _wait_for_rivals(parameters)
    row = db.session.execute(_HELD, parameters).one()
    if row.is_blocked:
        raise CheckoutBlocked()
    if not has_limits:
        return
    new_hold = Held(1, sum(basket.wanted_stock.values()), _value_of(basket))
    times = TRUST if row.has_paid else 1
    person = Held(row.orders, row.units, row.value).plus(new_hold)
    network = Held(row.orders_nearby, row.units_nearby, row.value_nearby).plus(new_hold)
    _require(person, _most("PERSON", times))
    if parameters["network"] is not None:
        _require(network, _most("NETWORK", times))


def require_not_blocked(order: Order, now: datetime) -> None:
    """Raise `CheckoutBlocked` for an order that would be paid again by a buyer whom staff have blocked meanwhile."""
    phone, address = (order.address or {}).get("phone"), address_key(order.network)
    buyer = {"customer": order.customer_id, "person": order.person, "phone": phone}
    parameters = {**buyer, "address": address, "now": now}
    if db.session.scalar(select(_IS_BLOCKED), parameters):
        raise CheckoutBlocked()


def _require(held: Held, most: Held) -> None:
    if held.exceeds(most):
        reason = "orders" if held.orders > most.orders else "units" if held.units > most.units else "value"
        raise TooManyHolds(reason=reason, orders=most.orders, units=most.units, value_minor=most.value_minor)


def _most(whom: str, times: int) -> Held:
    names = (f"MAX_HOLDS_PER_{whom}", f"MAX_HELD_UNITS_PER_{whom}", f"MAX_HELD_MINOR_PER_{whom}")
    return Held(*(getattr(settings(), name) * times for name in names))


def _value_of(basket: Basket) -> int:
    return sum(basket.due_minor(product) * quantity for product, quantity in basket.goods if product.is_physical)


def _wait_for_rivals(parameters: dict[str, Any]) -> None:
    """Let orders of one person, and of one network, be counted one after the other; SQLite writes so anyway.

    The cart's row is locked already. The locks end with the transaction.
    """
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        return
    buyer = parameters["customer"] or f"{parameters['person']} {parameters['network']}"
    keys = {"buyer": _lock_key(f"person {buyer}"), "nearby": _lock_key(f"network {parameters['network'] or buyer}")}
    connection.execute(_LOCKS, keys)


def _lock_key(name: str) -> int:
    """Return a name as a number that PostgreSQL takes for an advisory lock."""
    return int(digest(f"hold {name}")[:15], 16)


_LOCKS = select(func.pg_advisory_xact_lock(bindparam("buyer")), func.pg_advisory_xact_lock(bindparam("nearby")))
"""The person first and then the network, everywhere; left to right is the order of a row's columns."""


def _is_of_buyer() -> ColumnElement[bool]:
    is_nearby = Order.network.is_not_distinct_from(bindparam("network"))
    as_guest = Order.customer_id.is_(None) & (Order.person == bindparam("person")) & is_nearby
    is_guest = bindparam("customer", type_=Order.customer_id.type).is_(None)
    return or_(Order.customer_id == bindparam("customer"), is_guest & as_guest, Order.cart_id == bindparam("cart"))


_account_phone = select(Customer.phone).where(Customer.id == bindparam("customer")).scalar_subquery()
_IS_BLOCKED = is_blocked(
    bindparam("person", type_=Block.first_key.type),
    (bindparam("phone", type_=Block.first_key.type), _account_phone),
    bindparam("address", type_=Block.first_key.type),
    bindparam("now", type_=Block.ends_at.type),
)
"""Whether a buyer is blocked, by what the statement is given; the account's phone counts as the order's does."""


def _held() -> Any:
    """Return the statement that adds up what is held, once for the person and once for the network."""
    is_of_buyer, nearby = _is_of_buyer(), Order.network == bindparam("network")
    value = OrderLine.unit_price_minor * StockHold.quantity
    paid = aliased(Order)
    has_paid = exists().where(
        paid.customer_id == bindparam("customer"), paid.paid_at.is_not(None), paid.refunded_minor < paid.total_minor
    )
    is_open = (Order.status == OrderStatus.PENDING, Order.hold_until.is_not(None), Order.id != bindparam("order"))
    of_hold = (OrderLine.order_id == StockHold.order_id) & (OrderLine.variant_id == StockHold.variant_id)
    zero = literal(0)
    return (
        select(
            func.count(distinct(Order.id)).filter(is_of_buyer).label("orders"),
            func.coalesce(func.sum(StockHold.quantity).filter(is_of_buyer), zero).label("units"),
            func.coalesce(func.sum(value).filter(is_of_buyer), zero).label("value"),
            func.count(distinct(Order.id)).filter(nearby).label("orders_nearby"),
            func.coalesce(func.sum(StockHold.quantity).filter(nearby), zero).label("units_nearby"),
            func.coalesce(func.sum(value).filter(nearby), zero).label("value_nearby"),
            has_paid.label("has_paid"),
            _IS_BLOCKED.label("is_blocked"),
        )
        .select_from(Order)
        .outerjoin(StockHold, StockHold.order_id == Order.id)
        .outerjoin(OrderLine, of_hold)
        .where(*is_open, or_(is_of_buyer, nearby))
    )


_HELD = _held()
