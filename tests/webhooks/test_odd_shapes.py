"""Events that matter, in a shape that is not today's: read as they are, read anew from Stripe, or kept for staff."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from flask import Flask

from storefront.gateways.payments import PaymentRefused, PaymentUnknown, Unreadable
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.jobs import consistency
from storefront.services.payments import event_processing, session_status, webhook_events
from tests import events, plans
from tests import factories as make
from tests.events import Event, Story
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.plans import MONTH, PRICE, PlanStory

Change = Callable[[dict[str, Any]], Any]


def story(started: PlacedOrder) -> Story:
    return Story.of(make.order_of(started), started.session_id)


def send(shop: Flask, *sent: Event) -> None:
    """Post events; each must be taken."""
    for one in sent:
        answer = events.send(shop.test_client(), one)
        assert answer.status_code == 200, (one["type"], answer.text)


def odd(event: Event, change: Change) -> Event:
    """Return the event with its object changed."""
    event = deepcopy(event)
    change(event["data"]["object"])
    return event


def drop(name: str) -> Change:
    return lambda subject: subject.pop(name)


def put(**values: Any) -> Change:
    return lambda subject: subject.update(values)


# Each makes an event unreadable in its own way; the reason names the field, and no value of a buyer's.
PAID_PAGE: dict[str, tuple[Change, str]] = {
    "no sum": (drop("amount_total"), "checkout.session.amount_total is missing"),
    "a sum in words": (put(amount_total="muchísimo"), "checkout.session.amount_total is no usable str"),
    "a sum with decimals": (put(amount_total=1.5), "checkout.session.amount_total is no usable float"),
    "a sum that is a truth": (put(amount_total=True), "checkout.session.amount_total is no usable bool"),
    "a negative sum": (put(amount_total=-100), "checkout.session.amount_total is no usable int"),
    "a sum beyond all money": (put(amount_total=10**17), "checkout.session.amount_total is no usable int"),
    "a null currency": (put(currency=None), "checkout.session.currency is missing"),
    "a currency of twenty letters": (put(currency="c" * 20), "checkout.session.currency is no usable str"),
    "another object's name": (put(object="checkout_session"), "data.object is no checkout.session"),
    "an unknown status": (put(status="frozen"), "checkout.session.status is 'frozen'"),
    "an unknown payment status": (put(payment_status="promised"), "checkout.session.payment_status is 'promised'"),
    "no payment": (put(payment_intent=None), "checkout.session is paid and names neither its payment nor its invoice"),
    "a payment that is a number": (put(payment_intent=7), "checkout.session.payment_intent is no usable int"),
    "an end in words": (put(expires_at="soon"), "checkout.session.expires_at is no usable str"),
    "an address of 300 letters": (
        put(customer_details={"email": "a" * 300}), "checkout.session.customer_details.email is no usable str",
    ),
    "details that are a list": (put(customer_details=["a"]), "checkout.session.customer_details is no usable list"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAID_PAGE)
def test_a_paid_page_of_ours_that_cannot_be_read_is_kept_for_staff(
    shop: Flask, gateway: FakeGateway, name: str
) -> None:
    """Stripe does not answer with anything better; after the mend the event is applied, once."""
    change, reason = PAID_PAGE[name]
    started = make.begin((WHEY, 1))
    good = story(started).completed()
    event = odd(good, change)
    send(shop, event, event)
    assert make.ledger() == {event["id"]: "failed"}
    refused = f"{reason}; asked anew: resource_missing: "
    assert webhook_events.get(event["id"]).error == refused
    assert make.state_of(started) == ("pending", "pending")
    assert make.stock_of(WHEY) == (120, 1)
    stripe_events = f"{event['id']} checkout.session.completed failed: {refused.strip()}"
    assert consistency.Finding("events", stripe_events, f"flask events replay {event['id']}") in consistency.examine()
    assert webhook_events.retry(event["id"], staff=Actor("ana")).state == "failed"
    gateway.objects[started.session_id] = good["data"]["object"]
    assert webhook_events.replay(event["id"], staff=Actor("ana"))
    assert not webhook_events.replay(event["id"], staff=Actor("ana"))
    assert make.ledger() == {event["id"]: "done"}
    assert webhook_events.get(event["id"]).error == ""
    assert make.state_of(started) == ("confirmed", "paid")
    assert consistency.examine() == []


@pytest.mark.parametrize("name", PAID_PAGE)
def test_a_page_that_cannot_be_read_and_is_not_ours_is_ignored(shop: Flask, gateway: FakeGateway, name: str) -> None:
    change, reason = PAID_PAGE[name]
    foreign = Story(session_id="cs_test_foreign", total_minor=100, metadata={"order_id": "77"}, payment_id="pi_foreign")
    event = odd(foreign.completed(), change)
    send(shop, event, event)
    assert make.ledger() == {event["id"]: "ignored"}
    assert webhook_events.get(event["id"]).error == f"{reason}, and it names nothing of this shop"
    assert gateway.calls == [], "Stripe is not asked about what is not ours"


EVENTS: dict[str, tuple[Callable[[Story], Event], Change]] = {
    "completed": (Story.completed, drop("currency")),
    "expired": (Story.expired, put(expires_at="x")),
    "succeeded": (Story.succeeded, drop("amount_received")),
    "failed": (Story.failed, put(last_payment_error="declined")),
    "refunded": (Story.refunded, drop("amount_refunded")),
    "disputed": (Story.disputed, drop("status")),
    "refund": (
        lambda stripe_events: stripe_events.refund("created", 100_000, "succeeded", key=stripe_events.session_id[-1]),
        put(status="thawed"),
    ),
}


@pytest.mark.parametrize("name", EVENTS)
def test_stripe_is_asked_for_today_s_shape_and_the_event_has_its_effect(
    shop: Flask, gateway: FakeGateway, name: str
) -> None:
    make_event, change = EVENTS[name]
    outcomes = []
    for email, is_odd in (("a@example.com", False), ("b@example.com", True)):
        started = make.begin((WHEY, 1), email=email)
        stripe_events = story(started)
        if name in ("refunded", "disputed", "refund"):
            send(shop, stripe_events.completed())
        event = make_event(stripe_events)
        gateway.objects[event["data"]["object"]["id"]] = event["data"]["object"]
        gateway.calls.clear()
        send(shop, odd(event, change) if is_odd else event)
        assert ("subject" in gateway.calls) is is_odd
        assert make.ledger()[event["id"]] == "done"
        order = make.order_of(started)
        facts = (order.refunded_minor, order.is_disputed, order.review_reason)
        outcomes.append((make.state_of(started), facts, make.mails_of(started)))
        gateway.objects.clear()
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("trouble", [PaymentUnknown("silence"), PaymentRefused("rate_limit", is_passing=True)])
def test_while_stripe_does_not_answer_the_event_must_come_again(
    shop: Flask, gateway: FakeGateway, trouble: Exception
) -> None:
    shop.config["PROPAGATE_EXCEPTIONS"] = False
    started = make.begin((WHEY, 1))
    good = story(started).completed()
    event = odd(good, drop("currency"))
    gateway.objects[started.session_id] = good["data"]["object"]
    gateway.failures = [trouble]
    assert events.send(shop.test_client(), event).status_code in (500, 503)
    assert make.ledger() == {event["id"]: "failed"}
    send(shop, event)
    assert make.ledger() == {event["id"]: "done"}
    assert make.state_of(started) == ("confirmed", "paid")


def test_an_event_without_an_object_is_kept_because_nobody_can_tell_whose_it_is(shop: Flask) -> None:
    for data in ({}, None, [], {"object": None}, {"object": {}}, {"object": {"object": "invoice"}}):
        send(shop, events.event("invoice.paid", {}) | {"data": data})
    assert set(make.ledger().values()) == {"failed"}
    assert {row.error for row in webhook_events.latest()} == {
        "data is missing", "data is no usable list", "data.object is missing", "data.object is no invoice",
        "invoice.id is missing",
    }  # fmt: skip


def test_an_event_about_another_object_than_its_type_says_is_kept(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = story(started)
    send(shop, stripe_events.completed(), events.event("invoice.paid", stripe_events.charge()))
    assert sorted(make.ledger().values()) == ["done", "failed"]


def test_what_the_tables_refuse_is_kept_because_another_delivery_would_not_change_it(shop: Flask) -> None:
    """One payment cannot pay two orders."""
    first, second = (make.begin((WHEY, 1), email=f"{n}@example.com") for n in range(2))
    stripe_events = story(first)
    event = story(second).completed(payment_intent=stripe_events.payment_id)
    send(shop, stripe_events.completed(), event, event)
    assert make.ledger()[event["id"]] == "failed"
    error = webhook_events.get(event["id"]).error
    assert error.startswith("the tables refuse it: ")
    assert "payment_id" in error
    assert make.state_of(second) == ("pending", "pending")


def test_a_page_without_an_end_is_read(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    send(shop, story(started).completed(expires_at=None))
    assert make.state_of(started) == ("confirmed", "paid")


def test_an_expired_page_without_a_currency_is_read(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    send(shop, odd(story(started).expired(), put(currency=None, amount_total=None)))
    assert make.state_of(started) == ("cancelled", "pending")
    assert make.stock_of(WHEY) == (120, 0)


def test_objects_that_stripe_shows_whole_are_read_by_their_ids(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = story(started)
    send(
        shop,
        stripe_events.completed(
            payment_intent=stripe_events.payment("succeeded"), customer={"id": "cus_1", "object": "customer"}
        ),
    )
    assert make.order_of(started).payment_id == stripe_events.payment_id


def test_a_refund_of_ours_that_names_no_payment_is_ours(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = story(started)
    send(shop, stripe_events.completed())
    created = stripe_events.refund("created", 100_000, "pending", key="a")
    changed = stripe_events.refund("updated", 100_000, "succeeded", key="a")
    send(shop, created, odd(changed, put(payment_intent=None)))
    assert [(row.status, row.payment_id) for row in make.refunds_of(started)] == [
        ("succeeded", stripe_events.payment_id)
    ]


def test_a_page_of_a_missing_order_with_an_impossible_id_makes_no_order(shop: Flask) -> None:
    odd_ids = ("x" * 200, "7", "ORDER-0001", "iiiiiiiiiiiiiiiiiiiiiiiiii")
    for number, order_id in enumerate(odd_ids):
        metadata = {"order_id": order_id, "quote": "0" * 64}
        send(shop, Story(session_id=f"cs_{number}", total_minor=100, metadata=metadata, payment_id="pi_1").completed())
    assert set(make.ledger().values()) == {"ignored"}
    assert make.count_of(make.Order) == 0


# Plans.


def plan(gateway: FakeGateway) -> tuple[PlacedOrder, PlanStory]:
    """Return a running plan, of which Stripe knows its first period."""
    _, started = plans.begin()
    stripe_events = PlanStory.of(started)
    send_all = stripe_events.first()
    gateway.objects[f"sub_{stripe_events.key}"] = stripe_events.changed("updated")["data"]["object"]
    for one in send_all:
        event_processing.apply(gateway.translate_event(one))
    return started, stripe_events


def before_basil(event: Event) -> Event:
    """Return an invoice's event as Stripe wrote it before the version basil: the subscription is on the invoice."""

    def change(invoice: dict[str, Any]) -> None:
        details = invoice.pop("parent")["subscription_details"]
        invoice |= {"subscription": details["subscription"], "charge": "ch_1", "payment_intent": "pi_renewal"}
        invoice["subscription_details"] = {"metadata": details["metadata"]}
        invoice["paid"] = True

    return odd(event, change) | {"api_version": "2024-06-20"}


