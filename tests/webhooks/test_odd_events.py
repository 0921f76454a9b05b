"""Events at the edge of what Stripe tells: too late, too early, of nothing, or of something else."""

from dataclasses import replace

import pytest
from flask import Flask

from storefront import clock
from storefront.database import transaction
from storefront.domain.order import lock
from storefront.services import checkout
from storefront.services.checkout import PlacedOrder
from storefront.services.payments import event_processing, refunds, restore_order, settlement
from tests import events, plans
from tests import factories as make
from tests.events import Event, Story
from tests.factories import PREMIUM, WHEY
from tests.fakes import FakeGateway
from tests.plans import NUTRITION, PRICE, PlanStory
from tests.webhooks.test_webhook_effects import forget, rename


def story(started: PlacedOrder, **changes: object) -> Story:
    return Story.of(make.order_of(started), started.session_id, **changes)


def send(shop: Flask, *sent: Event) -> None:
    """Post events; each must be taken."""
    for one in sent:
        answer = events.send(shop.test_client(), one)
        assert answer.status_code == 200, (one["type"], answer.text)


def test_a_page_that_is_still_open_changes_nothing(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = story(started)
    send(shop, events.event("checkout.session.completed", stripe_events.session("open", "unpaid")))
    assert make.state_of(started) == ("pending", "pending")
    assert make.sessions_of(started)[0].state == "open"
    assert make.stock_of(WHEY) == (120, 1)


def test_a_page_that_was_paid_stays_paid_whatever_is_told_of_it_late(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = story(started)
    send(shop, stripe_events.completed(), stripe_events.expired())
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.sessions_of(started)[0].state == "paid"


def test_a_refund_that_could_not_be_read_waits_for_its_payment_afterwards(shop: Flask) -> None:
    shop.config["PROPAGATE_EXCEPTIONS"] = False
    early = story(make.begin((WHEY, 1))).refund("created", 100_000, "succeeded", key="a")
    rename("orders", "orders_away")
    assert events.send(shop.test_client(), early).status_code == 500
    rename("orders_away", "orders")
    assert make.ledger() == {early["id"]: "failed"}
    send(shop, early)
    assert make.ledger() == {early["id"]: "waiting"}


def test_a_slow_payment_that_is_told_of_twice_waits_once(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = story(started)
    send(shop, stripe_events.completed("unpaid"))
    hold_until = make.order_of(started).hold_until
    send(shop, stripe_events.completed("unpaid"))
    assert make.state_of(started) == ("pending", "processing")
    assert make.order_of(started).hold_until == hold_until


def test_a_slow_payment_of_another_amount_is_held_with_a_remark(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = story(started)
    total = make.order_of(started).total_minor
    send(shop, stripe_events.completed("unpaid"), replace(stripe_events, total_minor=total - 100).delayed_succeeded())
    assert make.state_of(started) == ("pending", "processing")
    assert make.order_of(started).review_reason == "amount_mismatch"
    assert make.causes_of(started)[-1][0] == f"paid {total - 100} COP, due {total} COP"
    assert make.stock_of(WHEY) == (120, 1), "its goods wait for the decision"


@pytest.mark.parametrize("is_paid", [True, False])
def test_a_slow_payment_that_fails_after_the_end_changes_nothing(shop: Flask, is_paid: bool) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = story(started)
    send(shop, stripe_events.completed() if is_paid else stripe_events.expired())
    before = make.state_of(started)
    send(shop, stripe_events.delayed_failed())
    assert make.state_of(started) == before
    assert "payment_not_received" not in make.mails_of(started)


def test_a_second_payment_of_nothing_gives_nothing_back(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = story(started)
    send(shop, stripe_events.completed(), replace(stripe_events, payment_id="pi_other").succeeded(amount_received=0))
    assert make.refunds_of(started) == []
    assert make.state_of(started) == ("confirmed", "paid")


def test_an_order_that_two_events_miss_at_once_is_made_once(shop: Flask, gateway: FakeGateway) -> None:
    """While one asks for the lines, the other has written the order already."""
    started = make.begin((WHEY, 2))
    event = story(started).completed()
    forget(started)

    def other() -> None:
        with shop.app_context():
            event_processing.apply(gateway.translate_event(event | {"id": "evt_another"}))

    gateway.meanwhile = {"lines": other}
    send(shop, event)
    assert make.state_of(started) == ("confirmed", "paid")
    assert [line.quantity for line in make.lines_of(started)] == [2]
    assert make.stock_of(WHEY) == (118, 0)


def test_an_order_that_is_there_is_not_made_again(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 2))
    restore_order.missing_order(gateway.translate_event(story(started).completed()))
    assert make.state_of(started) == ("pending", "pending")
    assert "lines" not in gateway.calls


# Plans.


def plan_story(*goods: tuple[str, int]) -> tuple[PlacedOrder, PlanStory]:
    _, started = plans.begin(*goods)
    return started, PlanStory.of(started)


def test_a_plan_whose_payment_names_no_plan_begins_with_the_next_event(shop: Flask) -> None:
    """Money that is told of by a payment alone confirms the order; the plan is opened by its own event."""
    started, stripe_events = plan_story()
    paid = Story(
        session_id=started.session_id,
        total_minor=PRICE,
        metadata=stripe_events.metadata,
        payment_id=stripe_events.payment_id(),
    ).succeeded()
    send(shop, paid)
    assert make.state_of(started) == ("confirmed", "paid")
    assert plans.subscriptions() == []
    send(shop, stripe_events.changed("created"))
    assert plans.only().status == "active"
    assert plans.mails() == ["subscription_started"]


def test_a_plan_that_names_an_order_without_one_does_nothing(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = PlanStory.of(started)
    send(
        shop,
        stripe_events.changed("created"),
        stripe_events.changed("deleted", status="canceled", ended_at=plans.T0),
        stripe_events.invoice("paid", period=1),
        stripe_events.invoice("payment_failed", period=2),
    )
    assert plans.subscriptions() == []
    assert make.state_of(started) == ("pending", "pending")
    assert make.mails_of(started) == []
    assert make.count_of(make.Order) == 1


def test_a_renewal_that_names_no_plan_is_an_order_without_a_mail(shop: Flask) -> None:
    """An invoice without its subscription is still money of the customer's: it is written down."""
    _, stripe_events = plan_story()
    send(shop, *stripe_events.first())
    parent = {"type": "subscription_details", "subscription_details": {"metadata": stripe_events.metadata}}
    send(
        shop,
        stripe_events.invoice("paid", 2 * plans.MONTH, period=1, parent=parent),
        stripe_events.invoice("payment_failed", 3 * plans.MONTH, period=2, parent=parent),
    )
    assert make.count_of(make.Order) == 2
    assert plans.mails() == ["subscription_started"]


def test_an_invoice_of_nothing_outside_the_periods_is_no_order(shop: Flask) -> None:
    _, stripe_events = plan_story()
    send(shop, *stripe_events.first())
    send(shop, stripe_events.invoice("paid", 60, period=1, amount_paid=0, billing_reason="subscription_update"))
    assert make.count_of(make.Order) == 1


def test_an_invoice_that_was_settled_without_a_payment_teaches_nothing(shop: Flask) -> None:
    started, stripe_events = plan_story()
    settled = stripe_events.settled()
    settled["data"]["object"]["payment"] = {"type": "out_of_band"}
    send(shop, stripe_events.completed(), stripe_events.changed("created"), stripe_events.invoice("paid"), settled)
    assert make.order_of(started).payment_id is None
    send(shop, stripe_events.settled())
    assert make.order_of(started).payment_id == stripe_events.payment_id()


def test_a_refund_after_the_end_of_a_plan_closes_nothing_more(shop: Flask, gateway: FakeGateway) -> None:
    started, stripe_events = plan_story()
    gateway.invoice_payments[stripe_events.invoice_id()] = stripe_events.payment_id()
    send(shop, *stripe_events.first())
    send(
        shop, stripe_events.changed("deleted", 60, status="canceled", ended_at=plans.T0 + 60, canceled_at=plans.T0 + 60)
    )
    assert plans.only().status == "cancelled"
    refunds.request_refund(make.order_of(started).id)
    assert make.state_of(started) == ("refunded", "refunded")
    assert plans.only().status == "cancelled"


def test_a_trial_beside_a_running_plan_costs_nothing_and_gives_nothing_back(shop: Flask, gateway: FakeGateway) -> None:
    """Both pages were opened before either was paid; the second plan ends, and there is no money to return."""
    shopper, first = plans.begin((NUTRITION, 1))
    with transaction():
        settlement.cancel_unpaid(lock(make.order_of(first).id), cause="test", now=clock.now())
    second = checkout.begin(make.purchase(shopper, items=((NUTRITION, 1),), digital_consent=True))
    for started in (second, first):
        make.pay(gateway, started)
        send(shop, PlanStory.of(started).completed())
    assert make.refunds_of(first) == make.refunds_of(second) == []
    assert sorted((row.is_surplus, row.status) for row in plans.subscriptions()) == [
        (False, "trialing"),
        (True, "cancelled"),
    ]


def test_a_plan_in_the_basket_of_nobody_s_is_known_by_its_events_only(shop: Flask, gateway: FakeGateway) -> None:
    """The account was deleted: what Stripe still tells is taken, and opens nothing."""
    started, stripe_events = plan_story((PREMIUM, 1))
    send(shop, *stripe_events.first())
    with transaction():
        lock(make.order_of(started).id).customer_id = None
    send(shop, stripe_events.changed("updated", 60, cancel_at_period_end=True))
    assert not plans.only().cancel_at_period_end
