"""Stripe's subscriptions and invoices in the shop's words."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from storefront.gateways.plans import Invoice, InvoiceLine, InvoicePayment, Subscription

Data = Mapping[str, Any]

_STATUS = {
    "trialing": "trialing",
    "active": "active",
    "past_due": "past_due",
    "unpaid": "past_due",
    "incomplete": "past_due",
    "paused": "paused",
    "canceled": "cancelled",
    "incomplete_expired": "cancelled",
}
_UNPAID = ("past_due", "unpaid", "incomplete", "paused")
"""Stripe has begun a period that nobody paid."""


def to_subscription(data: Data, *, is_current: bool = False) -> Subscription:
    """Translate a subscription; periods are those of its first plan, prices those of all together."""
    items = data["items"]["data"]
    first, method = items[0], _method(data)
    status = "paused" if data.get("pause_collection") and data["status"] == "active" else _STATUS[data["status"]]
    period_start, period_end = _time(first["current_period_start"]), _time(first["current_period_end"])
    return Subscription(
        id=data["id"],
        order_id=(data.get("metadata") or {}).get("order_id"),
        status=status,
        price_minor=sum((item["price"]["unit_amount"] or 0) * (item.get("quantity") or 1) for item in items),
        currency=data["currency"].upper(),
        interval=first["price"]["recurring"]["interval"],
        current_period_end=period_end,
        paid_until=period_start if data["status"] in _UNPAID else period_end,
        cancel_at_period_end=bool(data["cancel_at_period_end"] or data.get("cancel_at")),
        trial_ends_at=_maybe_time(data.get("trial_end")),
        cancelled_at=_maybe_time(data.get("canceled_at")),
        ended_at=_maybe_time(data.get("ended_at")),
        card_id=method if isinstance(method, str) else (method or {}).get("id"),
        is_current=is_current,
        **_card(method),
    )


def to_invoice(data: Data) -> Invoice:
    """Translate an invoice; what it is for hangs on its parent since Stripe's version basil."""
    details = (data.get("parent") or {}).get("subscription_details") or {}
    subscription = details.get("subscription")
    return Invoice(
        id=data["id"],
        order_id=(details.get("metadata") or {}).get("order_id"),
        subscription_id=subscription if isinstance(subscription, str) else (subscription or {}).get("id"),
        reason=data.get("billing_reason") or "",
        status=data.get("status") or "",
        paid_minor=data["amount_paid"],
        currency=data["currency"].upper(),
        lines=tuple(
            InvoiceLine(
                name=line.get("description") or "", quantity=line.get("quantity") or 1, amount_minor=line["amount"]
            )
            for line in data["lines"]["data"]
        ),
    )


def to_invoice_payment(data: Data) -> InvoicePayment:
    """Translate what ties an invoice to its payment."""
    invoice = data["invoice"]
    return InvoicePayment(
        id=data["id"],
        invoice_id=invoice if isinstance(invoice, str) else invoice["id"],
        payment_id=data["payment"].get("payment_intent"),
    )


def _method(data: Data) -> Any:
    """Return the card that is charged: the subscription's, or else the customer's if Stripe showed it."""
    customer = data.get("customer")
    settings = customer.get("invoice_settings") or {} if isinstance(customer, Mapping) else {}
    return data.get("default_payment_method") or settings.get("default_payment_method")


def _card(method: Any) -> dict[str, str]:
    card = method.get("card") if isinstance(method, Mapping) else None
    return {"card_brand": card["brand"], "card_last4": card["last4"]} if card else {}


def _time(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)


def _maybe_time(stamp: int | None) -> datetime | None:
    return _time(stamp) if stamp is not None else None
