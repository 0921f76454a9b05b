"""The running simulator: its file, its clock, its faults and its courier."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from . import portal_configurations, webhook_endpoints
from .delivery import Courier
from .faults import ApiFaults, WebhookKnobs
from .records import Work
from .settings import SimulatorSettings
from .store import Store
from .timetable import run_due


class Simulator:
    """What the doors (API, page, dashboard, control) share."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.settings = settings
        self.public_url = settings.public_url.rstrip("/") or "http://127.0.0.1:12111"
        self.store = Store(settings.database)
        self.faults = ApiFaults()
        self.knobs = WebhookKnobs()
        self.courier = Courier(self.store, settings, self.knobs)
        self.stopping = threading.Event()
        self._offset = self._read_offset()
        self._open_account()

    @property
    def offset(self) -> int:
        """Seconds by which the simulated clock is ahead of the real one."""
        return self._offset

    def now(self) -> int:
        """The simulated time."""
        return int(time.time()) + self._offset

    @contextmanager
    def work(self, request_id: str | None = None, idempotency_key: str | None = None) -> Iterator[Work]:
        """Open one unit of work, with everything that is due by now already done."""
        with self.store.transaction() as connection:
            work = self._work(connection)
            # What the clock does is nobody's request.
            run_due(work)
            yield replace(work, request_id=request_id, idempotency_key=idempotency_key)
        self.courier.wake()

    def advance(self, seconds: int) -> None:
        """Move the simulated clock on and do what is due by then."""
        with self.store.transaction() as connection:
            self._offset += seconds
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('offset', ?)", (str(self._offset),))
        with self.work():
            pass

    def tick(self) -> None:
        """Do what is due, without taking the write lock when nothing is."""
        with self.store.reading() as connection:
            due = connection.execute("SELECT 1 FROM objects WHERE due <= ? LIMIT 1", (self.now(),)).fetchone()
        if due:
            with self.work():
                pass

    def start_threads(self) -> None:
        """Start delivering and ticking."""
        self.courier.start()
        threading.Thread(target=self._tick_on, name="simulator-clock", daemon=True).start()

    def stop(self) -> None:
        """Stop the threads and close the file."""
        self.stopping.set()
        self.courier.stop()
        self.store.close()

    def _open_account(self) -> None:
        """Have the webhook endpoint and the portal that the settings name, before anything happens."""
        with self.store.transaction() as connection:
            work = self._work(connection)
            webhook_endpoints.set_started_with(work)
            portal_configurations.set_default(work)

    def _work(self, connection: sqlite3.Connection) -> Work:
        return Work(connection, self.now(), self.settings, self.knobs, self.public_url)

    def _tick_on(self) -> None:
        while not self.stopping.wait(1.0):
            with suppress(sqlite3.OperationalError):
                self.tick()

    def _read_offset(self) -> int:
        with self.store.reading() as connection:
            row = connection.execute("SELECT value FROM facts WHERE name = 'offset'").fetchone()
        return int(row["value"]) if row else 0
