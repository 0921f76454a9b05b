"""Links by email that prove who reads an address: a forgotten password, a confirmed e-mail.

A request only writes an outbox row, whether the address is known or not, so that its response
and its duration reveal nothing. The link is made when the email is written; its secret is stored nowhere.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from storefront import clock
from storefront.database import db, rows_changed, transaction
from storefront.domain import customer_search, outbox
from storefront.domain.cart import Cart
from storefront.domain.customer import Customer, EmailLink, SavedAddress, normalise_email
from storefront.domain.data_subject import CustomerNote, DataRequest
from storefront.domain.order import Order
from storefront.enums import LinkPurpose, OrderStatus
from storefront.errors import InvalidInput, PaymentProviderError
from storefront.ids import digest, new_token
from storefront.services.accounts import consents, passwords
from storefront.services.accounts.email_addresses import check_email
from storefront.services.payments import checkout_sessions
from storefront.settings import settings

logger = logging.getLogger(__name__)

RESET_LIFE = timedelta(hours=1)
VERIFY_LIFE = timedelta(hours=24)
INVITATION_LIFE = timedelta(hours=48)
_LINKS = {
    "password_reset": (LinkPurpose.RESET, RESET_LIFE),
    "email_verification": (LinkPurpose.VERIFY, VERIFY_LIFE),
    "staff_invitation": (LinkPurpose.RESET, INVITATION_LIFE),
}
"""By template: what the link is for, and how long it lives."""
_PAGES = {LinkPurpose.RESET: "/reset-password", LinkPurpose.VERIFY: "/verify-email"}


def request_reset(email: str, language: str) -> None:
    """Have a link sent that sets a new password, if the address has an account; at most one in five minutes."""
    email = check_email(email)
    with transaction():
        now = clock.now()
        occasion = int(now.timestamp()) // 300
        key = f"password_reset:{digest(email)[:32]}:{occasion}"
        outbox.enqueue(key, "password_reset", recipient=email, language=language, now=now)


def request_verification(customer_id: str, email: str, language: str, now: datetime) -> None:
    """Have a link sent that confirms an address, inside a transaction."""
    occasion = int(now.timestamp()) // 300
    key = f"email_verification:{customer_id}:{occasion}"
    outbox.enqueue(key, "email_verification", recipient=email, language=language, now=now)


def resend_verification(customer_id: str, email: str, language: str) -> None:
    """Have the confirming link sent again."""
    with transaction():
        request_verification(customer_id, email, language, clock.now())


def link_context(template: str, email: str) -> dict[str, Any] | None:
    """Return what a mail with a link needs, making the link; None if nobody has that address (any more)."""
    with transaction():
        customer = db.session.scalar(select(Customer).where(Customer.email == normalise_email(email)))
        if customer is None or not _is_needed(template, customer):
            return None
        url = make_link(customer.id, template, clock.now())
    # Whoever opened the account chose the name: until the address is confirmed, its owner did not.
    first_name = customer.first_name if customer.email_verified_at else ""
    return {"first_name": first_name, "url": url, "hours": hours_of(template)}


def hours_of(template: str) -> int:
    """Return for how many hours the link in a mail of a template works; 0 if the mail has none."""
    _, life = _LINKS.get(template, ("", timedelta(0)))
    return life // timedelta(hours=1)


def make_link(customer_id: str, template: str, now: datetime) -> str:
    """Return the address of a new link such as the mail of a template has, inside a transaction."""
    purpose, life = _LINKS[template]
    secret = new_token()
    db.session.add(EmailLink(id=digest(secret), customer_id=customer_id, purpose=purpose, expires_at=now + life))
    return f"{settings().BASE_URL}{_PAGES[purpose]}?token={secret}"


def _is_needed(template: str, customer: Customer) -> bool:
    """Return whether an email with a link is still needed: a confirmed address needs no confirming."""
    if template == "staff_invitation" and customer.active_role is None:
        return False
    return template == "password_reset" or customer.email_verified_at is None


def is_link_good(token: str, purpose: LinkPurpose) -> bool:
    """Return whether a link can still be used, without using it."""
    return db.session.scalar(select(EmailLink.id).where(*_good(token, purpose, clock.now()))) is not None


def is_link_of(token: str, customer_id: str) -> bool:
    """Return whether a link belongs to this customer."""
    conditions = (EmailLink.id == digest(token), EmailLink.customer_id == customer_id)
    return db.session.scalar(select(EmailLink.id).where(*conditions)) is not None


def reset_password(token: str, password: str) -> str:
    """Set a new password by a link and end every login; return whose address it is. The link works once.

    Until an address is confirmed, anybody may have opened its account: what they left there is forgotten, and their
    unpaid orders are closed. Raises `WeakPassword`, or `InvalidInput` for a link that is used, over or invented.
    """
    passwords.check_password(password)
    hashed = passwords.hash_password(password)
    with transaction():
        now = clock.now()
        customer_id = _use(token, LinkPurpose.RESET, now)
        unpaid = forget_unproved(customer_id, now)
        passwords.set_password_hash(customer_id, hashed)
        email = confirm(customer_id, now)
    for order_id in unpaid:
        try:
            checkout_sessions.close_sessions(order_id, cause="account taken over by its owner")
        except PaymentProviderError:
            logger.warning("an unpaid order could not be closed and ends with its hold", extra={"order_id": order_id})
    return email


def forget_unproved(customer_id: str, now: datetime) -> Sequence[int]:
    """Delete what was stored in an account whose address was never confirmed, inside a transaction.

    Its addresses, phone, document and delivery would be proposed to the owner of the e-mail, as if they were theirs.
    Returns the unpaid orders, which they could pay for somebody else; nothing where the address was confirmed before.
    """
    is_unproved = select(Customer.id).where(Customer.id == customer_id, Customer.email_verified_at.is_(None))
    if db.session.scalar(is_unproved.with_for_update()) is None:
        return []
    db.session.execute(delete(SavedAddress).where(SavedAddress.customer_id == customer_id))
    db.session.execute(update(Customer).where(Customer.id == customer_id).values(phone=None, document=None))
    customer_search.refresh(customer_id)
    consents.set_marketing(customer_id, False, language="es", now=now)
    db.session.execute(
        update(Cart)
        .where(Cart.customer_id == customer_id)
        .values(
            email=None, address=None, document=None, shipping_method=None, revision=Cart.revision + 1, updated_at=now
        )
        .execution_options(synchronize_session=False)
    )
    unpaid = select(Order.id).where(Order.customer_id == customer_id, Order.status == OrderStatus.PENDING)
    return db.session.scalars(unpaid.where(Order.paid_at.is_(None), Order.review_reason.is_(None))).all()


def verify_email(token: str) -> None:
    """Confirm an address by its link; orders placed as a guest with that address become the customer's."""
    with transaction():
        now = clock.now()
        confirm(_use(token, LinkPurpose.VERIFY, now), now)


