"""Closing an account: personal data is deleted, what the law wants kept stays without a name.

An account that never confirmed its address can be closed too. Whoever opened it may not read that address, so only
what the account itself did is touched: never a guest's cart or a mail that happens to carry the same address.

Accounting papers are kept for ten years (Código de Comercio, article 60; Estatuto Tributario, article 632):
of a paid order its number, day, lines and money, with the name, the e-mail and the address on its receipt.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Delete, Update, delete, select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.cart import Cart, CartLine
from storefront.domain.checkout_session import sessions_of
from storefront.domain.coupon import CouponUse
from storefront.domain.customer import Consent, Customer, EmailLink, Login, SavedAddress, lock_owners
from storefront.domain.idempotency import forget_answers
from storefront.domain.order import Order
from storefront.domain.outbox import OutboxMail
from storefront.domain.returns import ReturnRequest
from storefront.domain.subscription import Subscription
from storefront.enums import OrderEventCode, OrderStatus, ReturnRequestState
from storefront.errors import InvalidInput
from storefront.services.accounts import passwords
from storefront.services.accounts.data_export import mails_of
from storefront.services.payments import checkout_sessions

_UNDER_WAY = (OrderStatus.CONFIRMED, OrderStatus.PROCESSING, OrderStatus.SHIPPED)


def erase(customer_id: str, *, password: str) -> None:
    """Close an account for good: every login ends and the address is free for a new account.

    Open payment pages are closed first. Raises `InvalidCredentials`, `PaymentProviderError` where Stripe
    does not answer about such a page, and `InvalidInput` while a plan would still be charged or for the last owner.
    """
    stored = passwords.prove_password(customer_id, password)
    with transaction():
        _require_other_owner(customer_id)
    _require_no_plan(customer_id)
    unpaid = (Order.customer_id == customer_id, Order.status == OrderStatus.PENDING)
    for order_id in db.session.scalars(select(Order.id).where(*unpaid)).all():
        checkout_sessions.close_sessions(order_id, cause="customer", code=OrderEventCode.CANCELLED)
    with transaction():
        _forget(customer_id, lambda: passwords.require_same_password(customer_id, password, stored))


def _require_no_plan(customer_id: str) -> None:
    charged = (Subscription.ended_at.is_(None), Subscription.cancel_at_period_end.is_(False))
    statement = select(Subscription.id).where(Subscription.customer_id == customer_id, *charged)
    if db.session.scalar(statement.limit(1)) is not None:
        raise InvalidInput({"password": "plans_running"})


def _require_other_owner(customer_id: str) -> None:
    """Refuse to take the shop's last owner away; the owners stay locked until the commit."""
    if list(lock_owners()) == [customer_id]:
        raise InvalidInput({"password": "last_owner"})


def _forget(customer_id: str, still_allowed: Callable[[], None]) -> None:
    now = clock.now()
    # Orders, carts and the customer are locked in the order in which everybody locks them.
    orders = db.session.scalars(
        select(Order).where(Order.customer_id == customer_id).order_by(Order.id).with_for_update()
    ).all()
    statement = select(Cart.id).where(Cart.customer_id == customer_id)
    carts = db.session.scalars(statement.order_by(Cart.id).with_for_update()).all()
    _require_other_owner(customer_id)
    person = db.session.scalars(select(Customer).where(Customer.id == customer_id).with_for_update()).one()
    still_allowed()
    _require_no_plan(customer_id)
    email, erased_email = person.email, f"{customer_id}@erased.invalid"
    for order in orders:
        _clear_order(order, erased_email)
    _do(delete(CartLine).where(CartLine.cart_id.in_(carts)))
    _do(delete(Cart).where(Cart.id.in_(carts)))
    if person.email_verified_at is not None:
        _do(update(Cart).where(Cart.email == email).values(email=None, address=None))
    tables: tuple[type[Any], ...] = (SavedAddress, Login, EmailLink)
    for table in tables:
        _do(delete(table).where(table.customer_id == customer_id))
    _do(
        update(Consent)
        .where(Consent.customer_id == customer_id, Consent.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    _clear_mails(mails_of(person, [order.id for order in orders]), erased_email)
    forget_answers(customer_id)
    _clear_person(person, erased_email, now)


def _clear_order(order: Order, erased_email: str) -> None:
    """Remove from an order what the law does not require; one that was never paid keeps only its amounts."""
    order.notes, order.network = "", None
    _do(
        update(ReturnRequest)
        .where(ReturnRequest.order_id == order.id, ReturnRequest.state != ReturnRequestState.OPEN)
        .values(reason="")
    )
    if order.is_paid or order.payment_reference is not None:
        if order.address and order.status not in _UNDER_WAY:
            order.address = order.address | {"phone": ""}
    elif order.status == OrderStatus.CANCELLED:
        order.email, order.address = erased_email, None
        _do(update(CouponUse).where(CouponUse.order_id == order.id).values(email=erased_email, person=erased_email))
        for checkout_session in sessions_of(order.id):
            checkout_session.request = checkout_session.request | {"email": erased_email}


def _clear_mails(own_mails: ColumnElement[bool], erased_email: str) -> None:
    """Remove the recipients of emails; one about an order that is still to be sent keeps its own until then."""
    _do(delete(OutboxMail).where(own_mails, OutboxMail.order_id.is_(None), OutboxMail.sent_at.is_(None)))
    _do(update(OutboxMail).where(own_mails, OutboxMail.sent_at.is_not(None)).values(recipient=erased_email))


def _clear_person(person: Customer, erased_email: str, now: datetime) -> None:
    ended = (Subscription.customer_id == person.id, Subscription.ended_at.is_not(None))
    _do(update(Subscription).where(*ended).values(card_id=None, card_brand=None, card_last4=None))
    person.email, person.password_hash = erased_email, ""
    person.first_name, person.last_name, person.phone = "", "", None
    person.accepts_marketing, person.staff_role, person.staff_disabled_at = False, None, None
    person.email_verified_at, person.closed_at = None, now


def _do(statement: Delete | Update) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))
