"""Idempotency-Key: a repeated request gets the stored response and has no second effect."""

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
from storefront.api.json_parser import idempotency_key
from storefront.client_addresses import client_address
from storefront.errors import DatabaseUnavailable, ShopError
from storefront.services import idempotency
from storefront.settings import settings


@dataclass(frozen=True, slots=True)
class Unstored:
    """A response with credentials or personal data: its body is not stored.

    For a repeated request `replay` logs in with the body's password and makes a new body, or raises a login's error.
    """

    replay: Callable[..., dict[str, Any]]


def idempotent(view: Callable[..., Response], unstored: Unstored | None) -> Callable[..., Response]:
    """Run a view once per key; its response is stored from the moment that the view has begun."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        key = idempotency_key()
        if key is None:
            return view(*args, **kwargs)
        claim = idempotency.claim(_scope(), key, _fingerprint(), g.get("customer_id"))
        if claim.is_replay:
            again = (lambda: unstored.replay(*args, **kwargs)) if unstored else None
            return _replay(claim, again)
        with claims.renewed(claim.owner):
            return _first(claim, lambda: view(*args, **kwargs), unstored)

    return guarded


def _first(claim: idempotency.Claim, work: Callable[[], Response], unstored: Unstored | None) -> Response:
    try:
        response = work()
    except Exception as error:
        if not _is_final(error):
            with suppress(DatabaseUnavailable):  # then the key is free when its claim expires
                idempotency.reopen(claim)
            raise
        response = problems.error_response(error)
    is_hidden = unstored is not None and response.status_code < 400
    body = {} if is_hidden else cast("dict[str, Any]", response.get_json())
    idempotency.keep(claim, response.status_code, body, g.get("customer_id"))
    return response


def _is_final(error: Exception) -> bool:
    """Return whether an error response is stored. A 5xx or 429 is not: a retry with the key reaches the same order."""
    return isinstance(error, ShopError) and problems.status_of(error) < 429


def _replay(earlier: idempotency.Claim, again: Callable[[], dict[str, Any]] | None) -> Response:
    body, status = dict(earlier.body or {}), earlier.status or 500
    if again and status < 400:
        body = again()
    response = jsonify(body)
    response.status_code = status
    if status >= 400:
        response.mimetype = problems.PROBLEM
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _scope() -> str:
    """Return the scope of a key: the customer, or the client address without login, with method and path.

    Without a readable address it is the body's fingerprint, so that strangers with the same key do not collide.
    """
    owner = g.get("customer_id") or client_address() or _fingerprint()
    return f"{owner} {request.method} {request.path}"


def _fingerprint() -> str:
    """Return an HMAC of the body; keyed, because bodies contain passwords."""
    canonical = json.dumps(g.get("json_body"), sort_keys=True, separators=(",", ":"))
    return hmac.new(settings().SECRET_KEY.encode(), canonical.encode(), hashlib.sha256).hexdigest()
