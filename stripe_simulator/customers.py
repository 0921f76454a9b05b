"""Customers, with the members that a shop needs."""

from __future__ import annotations

from . import objects, subscriptions
from .events import emit
from .listing import equal, page
from .records import Json, Record, UnitOfWork, merge_metadata

PLAIN_FIELDS = ("email", "name", "phone", "description")


def create(work: UnitOfWork, params: Json) -> Json:
    """Create a customer."""
    body = work.add(Record(objects.customer(params, work.now))).body
    emit(work, "customer.created", body)
    return body


def retrieve(work: UnitOfWork, params: Json, customer: str) -> Json:
    """Return one customer."""
    return work.get("customer", customer, "customer").body


def list_customers(work: UnitOfWork, params: Json) -> Json:
    """Return a page of customers."""
    where, values = equal(params, email="email")
    return page(work, "customer", "/v1/customers", params, where, values)


def update(work: UnitOfWork, params: Json, customer: str) -> Json:
    """Change a customer."""
    record = work.get("customer", customer, "customer")
    before = {name: record.body[name] for name in params if name in record.body}
    record.body |= {name: params[name] or None for name in PLAIN_FIELDS if name in params}
    if "address" in params:
        record.body["address"] = objects.address(params["address"] or None)
    if "shipping" in params:
        record.body["shipping"] = objects.shipping(params["shipping"] or None)
    if "preferred_locales" in params:
        record.body["preferred_locales"] = params["preferred_locales"]
    merge_metadata(record.body, params)
    work.save(record)
    emit(work, "customer.updated", record.body, before)
    return record.body


def delete(work: UnitOfWork, params: Json, customer: str) -> Json:
    """Delete a customer and cancel the subscriptions; payments stay."""
    record = work.get("customer", customer, "customer")
    for subscription in subscriptions.uncanceled_ids(work, record.id):
        subscriptions.cancel(work, {}, subscription)
    work.delete(record)
    emit(work, "customer.deleted", record.body)
    return {"id": record.id, "object": "customer", "deleted": True}
