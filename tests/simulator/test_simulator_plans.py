"""Plans: begun on the payment page, renewed by the clock, failing, mended in the portal, cancelled, refunded."""

from __future__ import annotations

import html
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import stripe

from stripe_simulator import periods

DAY = 24 * 3600
FIRST = [
    "charge.succeeded",
    "payment_method.attached",
    "customer.updated",
    "checkout.session.completed",
    "customer.subscription.created",
    "payment_intent.created",
    "payment_intent.succeeded",
    "invoice.created",
    "invoice.finalized",
    "invoice.paid",
    "invoice.payment_succeeded",
]
RENEWAL = [
    "customer.subscription.updated",
    "invoice.created",
    "invoice.finalized",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
]


def plan(amount: int = 3_990_000, interval: str = "month") -> dict[str, Any]:
    data = {
        "currency": "cop",
        "unit_amount": amount,
        "recurring": {"interval": interval},
        "product_data": {"name": "Plan"},
    }
    return {"price_data": data, "quantity": 1}


def plan_params(bench: Any, *lines: Any, trial: int | None = None, **changes: Any) -> dict[str, Any]:
    customer = changes.pop("customer", None) or bench.v1.customers.create({"email": "ana@example.com"}).id
    data: dict[str, Any] = {"metadata": {"order_id": "ord_1"}}
    if trial:
        data["trial_period_days"] = trial
    return {
        "mode": "subscription",
        "customer": customer,
        "customer_email": None,
        "payment_intent_data": None,
        "subscription_data": data,
        "line_items": [plan(), *lines],
    } | changes


def bought(bench: Any, *lines: Any, card: str = "4242424242424242", **changes: Any) -> Any:
    """Return the session of a plan that was just paid."""
    session = bench.session(**plan_params(bench, *lines, **changes))
    bench.pay(session, card)
    return bench.read(session)


def subscription(bench: Any, session: Any) -> Any:
    return bench.v1.subscriptions.retrieve(session.subscription)


def period_end(bench: Any, session: Any) -> int:
    end: int = subscription(bench, session)["items"].data[0].current_period_end
    return end


def to_the_end(bench: Any, session: Any, extra: int = 60) -> None:
    now = requests.get(f"{bench.url}/_sim/clock", timeout=5).json()["now"]
    bench.sim("clock", {"advance": period_end(bench, session) - now + extra})


def portal(bench: Any, session: Any) -> str:
    made = bench.v1.billing_portal.sessions.create(
        {"customer": session.customer, "return_url": "https://shop.example/account/subscriptions", "locale": "es-419"}
    )
    return str(made.url)


def shown(url: str) -> str:
    return html.unescape(requests.get(url, timeout=5).text).replace("\u00a0", " ")


def test_a_paid_session_tells_in_the_order_that_was_recorded(bench: Any) -> None:
    session = bought(bench)
    assert bench.types() == ["customer.created", *FIRST]
    assert (session.payment_intent, session.payment_status, session.status) == (None, "paid", "complete")
    assert session.invoice.startswith("in_")
    made = subscription(bench, session)
    assert (made.status, made.latest_invoice, made.metadata.to_dict()) == (
        "active",
        session.invoice,
        {"order_id": "ord_1"},
    )
    bench.sim("clock", {"advance": 15})
    assert bench.types()[-1] == "invoice_payment.paid"


def test_one_time_goods_and_shipping_are_lines_of_the_first_invoice_only(bench: Any, helpers: Any) -> None:
    coupon = bench.v1.coupons.create({"amount_off": 1_000_000, "currency": "cop", "duration": "once"})
    session = bought(bench, helpers.line(10_000_000), helpers.line(2_500_000), discounts=[{"coupon": coupon.id}])
    assert session.amount_total == 3_990_000 + 12_500_000 - 1_000_000
    invoice = bench.v1.invoices.retrieve(session.invoice)
    assert (invoice.total, invoice.amount_paid, invoice.billing_reason) == (
        15_490_000,
        15_490_000,
        "subscription_create",
    )
    assert [line.amount for line in invoice.lines.data] == [3_990_000, 10_000_000, 2_500_000]
    to_the_end(bench, session)
    renewal = bench.v1.invoices.retrieve(subscription(bench, session).latest_invoice)
    assert (renewal.total, renewal.billing_reason, renewal.status) == (3_990_000, "subscription_cycle", "paid")


