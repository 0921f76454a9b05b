"""Stripe's subscriptions and invoices in the shop's words."""

from collections.abc import Mapping
from typing import Any

from storefront.gateways.payments import Unreadable
from storefront.gateways.plans import Invoice, InvoiceLine, InvoicePayment, Subscription
from storefront.gateways.stripe_payments.fields import LOWEST, Fields

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

_INTERVALS = ("day", "week", "month", "year")


def to_subscription(data: Data, *, is_current: bool = False) -> Subscription:
    """Translate a subscription; periods are those of its first plan, prices those of all together.

    Before Stripe's version basil the period stood on the subscription itself.
    """
    plan, method = Fields(data, "subscription"), Fields({"card": _method(data)}, "subscription")
    items = plan.items("items")
    if not items:
        raise Unreadable("subscription.items is empty")
    dated = items[0] if "current_period_end" in items[0].data else plan
    provider_status = plan.choice("status", _STATUS)
    is_paused = bool(data.get("pause_collection")) and provider_status == "active"
    period_start, period_end = dated.moment("current_period_start"), dated.moment("current_period_end")
    return Subscription(
        id=plan.text("id"),
        order_id=plan.mark("order_id"),
        status="paused" if is_paused else _STATUS[provider_status],
        price_minor=sum(_price_of(item) for item in items),
        currency=plan.currency(),
        interval=items[0].inner("price").inner("recurring").choice("interval", _INTERVALS),
        current_period_end=period_end,
        paid_until=period_start if provider_status in _UNPAID else period_end,
        cancel_at_period_end=bool(data.get("cancel_at_period_end") or data.get("cancel_at")),
        trial_ends_at=plan.maybe_moment("trial_end"),
        cancelled_at=plan.maybe_moment("canceled_at"),
        ended_at=plan.maybe_moment("ended_at"),
        card_id=method.reference("card"),
        is_current=is_current,
        **_card(method.data["card"]),
    )


def to_invoice(data: Data) -> Invoice:
    """Translate an invoice; what it is for hangs on its parent, before Stripe's version basil on the invoice itself."""
    invoice = Fields(data, "invoice")
    details = invoice.inner("parent").inner("subscription_details")
    if "parent" not in data:
        old = {"subscription": data.get("subscription"), **invoice.inner("subscription_details").data}
        details = Fields(old, "invoice")
    order_id, subscription_id = details.mark("order_id"), details.reference("subscription")
    reason = invoice.maybe_text("billing_reason") or ""
    if reason.startswith("subscription") and not (order_id or subscription_id):
        raise Unreadable("invoice names no subscription")
    return Invoice(
        id=invoice.text("id"),
        order_id=order_id,
        subscription_id=subscription_id,
        reason=reason,
        status=invoice.maybe_text("status") or "",
        paid_minor=invoice.amount("amount_paid"),
        currency=invoice.currency(),
        lines=tuple(_to_line(line) for line in invoice.items("lines")),
    )


def to_invoice_payment(data: Data) -> InvoicePayment:
    """Translate what ties an invoice to its payment."""
    row = Fields(data, "invoice_payment")
    invoice_id = row.reference("invoice")
    if invoice_id is None:
        raise Unreadable("invoice_payment.invoice is missing")
    return InvoicePayment(
        id=row.text("id"), invoice_id=invoice_id, payment_id=row.inner("payment").reference("payment_intent")
    )


def _price_of(item: Fields) -> int:
    return (item.inner("price").maybe_amount("unit_amount") or 0) * (item.maybe_amount("quantity") or 1)


def _to_line(line: Fields) -> InvoiceLine:
    name = line.data.get("description")
    return InvoiceLine(
        name=name if isinstance(name, str) else "",
        quantity=line.maybe_amount("quantity") or 1,
        amount_minor=line.amount("amount", at_least=LOWEST),
    )


def _method(data: Data) -> Any:
    """Return the card that is charged: the subscription's, or else the customer's if Stripe showed it."""
    customer = data.get("customer")
    settings = Fields(customer, "customer").inner("invoice_settings").data if isinstance(customer, Mapping) else {}
    return data.get("default_payment_method") or settings.get("default_payment_method")


def _card(method: Any) -> dict[str, str]:
    card = Fields(method, "payment_method").inner("card") if isinstance(method, Mapping) else None
    if not card or not card.data:
        return {}
    known = {"card_brand": card.text("brand", 20), "card_last4": card.text("last4", 4)}
    fingerprint = card.maybe_text("fingerprint")  # a wallet may have none
    return known | ({"card_fingerprint": fingerprint} if fingerprint else {})
