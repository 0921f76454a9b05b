"""A session in subscription mode becomes a subscription, told of in the order that recorded runs show."""

from __future__ import annotations

import copy

from . import invoices, subscriptions
from .checkout import complete
from .events import emit
from .records import Json, Record, Work


def subscribe(work: Work, session: Record, method: Json, buyer: Json, intent: Record | None, born: Json | None) -> str:
    """Begin the plan that a session sells; return the id of the session's completed event.

    `intent` is what paid the first invoice, None when nothing is due today; `born` is the intent as
    it was made, when nobody was told of it yet.
    """
    customer = attach(work, session.body["customer"], method["id"], session.body["currency"])
    subscription, invoice = subscriptions.begin(work, session, method)
    draft = copy.deepcopy(invoice.body) | {"status": "draft", "number": None}
    open_invoice = copy.deepcopy(invoice.body)
    invoices.settle(work, invoice, intent.id if intent else None, told=False)
    session.body |= {"subscription": subscription.id, "invoice": invoice.id}
    emit(work, "customer.updated", customer.body, {"currency": None})
    status = "paid" if intent else "no_payment_required"
    completed = complete(work, session, buyer, status)
    emit(work, "customer.subscription.created", subscription.body)
    if born:
        emit(work, "payment_intent.created", born)
    if intent:
        emit(work, "payment_intent.succeeded", intent.body)
    emit(work, "invoice.created", draft)
    emit(work, "invoice.finalized", open_invoice)
    invoices.tell_paid(work, invoice.body)
    return completed


def attach(work: Work, customer_id: str, method_id: str, currency: str | None = None) -> Record:
    """Give a customer a card."""
    method = work.get("payment_method", method_id)
    method.body["customer"] = customer_id
    work.save(method)
    emit(work, "payment_method.attached", method.body)
    customer = work.get("customer", customer_id)
    if currency:
        customer.body["currency"] = currency
    work.save(customer)
    return customer