def test_the_payment_of_an_invoice_is_found_both_ways_and_refunded(bench: Any) -> None:
    session = bought(bench)
    (payment,) = bench.v1.invoice_payments.list({"invoice": session.invoice}).data
    intent = payment.payment.payment_intent
    found = bench.v1.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent}}).data
    assert [entry.invoice for entry in found] == [session.invoice]
    assert bench.v1.invoice_payments.retrieve(payment.id).status == "paid"
    assert bench.v1.invoice_payments.list({"status": "open"}).data == []
    expanded = bench.v1.invoices.retrieve(session.invoice, {"expand": ["payments"]})
    assert expanded.payments.data[0].id == payment.id
    refund = bench.v1.refunds.create({"payment_intent": intent, "amount": 990_000})
    assert (refund.status, refund.payment_intent) == ("succeeded", intent)


def test_one_step_of_the_clock_makes_every_renewal_once_and_in_order(bench: Any) -> None:
    session = bought(bench)
    end = period_end(bench, session)
    to_the_end(bench, session, 2 * 31 * DAY)
    paid_events = [event for event in bench.log() if event["type"] == "invoice.paid"]
    created = [event["payload"]["data"]["object"]["created"] for event in paid_events]
    assert len(paid_events) == 4
    assert created[1] == end
    assert created == sorted(created)
    assert bench.types()[len(FIRST) + 2 :][:9] == RENEWAL
    starts = [event["payload"]["data"]["object"]["lines"]["data"][0]["period"]["start"] for event in paid_events]
    assert starts[1:] == created[1:]


@pytest.mark.parametrize("bench", [{"draft_seconds": 3600}], indirect=True)
def test_a_draft_can_wait_an_hour_as_it_does_at_stripe(bench: Any) -> None:
    session = bought(bench)
    to_the_end(bench, session)
    latest = subscription(bench, session).latest_invoice
    assert bench.v1.invoices.retrieve(latest).status == "draft"
    bench.sim("clock", {"advance": 3600})
    assert bench.v1.invoices.retrieve(latest).status == "paid"


def test_a_trial_costs_nothing_until_it_ends(bench: Any, helpers: Any) -> None:
    session = bought(bench, trial=7)
    assert (session.amount_total, session.payment_status) == (0, "no_payment_required")
    made = subscription(bench, session)
    assert (made.status, made.trial_end - made.trial_start) == ("trialing", 7 * DAY)
    assert bench.v1.invoices.retrieve(session.invoice).amount_paid == 0
    assert bench.v1.invoice_payments.list({"invoice": session.invoice}).data == []
    to_the_end(bench, session)
    after = subscription(bench, session)
    assert (after.status, bench.v1.invoices.retrieve(after.latest_invoice).amount_paid) == ("active", 3_990_000)
    mixed = bought(bench, helpers.line(10_000_000), trial=7)
    assert (mixed.amount_total, mixed.payment_status) == (10_000_000, "paid")


def test_a_failing_renewal_is_mended_in_the_portal(bench: Any) -> None:
    session = bought(bench, card="4000000000000341")
    to_the_end(bench, session)
    assert subscription(bench, session).status == "past_due"
    assert bench.types()[-2:] == ["invoice.payment_failed", "customer.subscription.updated"]
    open_invoice = subscription(bench, session).latest_invoice
    assert bench.v1.invoices.retrieve(open_invoice).next_payment_attempt
    url = portal(bench, session)
    assert "El último cobro no pasó" in shown(url)
    typed = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "name": "Ana"}
    refused = requests.post(f"{url}/card", typed | {"number": "4000000000000002"}, timeout=5)
    assert (refused.status_code, "Tu banco rechazó" in html.unescape(refused.text)) == (402, True)
    assert "Guardamos tu tarjeta" in html.unescape(requests.post(f"{url}/card", typed, timeout=5).text)
    mended = bench.v1.subscriptions.retrieve(
        session.subscription, {"expand": ["default_payment_method", "customer.invoice_settings.default_payment_method"]}
    )
    assert (mended.status, mended.default_payment_method.card.last4) == ("active", "4242")
    assert mended.customer.invoice_settings.default_payment_method.id == mended.default_payment_method.id
    assert bench.v1.invoices.retrieve(open_invoice).status == "paid"


