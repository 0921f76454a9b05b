"""What the gateway sends about plans fits Stripe's schemas, and it understands what Stripe sends about them."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from storefront.gateways.payments import (
    Charge,
    CheckoutLine,
    Invoice,
    InvoicePayment,
    Payment,
    PaymentRefused,
    Refund,
    SessionSnapshot,
    SubscriptionSnapshot,
    Unreadable,
)
from storefront.money import pesos
from storefront.services.payments import event_processing
from tests.contract import test_gateway_contract as base
from tests.contract.test_gateway_contract import REQUEST, Contract, Wire

FOLDER = os.environ.get("STRIPE_CONTRACT_DIR", "")
pytestmark = base.pytestmark
document, wire, contract = base.document, base.wire, base.contract

MONTHLY = CheckoutLine(name="FitAiid Premium mensual", unit_price_minor=pesos(39_900), quantity=1, interval="month")
PLAN = replace(
    REQUEST,
    lines=(MONTHLY, *REQUEST.lines),
    total_minor=REQUEST.total_minor + pesos(39_900),
    customer_id="",
)
VARIANTS = {
    "a plan, goods, freight, coupon": PLAN,
    "a plan alone": replace(
        PLAN, lines=(MONTHLY,), discount_minor=0, shipping_minor=None, shipping_name="", total_minor=pesos(39_900)
    ),
    "a year": replace(
        PLAN,
        lines=(replace(MONTHLY, interval="year", unit_price_minor=pesos(399_000)),),
        discount_minor=0,
        shipping_minor=0,
        total_minor=pesos(399_000),
    ),
    "a trial": replace(
        PLAN, lines=(MONTHLY,), discount_minor=0, shipping_minor=None, trial_days=7, total_minor=0, language="en"
    ),
    "a trial with goods": replace(PLAN, trial_days=7, total_minor=REQUEST.total_minor),
}


def buyer(wire: Wire) -> str:
    return wire.gateway.ensure_customer("01m86bs3yv", email="ana@example.com", name="Ana Pérez", language="es")


@pytest.mark.parametrize("name", VARIANTS)
def test_a_plan_s_page_is_what_stripe_accepts_and_costs_the_order_s_total(
    wire: Wire, contract: Contract, name: str
) -> None:
    request = replace(VARIANTS[name], customer_id=buyer(wire))
    page = wire.gateway.open_checkout(request, "attempt:1")
    assert (page.total_minor, page.customer_id, page.order_id) == (
        request.total_minor, request.customer_id, request.order_id,
    )  # fmt: skip
    for sent in wire.sent:
        contract.check(sent)
    (created,) = [sent for sent in wire.sent if sent.path == "/v1/checkout/sessions"]
    names = {key.split("[")[0] for key, _ in created.fields}
    assert not names & {"payment_intent_data", "shipping_options", "customer_email"}
    assert ("subscription_data[metadata][order_id]", request.order_id) in created.fields
    lines = wire.gateway.fetch_lines(page.id)
    assert [(line.name, line.interval) for line in lines] == [(line.name, line.interval) for line in request.lines]


def test_one_stripe_customer_for_one_of_ours(wire: Wire, contract: Contract) -> None:
    assert buyer(wire) == buyer(wire)
    for sent in wire.sent:
        contract.check(sent)


def test_the_whole_life_of_a_plan_fits(wire: Wire, contract: Contract) -> None:
    gateway = wire.gateway
    customer = buyer(wire)
    page = gateway.open_checkout(replace(PLAN, customer_id=customer), "attempt:1")
    wire.pay(page)
    paid = gateway.fetch_checkout(page.id)
    assert paid.is_paid
    assert paid.payment_id is None
    assert paid.subscription_id
    assert paid.invoice_id
    payment_id = gateway.payment_of_invoice(paid.invoice_id)
    assert payment_id
    assert gateway.refund(payment_id, pesos(39_900), reference="r1").status == "succeeded"
    state = gateway.fetch_subscription(paid.subscription_id)
    assert (state.status, state.price_minor, state.interval, state.order_id) == (
        "active", pesos(39_900), "month", REQUEST.order_id,
    )  # fmt: skip
    assert (state.card_brand, state.card_last4, state.is_current) == ("visa", "4242", True)
    assert state.paid_until == state.current_period_end
    assert gateway.set_cancellation(paid.subscription_id, at_period_end=True).cancel_at_period_end
    assert not gateway.set_cancellation(paid.subscription_id, at_period_end=False).cancel_at_period_end
    back = "https://shop.fitaiid.example/account/subscriptions"
    url = gateway.portal_url(customer, shop="https://shop.fitaiid.example", return_url=back, language="es")
    assert requests.get(url, timeout=5).status_code == 200
    for _ in range(2):
        gateway.end_subscription(paid.subscription_id)
    assert gateway.fetch_subscription(paid.subscription_id).ended_at
    with pytest.raises(PaymentRefused):
        gateway.set_cancellation(paid.subscription_id, at_period_end=True)
    for sent in wire.sent:
        # The published schemas lack this one; the simulator's rules for it are compared with the SDK's types.
        if sent.path != "/v1/billing_portal/configurations":
            contract.check(sent)


def test_a_failing_renewal_is_understood(wire: Wire) -> None:
    gateway = wire.gateway
    page = gateway.open_checkout(replace(VARIANTS["a plan alone"], customer_id=buyer(wire)), "attempt:1")
    requests.post(f"{wire.simulator}/_sim/pay/{page.id}", json={"card": "4000000000000341"}, timeout=10)
    subscription_id = gateway.fetch_checkout(page.id).subscription_id or ""
    before = gateway.fetch_subscription(subscription_id)
    requests.post(f"{wire.simulator}/_sim/clock", json={"advance": 32 * 24 * 3600}, timeout=10)
    after = gateway.fetch_subscription(subscription_id)
    assert (after.status, after.paid_until) == ("past_due", before.current_period_end)


SAMPLES = ("subscription_first_invoice", "subscription_renewal", "subscription_renewal_failed")


def test_stripe_s_own_samples_are_understood(wire: Wire) -> None:
    scenarios: Any = json.loads((Path(FOLDER) / "events-samples.json").read_text())["scenarios"]
    told = [wire.gateway.translate_event(event) for name in SAMPLES for event in scenarios[name]["events"]]
    by_type = {event.type: event.subject for event in told}
    first = next(event.subject for event in told if event.type == "invoice.paid")
    assert isinstance(first, Invoice)
    assert (first.reason, first.order_id, first.paid_minor) == ("subscription_create", "ord_2001", 4_990_000)
    failed = by_type["invoice.payment_failed"]
    assert isinstance(failed, Invoice)
    assert (failed.reason, failed.status, failed.paid_minor) == ("subscription_cycle", "open", 0)
    payment = by_type["invoice_payment.paid"]
    assert isinstance(payment, InvoicePayment)
    assert payment.payment_id == "pi_3SampleIntent000000000002"
    state = by_type["customer.subscription.updated"]
    assert isinstance(state, SubscriptionSnapshot)
    assert (state.status, state.order_id, state.card_id) == ("past_due", "ord_2001", "pm_1SampleMethod0000000001")
    assert state.paid_until < state.current_period_end


def test_every_object_of_an_event_can_be_read_anew(wire: Wire, contract: Contract) -> None:
    """However little of it an event shows, Stripe's answer is today's shape."""
    gateway = wire.gateway
    page = gateway.open_checkout(replace(VARIANTS["a plan alone"], customer_id=buyer(wire)), "attempt:1")
    wire.pay(page)
    bought = gateway.open_checkout(REQUEST, "attempt:2")
    gateway.refund(wire.pay(bought), pesos(10_000), reference="r1")
    requests.post(f"{wire.simulator}/_sim/clock", json={"advance": 60}, timeout=10)  # an invoice's payment comes late
    listed = [event for event in gateway.list_events(None).events if event.type in event_processing.HANDLERS]
    seen = set()
    for event in listed:
        subject = event.payload["data"]["object"]
        bare = {**event.payload, "data": {"object": {"id": subject["id"], "object": subject["object"]}}}
        told = gateway.translate_event(bare)
        with pytest.raises(Unreadable):
            assert told.subject
        answer = gateway.fetch_subject(told)
        assert (type(answer), answer.id) == (type(event.subject), subject["id"])
        seen.add(type(answer))
    assert seen == {SessionSnapshot, Payment, Charge, Refund, SubscriptionSnapshot, Invoice, InvoicePayment}
    for sent in wire.sent:
        contract.check(sent)


@pytest.mark.parametrize("kind", sorted(event_processing.HANDLERS))
def test_what_stripe_does_not_know_is_a_definite_refusal(wire: Wire, kind: str) -> None:
    event = wire.gateway.translate_event({"type": kind, "data": {"object": {"id": "x_nothing"}}})
    with pytest.raises(PaymentRefused) as refusal:
        wire.gateway.fetch_subject(event)
    assert not refusal.value.is_passing
