"""Idempotency-Key: the same request twice is done once and answered twice."""

import hashlib
import hmac
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from flask import Response, g, jsonify, request

from storefront.api import claims, problems
from storefront.api.body import idempotency_key
from storefront.errors import DatabaseUnavailable, ShopError
from storefront.limits import client_address
from storefront.services import idempotency
from storefront.settings import settings


@dataclass(frozen=True, slots=True)
class Secrets:
    """Members of an answer that are never stored, and what makes them anew for its repetition."""

    names: tuple[str, ...]
    renew: Callable[[dict[str, Any]], dict[str, Any]]


def once_only(view: Callable[..., Response], secrets: Secrets | None) -> Callable[..., Response]:
    """Do a request once per key; the answer is kept from the moment that the work has begun."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        key = idempotency_key()
        if key is None:
            return view(*args, **kwargs)
        claim = idempotency.claim(_scope(), key, _fingerprint())
        if claim.is_replay:
            return _replay(claim, secrets)
        with claims.renewed(claim.owner):
            return _first(claim, lambda: view(*args, **kwargs), secrets)

    return guarded


def _first(claim: idempotency.Claim, work: Callable[[], Response], secrets: Secrets | None) -> Response:
    try:
        response = work()
    except Exception as error:
        if not _is_final(error):
            with suppress(DatabaseUnavailable):  # then it is free when the claim ends
                idempotency.reopen(claim)
            raise
        response = problems.answer(error)
    _keep(claim, response, secrets)
    return response


def _is_final(error: Exception) -> bool:
    """Return whether an error is the answer for a day. A fault passes: tried again, the key leads to the same order."""
    return isinstance(error, ShopError) and problems.status_of(error) < 429


def _keep(claim: idempotency.Claim, response: Response, secrets: Secrets | None) -> None:
    body = cast("dict[str, Any]", response.get_json())
    hidden = secrets.names if secrets else ()
    kept = {name: value for name, value in body.items() if name not in hidden}
    idempotency.keep(claim, response.status_code, kept)


def _replay(earlier: idempotency.Claim, secrets: Secrets | None) -> Response:
    body, status = dict(earlier.body or {}), earlier.status or 500
    if secrets and status < 400:
        body |= secrets.renew(body)
    response = jsonify(body)
    response.status_code = status
    if status >= 400:
        response.mimetype = problems.PROBLEM
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _scope() -> str:
    """Return whose key it is, for this path only: the customer's, or the address's where nobody is signed in.

    Where the address cannot be read it is whoever sends this body, so that strangers with the same key do not collide.
    """
    owner = g.get("customer_id") or client_address() or _fingerprint()
    return f"{owner} {request.method} {request.path}"


def _fingerprint() -> str:
    """Return what two requests with the same body share; keyed, because bodies hold passwords."""
    canonical = json.dumps(g.get("json_body"), sort_keys=True, separators=(",", ":"))
    return hmac.new(settings().SECRET_KEY.encode(), canonical.encode(), hashlib.sha256).hexdigest()
