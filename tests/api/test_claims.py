"""Who holds an idempotency key: the request that runs, for as long as its process lives, and soon afterwards nobody."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, update
from werkzeug.test import TestResponse

from storefront.api.idempotency import Renewal
from storefront.clock import now
from storefront.database import db, transaction
from storefront.domain.idempotency import ABANDONED_AFTER, IdempotencyRecord
from storefront.domain.order import Order
from storefront.errors import DatabaseUnavailable, IdempotencyConflict
from storefront.ids import digest
from storefront.services import idempotency
from tests.api.conftest import Phone, assert_problem, purchase, registered
from tests.api.test_idempotency import SESSION, busy, count, registered_again, reserved
from tests.campaigns.processes import wait_until

__all__ = ["busy"]

LEASE = 3.0


def buy(app: Flask, token: str) -> TestResponse:
    return Phone(app.test_client(), token).post(SESSION, purchase(), Idempotency_Key="k-1")


def change_record(**values: Any) -> None:
    with transaction():
        db.session.execute(update(IdempotencyRecord).values(**values))


def owner(app: Flask) -> str:
    with app.app_context():
        found = db.session.scalar(db.select(IdempotencyRecord.owner))
        db.session.remove()
    return str(found)


@contextmanager
def slow_stripe(app: Flask) -> Iterator[Callable[[], None]]:
    """Let Stripe think about the next page until the block calls what it is given."""
    answered = threading.Event()
    app.extensions["payments"].meanwhile = {"open": lambda: answered.wait(60)}
    try:
        yield answered.set
    finally:
        answered.set()


@pytest.fixture
def short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "ABANDONED_AFTER", timedelta(seconds=LEASE))
    monkeypatch.setattr(idempotency, "RENEWED_EVERY", timedelta(seconds=0.2))


@pytest.mark.concurrency
@pytest.mark.usefixtures("short_lease")
def test_a_request_that_is_only_slow_keeps_its_key(busy: Flask) -> None:
    token = registered(busy, "camila@example.com").token
    with slow_stripe(busy) as answer, ThreadPoolExecutor(1) as pool:
        first = pool.submit(buy, busy, token)
        wait_until(lambda: "open" in busy.extensions["payments"].calls, "the question to Stripe")
        holder = owner(busy)
        time.sleep(1.5 * LEASE)
        refused = buy(busy, token)
        assert_problem(refused, 409, "idempotency_conflict")
        assert 1 <= int(refused.headers["Retry-After"]) <= LEASE
        assert owner(busy) == holder
        answer()
        assert first.result().status_code == 201
    again = buy(busy, token)
    assert again.json == first.result().json
    assert again.headers["Idempotent-Replayed"] == "true"
    wait_until(lambda: "claims" not in [thread.name for thread in threading.enumerate()], "the end of its thread")


@pytest.mark.concurrency
@pytest.mark.usefixtures("short_lease")
def test_without_renewal_it_would_lose_its_key_and_still_be_the_same_order(
    busy: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control; and what becomes of a process that was frozen for longer than a claim lasts, and then goes on."""
    monkeypatch.setattr(idempotency, "RENEWED_EVERY", timedelta(seconds=20))
    token = registered(busy, "camila@example.com").token
    with slow_stripe(busy) as answer, ThreadPoolExecutor(2) as pool:
        first = pool.submit(buy, busy, token)
        wait_until(lambda: "open" in busy.extensions["payments"].calls, "the question to Stripe")
        holder = owner(busy)
        time.sleep(1.2 * LEASE)
        second = pool.submit(buy, busy, token)
        wait_until(lambda: owner(busy) != holder, "the second request's claim")
        answer()
        answers = [first.result(), second.result()]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert (count(busy, Order), reserved(busy), len(busy.extensions["payments"].pages)) == (1, 2, 1)


def at_once(app: Flask, take: Callable[[], object], many: int = 10) -> list[object]:
    """Let many threads take the same key at the same moment; a refusal is None."""
    gate = threading.Barrier(many)

    def one(_: int) -> object:
        with app.app_context():
            gate.wait(30)
            try:
                return take()
            except IdempotencyConflict:
                return None
            finally:
                db.session.remove()

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))


@pytest.fixture
def lost(busy: Flask) -> Flask:
    """Return a shop with a claim whose process died a while ago."""
    with busy.app_context():
        idempotency.claim("me", "k", "body")
        change_record(renewed_at=now() - ABANDONED_AFTER - timedelta(seconds=1))
        db.session.remove()
    return busy


@pytest.mark.concurrency
def test_of_many_who_find_a_lost_key_one_has_it(lost: Flask) -> None:
    taken = at_once(lost, lambda: idempotency.claim("me", "k", "body"))
    assert len([claim for claim in taken if claim]) == 1


