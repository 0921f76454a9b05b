"""Stripe's subscriptions and invoices as the shop's types."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from storefront.enums import BillingInterval, PlanStatus
from storefront.gateways.payments import Unreadable
from storefront.gateways.stripe.fields import LOWEST, Fields
from storefront.gateways.subscriptions import Invoice, InvoiceLine, InvoicePayment, SubscriptionSnapshot

Data = Mapping[str, Any]

_STATUS = {
    "trialing": PlanStatus.TRIALING,
    "active": PlanStatus.ACTIVE,
    "past_due": PlanStatus.PAST_DUE,
    "unpaid": PlanStatus.PAST_DUE,
    "incomplete": PlanStatus.PAST_DUE,
    "paused": PlanStatus.PAUSED,
    "canceled": PlanStatus.CANCELLED,
    "incomplete_expired": PlanStatus.CANCELLED,
}
_UNPAID = ("past_due", "unpaid", "incomplete", "paused")
"""Stripe has begun a period that nobody paid."""


def to_subscription(data: Data, *, is_current: bool = False) -> SubscriptionSnapshot:
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
    period = dated.moment("current_period_start"), dated.moment("current_period_end")
    trial_ends_at = plan.maybe_moment("trial_end")
    return SubscriptionSnapshot(
        id=plan.text("id"),
        order_id=plan.mark("order_id"),
        status=PlanStatus.PAUSED if is_paused else _STATUS[provider_status],
        price_minor=sum(_price_of(item) for item in items),
        currency=plan.currency(),
        interval=items[0].inner("price").inner("recurring").choice("interval", tuple(BillingInterval)),
        current_period_end=period[1],
        paid_until=_paid_until(period, trial_ends_at, is_unpaid=is_paused or provider_status in _UNPAID),
        cancel_at_period_end=bool(data.get("cancel_at_period_end") or data.get("cancel_at")),
        trial_ends_at=trial_ends_at,
        cancelled_at=plan.maybe_moment("canceled_at"),
        ended_at=plan.maybe_moment("ended_at"),
        card_id=method.reference("card"),
        charged_until=_charged_until(data),
        end_reason=plan.inner("cancellation_details").maybe_text("reason", 40),
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
    made = Invoice(
        id=invoice.text("id"),
        order_id=order_id,
        subscription_id=subscription_id,
        reason=reason,
        status=invoice.maybe_text("status") or "",
        paid_minor=invoice.amount("amount_paid"),
        currency=invoice.currency(),
        lines=tuple(_to_line(line) for line in invoice.items("lines")),
        due_minor=invoice.maybe_amount("amount_due") or 0,
        attempts=invoice.maybe_amount("attempt_count") or 0,
        next_attempt_at=invoice.maybe_moment("next_payment_attempt"),
        paid_at=invoice.inner("status_transitions").maybe_moment("paid_at"),
    )
    start, end = _period(invoice)
    return replace(made, period_start=start, period_end=end)


def to_invoice_payment(data: Data) -> InvoicePayment:
    """Translate what ties an invoice to its payment."""
    row = Fields(data, "invoice_payment")
    invoice_id = row.reference("invoice")
    if invoice_id is None:
        raise Unreadable("invoice_payment.invoice is missing")
    return InvoicePayment(
        id=row.text("id"), invoice_id=invoice_id, payment_id=row.inner("payment").reference("payment_intent")
    )


def _paid_until(period: tuple[datetime, datetime], trial_ends_at: datetime | None, *, is_unpaid: bool) -> datetime:
    """Return the end of what was paid, as far as a subscription alone contains it.

    The first period after a trial begins an hour before anybody tries to charge it.
    """
    start, end = period
    if trial_ends_at is not None and trial_ends_at >= start:
        return trial_ends_at
    return start if is_unpaid else end


def _charged_until(data: Data) -> datetime | None:
    """Return the end of the period that the newest invoice paid for, where Stripe showed that invoice whole."""
    newest = data.get("latest_invoice")
    if not isinstance(newest, Mapping) or newest.get("status") != "paid":
        return None
    return _period(Fields(newest, "invoice"))[1]


def _period(invoice: Fields) -> tuple[datetime | None, datetime | None]:
    """Return the period of the line that lasts longest; goods have none, and a trial is not charged."""
    lines = [line for line in invoice.items("lines") if line.amount("amount", at_least=LOWEST) > 0]
    periods = [line.inner("period") for line in lines if line.data.get("period")]
    ends = [(period.moment("end"), period.moment("start")) for period in periods]
    end, start = max((pair for pair in ends if pair[0] > pair[1]), default=(None, None))
    return start, end


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
