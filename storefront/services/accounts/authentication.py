"""Registration, login, recognising a login, and logout."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, case, exists, func, select, update
from sqlalchemy.orm import InstrumentedAttribute

from storefront import clock
from storefront.database import UtcDateTime, db, insert_once, transaction
from storefront.domain.buyer_document import BuyerDocument
from storefront.domain.cart import Cart, CartLine
from storefront.domain.customer import Customer, Login, SavedAddress, normalise_email
from storefront.domain.order import Order
from storefront.domain.second_factor import SecondFactor
from storefront.enums import Channel, StaffRole
from storefront.errors import EmailTaken, InvalidCredentials, InvalidInput
from storefront.ids import digest, new_id, new_token
from storefront.services import carts
from storefront.services.accounts import consents, passwords, recovery, second_factors
from storefront.services.accounts.devices import STAFF_IDLE, STAFF_LIFE
from storefront.services.accounts.email_addresses import check_email
from storefront.services.accounts.user_agents import BROWSER, Caller, read
from storefront.services.carts import Notice

LOGIN_LIFE = timedelta(days=30)
FRESH = timedelta(minutes=10)
"""How long a sign-in, or a confirmation after it, is enough for what is delicate."""

CODE_LIFE = timedelta(minutes=10)
"""How long after the password the code of the second factor may come."""


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


@dataclass(frozen=True, slots=True)
class HalfSignIn:
    """A right password whose second factor is still to be given; `password_mark` changes with the password."""

    customer_id: str
    email: str
    password_mark: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInCustomer:
    """A recognised customer, with the units in the cart for the page's header, and what the login has proved."""

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
    document: BuyerDocument | None
    cart_count: int
    last_seen_at: datetime | None = None
    confirmed_at: datetime | None = None
    has_second_factor: bool = False
    gave_code: bool = False

    @property
    def is_confirmed(self) -> bool:
        """Return whether it was proved a moment ago who holds the login."""
        return self.confirmed_at is not None and self.confirmed_at > clock.now() - FRESH


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

    An unknown e-mail costs the same time as a wrong password. No second factor is asked: such a login opens nothing of
    the staff's to whoever has one.
    """
    customer_id, stored = _prove(email, password)
    return _open_proved(customer_id, password, stored, cart_token, caller)


def begin_log_in(
    *, email: str, password: str, cart_token: str | None = None, caller: Caller = BROWSER
) -> NewLogin | HalfSignIn:
    """Sign in as `log_in` does, unless the person works here and has a second factor: then only its code signs in."""
    customer_id, stored = _prove(email, password)
    asked = select(Customer.email).join(SecondFactor, SecondFactor.customer_id == Customer.id)
    works_here = (Customer.staff_role.is_not(None), Customer.staff_disabled_at.is_(None))
    asked = asked.where(Customer.id == customer_id, SecondFactor.confirmed_at.is_not(None), *works_here)
    if (address := db.session.scalar(asked)) is not None:
        return HalfSignIn(customer_id, address, _mark(stored), int(clock.now().timestamp()))
    return _open_proved(customer_id, password, stored, cart_token, caller)


def finish_log_in(half: HalfSignIn, code: str, *, cart_token: str | None = None, caller: Caller = BROWSER) -> NewLogin:
    """Sign in with a code after the password.

    Raises `InvalidInput` for a wrong code, and `InvalidCredentials` if the password is too long ago or was changed.
    """
    require_recent(half)
    proof = second_factors.check(half.customer_id, code)
    with transaction():
        statement = (
            select(Customer.password_hash).where(Customer.id == half.customer_id).with_for_update(key_share=True)
        )
        if _mark(db.session.scalar(statement) or "") != half.password_mark:
            raise InvalidCredentials()
        second_factors.spend(proof)
        return _sign_in(half.customer_id, cart_token, caller, clock.now(), gave_code=True)


def require_recent(half: HalfSignIn) -> None:
    """Raise `InvalidCredentials` if the password was given too long ago."""
    if not 0 <= clock.now().timestamp() - half.at < CODE_LIFE.total_seconds():
        raise InvalidCredentials()


def _mark(stored: str) -> str:
    return digest(stored)[:32]


def _prove(email: str, password: str) -> tuple[str, str]:
    """Return whose password this is, and its stored form, or raise `InvalidCredentials`."""
    found = db.session.execute(
        select(Customer.id, Customer.password_hash).where(Customer.email == normalise_email(email))
    ).first()
    stored = found.password_hash if found else passwords.dummy_hash()
    if len(password) > passwords.MAX_PASSWORD or not passwords.matches(stored, password) or found is None:
        raise InvalidCredentials()
    return found.id, stored


def _open_proved(customer_id: str, password: str, stored: str, cart_token: str | None, caller: Caller) -> NewLogin:
    rehashed = passwords.hash_password(password) if passwords.hasher().check_needs_rehash(stored) else None
    with transaction():
        passwords.require_same_password(customer_id, password, stored)
        if rehashed:
            db.session.execute(update(Customer).where(Customer.id == customer_id).values(password_hash=rehashed))
        return _sign_in(customer_id, cart_token, caller, clock.now())


def open_login(customer_id: str, *, caller: Caller, gave_code: bool = False) -> NewLogin:
    """Sign in somebody who has just proved who they are in another way, perhaps with a code before."""
    with transaction():
        return _sign_in(customer_id, None, caller, clock.now(), gave_code=gave_code)


def log_out(secret: str) -> None:
    """End a login at once, whoever still holds its secret."""
    with transaction():
        passwords.revoke(Login.id == digest(secret))


def recognise(secret: str) -> SignedInCustomer | None:
    """Return who holds this secret, in one statement; None if the login is over."""
    now = clock.now()
    row = db.session.execute(_HOLDER, {"login": digest(secret), "now": now}).first()
    if row is None or _is_staff_login_over(row, now):
        return None
    return replace(
        signed_in_customer(row.login_id, row, row.units, row.last_seen_at or row.created_at),
        confirmed_at=row.confirmed_at or row.created_at,
        has_second_factor=row.has_factor,
        gave_code=row.second_factor_at is not None,
    )


def _is_staff_login_over(row: Row[Any], now: datetime) -> bool:
    """Return whether somebody who works here has to sign in again."""
    if row.active_role is None:
        return False
    return bool(row.created_at <= now - STAFF_LIFE or (row.last_seen_at or row.created_at) <= now - STAFF_IDLE)


def is_default_of(customer_id: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that joins a customer with the default address."""
    return (SavedAddress.customer_id == customer_id) & SavedAddress.is_default


