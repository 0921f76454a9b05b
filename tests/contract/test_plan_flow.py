"""A plan's life in the shop, through the real gateway and the simulator: bought, renewed, failed, mended, over."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
import time_machine
from flask import Flask

from config import TestConfig
from storefront import clock, create_app
from storefront.database import db
from storefront.domain.order import Order
from storefront.gateways import payments as stripe
from storefront.services.downloads import library
from storefront.services.jobs import cleanup
from storefront.services.orders import own_orders
from storefront.services.payments import invoice_payments, reconcile, refunds, session_status
from storefront.services.shopper import Shopper
from storefront.services.subscriptions import management
from stripe_simulator import SimulatorSettings, start
from tests import events, factories, oracle, plans
from tests.conftest import CONTENT
from tests.events import Event
from tests.factories import PREMIUM, WHEY
from tests.fakes import KeepingMailer
from tests.plans import NUTRITION, PRICE, begin, only

CARD = {"number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123", "name": "Ana"}


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[str]:
    """Return the address of a running simulator."""
    running = start(SimulatorSettings(tmp_path / "stripe.sqlite"))
    yield running.url
    running.stop()


@pytest.fixture
def shop(sqlite_url: str, simulator: str) -> Iterator[Flask]:
    """Return a shop that talks to the simulator as it would to Stripe."""
    config = TestConfig({"DATABASE_URL": sqlite_url, "CONTENT_DIR": CONTENT, "STRIPE_API_BASE": simulator})
    app = create_app(config, mailer=KeepingMailer())
    with app.app_context():
        yield app
        oracle.check()
        db.session.remove()
        db.engine.dispose()


def control(simulator: str, path: str, **body: Any) -> Any:
    """Turn a knob of the simulator."""
    answer = requests.post(f"{simulator}/_sim/{path}", json=body, timeout=15)
    assert answer.status_code == 200, answer.text
    return answer.json()


def to_the_next_period(simulator: str, extra: int = 60) -> None:
    """Move Stripe's clock past the end of the plan's period, and hear what it told."""
    now = requests.get(f"{simulator}/_sim/clock", timeout=5).json()["now"]
    control(simulator, "clock", advance=int(only().current_period_end.timestamp()) - now + extra)
    reconcile.reconcile()


def buy(simulator: str, *goods: tuple[str, int], card: str = "4242424242424242") -> tuple[Shopper, Any]:
    """Buy a plan on the payment page."""
    shopper, started = begin(*goods)
    control(simulator, f"pay/{started.session_id}", card=card)
    reconcile.reconcile()
    return shopper, started


def test_a_plan_with_goods_renews_and_is_refunded(shop: Flask, simulator: str) -> None:
    shopper, started = buy(simulator, (PREMIUM, 1), (WHEY, 1))
    mine = shopper.customer_id or ""
    assert factories.state_of(started) == ("confirmed", "paid")
    assert (only().status, factories.stock_of(WHEY)) == ("active", (119, 0))
    (plan,) = management.list_for(mine, language="es")
    assert plan.card
    assert (plan.card.brand, plan.card.last4) == ("visa", "4242")
    assert {item.state for item in library.list_for(mine, language="es")} == {"ready"}
    for _ in range(2):
        to_the_next_period(simulator)
    found = own_orders.list_for(mine).items
    assert [order.total_minor for order in found] == [PRICE, PRICE, started.quote.total_minor]
    assert len({order.payment_id for order in found}) == 3
    refunds.request_refund(found[0].id)
    refunds.request_refund(found[2].id, amount_minor=PRICE)
    reconcile.reconcile()
    assert [order.payment_status for order in own_orders.list_for(mine).items] == [
        "refunded",
        "paid",
        "partially_refunded",
    ]
    assert plans.mails() == ["subscription_cancelled", *["subscription_renewed"] * 2, "subscription_started"]


def test_a_declined_first_card_is_told_once_and_another_one_begins_the_plan(shop: Flask, simulator: str) -> None:
    _, started = begin((PREMIUM, 1), (WHEY, 1))
    for _ in range(2):
        control(simulator, f"pay/{started.session_id}", card="4000000000000002")
    reconcile.reconcile()
    assert factories.state_of(started) == ("pending", "failed")
    assert factories.mails_of(started) == ["payment_failed"]
    control(simulator, f"pay/{started.session_id}", card="4242424242424242")
    reconcile.reconcile()
    assert factories.state_of(started) == ("confirmed", "paid")
    assert factories.mails_of(started) == ["order_confirmed", "payment_failed", "subscription_started"]


def test_a_card_that_goes_on_failing_ends_the_plan_and_every_try_is_told(shop: Flask, simulator: str) -> None:
    buy(simulator, card="4000000000000341")
    paid_until = only().paid_until
    to_the_next_period(simulator)
    for days in (3, 5, 7):
        control(simulator, "clock", advance=days * 24 * 3600 + 60)
        reconcile.reconcile()
    kinds = ["subscription_cancelled"] + ["subscription_payment_failed"] * 4 + ["subscription_started"]
    assert plans.mails() == kinds
    row = only()
    assert (row.status, row.end_reason, row.paid_until) == ("cancelled", "payment_failed", paid_until)


def test_an_answer_of_stripe_tells_what_was_paid(shop: Flask, simulator: str) -> None:
    """Every event of a renewal was lost: the newest invoice, which is asked for, says until when it is paid."""
    buy(simulator)
    next_period(simulator)
    before = only().paid_until
    management.refresh(only().provider_id)
    assert only().paid_until > before
    assert only().paid_until == only().current_period_end


def test_a_failing_card_is_mended_in_the_portal(shop: Flask, simulator: str) -> None:
    shopper, _ = buy(simulator, card="4000000000000341")
    mine = shopper.customer_id or ""
    to_the_next_period(simulator)
    assert only().status == "past_due"
    assert "subscription_payment_failed" in plans.mails()
    url = management.portal_url(mine, return_url="http://localhost/account/subscriptions", language="es")
    assert requests.post(f"{url}/card", CARD, timeout=5).status_code == 200
    reconcile.reconcile()
    assert only().status == "active"
    (plan,) = management.list_for(mine, language="es")
    assert len(plan.invoices) == 2
    assert plan.card
    assert plan.card.last4 == "4242"


def test_cancelled_goes_on_to_the_end_and_resumed_goes_on(shop: Flask, simulator: str) -> None:
    shopper, _ = buy(simulator)
    mine, key = shopper.customer_id or "", only().id
    management.cancel(mine, key, language="es")
    assert management.resume(mine, key, language="es").status == "active"
    to_the_next_period(simulator)
    assert only().status == "active"
    assert management.cancel(mine, key, language="es").cancel_at_period_end
    reconcile.reconcile()
    to_the_next_period(simulator)
    assert only().status == "cancelled"
    assert {item.state for item in library.list_for(mine, language="es")} == {"expired"}
    assert factories.count_of(Order) == 2


def test_a_trial_ends_with_the_first_payment(shop: Flask, simulator: str) -> None:
    shopper, started = buy(simulator, (NUTRITION, 1))
    assert (factories.state_of(started), only().status) == (("confirmed", "paid"), "trialing")
    to_the_next_period(simulator)
    assert only().status == "active"
    found = own_orders.list_for(shopper.customer_id or "").items
    assert [order.total_minor for order in found] == [6_990_000, 0]


def test_the_return_page_is_enough_for_the_plan(shop: Flask, simulator: str) -> None:
    """No webhook came: the page settles order and plan, the worker learns the rest."""
    shopper, started = begin()
    control(simulator, f"pay/{started.session_id}", card="4242424242424242")
    session_status.settle_session(shopper, started.session_id)
    assert (only().status, only().card_last4) == ("active", None)
    cleanup.sweep()
    assert only().card_last4 == "4242"


def tell(shop: Flask, event: Event) -> None:
    """Post an event of Stripe's own, as an endpoint of another version would get it."""
    assert events.send(shop.test_client(), event).status_code == 200


