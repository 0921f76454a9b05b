"""No webhook arrives at all: the worker hears of everything from Stripe's own list, within two of its rounds."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.campaigns.processes import wait_until
from tests.campaigns.rig import Rig, rig
from tests.factories import PREMIUM, WHEY

pytestmark = [pytest.mark.postgres, pytest.mark.concurrency]

EVERY = 5
TWO_ROUNDS = 2 * EVERY + 10
"""Two rounds of the worker, and what a busy machine may need for them."""


@pytest.fixture(params=["postgres", pytest.param("sqlite", marks=pytest.mark.thorough)])
def deaf(request: pytest.FixtureRequest, postgres_template: str) -> Iterator[Rig]:
    """Return a shop with a worker, whom every webhook misses."""
    workers = {"postgres": 2, "sqlite": 1}[request.param]
    with rig(request.param, web_workers=workers, workers=workers, RECONCILE_SECONDS=str(EVERY)) as made:
        made.stripe.sim("webhooks", drop=1_000_000)
        yield made


def soon(shop: Rig, sql: str, what: str) -> None:
    """Return when a query counts something; fail after two rounds."""
    began = time.monotonic()
    wait_until(lambda: shop.books.value(sql) > 0, what, TWO_ROUNDS)
    print(f"{what}: {time.monotonic() - began:.1f} s")


def buy(shop: Rig, token: str, slug: str, **more: Any) -> str:
    """Buy and pay; return the order's id."""
    client = shop.client(token)
    answer = client.ask("POST", "/api/checkout/create-session", shop.purchase([(slug, 1)], **more))
    client.close()
    assert answer.status == 201, answer
    assert shop.stripe.pay(answer.body["sessionId"])
    return str(answer.body["orderId"])


def test_everything_arrives_although_no_webhook_does(deaf: Rig) -> None:
    (token,) = deaf.customers(1)
    goods, plan = buy(deaf, token, WHEY), buy(deaf, token, PREMIUM, digitalConsent=True)
    paid = "SELECT count(*) FROM orders WHERE payment_status = 'paid' AND public_id = "
    soon(deaf, f"{paid}'{goods}'", "the purchase")
    soon(deaf, f"{paid}'{plan}' AND payment_id IS NOT NULL", "the plan, with the payment behind its invoice")

    intent = deaf.books.value(f"SELECT payment_id FROM orders WHERE public_id = '{goods}'")
    deaf.stripe.sim(f"refund/{intent}")
    soon(deaf, f"SELECT count(*) FROM orders WHERE public_id = '{goods}' AND status = 'refunded'", "the refund")

    deaf.stripe.sim("clock", advance=31 * 24 * 3600 + 60)
    renewals = "SELECT count(*) - 1 FROM orders WHERE payment_status = 'paid' AND invoice_id IS NOT NULL"
    soon(deaf, renewals, "the renewal")

    provider_id = deaf.books.value("SELECT provider_id FROM subscriptions")
    ended = requests.delete(
        f"{deaf.stripe.url}/v1/subscriptions/{provider_id}", auth=("sk_test_dashboard", ""), timeout=10
    )
    assert ended.ok, ended.text
    soon(deaf, "SELECT count(*) FROM subscriptions WHERE status = 'cancelled'", "the cancellation")

    assert deaf.books.value("SELECT count(*) FROM payment_events WHERE state = 'failed'") == 0
    wait_until(lambda: deaf.books.value("SELECT count(*) FROM outbox WHERE sent_at IS NULL") == 0, "the mail")
    code, output = deaf.flask("doctor", "--stripe")
    assert (code, output.strip()) == (0, "healthy")
