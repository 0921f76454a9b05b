"""JSON Web Tokens: created at login, checked on every request, and invalid once their login has ended."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, g, request
from flask_jwt_extended import create_access_token, create_refresh_token, verify_jwt_in_request
from flask_jwt_extended.exceptions import JWTExtendedException, NoAuthorizationError
from jwt.exceptions import ExpiredSignatureError, PyJWTError

from storefront.client_addresses import network_key
from storefront.enums import Channel
from storefront.errors import TokenRefused
from storefront.extensions import jwt
from storefront.ids import digest
from storefront.services.accounts import api_logins, authentication
from storefront.services.accounts.user_agents import Caller
from storefront.settings import settings

F = TypeVar("F", bound=Callable[..., Any])
ISSUER = AUDIENCE = "fitaiid"
ACCESS_LIFE = timedelta(minutes=15)
CLOCK_LEEWAY = timedelta(seconds=10)
"""How far the clocks of two machines may differ before one refuses a token of the other."""
_CLAIMS = {"sub": str, "sid": str, "jti": str, "type": str, "iss": str, "aud": str, "exp": int, "iat": int}


def register(app: Flask) -> None:
    """Configure tokens: algorithm, issuer, audience and lifetimes are fixed here, never read from a token."""
    app.config.update(
        JWT_SECRET_KEY=app.extensions["settings"].JWT_SECRET_KEY,
        JWT_ALGORITHM="HS256",
        JWT_DECODE_ALGORITHMS=["HS256"],
        JWT_TOKEN_LOCATION=["headers"],
        JWT_ENCODE_ISSUER=ISSUER,
        JWT_DECODE_ISSUER=ISSUER,
        JWT_ENCODE_AUDIENCE=AUDIENCE,
        JWT_DECODE_AUDIENCE=AUDIENCE,
        JWT_DECODE_LEEWAY=CLOCK_LEEWAY,
        JWT_ACCESS_TOKEN_EXPIRES=ACCESS_LIFE,
        JWT_REFRESH_TOKEN_EXPIRES=authentication.LOGIN_LIFE,
    )
    jwt.init_app(app)
    jwt.additional_headers_loader(lambda _identity: {"kid": _key_id(settings().JWT_SECRET_KEY)})
    jwt.decode_key_loader(_key_of)


def _key_of(header: dict[str, Any], _claims: dict[str, Any]) -> str:
    """Return the secret named by a token's `kid`; the current one where `kid` is absent or unknown."""
    keys = {_key_id(key): key for key in settings().JWT_SECRET_KEY_FALLBACKS}
    return keys.get(str(header.get("kid")), settings().JWT_SECRET_KEY)


def _key_id(key: str) -> str:
    return digest(key)[:8]


def pair(customer_id: str, login_id: str, refresh_key: str) -> dict[str, Any]:
    """Return a new access token and its refresh token."""
    claims = {"sid": login_id}
    refresh = create_refresh_token(customer_id, additional_claims=claims | {"jti": refresh_key})
    return {
        "access_token": create_access_token(customer_id, additional_claims=claims),
        "refresh_token": refresh,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_LIFE.total_seconds()),
    }


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
    """Return the claims of the request's token, or raise `TokenRefused`."""
    try:
        verified = verify_jwt_in_request(refresh=refresh)
    except NoAuthorizationError:
        raise TokenRefused("token_missing") from None
    except ExpiredSignatureError:
        raise TokenRefused("token_expired") from None
    except (JWTExtendedException, PyJWTError, ValueError, UnicodeError):
        raise TokenRefused("token_invalid") from None
    if verified is None:
        raise TokenRefused("token_missing")
    claims: dict[str, Any] = verified[1]
    is_whole = all(type(claims.get(name)) is kind for name, kind in _CLAIMS.items())
    # The library only distinguishes refresh tokens from all others.
    if not is_whole or claims["type"] != ("refresh" if refresh else "access"):
        raise TokenRefused("token_invalid")
    return claims