def newest(simulator: str, kind: str) -> Event:
    """Return the newest event of a type as the simulator lists it."""
    headers = {"Authorization": "Bearer sk_test_x"}
    answer = requests.get(f"{simulator}/v1/events", {"type": kind, "limit": 1}, headers=headers, timeout=5)
    return dict(answer.json()["data"][0])


def next_period(simulator: str) -> None:
    """Move Stripe's clock past the end of the plan's period; nobody tells the shop."""
    now = requests.get(f"{simulator}/_sim/clock", timeout=5).json()["now"]
    control(simulator, "clock", advance=int(only().current_period_end.timestamp()) - now + 60)


@pytest.mark.parametrize("is_stripped", [False, True], ids=["old shape", "hardly any shape"])
def test_a_renewal_that_an_old_endpoint_tells_of_is_an_order(shop: Flask, simulator: str, is_stripped: bool) -> None:
    """The webhook is of a version before basil, or of one to come: the plan is renewed all the same."""
    shopper, _ = buy(simulator)
    ended = only().paid_until
    next_period(simulator)
    paid, changed = newest(simulator, "invoice.paid"), newest(simulator, "customer.subscription.updated")
    invoice, subscription = paid["data"]["object"], changed["data"]["object"]
    details = invoice.pop("parent")["subscription_details"]
    if is_stripped:
        invoice["lines"] = None
        subscription["items"] = {"object": "list", "data": []}
    else:
        invoice["subscription"] = details["subscription"]
        for item in subscription["items"]["data"]:
            subscription |= {name: item.pop(name) for name in ("current_period_start", "current_period_end")}
    for event in (paid, changed, paid, changed):
        tell(shop, event | {"api_version": "2024-06-20"})
    found = own_orders.list_for(shopper.customer_id or "").items
    assert [(order.total_minor, order.status) for order in found] == [(PRICE, "confirmed"), (PRICE, "confirmed")]
    assert only().paid_until > ended
    assert {factories.ledger()[event["id"]] for event in (paid, changed)} == {"done"}
    assert plans.mails() == ["subscription_renewed", "subscription_started"]
    with time_machine.travel(clock.now() + invoice_payments.UNTOLD + timedelta(minutes=1)):
        cleanup.sweep()  # an endpoint so old tells nothing of the payment
    found = own_orders.list_for(shopper.customer_id or "").items
    assert len({order.payment_id for order in found} - {None}) == 2


def test_a_second_trial_with_one_card_ends_at_stripe_uncharged(shop: Flask, simulator: str) -> None:
    for name in ("ana", "eva"):
        shopper = factories.customer(f"{name}@example.com", is_confirmed=True)
        _, started = begin((NUTRITION, 1), shopper=shopper)
        control(simulator, f"pay/{started.session_id}", card="4242424242424242")
        reconcile.reconcile()
    cleanup.sweep()
    reconcile.reconcile()
    rows = sorted(plans.subscriptions(), key=lambda row: row.order_id)
    assert [row.is_trial_refused for row in rows] == [False, True]
    assert stripe().fetch_subscription(rows[1].provider_id).status == "cancelled"
    assert "subscription_trial_refused" in factories.mails_of(started)
