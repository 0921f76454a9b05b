"""Registration, login, recognising a login, and logout."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from storefront import clock
from storefront.database import db, insert_once, transaction
from storefront.domain.cart import Cart, CartLine
from storefront.domain.customer import Customer, Login, SavedAddress, normalise_email
from storefront.domain.order import Order
from storefront.enums import Channel, StaffRole
from storefront.errors import EmailTaken, InvalidCredentials, InvalidInput
from storefront.ids import digest, new_id, new_token
from storefront.services import carts
from storefront.services.accounts import consents, passwords, recovery
from storefront.services.accounts.email_addresses import check_email
from storefront.services.accounts.user_agents import BROWSER, Caller, read
from storefront.services.carts import Notice

LOGIN_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class NewLogin:
    """A new login: its secret for the client, whose it is, and what changed in the cart."""

    secret: str
    customer_id: str
    notices: tuple[Notice, ...]
    refresh_key: str | None = None

    @property
    def login_id(self) -> str:
        """Return the login's id, which may be shown: the secret cannot be computed from it."""
        return digest(self.secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInCustomer:
    """A recognised customer, with the units in the cart for the page's header."""

    login_id: str
    customer_id: str
    email: str
    first_name: str
    last_name: str
    phone: str | None
    language: str
    staff_role: StaffRole | None
    is_verified: bool
    accepts_marketing: bool
    address: dict[str, Any] | None
    cart_count: int
    last_seen_at: datetime | None = None


def register(
    *,
    email: str,
    password: str,
    first_name: str,
    last_name: str,
    language: str,
    accepts_marketing: bool = False,
    cart_token: str | None = None,
    caller: Caller = BROWSER,
) -> NewLogin:
    """Open an account and sign in; raise `EmailTaken`, `WeakPassword` or `InvalidInput`."""
    email = check_email(email)
    passwords.check_password(password)
    names = {"firstName": first_name.strip(), "lastName": last_name.strip()}
    if problems := {field: "required" for field, name in names.items() if not name}:
        raise InvalidInput(problems)
    if problems := {field: "too_long" for field, name in names.items() if len(name) > 60}:
        raise InvalidInput(problems)
    return _open(email, password, tuple(names.values()), language, accepts_marketing, cart_token, caller)


def register_guest(
    order: Order, *, password: str, language: str, cart_token: str | None = None, caller: Caller = BROWSER
) -> NewLogin:
    """Open an account for whoever holds a guest's order, with its e-mail and name, and sign in.

    The e-mail counts as unproved: the order, and others placed with that address, become the account's
    when the link in the mail is followed, and not before. Raises `EmailTaken` or `WeakPassword`.
    """
    passwords.check_password(password)
    address = order.address or {}
    names = (address.get("first_name", ""), address.get("last_name", ""))
    return _open(order.email, password, names, language, False, cart_token, caller)


def _open(
    email: str,
    password: str,
    names: tuple[str, ...],
    language: str,
    accepts_marketing: bool,
    cart_token: str | None,
    caller: Caller,
) -> NewLogin:
    hashed = passwords.hash_password(password)
    with transaction():
        now = clock.now()
        values = {
            "id": new_id(),
            "email": email,
            "password_hash": hashed,
            "first_name": names[0],
            "last_name": names[1],
            "language": language,
            "created_at": now,
        }
        if not insert_once(Customer, values, unique="email"):
            raise EmailTaken()
        if accepts_marketing:
            consents.set_marketing(str(values["id"]), True, language=language, now=now)
        recovery.request_verification(str(values["id"]), email, language, now)
        return _sign_in(str(values["id"]), cart_token, caller, now)


def log_in(*, email: str, password: str, cart_token: str | None = None, caller: Caller = BROWSER) -> NewLogin:
    """Sign in and merge the guest's cart; raise `InvalidCredentials` without a reason.

    An unknown e-mail costs the same time as a wrong password.
    """
    found = db.session.execute(
        select(Customer.id, Customer.password_hash).where(Customer.email == normalise_email(email))
    ).first()
    stored = found.password_hash if found else passwords.dummy_hash()
    if len(password) > passwords.MAX_PASSWORD or not passwords.matches(stored, password) or found is None:
        raise InvalidCredentials()
    rehashed = passwords.hash_password(password) if passwords.hasher().check_needs_rehash(stored) else None
    with transaction():
        passwords.require_same_password(found.id, password, stored)
        if rehashed:
            db.session.execute(update(Customer).where(Customer.id == found.id).values(password_hash=rehashed))
        return _sign_in(found.id, cart_token, caller, clock.now())


def open_login(customer_id: str, *, caller: Caller) -> NewLogin:
    """Sign in somebody who has just proved who they are in another way."""
    with transaction():
        return _sign_in(customer_id, None, caller, clock.now())


def log_out(secret: str) -> None:
    """End a login at once, whoever still holds its secret."""
    with transaction():
        passwords.revoke(Login.id == digest(secret))


def recognise(secret: str) -> SignedInCustomer | None:
    """Return who holds this secret, in one statement; None if the login is over."""
    units = (
        select(func.coalesce(func.sum(CartLine.quantity), 0))
        .join(Cart, Cart.id == CartLine.cart_id)
        .where(Cart.customer_id == Customer.id)
        .scalar_subquery()
    )
    row = db.session.execute(
        select(Login.id, Customer, SavedAddress.address, units, func.coalesce(Login.last_seen_at, Login.created_at))
        .join(Customer, Customer.id == Login.customer_id)
        .outerjoin(SavedAddress, is_default_of(Customer.id))
        .where(Login.id == digest(secret), Login.revoked_at.is_(None), Login.expires_at > clock.now())
    ).first()
    return signed_in_customer(*row) if row else None


def is_default_of(customer_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that joins a customer with the default address."""
    return (SavedAddress.customer_id == customer_id) & SavedAddress.is_default


def signed_in_customer(
    login_id: str,
    customer: Customer,
    address: dict[str, Any] | None,
    cart_count: int = 0,
    last_seen_at: datetime | None = None,
) -> SignedInCustomer:
    """Return a signed-in customer with what the interfaces need."""
    return SignedInCustomer(
        login_id=login_id,
        customer_id=customer.id,
        email=customer.email,
        first_name=customer.first_name,
        last_name=customer.last_name,
        phone=customer.phone,
        language=customer.language,
        staff_role=customer.active_role,
        is_verified=customer.email_verified_at is not None,
        accepts_marketing=customer.accepts_marketing,
        address=address,
        cart_count=cart_count,
        last_seen_at=last_seen_at,
    )


def set_language(customer_id: str, language: str) -> None:
    """Store the customer's language."""
    if language not in ("es", "en"):
        raise InvalidInput({"language": "invalid"})
    with transaction():
        db.session.execute(update(Customer).where(Customer.id == customer_id).values(language=language))


def _sign_in(customer_id: str, cart_token: str | None, caller: Caller, now: datetime) -> NewLogin:
    secret = new_token()
    refresh_key = new_token() if caller.channel == Channel.API else None
    browser, system = read(caller.user_agent)
    db.session.add(
        Login(
            id=digest(secret),
            customer_id=customer_id,
            channel=caller.channel,
            browser=browser,
            system=system,
            network=caller.network or None,
            refresh_id=digest(refresh_key) if refresh_key else None,
            created_at=now,
            last_seen_at=now,
            expires_at=now + LOGIN_LIFE,
        )
    )
    return NewLogin(secret, customer_id, tuple(carts.merge(cart_token, customer_id, now)), refresh_key)
