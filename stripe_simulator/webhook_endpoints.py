"""Webhook endpoints: created, changed and deleted through the API; one more is named when the simulator starts.

Stripe refuses addresses of one's own machine; the simulator, which lives there, takes them.
"""

from __future__ import annotations

from . import account_objects
from .errors import invalid, no_such
from .event_types import ALL
from .ids import new_id
from .listing import page
from .records import Json, Record, UnitOfWork, merge_metadata
from .settings import API_VERSION

KIND = "webhook_endpoint"
MAXIMUM = 16
CONFIGURED_ENDPOINT = "we_1SimulatorStartedWith"


def create(work: UnitOfWork, params: Json) -> Json:
    """Create an endpoint; only this response shows its secret."""
    if len(work.select(KIND)) >= MAXIMUM:
        raise invalid(f"You have reached the maximum of {MAXIMUM} test webhook endpoints.")
    secret = new_id("whsec_", 32)
    body = account_objects.webhook_endpoint(params, new_id("we_1"), work.now)
    work.add(Record(body, private={"secrets": [secret]}))
    return body | {"secret": secret}


def retrieve(work: UnitOfWork, params: Json, endpoint: str) -> Json:
    """Return one endpoint."""
    return _get(work, endpoint).body


def list_endpoints(work: UnitOfWork, params: Json) -> Json:
    """Return a page of endpoints."""
    return page(work, KIND, "/v1/webhook_endpoints", params)


def update(work: UnitOfWork, params: Json, endpoint: str) -> Json:
    """Change an endpoint's address, types or state; its API version stays what it was made with."""
    record = _get(work, endpoint)
    record.body |= {name: params[name] for name in ("enabled_events", "url") if name in params}
    if "description" in params:
        record.body["description"] = params["description"] or None
    if "disabled" in params:
        record.body["status"] = "disabled" if params["disabled"] else "enabled"
    merge_metadata(record.body, params)
    work.save(record)
    return record.body


def delete(work: UnitOfWork, params: Json, endpoint: str) -> Json:
    """Delete an endpoint; its pending deliveries are dropped."""
    record = _get(work, endpoint)
    work.delete(record)
    return {"id": record.id, "object": KIND, "deleted": True}


def apply_configured_endpoint(work: UnitOfWork) -> None:
    """Create, change or remove the endpoint of the settings, which is sent every type of event."""
    record = work.find(CONFIGURED_ENDPOINT)
    if not work.settings.webhook_url:
        if record:
            work.delete(record)
        return
    if record is None:
        data = {"url": work.settings.webhook_url, "enabled_events": [ALL]}
        record = work.add(Record(account_objects.webhook_endpoint(data, CONFIGURED_ENDPOINT, work.now)))
    record.body |= {"url": work.settings.webhook_url, "status": "enabled", "api_version": API_VERSION}
    record.private["secrets"] = list(work.settings.webhook_secrets)
    work.save(record)
    # A database of an older version does not say which endpoint a delivery is for: there was only one.
    work.connection.execute("UPDATE deliveries SET endpoint = ? WHERE endpoint IS NULL", (CONFIGURED_ENDPOINT,))


def _get(work: UnitOfWork, identifier: str) -> Record:
    record = work.find(identifier)
    if record is None or record.kind != KIND:
        raise no_such("webhook endpoint", identifier, "webhook_endpoint")
    return record
