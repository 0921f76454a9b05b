"""Invoices of subscriptions: created, finalized, paid or failed."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from . import payment_objects, subscription_objects
from .cards import Card, Decline, card_for
from .errors import refused
from .events import emit
from .ids import new_id
from .listing import equal, page
from .records import Json, Record, UnitOfWork

# Stripe's usual schedule: further attempts after 3, 5 and 7 days, then the subscription ends.
RETRY_AFTER = tuple(days * 24 * 3600 for days in (3, 5, 7))
PAYMENT_EVENT_DELAY = 15


@dataclass
class Attempt:
    """One try to collect an invoice."""

    work: UnitOfWork
    invoice: Record
    intent: Record
    method: Json
    card: Card

    @property
    def decline(self) -> Decline | None:
        """Why a bank refuses a charge while the cardholder is away."""
        return self.card.renewal_decline or self.card.decline


def create_draft(
    work: UnitOfWork, subscription: Json, lines: list[Json], reason: str, identifier: str, due: int | None = None
) -> Record:
    """Create the draft of an invoice."""
    customer = work.get("customer", subscription["customer"])
    body = subscription_objects.invoice(identifier, subscription, customer.body, lines, reason, work.now)
    return work.add(Record(body, parent=subscription["id"], due=due))


def finalize(work: UnitOfWork, invoice: Record) -> None:
    """Give a draft its number; from then on the customer owes it."""
    customer = work.get("customer", invoice.body["customer"])
    sequence = customer.body["next_invoice_sequence"]
    customer.body["next_invoice_sequence"] += 1
    work.save(customer)
    invoice.body |= {
        "status": "open",
        "number": f"{customer.body['invoice_prefix']}-{sequence:04d}",
        "effective_at": work.now,
        "ending_balance": 0,
    }
    invoice.body["status_transitions"]["finalized_at"] = work.now
    work.save(invoice)


def start_attempt(work: UnitOfWork, invoice: Record, method: Json) -> Attempt:
    """Create the intent that is to collect an invoice's open amount."""
    body = invoice.body
    data = {"setup_future_usage": "off_session", "description": "Subscription update"}
    intent_body = payment_objects.payment_intent(body["amount_due"], body["currency"], data, body["customer"], work.now)
    intent = work.add(Record(intent_body, parent=invoice.id))
    emit(work, "payment_intent.created", copy.deepcopy(intent_body))
    return Attempt(work, invoice, intent, method, card_of(work, method))


def card_of(work: UnitOfWork, method: Json) -> Card:
    """Return the test card behind a payment method."""
    return card_for(work.get("payment_method", method["id"]).private["card"])


def collect(attempt: Attempt) -> None:
    """Record a successful charge of the card."""
    work, intent = attempt.work, attempt.intent
    charge = work.add(Record(payment_objects.charge(intent.body, attempt.method, None, work.now), parent=intent.id))
    charge.body["balance_transaction"] = new_id("txn_3")
    work.save(charge)
    intent.body |= {
        "status": "succeeded",
        "amount_received": intent.body["amount"],
        "latest_charge": charge.id,
        "payment_method": attempt.method["id"],
    }
    work.save(intent)
    emit(work, "charge.succeeded", charge.body)
    emit(work, "payment_intent.succeeded", intent.body)
    settle(work, attempt.invoice, intent.id)


def settle(work: UnitOfWork, invoice: Record, intent_id: str | None, *, emits_paid: bool = True) -> None:
    """Mark an invoice as paid; without an intent nothing was due."""
    body = invoice.body
    paid_something = intent_id is not None
    body |= {
        "status": "paid",
        "amount_paid": body["amount_due"],
        "amount_remaining": 0,
        "attempted": True,
        "attempt_count": body["attempt_count"] + int(paid_something),
        "auto_advance": False,
        "next_payment_attempt": None,
    }
    body["status_transitions"]["paid_at"] = work.now
    invoice.due = None
    work.save(invoice)
    if intent_id is not None:
        payment = subscription_objects.invoice_payment(body, intent_id, work.now)
        work.add(Record(payment, parent=invoice.id, due=work.now + PAYMENT_EVENT_DELAY))
    if emits_paid:
        emit_paid(work, body)


