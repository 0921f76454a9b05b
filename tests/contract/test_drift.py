"""What the shop does not know of Stripe: made with the simulator, found by the doctor, gone after a reconciliation."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import delete, update

from config import TestConfig
from storefront import create_app
from storefront.database import db, transaction
from storefront.domain.order import Order
from storefront.domain.payment import EventRecord
from storefront.domain.subscription import Subscription
from storefront.services.checkout import PlacedOrder
from storefront.services.jobs import consistency
from storefront.services.payments import missed_events, reconcile, refunds
from stripe_simulator import SimulatorSettings, start
from tests import factories, oracle
from tests.conftest import CONTENT
from tests.factories import PREMIUM, WHEY
from tests.fakes import KeepingMailer
from tests.plans import begin, only


@dataclass
class Shop:
    """A shop that talks to the simulator and hears nothing from it."""

    app: Flask
    url: str

    def sim(self, path: str, **body: Any) -> Any:
        """Make something happen at Stripe."""
        answer = requests.post(f"{self.url}/_sim/{path}", json=body, timeout=15)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pay(self, started: PlacedOrder) -> str:
        """Pay a page and return the payment."""
        return str(self.sim(f"pay/{started.session_id}", card="4242424242424242")["paymentIntent"])

    def bought(self, *goods: tuple[str, int]) -> tuple[PlacedOrder, str]:
        """Return an order that both sides know as paid."""
        started = factories.begin(*goods)
        payment_id = self.pay(started)
        reconcile.reconcile()
        return started, payment_id

    def subscribed(self) -> PlacedOrder:
        """Return an order that began a plan, known to both sides."""
        _, started = begin((PREMIUM, 1))
        self.pay(started)
        reconcile.reconcile()
        assert only().status == "active"
        return started

    def plan(self, method: str = "DELETE", **body: Any) -> None:
        """Change the plan as Stripe's dashboard does; end it, unless told otherwise."""
        answer = requests.request(
            method, f"{self.url}/v1/subscriptions/{only().provider_id}", data=body, auth=("sk_test_1", ""), timeout=10
        )
        assert answer.ok, answer.text

    def to_the_next_period(self) -> None:
        """Let the plan be renewed."""
        now = requests.get(f"{self.url}/_sim/clock", timeout=5).json()["now"]
        self.sim("clock", advance=int(only().current_period_end.timestamp()) - now + 60)


