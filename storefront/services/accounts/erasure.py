"""Closing an account: personal data is deleted, what the law wants kept stays without a name.

An account that never confirmed its address can be closed too. Whoever opened it may not read that address, so only
what the account itself did is touched: never a guest's cart or a mail that happens to carry the same address.

Accounting papers are kept for ten years (Código de Comercio, article 60; Estatuto Tributario, article 632):
of a paid order its number, day, lines and money, with the name, document, e-mail and address on its receipt.

Somebody may also ask the shop for it, with an account or as a guest. What is kept of a guest's orders is then held
together by the row of a closed account, so that nobody who registers with that e-mail later gets it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Delete, Select, Update, and_, delete, func, not_, or_, select, update
from sqlalchemy.orm import selectinload

from storefront import clock
from storefront.database import db, rows_changed, transaction
from storefront.domain import order_search, product_review
from storefront.domain.cart import Cart, CartLine
from storefront.domain.checkout_session import sessions_of
from storefront.domain.coupon import CouponUse
from storefront.domain.customer import ERASED_ADDRESS, Consent, Customer, EmailLink, Login, SavedAddress, is_last_owner
from storefront.domain.customer_request import CustomerRequest, RequestAnswer
from storefront.domain.data_subject import CustomerNote, DataRequest, DataSubject
from storefront.domain.idempotency import forget_answers
from storefront.domain.order import Order
from storefront.domain.order_note import OrderNote
from storefront.domain.outbox import TO_STAFF, OutboxMail
from storefront.domain.returns import ReturnRequest
from storefront.domain.second_factor import RecoveryCode, SecondFactor
from storefront.domain.stock_alert import StockAlert
from storefront.domain.subscription import Subscription
from storefront.enums import (
    AuditAction,
    AuditObject,
    OrderEventCode,
    OrderStatus,
    PaymentStatus,
    RequestStatus,
    ReturnRequestState,
)
from storefront.errors import InvalidInput
from storefront.ids import new_id
from storefront.services import audit
from storefront.services.accounts import passwords
from storefront.services.accounts.data_export import alerts_of, mails_of, requests_of, subject_of
from storefront.services.accounts.remains import IS_UNDER_WAY, is_under_way
from storefront.services.audit import Actor
from storefront.services.payments import checkout_sessions


def erase(customer_id: str, *, password: str) -> None:
    """Close an account for good: every login ends and the address is free for a new account.

    Open payment pages are closed first. Raises `InvalidCredentials`, `PaymentProviderError` where Stripe
    does not answer about such a page, and `InvalidInput` while a plan would still be charged, while a payment of
    several days is awaited, or for the last owner.
    """
    stored = passwords.prove_password(customer_id, password)
    with transaction():
        _require_other_owner(customer_id)
    _require_no_plan(customer_id)
    unpaid = (Order.customer_id == customer_id, Order.status == OrderStatus.PENDING)
    for order_id in db.session.scalars(select(Order.id).where(*unpaid)).all():
        checkout_sessions.close_sessions(order_id, cause="customer", code=OrderEventCode.CANCELLED)
    subject = subject_of(db.session.get_one(Customer, customer_id))
    with transaction():
        _forget(subject, lambda: passwords.require_same_password(customer_id, password, stored), "password")


def erase_on_request(subject: DataSubject, *, staff: Actor) -> None:
    """Do what `erase` does for somebody who asked the shop for it.

    Raises `PaymentProviderError` as there, and `InvalidInput` while a plan would still be charged or a payment is
    awaited, or for somebody who works here: only they close their own account.
    """
    _require_erasable(subject)
    unpaid = select(Order.id).where(subject.orders, Order.status == OrderStatus.PENDING)
    for order_id in db.session.scalars(unpaid).all():
        checkout_sessions.close_sessions(order_id, cause=staff.cause, code=OrderEventCode.CANCELLED, actor=staff)
    with transaction():
        _forget(subject, lambda: _require_erasable(subject), "is_sure")
        audit.record(staff, AuditAction.REMOVED, AuditObject.CUSTOMER, subject.reference)


def finish(limit: int = 100) -> int:
    """Clear of erased buyers' orders what was kept until the goods arrived, and the recipients of mails since then.

    Returns how many orders and mails were cleared.
    """
    is_over = (Order.erasure_asked_at.is_not(None), Order.status != OrderStatus.PENDING, not_(IS_UNDER_WAY))
    has_phone = func.coalesce(Order.address["phone"].as_string(), "") != ""
    was_never_paid = and_(Order.paid_at.is_(None), Order.payment_id.is_(None), Order.invoice_id.is_(None))
    has_email = and_(was_never_paid, Order.email.not_like(f"%{ERASED_ADDRESS}"))
    unfinished = db.session.scalars(_ids(*is_over, or_(has_phone, has_email)).limit(limit)).all()
    for order_id in unfinished:
        _clear_over(order_id)
    erased_address = (
        select(Order.customer_id.concat(ERASED_ADDRESS)).where(Order.id == OutboxMail.order_id).scalar_subquery()
    )
    is_done = or_(OutboxMail.sent_at.is_not(None), OutboxMail.dead_at.is_not(None))
    sent = (is_done, OutboxMail.template.not_in(TO_STAFF))
    named = (OutboxMail.order_id.in_(_ids(*is_over)), OutboxMail.recipient.not_like(f"%{ERASED_ADDRESS}"))
    with transaction():
        return len(unfinished) + rows_changed(update(OutboxMail).where(*sent, *named).values(recipient=erased_address))


def _ids(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(Order.id).where(*conditions)


def _clear_over(order_id: int) -> None:
    with transaction():
        order = db.session.scalars(_locked(Order.id == order_id)).one()
        if not is_under_way(order):
            _clear_order(order, _erased_email(order.customer_id or ""))


def _locked(condition: ColumnElement[bool]) -> Select[Order]:
    """Return orders with what `_clear_order` reads of them, in the order in which everybody locks them."""
    parts = selectinload(Order.lines), selectinload(Order.parcels)
    return select(Order).where(condition).order_by(Order.id).options(*parts).with_for_update()


def _require_erasable(subject: DataSubject) -> None:
    if subject.is_guest:
        return
    if db.session.scalar(select(Customer.staff_role).where(Customer.id == subject.customer_id)) is not None:
        raise InvalidInput({"is_sure": "works_here"})
    _require_no_plan(subject.customer_id, "is_sure")


def _require_no_plan(customer_id: str | None, field: str = "password") -> None:
    charged = (Subscription.ended_at.is_(None), Subscription.cancel_at_period_end.is_(False))
    statement = select(Subscription.id).where(Subscription.customer_id == customer_id, *charged)
    if db.session.scalar(statement.limit(1)) is not None:
        raise InvalidInput({field: "plans_running"})


def _require_other_owner(customer_id: str) -> None:
    """Refuse to take the shop's last owner away; the owners stay locked until the commit."""
    if is_last_owner(customer_id):
        raise InvalidInput({"password": "last_owner"})


