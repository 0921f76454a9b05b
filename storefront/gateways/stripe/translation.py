"""Stripe's objects as the shop's types; plain data in, our frozen types out, `Unreadable` where a field is odd."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storefront import clock
from storefront.enums import BillingInterval, CheckoutPayment, CheckoutStatus, RefundStatus
from storefront.gateways.payments import (
    Charge,
    Dispute,
    PaidLine,
    Payment,
    PaymentEvent,
    Refund,
    SessionSnapshot,
    Subject,
    Unreadable,
)
from storefront.gateways.stripe.fields import Fields
from storefront.gateways.stripe.subscription_translation import to_invoice, to_invoice_payment, to_subscription

_LONGEST_TYPE = 80
_LONGEST_BRAND = 20
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,254}")
_REFUND_STATES = tuple(status for status in RefundStatus if status != RefundStatus.REQUESTED)


def to_checkout(data: Mapping[str, Any]) -> SessionSnapshot:
    """Translate a Checkout Session; only a complete one must have amount and currency."""
    fields = Fields(data, "checkout.session")
    status = fields.choice("status", tuple(CheckoutStatus), default=CheckoutStatus.OPEN)
    has_sum = status == CheckoutStatus.COMPLETE or fields.data.get("currency") is not None
    checkout = SessionSnapshot(
        id=fields.text("id"),
        order_id=fields.mark("order_id"),
        status=status,
        payment_status=fields.choice("payment_status", tuple(CheckoutPayment)),
        total_minor=fields.amount("amount_total")
        if status == CheckoutStatus.COMPLETE
        else fields.maybe_amount("amount_total") or 0,
        currency=fields.currency() if has_sum else "",
        url=fields.maybe_text("url", limit=5000),
        payment_id=fields.reference("payment_intent"),
        expires_at=fields.maybe_moment("expires_at"),
        quote_hash=fields.mark("quote", limit=64),
        email=fields.inner("customer_details").maybe_text("email", limit=254)
        or fields.maybe_text("customer_email", 254),
        customer_id=fields.reference("customer"),
        subscription_id=fields.reference("subscription"),
        invoice_id=fields.reference("invoice"),
        payload=data,
    )
    if checkout.is_paid and checkout.total_minor and not (checkout.payment_id or checkout.invoice_id):
        raise Unreadable("checkout.session is paid and names neither its payment nor its invoice")
    return checkout


def to_refund(data: Mapping[str, Any]) -> Refund:
    """Translate a refund."""
    refund = Fields(data, "refund")
    return Refund(
        id=refund.text("id"),
        payment_id=refund.reference("payment_intent"),
        amount_minor=refund.amount("amount", at_least=1),
        currency=refund.currency(),
        status=refund.choice("status", _REFUND_STATES, default=RefundStatus.PENDING),
        reference=refund.mark("refund_id"),
    )


def _to_payment(data: Mapping[str, Any]) -> Payment:
    payment = Fields(data, "payment_intent")
    failure = payment.inner("last_payment_error")
    return Payment(
        id=payment.text("id"),
        order_id=payment.mark("order_id"),
        received_minor=payment.amount("amount_received"),
        currency=payment.currency(),
        failure_code=failure.maybe_text("decline_code") or failure.maybe_text("code"),
        amount_minor=payment.amount("amount"),
        customer_id=payment.reference("customer"),
    )


def _to_charge(data: Mapping[str, Any]) -> Charge:
    charge = Fields(data, "charge")
    return Charge(
        id=charge.text("id"),
        payment_id=charge.reference("payment_intent"),
        order_id=charge.mark("order_id"),
        amount_minor=charge.amount("amount"),
        refunded_minor=charge.amount("amount_refunded"),
        currency=charge.currency(),
        card=_card_of(data),
    )


def _card_of(charge: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return brand and last digits of a charge's card; an odd one is none, for the money counts without it."""
    details = charge.get("payment_method_details")
    card = details.get("card") if isinstance(details, Mapping) else None
    if not isinstance(card, Mapping):
        return None
    brand, last4 = card.get("brand"), card.get("last4")
    is_brand = isinstance(brand, str) and 0 < len(brand) <= _LONGEST_BRAND and brand.isascii() and brand.isprintable()
    is_last4 = isinstance(last4, str) and re.fullmatch(r"[0-9]{4}", last4, re.ASCII)
    return (str(brand), str(last4)) if is_brand and is_last4 else None


