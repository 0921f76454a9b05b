"""The simulator's own SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    parent TEXT,
    created INTEGER NOT NULL,
    due INTEGER,             -- simulated time at which the scheduler handles this object
    body TEXT NOT NULL,      -- what the API shows; for events the very bytes that are delivered
    private TEXT NOT NULL    -- what only the simulator knows
);
CREATE INDEX IF NOT EXISTS objects_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_parent ON objects (parent);
CREATE INDEX IF NOT EXISTS objects_due ON objects (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    endpoint TEXT,                           -- the webhook endpoint that it goes to
    status TEXT NOT NULL DEFAULT 'pending',  -- pending, delivered, failed, dropped
    due REAL NOT NULL,                       -- real time of the next attempt
    attempts INTEGER NOT NULL DEFAULT 0,
    http_status INTEGER,
    error TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_event ON deliveries (event_id);
CREATE INDEX IF NOT EXISTS deliveries_pending ON deliveries (due) WHERE status = 'pending';
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    created INTEGER NOT NULL,
    status INTEGER,          -- null while the first request is still running
    body TEXT
);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class Store:
    """Opens connections to the database; one stays open, so that SQLite does not checkpoint its log at each close."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = self._connect()
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(SCHEMA)
        self._add_missing_column()
        # A request that was running when the process died will never finish.
        self._connection.execute("DELETE FROM idempotency WHERE status IS NULL")

    def _add_missing_column(self) -> None:
        """Add the column that databases of an older version lack: they knew one endpoint only."""
        columns = {row["name"] for row in self._connection.execute("PRAGMA table_info(deliveries)")}
        if "endpoint" not in columns:
            self._connection.execute("ALTER TABLE deliveries ADD COLUMN endpoint TEXT")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that holds the write lock; commit at the end, roll back on any exception."""
        connection = self._connect()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.close()

    @contextmanager
    def read_connection(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection for reads without a lock."""
        connection = self._connect()
        try:
            yield connection
        finally:
            connection.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