@pytest.mark.concurrency
def test_looking_first_would_give_it_to_many(lost: Flask) -> None:
    """The control: the same race, read and then written."""
    looked = threading.Barrier(10)

    def naive() -> bool:
        key = digest("me\nk")
        record = db.session.scalar(db.select(IdempotencyRecord).where(IdempotencyRecord.id == key))
        assert record is not None
        is_free = record.renewed_at is not None and record.renewed_at < now() - ABANDONED_AFTER
        db.session.rollback()
        looked.wait(30)
        if is_free:
            change_record(renewed_at=now())
        return is_free

    assert at_once(lost, naive).count(True) == 10


def test_a_key_is_free_twelve_seconds_after_its_process_was_last_seen(app: Flask) -> None:
    with app.app_context(), time_machine.travel(now(), tick=False) as clock:
        lost = idempotency.claim("me", "k", "body")
        clock.shift(3)
        idempotency.renew([lost.owner])
        for waited, left in ((0, 12), (5, 7), (6.5, 1)):
            clock.shift(waited)
            with pytest.raises(IdempotencyConflict) as refusal:
                idempotency.claim("me", "k", "body")
            assert refusal.value.data == {"reason": "running", "retry_after": left}
        clock.shift(0.6)
        with pytest.raises(IdempotencyConflict) as refusal:
            idempotency.claim("me", "k", "other")
        assert refusal.value.data == {"reason": "other_body"}
        taken = idempotency.claim("me", "k", "body")
        assert taken.owner != lost.owner
        # The first, come back to life, neither renews nor answers what is no longer its own.
        clock.shift(5)
        idempotency.renew([lost.owner])
        idempotency.keep(lost, 201, {"by": "the first"})
        clock.shift(7.1)
        assert idempotency.claim("me", "k", "body").owner not in (lost.owner, taken.owner)


def test_a_finished_request_is_not_made_to_run_again_by_a_late_renewal(app: Flask) -> None:
    with app.app_context():
        done = idempotency.claim("me", "k", "body")
        idempotency.keep(done, 201, {})
        idempotency.renew([done.owner])
        assert idempotency.claim("me", "k", "body").status is not None


def test_a_claim_of_the_release_before_is_free_after_as_long(app: Flask) -> None:
    with app.app_context():
        idempotency.claim("me", "k", "body")
        change_record(renewed_at=None)
        with pytest.raises(IdempotencyConflict):
            idempotency.claim("me", "k", "body")
        change_record(created_at=now() - ABANDONED_AFTER - timedelta(seconds=1))
        assert idempotency.claim("me", "k", "body").status is None


def test_a_fault_that_the_release_before_has_kept_is_tried_again(app: Flask, camila: Phone) -> None:
    started = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    with app.app_context():
        change_record(status=500, body={"code": "internal_error"})
    again = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    assert (again.status_code, again.json) == (201, started.json)


@pytest.mark.new_app
@pytest.mark.options(propagate_exceptions=False)
def test_a_purchase_that_meets_a_locked_database_goes_through_with_the_same_key(
    app: Flask, camila: Phone, sqlite_url: str
) -> None:
    with app.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=50"))
    rival = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    app.extensions["payments"].meanwhile = {"open": lambda: rival.execute("BEGIN IMMEDIATE")}
    refused = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    assert_problem(refused, 503, "service_unavailable")
    rival.close()
    # Not even the key could be given back, so it is free when the claim ends.
    waiting = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    assert_problem(waiting, 409, "idempotency_conflict")
    wait = int(waiting.headers["Retry-After"])
    assert 1 <= wait <= 15
    with time_machine.travel(now() + timedelta(seconds=wait)):
        bought = registered_again(app).post(SESSION, purchase(), Idempotency_Key="k-1")
    assert bought.status_code == 201
    assert (count(app, Order), reserved(app), len(app.extensions["payments"].pages)) == (1, 2, 1)


def test_renewing_goes_on_after_a_failure_and_ends_with_the_last_request(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(idempotency, "RENEWED_EVERY", timedelta(seconds=0.01))
    failures, renewed = [DatabaseUnavailable(), RuntimeError("a mistake")], list[set[str]]()

    def renew(owners: set[str]) -> None:
        if failures:
            raise failures.pop(0)
        renewed.append(owners)

    monkeypatch.setattr(idempotency, "renew", renew)
    renewal = Renewal(app)
    for _ in range(2):
        with renewal.of("first"), renewal.of("second"):
            renewed.clear()
            wait_until(lambda: {"first", "second"} in renewed, "the renewal of both")
        wait_until(lambda: "claims" not in [thread.name for thread in threading.enumerate()], "the end of its thread")
    assert [record.getMessage() for record in caplog.records if record.exc_info] == [
        "claims on idempotency keys could not be renewed"
    ]
