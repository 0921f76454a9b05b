"""The worker's rounds: each does a little, the next goes on where it ended, and what fails holds up nothing else."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import NoReturn

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import reconciliation
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.payment import EventRecord
from storefront.errors import PaymentProviderError
from storefront.gateways.payments import PaymentRefused, PaymentUnknown
from storefront.services.jobs import consistency, shop_metrics
from storefront.services.payments import event_processing, missed_events, reconcile
from tests import events
from tests import factories as make
from tests.events import Event, Story
from tests.factories import COFFEE
from tests.fakes import FakeGateway

MINUTE = timedelta(minutes=1)


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    """Let time stand still until it is shifted."""
    with time_machine.travel(clock.now(), tick=False) as made:
        yield made


def miss(gateway: FakeGateway, *happened: Event) -> None:
    """Let Stripe list events, the oldest first, that no webhook told of."""
    gateway.missed = [gateway.translate_event(event) for event in happened][::-1] + gateway.missed


def paid_event(started: make.PlacedOrder, seconds: int = 0) -> Event:
    """Return the event of an order's payment, that happened so many seconds after now."""
    told = Story.of(make.order_of(started), started.session_id).completed()
    return told | {"created": int(clock.now().timestamp()) + seconds}


def foreign(seconds: int = 0) -> Event:
    """Return an event of a type that the shop does not handle."""
    made = events.event("product.created", {"id": "prod_1", "object": "product"})
    return made | {"created": int(clock.now().timestamp()) + seconds}


def several(count: int) -> list[make.PlacedOrder]:
    """Return unpaid orders."""
    return [make.begin((COFFEE, 1), email=f"{n}@example.com") for n in range(count)]


def states(orders: list[make.PlacedOrder]) -> list[str]:
    return [make.state_of(one)[1] for one in orders]


def round_now(traveller: time_machine.Traveller | None = None) -> int:
    """Do the next round, after waiting for it."""
    if traveller is not None:
        traveller.shift(timedelta(seconds=301))
    return reconcile.run_due()


def test_a_round_is_due_every_five_minutes_for_all_workers_together(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller
) -> None:
    (first, second) = several(2)
    miss(gateway, paid_event(first))
    assert [reconcile.run_due() for _ in range(3)] == [1, 0, 0]
    asked = list(gateway.calls)
    miss(gateway, paid_event(second))
    traveller.shift(timedelta(seconds=299))
    assert (reconcile.run_due(), gateway.calls) == (0, asked), "Stripe is left alone"
    traveller.shift(timedelta(seconds=2))
    assert reconcile.run_due() == 1
    assert states([first, second]) == ["paid", "paid"]


def test_a_clock_that_was_wrong_does_not_stop_the_rounds(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller
) -> None:
    traveller.shift(timedelta(days=400))
    reconcile.run_due()
    traveller.shift(timedelta(days=-400))
    (started,) = several(1)
    gateway.pay(started.session_id)
    miss(gateway, paid_event(started))
    traveller.shift(3 * MINUTE)
    assert reconcile.run_due() >= 1
    assert states([started]) == ["paid"]


def test_a_rival_who_claims_the_round_meanwhile_leaves_nothing_to_do(
    shop: Flask, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "find", lambda: None)
    with transaction():
        reconciliation.begin(clock.now(), clock.now())
        assert reconciliation.claim(clock.now(), clock.now() + MINUTE)
    assert (reconcile.run_due(), gateway.calls) == (0, [])


def test_thousands_of_events_are_read_in_rounds_oldest_first_and_none_is_skipped(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "EVENT_PAGES", 2)
    gateway.events_a_page = 3
    orders = several(10)
    told: list[Event] = []
    for n, started in enumerate(orders):
        told += [foreign(200 * n), paid_event(started, 200 * n + 1)]
    miss(gateway, foreign(-3 * 24 * 3600), *told)
    rounds = 0
    while "pending" in states(orders):
        before = states(orders).count("paid")
        reconcile.run_due()  # without waiting: a round that left something is followed at once
        now_paid = states(orders)
        assert now_paid == sorted(now_paid), "the oldest first"
        assert 0 < now_paid.count("paid") - before <= 3
        rounds += 1
    assert rounds <= 6
    asked = gateway.calls.count("events")
    assert round_now(traveller) == 0
    assert gateway.calls.count("events") - asked == 2, "what was read is not read again"


def test_more_events_in_one_second_than_a_round_reads_are_all_read(
    shop: Flask, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, traveller: time_machine.Traveller
) -> None:
    monkeypatch.setattr(reconcile, "EVENT_PAGES", 1)
    gateway.events_a_page = 2
    orders = several(7)
    miss(gateway, *[paid_event(one) for one in orders])
    for _ in range(3):
        reconcile.run_due()
    assert states(orders) == ["paid"] * 7


