"""Idempotency keys: the first response is stored and returned again for a day."""

from __future__ import annotations

import json
import sqlite3

from .errors import ApiError, invalid
from .records import Json

KEPT_SECONDS = 24 * 3600


def claim(connection: sqlite3.Connection, key: str, fingerprint: str, now: int) -> tuple[int, Json] | None:
    """Reserve a key for this request, or return the response that is stored under it."""
    if len(key) > 255:
        raise invalid("Idempotency keys cannot be longer than 255 characters.")
    connection.execute("DELETE FROM idempotency WHERE created <= ?", (now - KEPT_SECONDS,))
    row = connection.execute("SELECT * FROM idempotency WHERE key = ?", (key,)).fetchone()
    if row is None:
        connection.execute(
            "INSERT INTO idempotency (key, fingerprint, created) VALUES (?, ?, ?)", (key, fingerprint, now)
        )
        return None
    if row["fingerprint"] != fingerprint:
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
    if row["status"] is None:
        raise ApiError(
            f"There is currently another in-progress request using this Idempotent Key: {key}. This may be caused by "
            "a retry that was sent before the first request finished.",
            status=409,
            code="idempotency_key_in_use",
        )
    return int(row["status"]), json.loads(row["body"])


def store(connection: sqlite3.Connection, key: str, status: int, body: Json) -> None:
    """Store the response of the request that holds the key."""
    connection.execute("UPDATE idempotency SET status = ?, body = ? WHERE key = ?", (status, json.dumps(body), key))


def release(connection: sqlite3.Connection, key: str) -> None:
    """Release the key of a request that did nothing."""
    connection.execute("DELETE FROM idempotency WHERE key = ? AND status IS NULL", (key,))
