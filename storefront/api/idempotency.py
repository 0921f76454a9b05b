"""Idempotency-Key: a repeated request gets the stored response and has no second effect.

One thread renews the claims of this process while their requests run. So a key is free soon after its process was
killed, and never while its request only waits for a slow Stripe.
"""

import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from flask import Flask, Response, current_app, g, jsonify, request

from storefront.api import problems
from storefront.client_addresses import client_address
from storefront.errors import DatabaseUnavailable, InvalidInput, ShopError
from storefront.services import idempotency
from storefront.settings import settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unstored:
    """A response with credentials or personal data: its body is not stored.

    For a repeated request `replay` logs in with the body's password and makes a new body, or raises a login's error.
    """

    replay: Callable[..., dict[str, Any]]


def register(app: Flask) -> None:
    """Add the renewal of claims to the application; each process starts its thread with its first claim."""
    app.extensions["claims"] = Renewal(app)


def idempotent(view: Callable[..., Response], unstored: Unstored | None) -> Callable[..., Response]:
    """Run a view once per key; its response is stored from the moment that the view has begun."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Response:
        key = idempotency_key()
        if key is None:
            return view(*args, **kwargs)
        customer_id, fingerprint = g.get("customer_id"), _fingerprint()
        # Without login and a readable address it is the body, so that strangers with the same key do not collide.
        owner = customer_id or client_address() or fingerprint
        claim = idempotency.claim(f"{owner} {request.method} {request.path}", key, fingerprint, customer_id)
        if claim.status is not None:
            body = claim.body or {}
            return _replay(claim.status, unstored.replay(*args, **kwargs) if unstored and claim.status < 400 else body)
        renewal: Renewal = current_app.extensions["claims"]
        with renewal.of(claim.owner):
            try:
                response = view(*args, **kwargs)
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

    return guarded


def idempotency_key() -> str | None:
    """Return the request's Idempotency-Key or None; raise `InvalidInput` for an invalid one."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not all(" " <= char <= "~" for char in key):
        raise InvalidInput({"Idempotency-Key": "invalid_key"})
    return key


def _fingerprint() -> str:
    """Return an HMAC of the body; keyed, because bodies contain passwords."""
    canonical = json.dumps(g.get("json_body"), sort_keys=True, separators=(",", ":"))
    return hmac.new(settings().SECRET_KEY.encode(), canonical.encode(), hashlib.sha256).hexdigest()


def _is_final(error: Exception) -> bool:
    """Return whether an error response is stored. A 5xx or 429 is not: a retry with the key reaches the same order."""
    return isinstance(error, ShopError) and problems.status_of(error) < 429


def _replay(status: int, body: dict[str, Any]) -> Response:
    response = jsonify(body)
    response.status_code = status
    if status >= 400:
        response.mimetype = problems.PROBLEM
    response.headers["Idempotent-Replayed"] = "true"
    return response


class Renewal:
    """The owners of one application's claims, and the thread that renews them and ends when there are none."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._owners: set[str] = set()
        self._lock = threading.Lock()
        self._is_running = False

    @contextmanager
    def of(self, owner: str) -> Iterator[None]:
        """Renew a claim until the block ends."""
        with self._lock:
            self._owners.add(owner)
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name="claims", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._owners.discard(owner)

    def _run(self) -> None:
        while owners := self._wait():
            try:
                with self._app.app_context():
                    idempotency.renew(owners)
            except DatabaseUnavailable:
                pass  # logged where it occurs; the next round tries again
            except Exception:
                logger.exception("claims on idempotency keys could not be renewed")

    def _wait(self) -> set[str]:
        """Wait, and return the owners to renew; an empty set ends the thread."""
        time.sleep(idempotency.RENEWED_EVERY.total_seconds())
        with self._lock:
            self._is_running = bool(self._owners)
            return set(self._owners)