def _to_dispute(data: Mapping[str, Any]) -> Dispute:
    dispute = Fields(data, "dispute")
    return Dispute(
        id=dispute.text("id"),
        payment_id=dispute.reference("payment_intent"),
        amount_minor=dispute.amount("amount"),
        status=dispute.text("status"),
        reason=dispute.text("reason"),
    )


@dataclass(frozen=True, slots=True)
class Kind:
    """What a group of event types is about: Stripe's name of the object, and its translation."""

    name: str
    translate: Callable[[Mapping[str, Any]], Subject]


_KINDS = {
    "checkout.session": Kind("checkout.session", to_checkout),
    "payment_intent": Kind("payment_intent", _to_payment),
    "charge": Kind("charge", _to_charge),
    "charge.refund": Kind("refund", to_refund),
    "charge.dispute": Kind("dispute", _to_dispute),
    "refund": Kind("refund", to_refund),
    "customer.subscription": Kind("subscription", to_subscription),
    "invoice": Kind("invoice", to_invoice),
    "invoice_payment": Kind("invoice_payment", to_invoice_payment),
}
"""By the event's type without its last word."""


def kind_of(event_type: str) -> Kind | None:
    """Return what events of a type are about, None for what the shop has no type for."""
    return _KINDS.get(event_type.rpartition(".")[0])


def object_of(payload: Mapping[str, Any]) -> Fields:
    """Return the object that an event is about."""
    return Fields(Fields(payload.get("data"), "data").data.get("object"), "data.object")


def to_event(payload: Mapping[str, Any]) -> PaymentEvent:
    """Return the event of any payload; its subject is translated when it is first read."""
    event_id, event_type = payload.get("id"), payload.get("type")
    is_id = isinstance(event_id, str) and _ID.fullmatch(event_id)
    is_type = isinstance(event_type, str) and event_type.isprintable()
    return PaymentEvent(
        id=str(event_id) if is_id else _digest(payload),
        type=str(event_type)[:_LONGEST_TYPE] if is_type and event_type else "unknown",
        created_at=_created_at(payload) or clock.now(),
        is_live=payload.get("livemode") is True,
        payload=payload,
        problem=_problem(payload),
        translate=lambda: _to_subject(payload),
    )


def _problem(payload: Mapping[str, Any]) -> str:
    """Return why a payload is no snapshot event."""
    name = payload.get("object")
    if name == "event":
        return ""
    if name is None and payload.keys() == {"body"}:
        return "the body is no JSON object"
    if isinstance(name, str) and name.startswith("v2."):
        return "a thin event: it does not say what happened; the endpoint must get snapshot events"
    return "the body is no event"


def _created_at(payload: Mapping[str, Any]) -> datetime | None:
    try:
        return Fields(payload, "event").moment("created")
    except Unreadable:
        return None


def _digest(payload: Mapping[str, Any]) -> str:
    """Return a name for what has none: the same for the same payload."""
    return f"digest_{hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()}"


def _to_subject(payload: Mapping[str, Any]) -> Subject | None:
    kind = kind_of(str(payload.get("type")))
    if kind is None:
        return None
    Fields(payload, "event").moment("created")  # without it two states cannot be ordered
    subject = object_of(payload)
    if subject.data.get("object") != kind.name:
        raise Unreadable(f"data.object is no {kind.name}")
    return kind.translate(subject.data)


def to_paid_line(data: Mapping[str, Any]) -> PaidLine:
    """Translate a line of a session."""
    line = Fields(data, "line_item")
    price, quantity = line.inner("price"), line.amount("quantity", at_least=1)
    recurring = price.inner("recurring")
    return PaidLine(
        name=line.text("description", limit=250),
        quantity=quantity,
        unit_price_minor=line.amount("amount_subtotal") // quantity,
        discount_minor=line.amount("amount_discount"),
        interval=recurring.choice("interval", tuple(BillingInterval)) if recurring.data else None,
        recurring_minor=price.maybe_amount("unit_amount") if recurring.data else None,
        variant_id=line.inner("metadata").maybe_text("variant_id", limit=26) or "",
    )
