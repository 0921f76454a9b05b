"""Logins of phones: who holds an access token, a new pair for a refresh token, and the end of both.

A refresh key is exchanged once, and each key's successor follows from it and a secret of the shop's. Whoever sends a
key again within `LOST_ANSWER` has lost the answer and gets the same successor, so that no answer of the two is the
wrong one to keep; a copy in other hands still shows itself by the next exchange that comes later.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select, update

from storefront import clock
from storefront.database import db, rows_changed, transaction
from storefront.domain.customer import Customer, Login, SavedAddress, normalise_email
from storefront.enums import Channel
from storefront.errors import TokenRefused
from storefront.ids import digest
from storefront.services.accounts.authentication import (
    CUSTOMER_COLUMNS,
    LOGIN_LIFE,
    SignedInCustomer,
    is_default_of,
    signed_in_customer,
)
from storefront.services.accounts.passwords import revoke
from storefront.settings import settings

LONGEST_LIFE = timedelta(days=180)
"""However often it is refreshed, a login ends after this time."""

LOST_ANSWER = timedelta(seconds=30)
"""How long a key that was exchanged may come again: its answer got lost on the way. Later it is somebody's copy."""


def recognise(login_id: str, customer_id: str) -> SignedInCustomer:
    """Return who holds a valid access token, in one statement; raise `TokenRefused` if the login is over.

    It is asked with every request and nothing of it is kept, so that a login ends at once everywhere.
    """
    row = db.session.execute(_HOLDER, {"login": login_id, "customer": customer_id}).first()
    if row is None or row.revoked_at is not None:
        raise TokenRefused("token_revoked")
    if row.expires_at <= clock.now():
        raise TokenRefused("token_expired")
    return signed_in_customer(login_id, row)


_HOLDER = (
    select(Login.revoked_at, Login.expires_at, *CUSTOMER_COLUMNS)
    .join(Customer, Customer.id == Login.customer_id)
    .outerjoin(SavedAddress, is_default_of(Customer.id))
    .where(Login.id == bindparam("login"), Login.customer_id == bindparam("customer"), Login.channel == Channel.API)
)


def rotate(login_id: str, refresh_key: str) -> str:
    """Exchange a refresh key for its successor; a key used before ends the login, but for a moment (`LOST_ANSWER`).

    One guarded UPDATE exchanges, so that of many requests with one key the others find it exchanged.
    """
    now = clock.now()
    if fresh := _exchange(login_id, refresh_key, now) or _successor_in_use(login_id, refresh_key, now):
        return fresh
    login = _read(login_id)
    is_expired = login is not None and login.revoked_at is None and login.expires_at <= now
    is_copy = login is not None and login.revoked_at is None and not is_expired
    with transaction():
        revoke(Login.id == login_id)
    raise TokenRefused("token_expired" if is_expired else "token_revoked", is_copy=is_copy)


def is_known_network(email: str, network: str) -> bool:
    """Return whether the account of an address was ever signed in from a network, given as its pseudonym."""
    if not network:
        return False
    conditions = (Customer.email == normalise_email(email), Login.network == network)
    return db.session.scalar(select(exists().where(Login.customer_id == Customer.id, *conditions))) is True


def log_out(login_id: str) -> None:
    """End a login at once, with every token that came of it."""
    with transaction():
        revoke(Login.id == login_id)


def _exchange(login_id: str, refresh_key: str, now: datetime) -> str | None:
    """Put the successor in the place of a key that is in use, and return it."""
    login = _read(login_id)
    if login is None or login.refresh_id != digest(refresh_key):
        return None
    fresh = _successor(refresh_key, settings().JWT_SECRET_KEY)
    spent = [*_still_spent(login, now), [login.refresh_id, now.isoformat()]]
    values = {"refresh_id": digest(fresh), "spent_keys": spent, "last_seen_at": now, "expires_at": now + LOGIN_LIFE}
    with transaction():
        statement = update(Login).where(
            Login.id == login_id,
            Login.refresh_id == digest(refresh_key),
            Login.revoked_at.is_(None),
            Login.expires_at > now,
            Login.created_at > now - LONGEST_LIFE,
        )
        return fresh if rows_changed(statement.values(values)) == 1 else None


def _successor_in_use(login_id: str, refresh_key: str, now: datetime) -> str | None:
    """Return the key that is in use now, if this one was exchanged a moment ago."""
    login = _read(login_id)
    if login is None or login.revoked_at is not None or login.expires_at <= now:
        return None
    spent = _still_spent(login, now)
    if digest(refresh_key) not in [key for key, _ in spent]:
        return None
    for secret in (settings().JWT_SECRET_KEY, *settings().JWT_SECRET_KEY_FALLBACKS):
        key = refresh_key
        for _ in spent:
            key = _successor(key, secret)
            if digest(key) == login.refresh_id:
                return key
    return None


def _still_spent(login: Login, now: datetime) -> list[list[str]]:
    return [[key, at] for key, at in login.spent_keys or () if datetime.fromisoformat(at) >= now - LOST_ANSWER]


def _successor(refresh_key: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"after {refresh_key}".encode(), hashlib.sha256).hexdigest()


def _read(login_id: str) -> Login | None:
    return db.session.get(Login, login_id, populate_existing=True)
