"""One unit of work: an open transaction, the simulated time, and the objects of the database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .errors import no_such
from .faults import WebhookFaults
from .settings import SimulatorSettings

Json = dict[str, Any]


@dataclass
class Record:
    """One object: what the API shows (`body`) and what only the simulator knows (`private`)."""

    body: Json
    private: Json = field(default_factory=dict)
    parent: str | None = None
    due: int | None = None
    kind: str = ""

    def __post_init__(self) -> None:
        self.kind = self.kind or self.body["object"]

    @property
    def id(self) -> str:
        """The object's identifier."""
        return str(self.body["id"])


@dataclass
class UnitOfWork:
    """The open transaction of one request or one due object; whoever opened it commits it."""

    connection: sqlite3.Connection
    now: int
    settings: SimulatorSettings
    webhook_faults: WebhookFaults
    public_url: str
    # What the API request that caused this said of itself; empty for the page and the clock.
    request_id: str | None = None
    idempotency_key: str | None = None

    def find(self, identifier: str) -> Record | None:
        """Return the object with this id, of whatever kind."""
        row = self.connection.execute("SELECT * FROM objects WHERE id = ?", (identifier,)).fetchone()
        return _record(row) if row else None

    def get(self, kind: str, identifier: str, param: str = "id") -> Record:
        """Return the object of this kind with this id, or raise Stripe's 404."""
        found = self.find(identifier)
        if found is None or found.kind != kind:
            raise no_such(kind, identifier, param)
        return found

    def add(self, record: Record) -> Record:
        """Write a new object."""
        self.connection.execute(
            "INSERT INTO objects (id, kind, parent, created, due, body, private) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                record.id,
                record.kind,
                record.parent,
                record.body.get("created", self.now),
                record.due,
                to_json(record.body),
                json.dumps(record.private),
            ),
        )
        return record

    def save(self, record: Record) -> None:
        """Write an object that was changed."""
        self.connection.execute(
            "UPDATE objects SET body = ?, private = ?, parent = ?, due = ? WHERE id = ?",
            (to_json(record.body), json.dumps(record.private), record.parent, record.due, record.id),
        )

    def delete(self, record: Record) -> None:
        """Remove an object."""
        self.connection.execute("DELETE FROM objects WHERE id = ?", (record.id,))

    def select(
        self, kind: str, where: str = "1", values: Sequence[Any] = (), limit: int = 1000, oldest_first: bool = False
    ) -> list[Record]:
        """Return objects of one kind that meet a condition, newest first unless told otherwise."""
        order = "ASC" if oldest_first else "DESC"
        # The condition is the simulator's own text; whatever comes from outside is among the values.
        query = f"SELECT * FROM objects WHERE kind = ? AND ({where}) ORDER BY seq {order} LIMIT ?"  # nosec B608
        rows = self.connection.execute(query, (kind, *values, limit))
        return [_record(row) for row in rows]

    def next_due(self) -> Record | None:
        """Return the object that is due first, if one is due."""
        row = self.connection.execute(
            "SELECT * FROM objects WHERE due IS NOT NULL AND due <= ? ORDER BY due, seq LIMIT 1", (self.now,)
        ).fetchone()
        return _record(row) if row else None

    def at(self, moment: int) -> UnitOfWork:
        """Return the same work at an earlier simulated time."""
        return replace(self, now=moment)


def to_json(body: Json) -> str:
    """Return the text of an object, laid out as Stripe does; an event is delivered as exactly these bytes."""
    return json.dumps(body, ensure_ascii=False, indent=2)


def merge_metadata(body: Json, params: Json) -> None:
    """Apply new metadata the way Stripe does: an empty value removes a key, an empty set removes all."""
    if "metadata" in params:
        merged = body["metadata"] | params["metadata"] if params["metadata"] else {}
        body["metadata"] = {key: value for key, value in merged.items() if value != ""}


def _record(row: sqlite3.Row) -> Record:
    return Record(json.loads(row["body"]), json.loads(row["private"]), row["parent"], row["due"], row["kind"])