def _require_no_awaited_payment(orders: Sequence[Order], field: str) -> None:
    """Refuse while a payment of several days is on its way: its goods wait for somebody who can be reached."""
    for order in orders:
        is_awaited = order.payment_status == PaymentStatus.PROCESSING and order.payment_reference is None
        if order.status == OrderStatus.PENDING and is_awaited:
            raise InvalidInput({field: "payment_awaited"})


def _forget(subject: DataSubject, still_allowed: Callable[[], None], field: str) -> None:
    """Clear everything about somebody, inside a transaction; a closed account is left of them.

    Raises `InvalidInput` for the form's field while a payment is awaited.
    """
    now = clock.now()
    # Orders, carts and the customer are locked in the order in which everybody locks them.
    orders = db.session.scalars(_locked(subject.orders)).all()
    _require_no_awaited_payment(orders, field)
    person, erased_email = _clear_account(subject, still_allowed, now) if subject.customer_id else _closed_account(now)
    for order in orders:
        order.customer_id, order.erasure_asked_at = person.id, now
        _clear_order(order, erased_email)
    order_ids = [order.id for order in orders]
    _do(delete(OrderNote).where(OrderNote.order_id.in_(order_ids)))
    product_review.forget(order_ids, subject.person if subject.is_proved else None)
    if subject.is_proved:
        _do(update(Cart).where(Cart.email == subject.email).values(email=None, address=None, document=None))
    _do(delete(StockAlert).where(alerts_of(subject)))
    _forget_requests(requests_of(subject), now)
    _clear_mails(mails_of(subject, order_ids), erased_email)
    _do(delete(CustomerNote).where(subject.rows_of(CustomerNote)))
    answered = {"customer_id": person.id, "email": None, "done_at": func.coalesce(DataRequest.done_at, now)}
    _do(update(DataRequest).where(subject.rows_of(DataRequest)).values(answered))


