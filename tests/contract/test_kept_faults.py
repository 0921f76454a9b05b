"""Stripe answers with a fault and keeps it under the key: what is bought, refunded and told all the same."""

import time
from types import SimpleNamespace

import pytest
import requests
import stripe
from sqlalchemy import select, update

from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.domain.order import Order
from storefront.errors import PaymentProviderError
from storefront.gateways.stripe import creation
from storefront.gateways.stripe.lists import ListCalls
from storefront.services import checkout
from storefront.services.payments import checkout_sessions, reconcile, refunds
from storefront.services.subscriptions import management
from tests import factories
from tests.contract.test_drift import Shop, shop
from tests.factories import PREMIUM, WHEY
from tests.plans import begin, only

__all__ = ["shop"]

TRIES = 3
"""How often the SDK sends one call."""

SILENCE = 2 * TRIES
"""Faults that meet the call and the look for what it may have made."""


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stripe.RequestsClient, "_sleep_time_seconds", lambda *_, **__: 0)


def at_stripe(shop: Shop, what: str, **filters: str) -> list[dict[str, object]]:
    """Return the newest objects of a kind."""
    params = {"limit": "100", **filters}
    answer = requests.get(f"{shop.url}/v1/{what}", params=params, auth=("sk_test_1", ""), timeout=10)
    assert answer.ok, answer.text
    return list(answer.json()["data"])


@pytest.mark.parametrize("fault", ["500-kept", "500-done"])
@pytest.mark.parametrize("goods", [(WHEY, 1), (PREMIUM, 1)], ids=["goods", "plan"])
def test_an_order_is_placed_with_the_same_click(shop: Shop, fault: str, goods: tuple[str, int]) -> None:
    """Whether Stripe made the session or not, there is one that can be paid, and it is the order's."""
    shopper, earlier = begin((PREMIUM, 1))  # who is known at Stripe now, so that the fault meets the session
    checkout.cancel(shopper, earlier.order_id)
    shop.sim("fail", next=fault)
    _, started = begin(goods, shopper=shopper)
    assert [page["id"] for page in at_stripe(shop, "checkout/sessions")] == [started.session_id, earlier.session_id]
    shop.pay(started)
    reconcile.reconcile()
    assert factories.state_of(started) == ("confirmed", "paid")


def test_a_fault_that_lasts_is_over_with_the_next_key(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe kept a fault under every key that was tried; minutes later there is another one."""
    started, payment_id = shop.bought((WHEY, 2))
    now = time.time()
    monkeypatch.setattr(creation, "time", SimpleNamespace(time=lambda: now))
    monkeypatch.setattr(ListCalls, "find", lambda *_, **__: None)  # whose own calls would meet the faults
    shop.sim("fail", next="500-kept", times=TRIES * 4)
    refunds.request_refund(factories.order_of(started).id, amount_minor=100_000)
    assert refunds.send_all() == 0
    now += 300
    assert refunds.send_all() == 1
    assert [refund["amount"] for refund in at_stripe(shop, "refunds", payment_intent=payment_id)] == [100_000]


def test_control_the_same_key_says_the_same_for_a_day(shop: Shop) -> None:
    """Stripe's side of it: without another key nothing is ever bought."""
    shop.sim("fail", next="500-kept")
    answers = [
        requests.post(f"{shop.url}/v1/customers", auth=("sk_test_1", ""), headers={"Idempotency-Key": "k"}, timeout=10)
        for _ in range(3)
    ]
    assert [answer.status_code for answer in answers] == [500, 500, 500]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]


@pytest.mark.parametrize("fault", ["500-kept", "500-done"])
def test_an_abandoned_order_lets_go_of_its_stock(shop: Shop, fault: str) -> None:
    """The answer never came and the process died: the sweeper finds the page, or that there is none, and ends it."""
    shop.sim("fail", next=fault, times=SILENCE)
    with pytest.raises(PaymentProviderError):
        factories.begin((WHEY, 1))
    order_id = db.session.scalars(select(Order.id)).one()
    checkout_sessions.close_sessions(order_id, cause="test")
    assert db.session.scalars(select(Order.status)).one() == "cancelled"
    pages = at_stripe(shop, "checkout/sessions")
    assert [page["status"] for page in pages] == ["expired"] * len(pages)
    assert len(pages) == 1


@pytest.mark.parametrize("fault", ["500-kept", "500-done"])
def test_money_goes_back_once(shop: Shop, fault: str) -> None:
    started, payment_id = shop.bought((WHEY, 2))
    shop.sim("fail", next=fault)
    refunds.request_refund(factories.order_of(started).id, amount_minor=100_000)
    refunds.send_all()
    made = at_stripe(shop, "refunds", payment_intent=payment_id)
    assert [refund["amount"] for refund in made] == [100_000]
    (row,) = factories.refunds_of(started)
    assert (row.provider_id, row.status) == (made[0]["id"], "succeeded")


@pytest.mark.parametrize("fault", ["500-kept", "500-done"])
def test_a_customer_is_made_once(shop: Shop, fault: str) -> None:
    shop.sim("fail", next=fault)
    begin((PREMIUM, 1))
    (made,) = at_stripe(shop, "customers")
    assert db.session.scalars(select(Customer.provider_id).where(Customer.provider_id.is_not(None))).all() == [
        made["id"]
    ]


def test_a_customer_who_changed_since_a_lost_answer_is_no_conflict(shop: Shop) -> None:
    """Stripe refuses a key that comes with other parameters."""
    shop.sim("fail", next="500-kept", times=SILENCE)
    shopper = factories.customer()
    with pytest.raises(PaymentProviderError):
        begin((PREMIUM, 1), shopper=shopper)
    with transaction():
        db.session.execute(update(Customer).values(first_name="Ana María", language="en"))
    checkout.begin(factories.purchase(shopper, digital_consent=True))
    assert [one["name"] for one in at_stripe(shop, "customers")] == ["Ana María Rojas"]


def test_a_customer_that_is_gone_at_stripe_is_made_anew(shop: Shop) -> None:
    """Deleted in the dashboard, or of the other mode; the first key still names the one that is gone."""
    shopper, first = begin((PREMIUM, 1))
    checkout.cancel(shopper, first.order_id)
    gone = str(db.session.scalars(select(Customer.provider_id).where(Customer.id == shopper.customer_id)).one())
    assert requests.delete(f"{shop.url}/v1/customers/{gone}", auth=("sk_test_1", ""), timeout=10).ok
    _, started = begin((PREMIUM, 1), shopper=shopper)
    shop.pay(started)
    reconcile.reconcile()
    assert only().status == "active"
    new = db.session.scalars(select(Customer.provider_id).where(Customer.id == shopper.customer_id)).one()
    assert [one["id"] for one in at_stripe(shop, "customers")] == [new]
    assert new != gone


def test_the_portal_of_a_customer_that_is_gone_is_that_of_the_new_one(shop: Shop) -> None:
    shopper, _ = begin((PREMIUM, 1))
    customer_id = str(shopper.customer_id)
    gone = db.session.scalars(select(Customer.provider_id).where(Customer.id == customer_id)).one()
    assert requests.delete(f"{shop.url}/v1/customers/{gone}", auth=("sk_test_1", ""), timeout=10).ok
    url = management.portal_url(customer_id, return_url="http://127.0.0.1/account", language="es")
    assert requests.get(url, timeout=10).ok
    assert db.session.scalars(select(Customer.provider_id).where(Customer.id == customer_id)).one() != gone
