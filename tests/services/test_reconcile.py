"""Catching up with Stripe after webhooks were lost, by command, and the inbox of what came."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from flask import Flask

from storefront import clock
from storefront.errors import NotFound, PaymentProviderError
from storefront.gateways.payments import PaymentRefused
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.payments import event_processing, webhook_events
from storefront.services.payments.reconcile import LOOK_BACK, Caught, reconcile
from tests import events
from tests import factories as make
from tests.events import Event, Story
from tests.factories import WHEY
from tests.fakes import FakeGateway


def story(started: PlacedOrder) -> Story:
    return Story.of(make.order_of(started), started.session_id)


def miss(gateway: FakeGateway, *lost: Event) -> None:
    """Let Stripe list events that no webhook told of."""
    gateway.missed = [gateway.translate_event(one) for one in lost]


def test_lost_events_are_applied_in_the_order_in_which_they_happened(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    told = story(started)
    paid = told.completed() | {"created": int(clock.now().timestamp()) - 60}
    back = told.refunded()
    miss(gateway, back, paid)  # Stripe lists the newest first
    assert reconcile() == Caught(events=2, pages=0)
    assert make.state_of(started) == ("refunded", "refunded")
    causes = [cause for _, cause in make.causes_of(started)]
    assert causes.index(f"webhook {paid['id']}") < causes.index(f"webhook {back['id']}")
    assert reconcile() == Caught(events=0, pages=0)


def test_what_a_webhook_told_is_not_applied_again(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    event = story(started).completed()
    events.send(shop.test_client(), event)
    miss(gateway, event)
    assert reconcile() == Caught(events=0, pages=0)
    assert make.stock_of(WHEY) == (119, 0)


def test_the_first_round_looks_back_four_weeks_and_further_when_asked(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    miss(gateway, events.event("customer.created", {"object": "customer"}), story(started).completed())
    with time_machine.travel(clock.now() + LOOK_BACK + timedelta(minutes=2)):
        assert reconcile() == Caught(events=0, pages=0)
        assert reconcile(2 * LOOK_BACK) == Caught(events=1, pages=0)
    assert make.state_of(started) == ("confirmed", "paid")


def test_open_pages_are_followed_and_what_is_still_open_is_left(shop: Flask, gateway: FakeGateway) -> None:
    paid, expired, unknown, still_open = (make.begin((WHEY, 1), email=f"{n}@example.com") for n in range(4))
    gateway.pay(paid.session_id)
    gateway.pages[expired.session_id] = replace(gateway.pages[expired.session_id], status="expired", url=None)
    gateway.pages.pop(unknown.session_id)
    assert reconcile() == Caught(events=0, pages=2)
    assert make.state_of(paid) == ("confirmed", "paid")
    assert make.causes_of(paid)[-1] == ("confirmed", "reconcile")
    assert make.state_of(expired) == ("cancelled", "pending")
    assert make.state_of(unknown) == make.state_of(still_open) == ("pending", "pending")
    assert make.stock_of(WHEY) == (119, 2)
    assert reconcile() == Caught(events=0, pages=0)


def test_a_page_that_stripe_says_nothing_of_waits_for_the_next_time(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    gateway.pay(started.session_id)
    gateway.silent_calls = {"fetch"}
    assert reconcile().pages == 0
    gateway.silent_calls = set()
    assert reconcile().pages == 1


@pytest.mark.parametrize("is_silent", [True, False])
def test_without_stripe_s_list_nothing_is_caught_up(shop: Flask, gateway: FakeGateway, is_silent: bool) -> None:
    started = make.begin((WHEY, 1))
    gateway.pay(started.session_id)
    if is_silent:
        gateway.silent_calls = {"events"}
    else:
        gateway.failures = [PaymentRefused("api_key_expired")]
    with pytest.raises(PaymentProviderError) as refusal:
        reconcile()
    assert refusal.value.data["reason"].startswith("silence" if is_silent else "api_key_expired")
    assert make.state_of(started) == ("pending", "pending")


@pytest.fixture
def failed(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> Event:
    """Return an event of a paid page that could not be applied."""
    started = make.begin((WHEY, 1))
    told = story(started).completed()
    with monkeypatch.context() as broken:
        broken.setitem(event_processing.HANDLERS, told["type"], lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            events.send(shop.test_client(), told)
    return told


def test_the_newest_events_come_first_and_failures_alone_when_asked(shop: Flask, failed: Event) -> None:
    strange = events.event("customer.created", {"id": "cus_1", "object": "customer"})
    events.send(shop.test_client(), strange)
    assert [event.id for event in webhook_events.latest()] == [strange["id"], failed["id"]]
    assert [event.id for event in webhook_events.latest(limit=1)] == [strange["id"]]
    assert [event.id for event in webhook_events.latest(only_failed=True)] == [failed["id"]]


def test_a_failed_event_is_tried_again_and_says_how_it_went(
    shop: Flask, failed: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "ZeroDivisionError" in webhook_events.get(failed["id"]).error
    with monkeypatch.context() as broken:
        broken.setitem(event_processing.HANDLERS, failed["type"], lambda *_: {}["still"])
        again = webhook_events.retry(failed["id"], staff=Actor("ana"))
    assert again.state == "failed"
    assert "KeyError: 'still'" in again.error
    assert webhook_events.retry(failed["id"], staff=Actor("ana")).state == "done"
    assert webhook_events.get(failed["id"]).error == ""
    assert webhook_events.retry(failed["id"], staff=Actor("ana")).state == "done", "what is done stays done"
    assert make.stock_of(WHEY) == (119, 0)


def test_an_event_that_never_came_is_not_found(shop: Flask) -> None:
    for look in (
        webhook_events.get,
        *(partial(do, staff=Actor("ana")) for do in (webhook_events.retry, webhook_events.replay)),
    ):
        with pytest.raises(NotFound):
            look("evt_nothing")
