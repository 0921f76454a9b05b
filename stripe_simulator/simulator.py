"""The state of a running simulator: its database, clock, faults and webhook dispatcher."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from . import portal_configurations, webhook_endpoints
from .delivery import WebhookDispatcher
from .faults import ApiFaults, WebhookFaults
from .records import UnitOfWork
from .scheduler import run_due
from .settings import SimulatorSettings
from .store import Store


class Simulator:
    """What the API, the pages, the dashboard and the control API share."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.public_url = settings.public_url.rstrip("/") or "http://127.0.0.1:12111"
        self.store = Store(settings.database)
        self.api_faults = ApiFaults()
        self.webhook_faults = WebhookFaults()
        self.dispatcher = WebhookDispatcher(self.store, settings, self.webhook_faults)
        self.stopping = threading.Event()
        self._offset = self._read_offset()
        self._apply_account_settings()

    @property
    def offset(self) -> int:
        """Seconds by which the simulated clock is ahead of the real one."""
        return self._offset

    def now(self) -> int:
        """The simulated time."""
        return int(time.time()) + self._offset

    @contextmanager
    def unit_of_work(self, request_id: str | None = None, idempotency_key: str | None = None) -> Iterator[UnitOfWork]:
        """Open one unit of work, with everything that is due by now already done."""
        with self.store.transaction() as connection:
            work = self._unit_of_work(connection)
            # What becomes due is not caused by this request.
            run_due(work)
            yield replace(work, request_id=request_id, idempotency_key=idempotency_key)
        self.dispatcher.wake()

    def advance(self, seconds: int) -> None:
        """Move the simulated clock on and do what is due by then."""
        with self.store.transaction() as connection:
            self._offset += seconds
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('offset', ?)", (str(self._offset),))
        with self.unit_of_work():
            pass

    def tick(self) -> None:
        """Do what is due, without taking the write lock when nothing is."""
        with self.store.read_connection() as connection:
            due = connection.execute("SELECT 1 FROM objects WHERE due <= ? LIMIT 1", (self.now(),)).fetchone()
        if due:
            with self.unit_of_work():
                pass

    def start_threads(self) -> None:
        """Start delivering and ticking."""
        self.dispatcher.start()
        threading.Thread(target=self._run_clock, name="simulator-clock", daemon=True).start()

    def stop(self) -> None:
        """Stop the threads and close the file."""
        self.stopping.set()
        self.dispatcher.stop()
        self.store.close()

    def _apply_account_settings(self) -> None:
        """Create, change or remove the webhook endpoint and the portal configuration that the settings name."""
        with self.store.transaction() as connection:
            work = self._unit_of_work(connection)
            webhook_endpoints.apply_configured_endpoint(work)
            portal_configurations.apply_default(work)

    def _unit_of_work(self, connection: sqlite3.Connection) -> UnitOfWork:
        return UnitOfWork(connection, self.now(), self.settings, self.webhook_faults, self.public_url)

    def _run_clock(self) -> None:
        while not self.stopping.wait(1.0):
            with suppress(sqlite3.OperationalError):
                self.tick()

    def _read_offset(self) -> int:
        with self.store.read_connection() as connection:
            row = connection.execute("SELECT value FROM facts WHERE name = 'offset'").fetchone()
        return int(row["value"]) if row else 0
