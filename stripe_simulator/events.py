"""Events and their deliveries, written in the transaction of the change that they report."""

from __future__ import annotations

import copy
import time
from typing import Any

from . import delivery_targets, objects
from .errors import invalid, no_such
from .listing import page
from .records import Json, Record, UnitOfWork

KEPT_SECONDS = 30 * 24 * 3600
UNDELIVERED = "EXISTS (SELECT 1 FROM deliveries d WHERE d.event_id = objects.id AND d.status != 'delivered')"


def emit(work: UnitOfWork, kind: str, body: Json, previous: Json | None = None) -> str:
    """Write an event about the object as it is now, with its deliveries; return the event's id."""
    request = {"id": work.request_id, "idempotency_key": work.idempotency_key}
    first = ""
    endpoints = [target.id for target in delivery_targets.list_for_type(work.connection, kind)]
    for _ in range(1 + work.webhook_faults.extra_events):
        event = objects.event(kind, copy.deepcopy(body), work.now, request, previous, len(endpoints))
        work.add(Record(event, parent=body.get("id")))
        _schedule(work, event["id"], endpoints)
        first = first or event["id"]
    return first


def _schedule(work: UnitOfWork, event_id: str, endpoints: list[str]) -> None:
    due = time.time() + work.webhook_faults.delay
    deliveries = [(event_id, endpoint, due) for endpoint in endpoints] * (1 + work.webhook_faults.extra_deliveries)
    work.connection.executemany("INSERT INTO deliveries (event_id, endpoint, due) VALUES (?, ?, ?)", deliveries)


def retrieve(work: UnitOfWork, params: Json, identifier: str) -> Json:
    """Return one event of the last 30 days."""
    record = work.get("event", identifier)
    if record.body["created"] < work.now - KEPT_SECONDS:
        raise no_such("event", identifier, "id")
    return with_pending_count(work, record)


def list_events(work: UnitOfWork, params: Json) -> Json:
    """Return a page of the events of the last 30 days."""
    if "type" in params and "types" in params:
        raise invalid("You may only specify one of these parameters: type, types.", "type", "parameters_exclusive")
    where, values = ["created >= ?"], [work.now - KEPT_SECONDS]
    wanted: list[Any] = params.get("types") or ([params["type"]] if "type" in params else [])
    if wanted:
        where.append("(" + " OR ".join("json_extract(body, '$.type') GLOB ?" for _ in wanted) + ")")
        values += wanted
    if "delivery_success" in params:
        where.append(f"NOT {UNDELIVERED}" if params["delivery_success"] else UNDELIVERED)
    return page(
        work, "event", "/v1/events", params, where, values, show=lambda record: with_pending_count(work, record)
    )


def with_pending_count(work: UnitOfWork, record: Record) -> Json:
    """Return an event as the API shows it: with the number of deliveries still to come."""
    count = work.connection.execute(
        "SELECT COUNT(*) FROM deliveries WHERE event_id = ? AND status = 'pending'", (record.id,)
    ).fetchone()[0]
    return record.body | {"pending_webhooks": count}