@pytest.fixture
def shop(sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    running = start(SimulatorSettings(tmp_path / "stripe.sqlite"))
    config = TestConfig({"DATABASE_URL": sqlite_url, "CONTENT_DIR": CONTENT, "STRIPE_API_BASE": running.url})
    app = create_app(config, mailer=KeepingMailer())
    with app.app_context():
        yield Shop(app, running.url)
        oracle.check()
        db.session.remove()
        db.engine.dispose()
    running.stop()


def unpaid_here(shop: Shop) -> str:
    started = factories.begin((WHEY, 1))
    shop.pay(started)
    return f"order {started.order_number} is paid at Stripe only"


def refunded_in_part(shop: Shop) -> str:
    started, payment_id = shop.bought((WHEY, 2))
    refund = shop.sim(f"refund/{payment_id}", amount=100_000)["id"]
    return f"order {started.order_number}: refund {refund} of 100000 is known to Stripe only"


def refund_that_failed(shop: Shop) -> str:
    started, _ = shop.bought((WHEY, 1))
    refunds.request_refund(factories.order_of(started).id, amount_minor=100_000)
    reconcile.reconcile()
    (row,) = factories.refunds_of(started)
    shop.sim(f"refunds/{row.provider_id}/fail")
    return f"order {started.order_number}: refund {row.provider_id} is failed at Stripe and succeeded here"


def plan_that_ends(shop: Shop) -> str:
    started = shop.subscribed()
    shop.plan("POST", cancel_at_period_end="true")
    return f"order {started.order_number}: plan {only().provider_id} has cancel_at_period_end True (here False)"


def plan_that_ended(shop: Shop) -> str:
    started = shop.subscribed()
    shop.plan()
    return f"order {started.order_number}: plan {only().provider_id} has status cancelled (here active)"


DRIFTS = {
    "a purchase": unpaid_here,
    "a refund": refunded_in_part,
    "a refund that failed": refund_that_failed,
    "a plan that ends": plan_that_ends,
    "a plan that ended": plan_that_ended,
}


def findings() -> list[str]:
    """Return what the doctor says of Stripe; whatever else it says is of no interest here."""
    return [finding.what for finding in consistency.examine(with_stripe=True) if finding.area == "stripe"]


def everything_without_events() -> None:
    """Reconcile after Stripe has forgotten its events."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(missed_events, "read_on", lambda *_: missed_events.Tally())
        _, _, left = reconcile.reconcile_everything()
    assert left == 0


@pytest.mark.parametrize("repair", [reconcile.reconcile, everything_without_events], ids=["events", "everything"])
@pytest.mark.parametrize("drift", DRIFTS)
def test_a_drift_is_found_and_gone_after_a_reconciliation(shop: Shop, drift: str, repair: Any) -> None:
    expected = DRIFTS[drift](shop)
    assert findings() == [expected]
    repair()
    assert findings() == []


@pytest.mark.parametrize("repair", [reconcile.reconcile, everything_without_events], ids=["events", "everything"])
def test_a_renewal_is_found_and_gone_after_a_reconciliation(shop: Shop, repair: Any) -> None:
    started = shop.subscribed()
    shop.to_the_next_period()
    plan, renewal = findings()
    assert plan.startswith(f"order {started.order_number}: plan {only().provider_id} has current_period_end ")
    assert renewal.startswith(f"order {started.order_number}: renewal in_")
    assert renewal.endswith(" of 3990000 is known to Stripe only")
    repair()
    assert findings() == []
    assert factories.count_of(Order) == 2


def test_a_plan_that_only_stripe_knows_is_found(shop: Shop) -> None:
    started = shop.subscribed()
    provider_id = only().provider_id
    with transaction():
        db.session.execute(delete(EventRecord))
        db.session.execute(delete(Subscription))
    expected = f"order {started.order_number}: plan {provider_id}, which is active, is known to Stripe only"
    assert findings() == [expected]
    everything_without_events()
    assert (findings(), only().provider_id) == ([], provider_id)


def test_a_purchase_and_its_refund_that_were_both_missed_are_found_one_after_the_other(shop: Shop) -> None:
    started = factories.begin((WHEY, 1))
    shop.sim(f"refund/{shop.pay(started)}")
    assert findings() == [f"order {started.order_number} is paid at Stripe only"]
    everything_without_events()
    assert (findings(), factories.state_of(started)) == ([], ("refunded", "refunded"))


def test_an_order_that_is_gone_is_made_again(shop: Shop, sqlite_url: str) -> None:
    """A backup was restored that is older than the order."""
    started = factories.begin((WHEY, 1))
    shop.pay(started)
    public_id = started.order_id
    with transaction():
        for table in ("payment_attempts", "order_lines", "order_events", "stock_holds", "stock_movements", "orders"):
            db.session.execute(db.text(f"DELETE FROM {table}"))
        db.session.execute(db.text("UPDATE stock SET reserved = 0"))
    assert findings() == [f"page {started.session_id} is paid at Stripe, and its order is not here"]
    everything_without_events()
    assert factories.state_of(public_id) == ("confirmed", "paid")
    assert findings() == []


def test_what_stripe_does_not_know_is_found_and_left_to_a_person(shop: Shop) -> None:
    started, _ = shop.bought((WHEY, 1))
    order = factories.order_of(started)
    with transaction():
        db.session.execute(
            update(Order).where(Order.id == order.id).values(refunded_minor=100, payment_status="partially_refunded")
        )
    assert findings() == [f"order {order.number}: Stripe gave back 0, the order says 100"]
    caught, followed, left = reconcile.reconcile_everything()
    assert (caught.events, followed, left) == (0, 0, 1)
    with transaction():
        db.session.execute(update(Order).values(refunded_minor=0, payment_status="paid"))


def test_what_others_sell_on_the_same_account_is_none_of_our_business(shop: Shop) -> None:
    auth, price = ("sk_test_1", ""), {"currency": "cop", "unit_amount": 900_000, "product_data": {"name": "Otro"}}
    fields = {
        "mode": "payment", "success_url": "https://o.example", "line_items[0][quantity]": 1,
        "line_items[0][price_data][currency]": price["currency"],
        "line_items[0][price_data][unit_amount]": price["unit_amount"],
        "line_items[0][price_data][product_data][name]": "Otro",
    }  # fmt: skip
    session = requests.post(f"{shop.url}/v1/checkout/sessions", data=fields, auth=auth, timeout=10).json()
    intent = shop.sim(f"pay/{session['id']}", card="4242424242424242")["paymentIntent"]
    shop.sim(f"refund/{intent}")
    assert findings() == []


def test_a_stripe_that_does_not_answer_is_a_finding(shop: Shop) -> None:
    shop.sim("fail", next="429")
    (finding,) = findings()
    assert finding.startswith("Stripe does not answer: ")
