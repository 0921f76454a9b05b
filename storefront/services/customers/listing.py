"""The list of customers: accounts and guests by e-mail in one list, the newest first, and the search of both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select, union_all
from sqlalchemy.orm import aliased

from storefront.database import db
from storefront.domain import customer_search
from storefront.domain.customer import Customer
from storefront.domain.order import Order
from storefront.services.catalogue import Page
from storefront.services.customers import subjects
from storefront.services.orders import found_orders

MOST_COUNTED = 10_000
"""A longer list is counted to here, and pages end here."""

_LIMIT = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Somebody in the list; `since` is when the account was opened, or a guest's newest order was placed."""

    reference: str
    email: str
    name: str
    phone: str
    is_guest: bool
    is_confirmed: bool
    orders: int
    last_order_at: datetime | None
    since: datetime


def find(text: str = "", page: int = 1) -> Page[Row]:
    """Return one page of the customers whom a text finds, in ten statements at most, whatever there is."""
    page = min(page, MOST_COUNTED // _LIMIT)
    return _search(text, page) if text else _everybody(page)


def _everybody(page: int) -> Page[Row]:
    accounts, guests = _accounts(), _guests()
    # Each half gives no more than this page needs, so that the cost is the page's and not the shop's.
    most = page * _LIMIT
    ways = (_newest(accounts, Customer.created_at, most), _newest(guests, Order.id, most))
    both = union_all(*(select(way) for way in ways)).subquery()
    chosen = select(both).order_by(both.c.since.desc(), both.c.reference.desc())
    keys = db.session.execute(chosen.limit(_LIMIT).offset(most - _LIMIT)).all()
    total = sum(_count(found) for found in (accounts, guests))
    return Page(_rows(keys), page, _LIMIT, min(total, MOST_COUNTED), is_more=total > MOST_COUNTED)


def _search(text: str, page: int) -> Page[Row]:
    """Return the customers whom a text finds: accounts by their own day, guests by that of their newest order of it.

    Of a text that finds very many orders, the newest of them count.
    """
    own_since = select(Customer.created_at).where(Customer.id == Order.customer_id, Customer.closed_at.is_(None))
    columns = (Order.email, Order.customer_id, Order.placed_at, own_since.scalar_subquery().label("since"))
    found = found_orders.find(customer_search.order_ways(text), *columns)
    named = _accounts().where(customer_search.names(text)).order_by(Customer.created_at.desc())
    own = db.session.execute(named.limit(found_orders.MOST + 1)).all()
    accounts = {row.reference: row.since for row in own}
    guests: dict[str, datetime] = {}
    for row in found.rows:
        if row.customer_id is None:
            guests.setdefault(row.email, row.placed_at)
        elif row.since is not None:  # it was not closed
            accounts[row.customer_id] = row.since
    keys = sorted([*_keys(accounts, is_guest=False), *_keys(guests, is_guest=True)], reverse=True)
    chosen = keys[(page - 1) * _LIMIT : page * _LIMIT]
    references = subjects.references_of([key.reference for key in chosen if key.is_guest])
    shown = [key._replace(reference=references.get(key.reference, "")) if key.is_guest else key for key in chosen]
    return Page(_rows(shown), page, _LIMIT, len(keys), is_more=found.is_more or len(own) > found_orders.MOST)


class _Key(NamedTuple):
    """Somebody to show: when they came, and the id of an account, or a guest's e-mail or newest order."""

    since: datetime
    reference: str
    is_guest: bool


def _keys(since: dict[str, datetime], *, is_guest: bool) -> list[_Key]:
    return [_Key(moment, reference, is_guest) for reference, moment in since.items()]


def _accounts() -> Select[*tuple[Any, ...]]:
    columns = (literal(False).label("is_guest"), Customer.id.label("reference"), Customer.created_at.label("since"))
    return select(*columns).where(Customer.closed_at.is_(None))


def _guests() -> Select[*tuple[Any, ...]]:
    columns = (literal(True).label("is_guest"), Order.public_id.label("reference"), Order.placed_at.label("since"))
    newer = aliased(Order)
    is_newer = and_(newer.email == Order.email, newer.customer_id.is_(None), newer.id > Order.id)
    return select(*columns).where(Order.customer_id.is_(None), ~exists().where(is_newer))


def _newest(found: Select[*tuple[Any, ...]], order: Any, most: int) -> Any:
    return found.order_by(order.desc()).limit(most).subquery()


def _count(found: Select[*tuple[Any, ...]]) -> int:
    return db.session.scalar(select(func.count()).select_from(found.limit(MOST_COUNTED + 1).subquery())) or 0


def _rows(keys: Sequence[Any]) -> list[Row]:
    """Return the list's rows with what each bought, two statements for accounts and two for guests."""
    references = {kind: [key.reference for key in keys if bool(key.is_guest) == kind] for kind in (False, True)}
    people = {row.id: row for row in _all(Customer, Customer.id.in_(references[False]))}
    newest = {order.public_id: order for order in _all(Order, Order.public_id.in_(references[True]))}
    of_accounts = _bought(Order.customer_id, Order.customer_id.in_(people))
    emails = {order.email for order in newest.values()}
    of_guests = _bought(Order.email, and_(Order.email.in_(emails), Order.customer_id.is_(None)))
    rows = []
    for key in keys:
        if key.is_guest and key.reference in newest:
            order = newest[key.reference]
            rows.append(_guest_row(order, of_guests.get(order.email, (1, order.placed_at))))
        elif key.reference in people:
            rows.append(_account_row(people[key.reference], of_accounts.get(key.reference, (0, None))))
    return rows


def _all(table: Any, condition: ColumnElement[bool]) -> Sequence[Any]:
    return db.session.scalars(select(table).where(condition)).all()


def _bought(owner: Any, condition: ColumnElement[bool]) -> dict[str, tuple[int, datetime]]:
    """Return by owner how many orders there are, and when the newest was placed."""
    counted = select(owner, func.count(), func.max(Order.placed_at)).where(condition).group_by(owner)
    return {row[0]: (row[1], row[2]) for row in db.session.execute(counted)}


def _account_row(person: Customer, bought: tuple[int, datetime | None]) -> Row:
    return Row(
        reference=person.id,
        email=person.email,
        name=f"{person.first_name} {person.last_name}".strip(),
        phone=person.phone or "",
        is_guest=False,
        is_confirmed=person.email_verified_at is not None,
        orders=bought[0],
        last_order_at=bought[1],
        since=person.created_at,
    )


def _guest_row(order: Order, bought: tuple[int, datetime]) -> Row:
    address = order.address or {}
    return Row(
        reference=order.public_id,
        email=order.email,
        name=f"{address.get('first_name', '')} {address.get('last_name', '')}".strip(),
        phone=address.get("phone", ""),
        is_guest=True,
        is_confirmed=True,
        orders=bought[0],
        last_order_at=bought[1],
        since=order.placed_at,
    )
