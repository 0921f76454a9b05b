"""Completing a session in subscription mode; the order of the events is that of recorded runs of Stripe."""

from __future__ import annotations

import copy

from . import invoices, subscriptions
from .checkout import complete
from .events import emit
from .records import Json, Record, UnitOfWork


def subscribe(
    work: UnitOfWork, session: Record, method: Json, buyer: Json, intent: Record | None, created_intent: Json | None
) -> str:
    """Create the subscription that a session sells; return the id of the session's completed event.

    `intent` paid the first invoice; it is None when nothing is due today. `created_intent` is that intent as it was
    created, when the event of its creation is not written yet.
    """
    customer = attach_payment_method(work, session.body["customer"], method["id"], session.body["currency"])
    subscription, invoice = subscriptions.create_from_session(work, session, method)
    draft = copy.deepcopy(invoice.body) | {"status": "draft", "number": None}
    open_invoice = copy.deepcopy(invoice.body)
    invoices.settle(work, invoice, intent.id if intent else None, emits_paid=False)
    session.body |= {"subscription": subscription.id, "invoice": invoice.id}
    emit(work, "customer.updated", customer.body, {"currency": None})
    status = "paid" if intent else "no_payment_required"
    completed = complete(work, session, buyer, status)
    emit(work, "customer.subscription.created", subscription.body)
    if created_intent:
        emit(work, "payment_intent.created", created_intent)
    if intent:
        emit(work, "payment_intent.succeeded", intent.body)
    emit(work, "invoice.created", draft)
    emit(work, "invoice.finalized", open_invoice)
    invoices.emit_paid(work, invoice.body)
    return completed


def attach_payment_method(work: UnitOfWork, customer_id: str, method_id: str, currency: str | None = None) -> Record:
    """Attach a card to a customer."""
    method = work.get("payment_method", method_id)
    method.body["customer"] = customer_id
    work.save(method)
    emit(work, "payment_method.attached", method.body)
    customer = work.get("customer", customer_id)
    if currency:
        customer.body["currency"] = currency
    work.save(customer)
    return customer
