"""Whether the back office finds orders and accounts by the words that they have now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import InstrumentedAttribute

from storefront.database import Base, db
from storefront.domain import customer_words, order_search
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine
from storefront.domain.order_numbers import number_of
from storefront.domain.shipment import Parcel
from storefront.services.jobs.consistency.findings import Finding

_AT_ONCE = 1000
_ORDERS = select(Order.id, Order.placed_at, Order.email, Order.address, Order.search_text)
_ACCOUNTS = select(
    *(Customer.id, Customer.search_text, Customer.email, Customer.first_name, Customer.last_name),
    *(Customer.phone, Customer.document),
).where(Customer.closed_at.is_(None))


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A row with other words than it should have."""

    key: Any
    name: str
    stored: str
    expected: str


def find_wrong() -> Iterator[Finding]:
    """Yield the orders and accounts that the search knows by other words."""
    for wrong in _orders():
        yield Finding("search", f"order {wrong.name}: the search knows it by other words", "flask doctor --fix")
    for wrong in _accounts():
        yield Finding("search", f"account {wrong.name}: the search knows it by other words", "flask doctor --fix")


def repair() -> int:
    """Write the words of those rows anew, inside the caller's transaction, and return how many they were.

    A row that somebody changes at this moment gets its words with that change, and is left alone.
    """
    return _write(Order, list(_orders())) + _write(Customer, list(_accounts()))


def _write(table: type[Base], rows: list[_Wrong]) -> int:
    if not rows:
        return 0
    columns = table.__table__.c
    seen = (columns.id == bindparam("key"), columns.search_text == bindparam("stored"))
    anew = update(table.__table__).where(*seen).values(search_text=bindparam("expected"))  # type: ignore[arg-type]
    values = [{"key": row.key, "stored": row.stored, "expected": row.expected} for row in rows]
    return db.session.connection().execute(anew, values).rowcount


def _orders() -> Iterator[_Wrong]:
    for rows in _in_parts(_ORDERS, Order.id):
        keys = (rows[0].id, rows[-1].id)
        skus = _texts_by_order(OrderLine.order_id, OrderLine.sku, keys)
        guides = _texts_by_order(Parcel.order_id, Parcel.tracking_number, keys)
        for row in rows:
            expected = order_search.words_of(row.email, row.address, skus.get(row.id, ()), guides.get(row.id, ()))
            if _differ(row.search_text, expected):
                yield _Wrong(row.id, number_of(row.id, row.placed_at), row.search_text, expected)


def _accounts() -> Iterator[_Wrong]:
    for rows in _in_parts(_ACCOUNTS, Customer.id):
        for row in rows:
            expected = customer_words.words_of(row._asdict())
            if _differ(row.search_text, expected):
                yield _Wrong(row.id, row.id, row.search_text, expected)


def _in_parts(statement: Select[*tuple[Any, ...]], key: InstrumentedAttribute[Any]) -> Iterator[list[Any]]:
    """Yield the rows of a statement, a thousand at a time."""
    after: Iterable[Any] = ()
    while rows := list(db.session.execute(statement.where(*after).order_by(key).limit(_AT_ONCE))):
        yield rows
        after = (key > rows[-1].id,)


def _texts_by_order(
    order_id: InstrumentedAttribute[int], text: InstrumentedAttribute[Any], keys: tuple[int, int]
) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    of_orders = (order_id.between(*keys), text.is_not(None), text != "")
    for key, value in db.session.execute(select(order_id, text).where(*of_orders)):
        found.setdefault(key, []).append(value)
    return found


def _differ(stored: str, expected: str) -> bool:
    """Return whether two texts hold other words; their order finds nothing else."""
    return set(stored.split()) != set(expected.split())
