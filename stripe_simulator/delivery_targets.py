"""Which webhook endpoints an event is delivered to, and the secrets that sign it."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from .event_types import ALL


@dataclass(frozen=True)
class DeliveryTarget:
    """A webhook endpoint as a delivery sees it."""

    id: str
    url: str
    is_enabled: bool
    types: tuple[str, ...]
    api_version: str | None
    secrets: tuple[str, ...]


def find(connection: sqlite3.Connection, identifier: str) -> DeliveryTarget | None:
    """Return one endpoint, or None if it was deleted."""
    row = connection.execute(
        "SELECT * FROM objects WHERE id = ? AND kind = 'webhook_endpoint'", (identifier,)
    ).fetchone()
    return _target(row) if row else None


def list_enabled(connection: sqlite3.Connection) -> list[DeliveryTarget]:
    """Return every endpoint that is sent events, oldest first."""
    rows = connection.execute("SELECT * FROM objects WHERE kind = 'webhook_endpoint' ORDER BY seq").fetchall()
    return [target for target in map(_target, rows) if target.is_enabled]


def list_for_type(connection: sqlite3.Connection, kind: str) -> list[DeliveryTarget]:
    """Return the endpoints that are sent events of this type."""
    return [target for target in list_enabled(connection) if {ALL, kind} & set(target.types)]


def _target(row: sqlite3.Row) -> DeliveryTarget:
    body = json.loads(row["body"])
    return DeliveryTarget(
        id=body["id"],
        url=body["url"],
        is_enabled=body["status"] == "enabled",
        types=tuple(body["enabled_events"]),
        api_version=body["api_version"],
        secrets=tuple(json.loads(row["private"])["secrets"]),
    )