def _closed_account(now: datetime) -> tuple[Customer, str]:
    """Return a new closed account, which will hold a guest's orders, and the address that stands for the erased one."""
    person = Customer(id=new_id(), first_name="", last_name="", created_at=now, closed_at=now)
    person.email, person.password_hash = _erased_email(person.id), ""
    db.session.add(person)
    db.session.flush()  # the orders refer to it
    return person, person.email


def _erased_email(customer_id: str) -> str:
    return f"{customer_id}{ERASED_ADDRESS}"


def _clear_account(subject: DataSubject, still_allowed: Callable[[], None], now: datetime) -> tuple[Customer, str]:
    customer_id = subject.customer_id or ""
    statement = select(Cart.id).where(Cart.customer_id == customer_id)
    carts = db.session.scalars(statement.order_by(Cart.id).with_for_update()).all()
    _require_other_owner(customer_id)
    person = db.session.scalars(select(Customer).where(Customer.id == customer_id).with_for_update()).one()
    still_allowed()
    _require_no_plan(customer_id)
    _do(delete(CartLine).where(CartLine.cart_id.in_(carts)))
    _do(delete(Cart).where(Cart.id.in_(carts)))
    tables: tuple[type[Any], ...] = (SavedAddress, Login, EmailLink, SecondFactor, RecoveryCode)
    for table in tables:
        _do(delete(table).where(table.customer_id == customer_id))
    _do(
        update(Consent)
        .where(Consent.customer_id == customer_id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    forget_answers(customer_id)
    if role := person.active_role:
        leaver = Actor(subject.email, customer_id)
        audit.record(leaver, AuditAction.LEFT, AuditObject.STAFF, subject.email, before={"role": role})
    erased_email = _erased_email(customer_id)
    _clear_person(person, erased_email, now)
    return person, erased_email


def _clear_order(order: Order, erased_email: str) -> None:
    """Remove from an order what the law does not require; one that was never paid keeps only its amounts."""
    order.notes, order.network, order.card_brand, order.card_last4 = "", None, None, None
    _do(
        update(ReturnRequest)
        .where(ReturnRequest.order_id == order.id, ReturnRequest.state != ReturnRequestState.OPEN)
        .values(reason="")
    )
    if order.is_paid or order.payment_reference is not None:
        if order.address and not is_under_way(order):
            order.address = order.address | {"phone": ""}
    elif order.status == OrderStatus.CANCELLED:
        order.email, order.address, order.document = erased_email, None, None
        _do(update(CouponUse).where(CouponUse.order_id == order.id).values(email=erased_email, person=erased_email))
        for checkout_session in sessions_of(order.id):
            checkout_session.request = checkout_session.request | {"email": erased_email}
    numbers = [parcel.tracking_number for parcel in order.parcels if parcel.tracking_number]
    order_search.refresh(order, (line.sku for line in order.lines), numbers)


def _forget_requests(own: ColumnElement[bool], now: datetime) -> None:
    """Delete petitions and complaints; one that waits for its answer goes when it is closed."""
    over = select(CustomerRequest.id).where(own, CustomerRequest.status != RequestStatus.OPEN)
    _do(delete(RequestAnswer).where(RequestAnswer.request_id.in_(over)))
    _do(delete(CustomerRequest).where(own, CustomerRequest.status != RequestStatus.OPEN))
    _do(update(CustomerRequest).where(own).values(erasure_asked_at=now))


def _clear_mails(own_mails: ColumnElement[bool], erased_email: str) -> None:
    """Remove the recipients of emails; one about an order that is still to be sent keeps its own until then."""
    _do(delete(OutboxMail).where(own_mails, OutboxMail.order_id.is_(None), OutboxMail.sent_at.is_(None)))
    _do(update(OutboxMail).where(own_mails, OutboxMail.sent_at.is_not(None)).values(recipient=erased_email))


def _clear_person(person: Customer, erased_email: str, now: datetime) -> None:
    ended = (Subscription.customer_id == person.id, Subscription.ended_at.is_not(None))
    _do(update(Subscription).where(*ended).values(card_id=None, card_brand=None, card_last4=None))
    person.email, person.password_hash = erased_email, ""
    person.first_name, person.last_name, person.phone, person.document = "", "", None, None
    person.accepts_marketing, person.staff_role, person.staff_disabled_at = False, None, None
    person.email_verified_at, person.closed_at = None, now
    person.search_text = ""


def _do(statement: Delete | Update) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))
