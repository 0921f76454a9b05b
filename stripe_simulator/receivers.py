"""Who is sent which event, and with whose secret it is signed."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from .event_types import ALL


@dataclass(frozen=True)
class Receiver:
    """A webhook endpoint as a delivery sees it."""

    id: str
    url: str
    is_enabled: bool
    types: tuple[str, ...]
    api_version: str | None
    secrets: tuple[str, ...]


def find(connection: sqlite3.Connection, identifier: str) -> Receiver | None:
    """Return one endpoint, or None if it was deleted."""
    row = connection.execute(
        "SELECT * FROM objects WHERE id = ? AND kind = 'webhook_endpoint'", (identifier,)
    ).fetchone()
    return _receiver(row) if row else None


def enabled(connection: sqlite3.Connection) -> list[Receiver]:
    """Return every endpoint that is sent events, oldest first."""
    rows = connection.execute("SELECT * FROM objects WHERE kind = 'webhook_endpoint' ORDER BY seq").fetchall()
    return [receiver for receiver in map(_receiver, rows) if receiver.is_enabled]


def listening(connection: sqlite3.Connection, kind: str) -> list[Receiver]:
    """Return the endpoints that are sent events of this type."""
    return [receiver for receiver in enabled(connection) if {ALL, kind} & set(receiver.types)]


def _receiver(row: sqlite3.Row) -> Receiver:
    body = json.loads(row["body"])
    return Receiver(
        id=body["id"],
        url=body["url"],
        is_enabled=body["status"] == "enabled",
        types=tuple(body["enabled_events"]),
        api_version=body["api_version"],
        secrets=tuple(json.loads(row["private"])["secrets"]),
    )