def test_a_plan_that_is_never_paid_ends_after_the_last_try(bench: Any) -> None:
    session = bought(bench, card="4000000000000341")
    to_the_end(bench, session, 16 * DAY)
    ended = subscription(bench, session)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert bench.types().count("invoice.payment_failed") == 4
    assert bench.types()[-1] == "customer.subscription.deleted"


def test_cancelled_at_the_end_of_the_period_and_resumed_before(bench: Any) -> None:
    session = bought(bench)
    change = bench.v1.subscriptions.update
    cancelled = change(session.subscription, {"cancel_at_period_end": True})
    assert (cancelled.status, cancelled.cancel_at) == ("active", period_end(bench, session))
    resumed = change(session.subscription, {"cancel_at_period_end": False})
    assert (resumed.cancel_at, resumed.canceled_at) == (None, None)
    url = portal(bench, session)
    page = requests.post(f"{url}/plans/{session.subscription}/cancel", timeout=5)
    assert "Seguir con el plan" in page.text
    to_the_end(bench, session)
    ended = subscription(bench, session)
    assert (ended.status, bench.types().count("invoice.paid")) == ("canceled", 1)
    assert "No tienes planes activos" in shown(url)
    with pytest.raises(stripe.InvalidRequestError, match="can only update"):
        change(session.subscription, {"cancel_at_period_end": True})
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        bench.v1.subscriptions.cancel(session.subscription)


def test_ended_at_once(bench: Any) -> None:
    session = bought(bench)
    ended = bench.v1.subscriptions.cancel(session.subscription)
    assert (ended.status, bench.types()[-1]) == ("canceled", "customer.subscription.deleted")
    assert ended.ended_at == ended.canceled_at
    to_the_end(bench, session)
    assert bench.types().count("invoice.paid") == 1


def test_the_payment_page_says_what_is_charged_later(bench: Any) -> None:
    session = bench.session(**plan_params(bench))
    page = shown(session.url)
    for words in ("$ 39.900 al mes", "Suscribirme y pagar $ 39.900", "hasta que canceles", 'value="ana@example.com"'):
        assert words in page
    trial = shown(bench.session(**plan_params(bench, trial=7)).url)
    for words in ("Luego $ 39.900 al mes", "Empezar", "Número de la tarjeta"):
        assert words in trial


def test_a_declined_plan_leaves_the_session_open_and_no_subscription(bench: Any) -> None:
    for trial in (None, 7):
        session = bench.session(**plan_params(bench, trial=trial))
        assert bench.pay(session, "4000000000000002")["outcome"] == "declined"
        assert (bench.read(session).status, bench.read(session).payment_intent) == ("open", None)
    asked = bench.session(**plan_params(bench))
    assert bench.pay(asked, "4000002760003184", threeDS="confirm")["paymentStatus"] == "paid"
    assert bench.types().count("customer.subscription.created") == 1


def test_an_unknown_visit_of_the_portal(bench: Any) -> None:
    assert requests.get(f"{bench.url}/p/session/bps_nothing", timeout=5).status_code == 404
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        bench.v1.billing_portal.sessions.create({"customer": "cus_nobody"})


def at(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, 12, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("anchor", "interval", "count", "expected"),
    [
        (at(2026, 1, 31), "month", 1, at(2026, 2, 28)),
        (at(2026, 1, 31), "month", 2, at(2026, 3, 31)),
        (at(2026, 11, 24), "month", 2, at(2027, 1, 24)),
        (at(2028, 2, 29), "year", 1, at(2029, 2, 28)),
        (at(2026, 12, 30), "week", 1, at(2027, 1, 6)),
    ],
)
def test_periods_follow_the_calendar(anchor: int, interval: str, count: int, expected: int) -> None:
    assert periods.after(anchor, {"interval": interval, "interval_count": 1}, count) == expected


def test_no_day_gets_lost_after_a_short_month() -> None:
    monthly = {"interval": "month", "interval_count": 1}
    assert periods.next_end(at(2026, 1, 31), monthly, at(2026, 2, 28)) == at(2026, 3, 31)