def _good(token: str, purpose: LinkPurpose, now: datetime) -> tuple[Any, ...]:
    is_named = EmailLink.id == digest(token)
    return is_named, EmailLink.purpose == purpose, EmailLink.used_at.is_(None), EmailLink.expires_at > now


def _use(token: str, purpose: LinkPurpose, now: datetime) -> str:
    customer_id = db.session.scalar(
        update(EmailLink)
        .where(*_good(token, purpose, now))
        .values(used_at=now)
        .returning(EmailLink.customer_id)
        .execution_options(synchronize_session=False)
    )
    if customer_id is None:
        raise InvalidInput({"token": "link_over"})
    return customer_id


def confirm(customer_id: str, now: datetime) -> str:
    """Note that the customer reads this address and hand over what guests bought with it, inside a transaction.

    What staff keep about that guest comes along. Returns the address.
    """
    email = db.session.scalars(
        update(Customer)
        .where(Customer.id == customer_id)
        .values(email_verified_at=now)
        .returning(Customer.email)
        .execution_options(synchronize_session=False)
    ).one()
    db.session.execute(
        update(Order)
        .where(Order.email == email, Order.customer_id.is_(None))
        .values(customer_id=customer_id)
        .execution_options(synchronize_session=False)
    )
    for table in (CustomerNote, DataRequest):
        rows_changed(update(table).where(table.email == email).values(customer_id=customer_id, email=None))
    return email
