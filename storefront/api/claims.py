"""Claims on idempotency keys: one thread renews those of this process while their requests run.

So a key is free soon after its process was killed, and never while its request only waits for a slow Stripe.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app

from storefront.errors import DatabaseUnavailable
from storefront.services import idempotency

logger = logging.getLogger(__name__)


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


def register(app: Flask) -> None:
    """Add the renewal of claims to the application; each process starts its thread with its first claim."""
    app.extensions["claims"] = Renewal(app)


@contextmanager
def renewed(owner: str) -> Iterator[None]:
    """Renew a claim until the block ends."""
    renewal: Renewal = current_app.extensions["claims"]
    with renewal.of(owner):
        yield