CUSTOMER_COLUMNS = (
    Customer.id.label("customer_id"), Customer.email, Customer.first_name, Customer.last_name, Customer.phone,
    Customer.language, case((Customer.staff_disabled_at.is_(None), Customer.staff_role)).label("active_role"),
    Customer.email_verified_at, Customer.accepts_marketing, Customer.document, SavedAddress.address,
)  # fmt: skip
"""What is read of a customer with each request: columns, because the object would be used for nothing else."""


def _holder() -> Select[*tuple[Any, ...]]:
    units = (
        select(func.coalesce(func.sum(CartLine.quantity), 0))
        .join(Cart, Cart.id == CartLine.cart_id)
        .where(Cart.customer_id == Customer.id)
        .scalar_subquery()
    )
    has_second_factor = exists().where(SecondFactor.customer_id == Customer.id, SecondFactor.confirmed_at.is_not(None))
    login = (Login.created_at, Login.last_seen_at, Login.confirmed_at, Login.second_factor_at)
    more = (units.label("units"), has_second_factor.label("has_factor"))
    return (
        select(Login.id.label("login_id"), *login, *CUSTOMER_COLUMNS, *more)
        .join(Customer, Customer.id == Login.customer_id)
        .outerjoin(SavedAddress, is_default_of(Customer.id))
        .where(Login.id == bindparam("login"), Login.revoked_at.is_(None))
        .where(Login.expires_at > bindparam("now", type_=UtcDateTime))
    )


_HOLDER = _holder()  # made once: making it takes as long as sending it


def signed_in_customer(
    login_id: str, row: Row[Any], cart_count: int = 0, last_seen_at: datetime | None = None
) -> SignedInCustomer:
    """Return a signed-in customer, made of a row with `CUSTOMER_COLUMNS`."""
    return SignedInCustomer(
        login_id=login_id,
        customer_id=row.customer_id,
        email=row.email,
        first_name=row.first_name,
        last_name=row.last_name,
        phone=row.phone,
        language=row.language,
        staff_role=row.active_role,
        is_verified=row.email_verified_at is not None,
        accepts_marketing=row.accepts_marketing,
        address=row.address,
        document=BuyerDocument.from_dict(row.document),
        cart_count=cart_count,
        last_seen_at=last_seen_at,
    )


def set_language(customer_id: str, language: str) -> None:
    """Store the customer's language."""
    if language not in ("es", "en"):
        raise InvalidInput({"language": "invalid"})
    with transaction():
        db.session.execute(update(Customer).where(Customer.id == customer_id).values(language=language))


def _sign_in(
    customer_id: str, cart_token: str | None, caller: Caller, now: datetime, *, gave_code: bool = False
) -> NewLogin:
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
            second_factor_at=now if gave_code else None,
        )
    )
    return NewLogin(secret, customer_id, tuple(carts.merge(cart_token, customer_id, now)), refresh_key)
