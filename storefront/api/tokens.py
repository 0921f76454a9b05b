"""JSON Web Tokens: created at login, checked on every request, and invalid once their login has ended."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

import jwt
from flask import g, request
from jwt.exceptions import ExpiredSignatureError, PyJWTError

from storefront.client_addresses import network_key
from storefront.clock import now
from storefront.enums import Channel
from storefront.errors import TokenRefused
from storefront.ids import digest, new_id
from storefront.services.accounts import api_logins, authentication
from storefront.services.accounts.user_agents import Caller
from storefront.settings import settings

F = TypeVar("F", bound=Callable[..., Any])
ISSUER = AUDIENCE = "fitaiid"
ALGORITHM = "HS256"
"""Fixed here, never read from a token."""

ACCESS_LIFE = timedelta(minutes=15)
CLOCK_LEEWAY = timedelta(seconds=10)
"""How far the clocks of two machines may differ before one refuses a token of the other."""
_CLAIMS = {"sub": str, "sid": str, "jti": str, "type": str, "iss": str, "aud": str, "exp": int, "iat": int}


def _key_id(key: str) -> str:
    return digest(key)[:8]


def pair(customer_id: str, login_id: str, refresh_key: str) -> dict[str, Any]:
    """Return a new access token and its refresh token."""
    return {
        "access_token": access_token(customer_id, login_id),
        "refresh_token": _token("refresh", customer_id, login_id, refresh_key, authentication.LOGIN_LIFE),
        "token_type": "Bearer",
        "expires_in": int(ACCESS_LIFE.total_seconds()),
    }


def access_token(customer_id: str, login_id: str, life: timedelta = ACCESS_LIFE) -> str:
    """Return a new access token of a login."""
    return _token("access", customer_id, login_id, new_id(), life)


def _token(kind: str, customer_id: str, login_id: str, key: str, life: timedelta) -> str:
    at = now()
    names = {"iss": ISSUER, "aud": AUDIENCE, "sub": customer_id, "sid": login_id, "jti": key, "type": kind}
    secret = settings().JWT_SECRET_KEY
    claims = {**names, "iat": at, "nbf": at, "exp": at + life}
    return jwt.encode(claims, secret, ALGORITHM, headers={"kid": _key_id(secret)})


def signed_in(view: F) -> F:
    """Require a valid access token of a login that has not ended."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        claims = read_claims()
        g.customer = api_logins.recognise(claims["sid"], claims["sub"])
        g.customer_id = g.customer.customer_id
        return view(*args, **kwargs)

    return cast("F", guarded)


def find_customer() -> authentication.SignedInCustomer | None:
    """Return the customer of the request's token where anyone may call; None without a token, a bad one is refused."""
    if "Authorization" not in request.headers:
        return None
    claims = read_claims()
    return api_logins.recognise(claims["sid"], claims["sub"])


def caller() -> Caller:
    """Return the facts of this client that a new login stores."""
    return Caller(Channel.API, request.user_agent.string, network_key())


def current_customer() -> authentication.SignedInCustomer:
    """Return the signed-in customer of this request."""
    return cast("authentication.SignedInCustomer", g.customer)


def read_claims(*, refresh: bool = False) -> dict[str, Any]:
    """Return the claims of the request's token, or raise `TokenRefused`.

    The shop signed it, it is for the shop, and it is valid now.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":  # RFC 9110, 11.1: the case of a scheme means nothing
        raise TokenRefused("token_missing")
    token = token.strip()
    checks: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "leeway": CLOCK_LEEWAY}
    try:
        claims: dict[str, Any] = jwt.decode(token, _key_of(token), [ALGORITHM], **checks)
    except ExpiredSignatureError:
        raise TokenRefused("token_expired") from None
    except (PyJWTError, ValueError):
        raise TokenRefused("token_invalid") from None
    is_whole = all(type(claims.get(name)) is kind for name, kind in _CLAIMS.items())
    if not is_whole or claims["type"] != ("refresh" if refresh else "access"):
        raise TokenRefused("token_invalid")
    return claims


def _key_of(token: str) -> str:
    """Return the secret named by a token's `kid`; the current one where `kid` is absent or unknown."""
    current, *former = (settings().JWT_SECRET_KEY, *settings().JWT_SECRET_KEY_FALLBACKS)
    if not former:  # nothing to choose from, so the header is read once, when the signature is checked
        return current
    keys = {_key_id(key): key for key in former}
    return keys.get(str(jwt.get_unverified_header(token).get("kid")), current)