@pytest.mark.parametrize("has_metadata", [True, False], ids=["2024", "2020"])
def test_an_old_invoice_of_a_plan_ends_as_a_renewal(shop: Flask, gateway: FakeGateway, has_metadata: bool) -> None:
    started, stripe_events = plan(gateway)
    gateway.calls.clear()
    event = before_basil(stripe_events.invoice("paid", MONTH, period=1))
    if not has_metadata:
        event["data"]["object"]["subscription_details"] = None
    send(shop, event, event)
    assert make.ledger()[event["id"]] == "done"
    assert make.count_of(make.Order) == 2
    assert "subscription_renewed" in plans.mails()
    assert gateway.calls == [], "the event says everything"
    assert make.order_of(started).total_minor == PRICE


def test_an_old_invoice_that_failed_is_told_to_the_owner(shop: Flask, gateway: FakeGateway) -> None:
    _, stripe_events = plan(gateway)
    send(shop, before_basil(stripe_events.invoice("payment_failed", MONTH, period=1)))
    assert "subscription_payment_failed" in plans.mails()


def test_an_invoice_that_hides_its_plan_is_read_anew(shop: Flask, gateway: FakeGateway) -> None:
    """As of a version to come: what the invoice is for has moved again."""
    _, stripe_events = plan(gateway)
    event = stripe_events.invoice("paid", MONTH, period=1)
    gateway.objects[stripe_events.invoice_id(1)] = event["data"]["object"]
    moved = odd(event, lambda invoice: invoice.update(origin=invoice.pop("parent")))
    send(shop, moved, moved)
    assert make.count_of(make.Order) == 2
    assert make.ledger()[event["id"]] == "done"


