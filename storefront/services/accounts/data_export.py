"""Everything that the shop holds about a customer, in one document for them (Ley 1581 of 2012, article 8).

Anybody can open an account with somebody else's address, so the copy is only for whoever confirmed it, and holds
nothing but the account and its own orders.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, inspect, or_, select

from storefront import clock
from storefront.database import Base, db
from storefront.domain.cart import Cart
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.coupon import CouponUse
from storefront.domain.customer import Consent, Customer, EmailLink, Login, SavedAddress
from storefront.domain.download import Download, Entitlement
from storefront.domain.order import Order, OrderEvent, OrderLine, Shipment
from storefront.domain.outbox import TO_STAFF, OutboxMail
from storefront.domain.payment import RefundRecord
from storefront.domain.returns import ReturnRequest
from storefront.domain.subscription import Subscription
from storefront.errors import InvalidInput, NotFound

Document = dict[str, Any]
Row = TypeVar("Row", bound=Base)

_SECRETS = frozenset(
    (
        *("password_hash", "token", "token_digest", "refresh_id", "spent_keys", "url", "link"),
        *("checkout_key", "quote_hash", "key", "request", "error", "cause"),
    )
)
"""Columns with secrets, or with the shop's own bookkeeping and nothing about a person."""


def export(customer_id: str) -> Document:
    """Return a customer's data as plain values, times in UTC and amounts in centavos.

    Raises `InvalidInput` for an address that is not confirmed.
    """
    person = db.session.get(Customer, customer_id)
    if person is None:
        raise NotFound(customer_id=customer_id)
    if person.email_verified_at is None:
        raise InvalidInput({"email": "unverified"})
    statement = select(Order).where(Order.customer_id == customer_id).order_by(Order.id)
    orders = db.session.scalars(statement).all()
    keys = [order.id for order in orders]
    return {
        "madeAt": _plain(clock.now()),
        "customer": _document(person),
        "addresses": _documents(_all(SavedAddress, SavedAddress.customer_id == customer_id)),
        "consents": _documents(_all(Consent, Consent.customer_id == customer_id)),
        "logins": _documents(_all(Login, Login.customer_id == customer_id), without=("id", "network")),
        "confirmationLinks": _documents(_all(EmailLink, EmailLink.customer_id == customer_id), without=("id",)),
        "carts": [_cart(cart) for cart in _all(Cart, Cart.customer_id == customer_id)],
        "plans": _documents(_all(Subscription, Subscription.customer_id == customer_id)),
        "mails": _documents(_all(OutboxMail, mails_of(person, keys)), without=("id",)),
        "orders": _orders(orders, keys),
    }


def mails_of(person: Customer, order_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition for the mails of a customer with these orders.

    They are mails to the buyer of an own order, and mails about the account. Others to the same address are not: one
    about a stranger's order, or what the shop writes to its own people. A link for a forgotten password went to
    whoever reads the address, and only who confirmed it is known to be the same person.
    """
    of_orders = and_(OutboxMail.order_id.in_(order_ids), OutboxMail.template.not_in(TO_STAFF))
    of_account = or_(*(OutboxMail.key.startswith(f"{name}:{person.id}:", autoescape=True) for name in _OF_ACCOUNT))
    if person.email_verified_at is not None:
        of_account |= OutboxMail.template == "password_reset"
    return or_(of_orders, and_(OutboxMail.recipient == person.email, OutboxMail.order_id.is_(None), of_account))


_OF_ACCOUNT = ("email_verification", "staff_invitation")


def _orders(orders: Sequence[Order], keys: list[int]) -> list[Document]:
    """Return the orders with everything that hangs on them, one statement a table."""
    parts = {
        "lines": _by_order(_all(OrderLine, OrderLine.order_id.in_(keys))),
        "history": _by_order(_all(OrderEvent, OrderEvent.order_id.in_(keys)), without=("note", "code")),
        "shipment": _by_order(_all(Shipment, Shipment.order_id.in_(keys))),
        "payments": _by_order(_all(CheckoutSession, CheckoutSession.order_id.in_(keys))),
        "refunds": _by_order(_all(RefundRecord, RefundRecord.order_id.in_(keys))),
        "coupon": _by_order(_all(CouponUse, CouponUse.order_id.in_(keys))),
        "files": _by_order(_all(Entitlement, Entitlement.order_id.in_(keys))),
        "downloads": _downloads(keys),
        "withdrawals": _withdrawals(keys),
    }
    return [
        _document(order) | {"number": order.number} | {name: rows.get(order.id, []) for name, rows in parts.items()}
        for order in orders
    ]


def _cart(cart: Cart) -> Document:
    return _document(cart) | {"lines": _documents(cart.lines)}


def _downloads(keys: list[int]) -> dict[int, list[Document]]:
    joined = select(Entitlement.order_id, Download).join(Entitlement, Entitlement.id == Download.entitlement_id)
    found: dict[int, list[Document]] = {}
    for order_id, download in db.session.execute(joined.where(Entitlement.order_id.in_(keys))):
        found.setdefault(order_id, []).append(_document(download))
    return found


def _withdrawals(keys: list[int]) -> dict[int, list[Document]]:
    found: dict[int, list[Document]] = {}
    for request in _all(ReturnRequest, ReturnRequest.order_id.in_(keys)):
        goods = _documents(request.lines, without=("withdrawal_id",))
        found.setdefault(request.order_id, []).append(_document(request) | {"lines": goods})
    return found


def _all(table: type[Row], condition: ColumnElement[bool]) -> Sequence[Row]:
    key = inspect(table).primary_key
    return db.session.scalars(select(table).where(condition).order_by(*key)).unique().all()


def _by_order(rows: Iterable[Any], *, without: tuple[str, ...] = ()) -> dict[int, list[Document]]:
    found: dict[int, list[Document]] = {}
    for row in rows:
        found.setdefault(row.order_id, []).append(_document(row, without=(*without, "order_id")))
    return found


def _documents(rows: Iterable[Base], *, without: tuple[str, ...] = ()) -> list[Document]:
    return [_document(row, without=without) for row in rows]


def _document(row: Base, *, without: tuple[str, ...] = ()) -> Document:
    """Return a row's columns but for secrets, named as the API names things."""
    columns = (column.key for column in inspect(type(row)).column_attrs)
    return {
        _camel(name): _plain(getattr(row, name)) for name in columns if name not in _SECRETS and name not in without
    }


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)
