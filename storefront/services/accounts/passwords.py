"""Passwords: which are good enough, how they are kept, and proving and changing them."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer, EmailLink, Login
from storefront.domain.idempotency import forget_answers
from storefront.enums import LinkPurpose
from storefront.errors import InvalidCredentials, WeakPassword
from storefront.ids import new_token
from storefront.settings import settings


def is_common(password: str) -> bool:
    """Return whether a password is on the list, or only a listed word with digits or marks behind it."""
    lowered = password.lower()
    bare = re.sub(r"[\d\W_]+$", "", lowered)
    return lowered in _common() or (len(bare) > 3 and bare in _common()) or len(set(lowered)) <= 2


@cache
def _common() -> frozenset[str]:
    text = files("storefront.services.accounts").joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.split() if not line.startswith("#"))


MIN_PASSWORD, MAX_PASSWORD = 8, 128


def check_password(password: str) -> None:
    """Raise `WeakPassword` for a password too short, too long, or on every attacker's list (ASVS 6.2)."""
    if len(password) < MIN_PASSWORD:
        raise WeakPassword(reason="too_short", minimum=MIN_PASSWORD)
    if len(password) > MAX_PASSWORD:
        raise WeakPassword(reason="too_long", maximum=MAX_PASSWORD)
    if is_common(password):
        raise WeakPassword(reason="too_common")


def hash_password(password: str) -> str:
    """Return the stored form of a password."""
    return hasher().hash(password)


def prove_password(customer_id: str, password: str) -> str:
    """Return the stored form of the customer's password if this is it, or raise `InvalidCredentials`."""
    stored = db.session.scalar(select(Customer.password_hash).where(Customer.id == customer_id)) or dummy_hash()
    if len(password) > MAX_PASSWORD or not matches(stored, password):
        raise InvalidCredentials()
    return stored


def require_same_password(customer_id: str, password: str, stored: str) -> None:
    """Refuse a password that was right a moment ago and is not any more, inside a transaction.

    The customer's row is locked: whoever changes the password waits, and then ends the login that begins here.
    """
    statement = select(Customer.password_hash).where(Customer.id == customer_id).with_for_update(key_share=True)
    now_stored = db.session.scalar(statement)
    if now_stored is None or (now_stored != stored and not matches(now_stored, password)):
        raise InvalidCredentials()


def change_password(customer_id: str, *, current: str, new: str) -> None:
    """Change a password and end every login of the customer; raise `InvalidCredentials` or `WeakPassword`."""
    stored = prove_password(customer_id, current)
    check_password(new)
    hashed = hash_password(new)
    with transaction():
        require_same_password(customer_id, current, stored)
        set_password_hash(customer_id, hashed)


def set_password_hash(customer_id: str, hashed: str) -> None:
    """Replace the password, inside a transaction.

    It also ends what the old one gave access to: every login, in browsers and on phones, links that would set another
    password, and answers that are kept for repetitions.
    """
    db.session.execute(update(Customer).where(Customer.id == customer_id).values(password_hash=hashed))
    revoke(Login.customer_id == customer_id)
    unused = (EmailLink.customer_id == customer_id, EmailLink.purpose == LinkPurpose.RESET, EmailLink.used_at.is_(None))
    db.session.execute(update(EmailLink).where(*unused).values(used_at=clock.now()))
    forget_answers(customer_id)


def revoke(condition: Any) -> None:
    """End logins, inside a transaction."""
    db.session.execute(update(Login).where(condition, Login.revoked_at.is_(None)).values(revoked_at=clock.now()))


def matches(stored: str, password: str) -> bool:
    """Return whether a password is the one whose stored form this is."""
    try:
        return hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hashers() -> tuple[PasswordHasher, PasswordHasher]:
    # OWASP's parameters for argon2id; tests use the cheapest, for they hash thousands of times.
    return PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1), PasswordHasher(1, 8, 1)


def hasher() -> PasswordHasher:
    """Return what hashes passwords here."""
    real, cheap = _hashers()
    return cheap if settings().TESTING else real


@cache
def dummy_hash() -> str:
    """Return the stored form of no password, to compare with where nobody has the address: that takes as long."""
    return hasher().hash(new_token())
