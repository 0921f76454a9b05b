"""Logins of phones: who holds an access token, a new pair for a refresh token, and the end of both."""

from datetime import timedelta
from typing import cast

from sqlalchemy import CursorResult, bindparam, select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer, Login, SavedAddress
from storefront.errors import TokenRefused
from storefront.ids import digest, new_token
from storefront.services.accounts import LOGIN_LIFE, Visitor, is_default_of, revoke, visitor_of

LONGEST_LIFE = timedelta(days=180)
"""However often it is refreshed, a login ends after this time."""


def recognise(login_id: str, customer_id: str) -> Visitor:
    """Return who holds a valid access token, in one statement; raise `TokenRefused` if the login is over."""
    row = db.session.execute(_HOLDER, {"login": login_id, "customer": customer_id}).first()
    if row is None or row[0].revoked_at is not None:
        raise TokenRefused("token_revoked")
    if row[0].expires_at <= clock.now():
        raise TokenRefused("token_expired")
    return visitor_of(login_id, row[1], row[2])


_HOLDER = (
    select(Login, Customer, SavedAddress.address)
    .join(Customer, Customer.id == Login.customer_id)
    .outerjoin(SavedAddress, is_default_of(Customer.id))
    .where(Login.id == bindparam("login"), Login.customer_id == bindparam("customer"), Login.door == "api")
)


def rotate(login_id: str, refresh_key: str) -> str:
    """Exchange a refresh key for a new one; a key used before ends the login for whoever holds it.

    One guarded UPDATE decides, so that of two phones with one key only one goes on.
    """
    fresh = new_token()
    if _exchange(login_id, refresh_key, fresh):
        return fresh
    login = db.session.get(Login, login_id)
    is_expired = login is not None and login.revoked_at is None and login.expires_at <= clock.now()
    with transaction():
        revoke(Login.id == login_id)
    raise TokenRefused("token_expired" if is_expired else "token_revoked")


def log_out(login_id: str) -> None:
    """End a login at once, with every token that came of it."""
    with transaction():
        revoke(Login.id == login_id)


def _exchange(login_id: str, refresh_key: str, fresh: str) -> bool:
    now = clock.now()
    with transaction():
        done = db.session.execute(
            update(Login)
            .where(
                Login.id == login_id,
                Login.refresh_id == digest(refresh_key),
                Login.revoked_at.is_(None),
                Login.expires_at > now,
                Login.created_at > now - LONGEST_LIFE,
            )
            .values(refresh_id=digest(fresh), expires_at=now + LOGIN_LIFE)
            .execution_options(synchronize_session=False)
        )
        return cast("CursorResult[object]", done).rowcount == 1
