"""Idempotency-Key: the same request twice is done once and answered twice."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from flask import Response, g, jsonify, request

from storefront.api import problems
from storefront.api.body import idempotency_key
from storefront.api.words import detail_of
from storefront.errors import PaymentProviderError, ShopError, TooManyHolds
from storefront.limits import client_address
from storefront.services import idempotency
from storefront.settings import settings

_NOT_FINAL = (PaymentProviderError, TooManyHolds)
"""Refusals that are not kept: the client may try again with the same key and reaches the same order."""


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
        mine = idempotency.claim(_scope(), key, _fingerprint())
        if mine.is_replay:
            return _replay(mine, secrets)
        return _first(mine, lambda: view(*args, **kwargs), secrets)

    return guarded


def _first(mine: idempotency.Claim, work: Callable[[], Response], secrets: Secrets | None) -> Response:
    try:
        response = work()
    except _NOT_FINAL:
        idempotency.reopen(mine)
        raise
    except ShopError as refusal:
        response = problems.answer(refusal)
    except Exception:
        _keep(mine, problems.problem(500, "internal_error", detail_of(500)), None)
        raise
    _keep(mine, response, secrets)
    return response


def _keep(mine: idempotency.Claim, response: Response, secrets: Secrets | None) -> None:
    body = cast("dict[str, Any]", response.get_json())
    hidden = secrets.names if secrets else ()
    kept = {name: value for name, value in body.items() if name not in hidden}
    idempotency.keep(mine, response.status_code, kept)


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