def emit_paid(work: UnitOfWork, body: Json) -> None:
    """Send the two events about a paid invoice."""
    emit(work, "invoice.paid", body)
    emit(work, "invoice.payment_succeeded", body)


def fail(attempt: Attempt, decline: Decline) -> None:
    """Record a declined charge and when the next attempt follows."""
    work, intent, invoice = attempt.work, attempt.intent, attempt.invoice
    charge = work.add(Record(payment_objects.charge(intent.body, attempt.method, decline, work.now), parent=intent.id))
    intent.body |= {
        "latest_charge": charge.id,
        "last_payment_error": payment_objects.payment_error(decline, charge.id, attempt.method),
    }
    work.save(intent)
    done = invoice.body["attempt_count"]
    invoice.due = work.now + RETRY_AFTER[done] if done < len(RETRY_AFTER) else None
    invoice.body |= {"attempted": True, "attempt_count": done + 1, "next_payment_attempt": invoice.due}
    work.save(invoice)
    emit(work, "charge.failed", charge.body)
    emit(work, "payment_intent.payment_failed", intent.body)
    emit(work, "invoice.payment_failed", invoice.body)


def emit_payment_paid(work: UnitOfWork, payment: Record) -> None:
    """Send the event that follows a paid invoice some seconds later."""
    emit(work, "invoice_payment.paid", payment.body)


def retrieve(work: UnitOfWork, params: Json, invoice: str) -> Json:
    """Return one invoice."""
    return work.get("invoice", invoice, "invoice").body


def void(work: UnitOfWork, params: Json, invoice: str) -> Json:
    """Void an open invoice."""
    record = work.get("invoice", invoice, "invoice")
    if record.body["status"] != "open":
        raise refused("You can only pass in open invoices. This invoice isn't open.", "invoice")
    record.body |= {"status": "void", "auto_advance": False, "next_payment_attempt": None}
    record.body["status_transitions"]["voided_at"] = work.now
    record.due = None
    work.save(record)
    emit(work, "invoice.voided", record.body)
    return record.body


def stop(work: UnitOfWork, subscription: str) -> None:
    """Stop collecting the open invoices of a canceled subscription; they stay open."""
    condition = "json_extract(body, '$.parent.subscription_details.subscription') = ?"
    for record in work.select("invoice", f"{condition} AND json_extract(body, '$.status') = 'open'", [subscription]):
        record.body |= {"auto_advance": False, "next_payment_attempt": None}
        record.due = None
        work.save(record)


def list_invoices(work: UnitOfWork, params: Json) -> Json:
    """Return a page of invoices."""
    flat = params | {"plan": params["subscription"]} if "subscription" in params else params
    where, values = equal(flat, customer="customer", status="status", plan="parent.subscription_details.subscription")
    return page(work, "invoice", "/v1/invoices", params, where, values)


def retrieve_payment(work: UnitOfWork, params: Json, invoice_payment: str) -> Json:
    """Return one invoice payment."""
    return work.get("invoice_payment", invoice_payment, "invoice_payment").body


def list_payments(work: UnitOfWork, params: Json) -> Json:
    """Return a page of invoice payments, of an invoice or of a payment intent."""
    flat: dict[str, Any] = params | {"intent": params.get("payment", {}).get("payment_intent")}
    flat = {name: value for name, value in flat.items() if value is not None}
    where, values = equal(flat, invoice="invoice", status="status", intent="payment.payment_intent")
    return page(work, "invoice_payment", "/v1/invoice_payments", params, where, values)


def payments_of(work: UnitOfWork, invoice: str) -> Json:
    """Return the payments of one invoice."""
    data = [record.body for record in work.select("invoice_payment", "parent = ?", (invoice,), 10)]
    return {"object": "list", "data": data, "has_more": False, "url": f"/v1/invoice_payments?invoice={invoice}"}
