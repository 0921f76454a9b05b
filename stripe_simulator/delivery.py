"""Webhook deliveries: signed, retried, and with the faults that a test has set."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import sqlite3
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit

from . import delivery_targets
from .delivery_targets import DeliveryTarget
from .faults import WebhookFaults
from .records import to_json
from .settings import API_VERSION, SimulatorSettings
from .store import Store


def signature(body: bytes, secrets: tuple[str, ...], moment: int) -> str:
    """Return the Stripe-Signature header: one v1 for each secret, and the v0 that verifiers must ignore."""
    signed = f"{moment}.".encode() + body
    parts = [f"v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}" for secret in secrets]
    return ",".join([f"t={moment}", *parts, f"v0={hashlib.sha256(body).hexdigest()}"])


class WebhookDispatcher:
    """Delivers pending events one after the other, in the order they were written."""

    def __init__(self, store: Store, settings: SimulatorSettings, webhook_faults: WebhookFaults) -> None:
        self.store = store
        self.settings = settings
        self.webhook_faults = webhook_faults
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._attempted = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread that delivers."""
        self._thread = threading.Thread(target=self._run, name="simulator-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the delivery that is in progress."""
        self._stopping = True
        self._wake.set()
        if self._thread:
            self._thread.join(timeout=2)

    def wake(self) -> None:
        """Look for due deliveries now."""
        self._wake.set()

    def deliver_due(self) -> None:
        """Attempt every delivery that is due."""
        with self._lock:
            due = self._due()
            if self.webhook_faults.shuffle:
                random.shuffle(due)
            for delivery in due:
                if self._stopping:
                    return
                self._attempt(delivery)

    def targets_of(self, event_id: str) -> list[DeliveryTarget]:
        """Return the endpoints that are sent events of this type."""
        with self.store.read_connection() as connection:
            row = connection.execute(
                "SELECT json_extract(body, '$.type') AS type FROM objects WHERE id = ?", (event_id,)
            ).fetchone()
            return delivery_targets.list_for_type(connection, row["type"])

    def redeliver(self, event_id: str) -> int | None:
        """Deliver an event once more, now, to every endpoint of its type.

        Return the HTTP status, the first that is no success if there are several; None if there was no answer.
        """
        statuses = [self._redeliver(event_id, target) for target in self.targets_of(event_id)]
        failures = [status for status in statuses if not _is_success(status)]
        return (failures or statuses)[0]

    def _redeliver(self, event_id: str, target: DeliveryTarget) -> int | None:
        status, error = self._post(target, self._body(event_id, target))
        with self.store.transaction() as connection:
            result = "delivered" if _is_success(status) else "failed"
            connection.execute(
                "INSERT INTO deliveries (event_id, endpoint, status, due, attempts, http_status, error) "
                "VALUES (?, ?, ?, ?, 1, ?, ?)",
                (event_id, target.id, result, time.time(), status, error),
            )
            if result == "delivered":
                # The shop has it now: what was lost or still to come for this event is settled.
                connection.execute(
                    "UPDATE deliveries SET status = 'delivered' "
                    "WHERE event_id = ? AND endpoint = ? AND status != 'delivered'",
                    (event_id, target.id),
                )
        return status

    def wait_attempted(self, event_id: str, seconds: float) -> bool:
        """Wait until the first delivery of an event was answered, failed or lost; say whether it was in time."""
        if self._thread is None:
            self.deliver_due()
        deadline = time.monotonic() + seconds
        with self._attempted:
            while not self._is_attempted(event_id):
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._attempted.wait(min(left, 0.2))
        return True

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(0.1)
            self._wake.clear()
            # A file that is busy for too long must not end the deliveries; the next round finds them again.
            with suppress(sqlite3.OperationalError):
                self.deliver_due()

    def _due(self) -> list[sqlite3.Row]:
        with self.store.read_connection() as connection:
            return connection.execute(
                "SELECT * FROM deliveries WHERE status = 'pending' AND due <= ? ORDER BY seq LIMIT 100", (time.time(),)
            ).fetchall()

    def _is_attempted(self, event_id: str) -> bool:
        with self.store.read_connection() as connection:
            row = connection.execute(
                "SELECT COUNT(*) FROM deliveries WHERE event_id = ? AND status = 'pending' AND attempts = 0",
                (event_id,),
            ).fetchone()
        return int(row[0]) == 0

    def _attempt(self, delivery: sqlite3.Row) -> None:
        if self.webhook_faults.take_loss():
            self._record(delivery, "dropped", None, "lost on purpose", delivery["due"])
            return
        target = self._target(delivery["endpoint"])
        if target is None:
            self._record(delivery, "failed", None, "the endpoint is disabled or deleted", delivery["due"])
            return
        status, error = self._post(target, self._body(delivery["event_id"], target))
        if _is_success(status):
            self._record(delivery, "delivered", status, None, delivery["due"])
            return
        waits = self.settings.retry_seconds
        if delivery["attempts"] < len(waits):
            due = time.time() + waits[delivery["attempts"]] * self.settings.retry_scale
            self._record(delivery, "pending", status, error, due)
        else:
            self._record(delivery, "failed", status, error, delivery["due"])

    def _record(self, delivery: sqlite3.Row, result: str, status: int | None, error: str | None, due: float) -> None:
        with self.store.transaction() as connection:
            connection.execute(
                "UPDATE deliveries SET status = ?, attempts = attempts + 1, http_status = ?, error = ?, due = ? "
                "WHERE seq = ?",
                (result, status, error, due, delivery["seq"]),
            )
        with self._attempted:
            self._attempted.notify_all()

    def _target(self, identifier: str) -> DeliveryTarget | None:
        """Return an endpoint if it is enabled; Stripe drops the pending deliveries of any other."""
        with self.store.read_connection() as connection:
            target = delivery_targets.find(connection, identifier)
        return target if target and target.is_enabled else None

    def _body(self, event_id: str, target: DeliveryTarget) -> bytes:
        """Return the bytes of an event, named with the endpoint's API version though always shaped by ours."""
        with self.store.read_connection() as connection:
            row = connection.execute("SELECT body FROM objects WHERE id = ?", (event_id,)).fetchone()
        text = str(row["body"])
        if target.api_version not in (None, API_VERSION):
            text = to_json(json.loads(text) | {"api_version": target.api_version})
        return text.encode()

    def _post(self, target: DeliveryTarget, body: bytes) -> tuple[int | None, str | None]:
        """Send the bytes; redirects are not followed, so they count as failures, as with Stripe."""
        url = urlsplit(target.url)
        secrets = ("whsec_wrong",) if self.webhook_faults.wrong_secret else target.secrets
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(body, secrets, int(time.time()) + self.webhook_faults.timestamp_shift),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        connection = kind(url.hostname or "127.0.0.1", url.port, timeout=self.settings.delivery_timeout)
        try:
            connection.request("POST", (url.path or "/") + (f"?{url.query}" if url.query else ""), body, headers)
            response = connection.getresponse()
            response.read()
            return response.status, None if _is_success(response.status) else f"HTTP {response.status}"
        except (OSError, http.client.HTTPException) as problem:
            return None, type(problem).__name__
        finally:
            connection.close()


def _is_success(status: int | None) -> bool:
    return status is not None and 200 <= status < 300