def test_a_failure_that_is_read_anew_after_the_payment_bothers_nobody(shop: Flask, gateway: FakeGateway) -> None:
    _, stripe_events = plan(gateway)
    gateway.objects[stripe_events.invoice_id(1)] = stripe_events.invoice("paid", MONTH, period=1)["data"]["object"]
    send(shop, odd(stripe_events.invoice("payment_failed", MONTH, period=1), drop("amount_paid")))
    assert "subscription_payment_failed" not in plans.mails()


def with_period_on_top(subscription: dict[str, Any]) -> None:
    for item in subscription["items"]["data"]:
        for name in ("current_period_start", "current_period_end"):
            subscription[name] = item.pop(name)


def test_an_old_subscription_is_followed(shop: Flask, gateway: FakeGateway) -> None:
    _, stripe_events = plan(gateway)
    old = odd(stripe_events.changed("updated", MONTH, period=1, cancel_at_period_end=True), with_period_on_top)
    send(shop, old)
    row = plans.only()
    assert (row.status, row.current_period_end, row.cancel_at_period_end) == ("active", plans.moment(2 * MONTH), True)


UNREADABLE: dict[str, tuple[Change, str]] = {
    "no items": (put(items={"object": "list", "data": []}), "subscription.items is empty"),
    "items that are missing": (drop("items"), "subscription.items.data is missing"),
    "an unknown status": (put(status="dormant"), "subscription.status is 'dormant'"),
    "a null currency": (put(currency=None), "subscription.currency is missing"),
    "an interval of its own": (
        lambda subject: subject["items"]["data"][0]["price"].update(recurring={"interval": "decade"}),
        "subscription.items.price.recurring.interval is 'decade'",
    ),
    "a period beyond all clocks": (
        lambda subject: subject["items"]["data"][0].update(current_period_end=10**12),
        "subscription.items.current_period_end is no usable int",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("is_known", [True, False], ids=["Stripe knows better", "Stripe does not"])
def test_a_subscription_that_cannot_be_read_is_followed_or_kept(
    shop: Flask, gateway: FakeGateway, name: str, is_known: bool
) -> None:
    _, stripe_events = plan(gateway)
    change, reason = UNREADABLE[name]
    good = stripe_events.changed("updated", MONTH, period=1)
    event = odd(good, change)
    gateway.objects[f"sub_{stripe_events.key}"] = good["data"]["object"] if is_known else event["data"]["object"]
    send(shop, event, event)
    assert make.ledger()[event["id"]] == ("done" if is_known else "failed")
    assert plans.only().current_period_end == plans.moment(2 * MONTH if is_known else MONTH)
    assert webhook_events.get(event["id"]).error == ("" if is_known else f"{reason}; asked anew: {reason}")


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_subscription_of_somebody_else_s_is_ignored(shop: Flask, gateway: FakeGateway, name: str) -> None:
    foreign = PlanStory(order_id="", session_id="cs_test_foreign", quote_hash="", total_minor=PRICE)
    change, reason = UNREADABLE[name]
    event = odd(foreign.changed("updated", metadata={}), change)
    send(shop, event)
    assert make.ledger() == {event["id"]: "ignored"}
    assert webhook_events.get(event["id"]).error == f"{reason}, and it names nothing of this shop"


def test_an_event_that_was_nobody_s_is_applied_when_its_plan_is_known(shop: Flask, gateway: FakeGateway) -> None:
    """A renewal that names its plan only, told before anything else: it is ours as soon as the plan is here."""
    _, started = plans.begin()
    stripe_events = PlanStory.of(started)
    event = before_basil(stripe_events.invoice("paid", MONTH, period=1))
    event["data"]["object"]["subscription_details"] = None
    send(shop, event)
    assert make.ledger() == {event["id"]: "ignored"}
    assert webhook_events.get(event["id"]).error == "names no order of this shop"
    send(shop, *stripe_events.first(), event)
    assert make.ledger()[event["id"]] == "done"
    assert make.count_of(make.Order) == 2


def test_a_doubt_that_stripe_s_answer_does_not_settle_is_kept(shop: Flask, gateway: FakeGateway) -> None:
    """Two states of one second, and what Stripe says of it now cannot be read."""
    _, stripe_events = plan(gateway)
    event = stripe_events.changed("updated", 0, status="past_due")
    gateway.failures = [Unreadable("subscription.status is 'dormant'")]
    send(shop, event)
    assert make.ledger()[event["id"]] == "failed"
    assert webhook_events.get(event["id"]).error == "subscription.status is 'dormant'"
    assert plans.only().status == "active"


def test_an_answer_that_cannot_be_read_is_no_answer(shop: Flask, gateway: FakeGateway) -> None:
    """The return page says what the shop knows, and the worker goes on with the others."""
    started = make.begin((WHEY, 1))
    gateway.pay(started.session_id)
    gateway.failures = [Unreadable("checkout.session.status is 'frozen'")]
    assert session_status.settle_session(make.owner(started), started.session_id).status == "pending"
    _, stripe_events = plan(gateway)
    gateway.failures = [Unreadable("subscription.status is 'dormant'")]
    send(shop, stripe_events.changed("updated", 60, default_payment_method="pm_other"))
    assert gateway.failures == [], "the card was asked for after the event"
    assert plans.only().card_last4 is None
