"""Stripe's objects in the shop's words; plain data in, our frozen types out."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from storefront.gateways.payments import Charge, Checkout, Dispute, PaidLine, Payment, PaymentEvent, Refund
from storefront.gateways.stripe_payments.plan_translation import to_invoice, to_invoice_payment, to_subscription


def to_checkout(data: Mapping[str, Any]) -> Checkout:
    """Translate a Checkout Session."""
    metadata = data.get("metadata") or {}
    details = data.get("customer_details") or {}
    return Checkout(
        id=data["id"],
        order_id=metadata.get("order_id"),
        status=data["status"] or "open",
        payment_status=data["payment_status"],
        total_minor=data["amount_total"] or 0,
        currency=(data["currency"] or "").upper(),
        url=data.get("url"),
        payment_id=data.get("payment_intent"),
        expires_at=_time(data["expires_at"]),
        seal=metadata.get("quote"),
        email=details.get("email") or data.get("customer_email"),
        customer_id=data.get("customer"),
        subscription_id=data.get("subscription"),
        invoice_id=data.get("invoice"),
        payload=data,
    )


def to_refund(data: Mapping[str, Any]) -> Refund:
    """Translate a refund."""
    return Refund(
        id=data["id"],
        payment_id=data.get("payment_intent"),
        amount_minor=data["amount"],
        currency=data["currency"].upper(),
        status=data.get("status") or "pending",
        reference=(data.get("metadata") or {}).get("refund_id"),
    )


def _to_payment(data: Mapping[str, Any]) -> Payment:
    failure = data.get("last_payment_error") or {}
    return Payment(
        id=data["id"],
        order_id=(data.get("metadata") or {}).get("order_id"),
        received_minor=data.get("amount_received") or 0,
        currency=data["currency"].upper(),
        failure_code=failure.get("decline_code") or failure.get("code"),
        amount_minor=data.get("amount") or 0,
        customer_id=data.get("customer"),
    )


def _to_charge(data: Mapping[str, Any]) -> Charge:
    return Charge(
        id=data["id"],
        payment_id=data.get("payment_intent"),
        order_id=(data.get("metadata") or {}).get("order_id"),
        amount_minor=data["amount"],
        refunded_minor=data["amount_refunded"],
        currency=data["currency"].upper(),
    )


def _to_dispute(data: Mapping[str, Any]) -> Dispute:
    return Dispute(
        id=data["id"],
        payment_id=data.get("payment_intent"),
        amount_minor=data["amount"],
        status=data["status"],
        reason=data["reason"],
    )


_TRANSLATORS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "checkout.session": to_checkout,
    "payment_intent": _to_payment,
    "charge": _to_charge,
    "refund": to_refund,
    "dispute": _to_dispute,
    "subscription": to_subscription,
    "invoice": to_invoice,
    "invoice_payment": to_invoice_payment,
}


def to_event(payload: Mapping[str, Any]) -> PaymentEvent:
    """Translate an event; what the shop has no word for has no subject."""
    return PaymentEvent(
        id=payload["id"],
        type=payload["type"],
        created_at=_time(payload["created"]),
        is_live=payload["livemode"],
        subject=_subject(payload["data"]["object"]),
        payload=payload,
    )


def to_paid_line(item: Mapping[str, Any]) -> PaidLine:
    """Translate a line of a session."""
    price = item.get("price") or {}
    recurring = price.get("recurring") or {}
    return PaidLine(
        name=item["description"],
        quantity=item["quantity"],
        unit_price_minor=item["amount_subtotal"] // item["quantity"],
        discount_minor=item["amount_discount"],
        interval=recurring.get("interval"),
        recurring_minor=price.get("unit_amount") if recurring else None,
    )


def _subject(data: Mapping[str, Any]) -> Any:
    translate = _TRANSLATORS.get(data.get("object", ""))
    return translate(data) if translate else None


def _time(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)
