"""What a difference is, and what finding them has in common."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from storefront import clock
from storefront.database import db, leave_transaction, transaction
from storefront.domain.order import Order, OrderLine, lock
from storefront.domain.order_numbers import number_of

CAUSE = "reconcile"
RECONCILE, EVERYTHING = "flask orders reconcile", "flask orders reconcile --everything"
BY_HAND, ACCOUNT = "refund by hand", "check the account"

Listed = TypeVar("Listed")
Found = Any
"""A row with the columns that its statement names."""


@dataclass(frozen=True)
class Difference:
    """Something that differs between the shop and Stripe.

    `change` applies Stripe's state to the order of `order_id`, inside a transaction and with the order locked.
    """

    what: str
    repair: str
    order_id: int = 0
    change: Callable[[Order, datetime], None] | None = None

    def apply(self) -> bool:
        """Apply Stripe's state to the shop, and return whether that was possible."""
        if self.change is None:
            return False
        with transaction():
            self.change(lock(self.order_id), clock.now())
        return True


def in_pages(listed: Iterator[tuple[Listed, ...]]) -> Iterator[tuple[Listed, ...]]:
    """Yield what Stripe lists; what was read of the database meanwhile is let go before Stripe is asked for more."""
    while True:
        leave_transaction()
        page = next(listed, None)
        if page is None:
            return
        yield page


def orders_with_a_plan() -> Any:
    """Return the statement that finds customers' orders which began a plan."""
    has_plan = OrderLine.interval.is_not(None)
    statement = select(Order.id, Order.public_id, Order.placed_at).join(OrderLine, OrderLine.order_id == Order.id)
    return statement.where(has_plan, Order.customer_id.is_not(None), Order.review_reason.is_(None))


def rows_by(key: str, statement: Any) -> dict[str, Found]:
    """Return the rows of a statement by one of their columns."""
    return {getattr(row, key): row for row in db.session.execute(statement)}


def name_of(row: Found) -> str:
    """Return how a person calls the order of a row."""
    return f"order {number_of(row.id, row.placed_at)}"