def test_an_event_that_appears_behind_a_newer_one_is_found(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller
) -> None:
    late, started = several(2)
    miss(gateway, foreign(-3600), paid_event(started))
    reconcile.run_due()
    gateway.missed.insert(1, gateway.translate_event(paid_event(late, -30)))
    round_now(traveller)
    assert states([late, started]) == ["paid", "paid"]


def broken(monkeypatch: pytest.MonkeyPatch, *session_ids: str, error: Exception | None = None) -> None:
    """Let the events of some pages fail."""
    handler = event_processing.HANDLERS["checkout.session.completed"]

    def fails(order: object, event: object, cause: str, now: object) -> None:
        if event.subject.id in session_ids:  # type: ignore[attr-defined]
            raise error or ZeroDivisionError("poison")
        handler(order, event, cause, now)  # type: ignore[arg-type]

    monkeypatch.setitem(event_processing.HANDLERS, "checkout.session.completed", fails)


def test_an_event_that_fails_is_reported_holds_up_no_other_and_is_tried_again(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller
) -> None:
    poison, *others = several(3)
    told = [paid_event(one, n) for n, one in enumerate((poison, *others))]
    miss(gateway, *told)
    with pytest.MonkeyPatch.context() as patch:
        broken(patch, poison.session_id)
        assert round_now() == 2
        assert states([poison, *others]) == ["pending", "paid", "paid"]
        assert make.ledger()[told[0]["id"]] == "failed"
        (finding,) = [one for one in consistency.examine() if one.area == "events"]
        assert finding.what.endswith("ZeroDivisionError: poison")
        assert round_now(traveller) == 0
    assert round_now(traveller) == 1, "its reason is gone"
    assert states([poison]) == ["paid"]
    assert make.ledger()[told[0]["id"]] == "done"


def test_what_goes_on_failing_waits_for_a_person_after_three_days(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    (poison,) = several(1)
    miss(gateway, paid_event(poison))
    tries: list[str] = []
    handler = lambda *_: tries.append("") or 1 / 0  # noqa: E731
    monkeypatch.setitem(event_processing.HANDLERS, "checkout.session.completed", handler)
    round_now()
    round_now(traveller)
    assert len(tries) == 3, "a failed event is tried in the round that finds it, and in each later one"
    traveller.shift(missed_events.RETRIED_FOR)
    gateway.missed.clear()
    round_now(traveller)
    assert len(tries) == 3


def test_failed_events_take_turns(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "RETRIES", 2)
    orders = several(5)
    told = [paid_event(one) for one in orders]
    miss(gateway, *told)
    tried: list[str] = []
    monkeypatch.setitem(
        event_processing.HANDLERS,
        "checkout.session.completed",
        lambda order, event, *_: tried.append(event.id) or 1 / 0,
    )
    round_now()
    tried.clear()
    for _ in range(3):
        round_now(traveller)
    assert set(tried) == {event["id"] for event in told}


def test_a_silent_stripe_ends_the_round_with_one_line_and_the_next_goes_on(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="storefront.services.payments.reconcile")
    (started,) = several(1)
    miss(gateway, paid_event(started))
    gateway.silent_calls = {"events"}
    with pytest.raises(PaymentProviderError):
        reconcile.run_due()
    assert caplog.records == [], "whoever runs it says so, once"
    assert gateway.calls.count("events") == 1
    assert reconcile.run_due() == 0, "it is left alone until the next round"
    gateway.silent_calls = set()
    assert round_now(traveller) == 1
    (record,) = caplog.records
    assert record.getMessage() == (
        "caught up with Stripe: 1 events read, 1 new, 0 failed; 0 pages asked for, 0 changed"
    )


def test_a_stripe_that_falls_silent_among_the_events_is_not_asked_for_each(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller
) -> None:
    orders = several(6)
    miss(gateway, *[paid_event(one, n) for n, one in enumerate(orders)])
    with pytest.MonkeyPatch.context() as patch:
        broken(patch, *[one.session_id for one in orders], error=PaymentUnknown("silence"))
        round_now()
    assert len(make.ledger()) == 3
    row = reconciliation.find()
    assert row is not None
    assert row.finished_at is None, "the round did not come to its end"
    round_now(traveller)
    assert states(orders) == ["paid"] * 6


def test_too_many_requests_end_the_round_at_once(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller
) -> None:
    orders = several(4)
    for one in orders:
        gateway.pay(one.session_id)
    traveller.shift(3 * MINUTE)
    reconcile.missed_events.read_on(reconcile.Limits())
    gateway.failures = [PaymentRefused("rate_limit", is_passing=True)]
    gateway.calls.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconcile.missed_events, "read_on", lambda *_: missed_events.Tally())
        assert reconcile.run_due() == 0
    assert gateway.calls == ["fetch"]
    assert reconcile.run_due() == 0
    assert gateway.calls == ["fetch"], "Stripe asked for a pause"
    assert round_now(traveller) == 4


