"""Everything that the shop holds about a customer, in one document for them (Ley 1581 of 2012, article 8).

Anybody can open an account with somebody else's address, so the copy is only for whoever confirmed it, and holds
nothing but the account and its own orders. A guest's copy holds the orders of their e-mail that belong to no account;
staff make it, once they know who asks.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, inspect, or_, select

from storefront import clock
from storefront.database import Base, db
from storefront.domain.block import Block
from storefront.domain.cart import Cart
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.coupon import CouponUse
from storefront.domain.customer import Consent, Customer, EmailLink, Login, SavedAddress
from storefront.domain.customer_request import CustomerRequest, RequestAnswer
from storefront.domain.data_subject import DataRequest, DataSubject
from storefront.domain.download import Download, Entitlement
from storefront.domain.failed_charge import FailedCharge
from storefront.domain.order import Order, OrderEvent, OrderLine
from storefront.domain.outbox import TO_STAFF, OutboxMail
from storefront.domain.payment import RefundRecord
from storefront.domain.product_review import ProductReview, ReviewMailStop
from storefront.domain.returns import ReturnRequest
from storefront.domain.second_factor import RecoveryCode, SecondFactor
from storefront.domain.shipment import Parcel, Shipment
from storefront.domain.stock_alert import StockAlert
from storefront.domain.subscription import Subscription
from storefront.enums import BlockKind
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
    return export_of(subject_of(person))


def subject_of(person: Customer) -> DataSubject:
    """Return an account holder as somebody with rights over data."""
    return DataSubject(person.id, person.email, person.id, is_proved=person.email_verified_at is not None)


def export_of(subject: DataSubject) -> Document:
    """Return what `export` does, for guests too; raises `InvalidInput` for an address that is not confirmed."""
    if not subject.is_proved:
        raise InvalidInput({"email": "unverified"})
    customer_id = subject.customer_id
    person = db.session.get(Customer, customer_id) if customer_id else None
    orders = db.session.scalars(select(Order).where(subject.orders).order_by(Order.id)).all()
    keys = [order.id for order in orders]
    # Of a guest, who has no account, what hangs on one is empty.
    return {
        "madeAt": _plain(clock.now()),
        "customer": _document(person) if person else {"email": subject.email},
        "addresses": _documents(_all(SavedAddress, SavedAddress.customer_id == customer_id)),
        "consents": _documents(_all(Consent, Consent.customer_id == customer_id)),
        "logins": _documents(_all(Login, Login.customer_id == customer_id), without=("id", "network")),
        "secondFactor": _documents(
            _all(SecondFactor, SecondFactor.customer_id == customer_id), without=("secret", "new_secret", "salt")
        ),
        "recoveryCodes": _documents(_all(RecoveryCode, RecoveryCode.customer_id == customer_id), without=("id",)),
        "confirmationLinks": _documents(_all(EmailLink, EmailLink.customer_id == customer_id), without=("id",)),
        "carts": [_cart(cart) for cart in _all(Cart, _carts_of(subject))],
        "plans": _documents(_all(Subscription, Subscription.customer_id == customer_id)),
        "failedCharges": _documents(_all(FailedCharge, FailedCharge.subscription_id.in_(_plans_of(customer_id)))),
        "mails": _documents(_all(OutboxMail, mails_of(subject, keys)), without=("id",)),
        "stockAlerts": _documents(_all(StockAlert, alerts_of(subject)), without=("person",)),
        "requests": _requests(subject),
        "reviewMailStops": _documents(_all(ReviewMailStop, ReviewMailStop.person == subject.person)),
        "dataRequests": _documents(_all(DataRequest, subject.rows_of(DataRequest)), without=("id", "author")),
        "blocks": _documents(_all(Block, _blocks_of(subject)), without=("id", "first_key", "last_key", "author")),
        "orders": _orders(orders, keys),
    }


def _carts_of(subject: DataSubject) -> ColumnElement[bool]:
    if subject.is_guest:
        return and_(Cart.customer_id.is_(None), Cart.email == subject.email)
    return Cart.customer_id == subject.customer_id


def _plans_of(customer_id: str | None) -> Select[str]:
    return select(Subscription.id).where(Subscription.customer_id == customer_id)


def _blocks_of(subject: DataSubject) -> ColumnElement[bool]:
    return and_(Block.kind == BlockKind.EMAIL, Block.first_key == subject.person)


def mails_of(subject: DataSubject, order_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition for the mails of a customer with these orders.

    They are mails to the buyer of an own order, and mails about the account. Others to the same address are not: one
    about a stranger's order, or what the shop writes to its own people. A link for a forgotten password, or to an
    order, went to whoever reads the address, and only who confirmed it is known to be the same person.
    """
    of_orders = and_(OutboxMail.order_id.in_(order_ids), OutboxMail.template.not_in(TO_STAFF))
    ways = [OutboxMail.key.startswith(f"{name}:{subject.customer_id}:", autoescape=True) for name in _OF_ACCOUNT]
    of_account = or_(false(), *([] if subject.is_guest else ways))
    if subject.is_proved:
        of_account |= OutboxMail.template.in_(_ASKED_FOR)
    return or_(of_orders, and_(OutboxMail.recipient == subject.email, OutboxMail.order_id.is_(None), of_account))


_ASKED_FOR = (
    "password_reset",
    "order_link",
    "stock_alert_confirm",
    "stock_alert_end",
    "stock_back",
    "request_received",
    "request_answered",
)
_OF_ACCOUNT = ("email_verification", "staff_invitation", "second_factor")


def alerts_of(subject: DataSubject) -> ColumnElement[bool]:
    """Return the condition for the stock alerts of a customer: those of an address that they proved to read."""
    return StockAlert.email == subject.email if subject.is_proved else false()


def requests_of(subject: DataSubject) -> ColumnElement[bool]:
    """Return the condition for somebody's petitions and complaints: those of an address they proved to read."""
    return CustomerRequest.email == subject.email if subject.is_proved else false()


def _requests(subject: DataSubject) -> list[Document]:
    rows = _all(CustomerRequest, requests_of(subject))
    found: dict[int, list[Document]] = {}
    for one in _all(RequestAnswer, RequestAnswer.request_id.in_([row.id for row in rows])):
        found.setdefault(one.request_id, []).append(_document(one, without=("id", "request_id", "author")))
    without = ("id", "digest", "person", "version")
    return [_document(row, without=without) | {"number": row.number, "answers": found.get(row.id, [])} for row in rows]


def _orders(orders: Sequence[Order], keys: list[int]) -> list[Document]:
    """Return the orders with everything that hangs on them, one statement a table."""
    parts = {
        "lines": _by_order(_all(OrderLine, OrderLine.order_id.in_(keys))),
        "history": _by_order(_all(OrderEvent, OrderEvent.order_id.in_(keys)), without=("note", "code")),
        "shipment": _by_order(_all(Shipment, Shipment.order_id.in_(keys))),
        "parcels": _by_order(_all(Parcel, Parcel.order_id.in_(keys))),
        "payments": _by_order(_all(CheckoutSession, CheckoutSession.order_id.in_(keys))),
        "refunds": _by_order(_all(RefundRecord, RefundRecord.order_id.in_(keys))),
        "coupon": _by_order(_all(CouponUse, CouponUse.order_id.in_(keys))),
        "files": _by_order(_all(Entitlement, Entitlement.order_id.in_(keys))),
        "downloads": _downloads(keys),
        "withdrawals": _withdrawals(keys),
        "reviews": _by_order(_all(ProductReview, ProductReview.order_id.in_(keys)), without=("version",)),
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