def test_open_pages_are_asked_for_after_two_minutes_the_oldest_first_and_each_in_turn(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "SESSIONS", 2)
    orders = []
    for n in range(5):
        orders.append(make.begin((COFFEE, 1), email=f"{n}@example.com"))
        traveller.shift(timedelta(seconds=1))
    gateway.calls.clear()
    asked: list[str] = []
    fetch = gateway.fetch_checkout
    monkeypatch.setattr(gateway, "fetch_checkout", lambda key: asked.append(key) or fetch(key))
    reconcile.run_due()
    assert asked == [], "they may still be paid"
    for _ in range(4):
        round_now(traveller)
    sessions = [one.session_id for one in orders]
    assert asked == (sessions + sessions)[:8]


def test_a_page_that_cannot_be_followed_holds_up_no_other(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, *others = several(3)
    for one in (odd, *others):
        gateway.pay(one.session_id)
    sync_from_session = reconcile.settlement.sync_from_session

    def fails(order: object, checkout: object, **more: object) -> None:
        if checkout.id == odd.session_id:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        sync_from_session(order, checkout, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(reconcile.settlement, "sync_from_session", fails)
    traveller.shift(3 * MINUTE)
    assert reconcile.run_due() == 2
    assert states([odd, *others]) == ["pending", "paid", "paid"]


def test_pages_that_stripe_does_not_know_do_not_make_it_silent(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller
) -> None:
    *unknown, known = several(5)
    gateway.pay(known.session_id)
    for one in unknown:
        gateway.pages.pop(one.session_id)
    traveller.shift(3 * MINUTE)
    assert reconcile.run_due() == 1
    assert states([known]) == ["paid"]


def test_a_round_ends_when_its_time_is_over(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "SECONDS", -1)
    gateway.events_a_page = 1
    orders = several(3)
    miss(gateway, *[paid_event(one, n) for n, one in enumerate(orders)])
    assert [reconcile.run_due() for _ in range(4)] == [1, 1, 1, 0]
    assert "fetch" not in gateway.calls


def test_an_event_that_nothing_remembers_is_read_again(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database went away in the middle: neither the effects nor the failure are written."""
    (started,) = several(1)
    miss(gateway, foreign(-60), paid_event(started))
    with monkeypatch.context() as patch:
        patch.setattr(missed_events, "apply", lambda event: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            reconcile.run_due()
    assert round_now(traveller) == 1
    assert states([started]) == ["paid"]


def test_a_worker_that_stands_still_is_a_finding_and_a_number(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller
) -> None:
    assert consistency.examine() == []
    reconcile.run_due()
    traveller.shift(timedelta(minutes=14))
    assert consistency.examine() == []
    traveller.shift(timedelta(minutes=2))
    (finding,) = consistency.examine()
    assert finding.what.startswith("nobody has caught up with Stripe since 20")
    assert shop_metrics.read()["shop_reconciled_seconds_ago"] == 16 * 60
    reconcile.reconcile()
    assert consistency.examine() == []


def test_a_shop_in_production_without_a_worker_is_a_finding(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shop.extensions["settings"], "PROFILE", "production")

    def said() -> list[str]:
        return [
            finding.what
            for finding in consistency.examine()
            if "caught up" in finding.what or "catch up" in finding.what
        ]

    assert said() == ["no worker has ever caught up with Stripe: what no webhook tells stays unknown"]

    # One that runs and is not answered is told of, too, once that is no passing trouble.
    with monkeypatch.context() as patch:
        patch.setattr(gateway, "list_events", unanswered)
        with pytest.raises(PaymentProviderError):
            reconcile.run_due()
    assert said() == []
    traveller.shift(timedelta(minutes=14))
    assert said() == []
    traveller.shift(timedelta(minutes=2))
    assert said() == ["a worker began to catch up with Stripe and could not: its log says why"]
    reconcile.run_due()
    assert said() == []


def unanswered(after: str | None) -> NoReturn:
    """Answer nothing."""
    raise PaymentUnknown("no answer")


def test_what_was_ignored_or_waits_is_not_applied_again(
    shop: Flask, gateway: FakeGateway, traveller: time_machine.Traveller
) -> None:
    (started,) = several(1)
    refund = Story.of(make.order_of(started), "cs_other", payment_id="pi_other").refund(
        "created", 100, "succeeded", key="1"
    )
    miss(gateway, refund)
    assert round_now() == 1
    assert make.ledger() == {refund["id"]: "waiting"}
    received = db.session.scalar(select(EventRecord.received_at))
    assert round_now(traveller) == 0
    db.session.rollback()
    assert db.session.scalar(select(EventRecord.received_at)) == received


def test_a_page_asked_for_keeps_the_time(shop: Flask, traveller: time_machine.Traveller) -> None:
    (started,) = several(1)
    with transaction():
        db.session.execute(update(CheckoutSession).values(created_at=clock.now() - timedelta(hours=1)))
    reconcile.run_due()
    (attempt,) = make.sessions_of(started)
    assert attempt.checked_at == clock.now()
