"""The worker's jobs do not wait for each other, and an outage is a line in the log and not a flood."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from storefront import clock, worker
from storefront.database import db, transaction
from storefront.domain import outbox
from storefront.domain.order import Order
from storefront.services.payments import refunds
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway, KeepingMailer


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every job run again at once, without a pause."""
    monkeypatch.setattr(worker, "JOBS", tuple(replace(job, every=0.1) for job in worker.JOBS))
    monkeypatch.setattr(worker, "PAUSE", 0.05)
    monkeypatch.setattr(worker, "_troubles", worker.Troubles())


@contextmanager
def working(shop: Flask) -> Iterator[None]:
    """Let a worker work meanwhile."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(shop, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


@contextmanager
def ended(answered: threading.Event) -> Iterator[None]:
    """Let what waits for an answer go on before the worker is told to stop, so that no thread outlives its test."""
    try:
        yield
    finally:
        answered.set()


def soon(condition: Callable[[], object], seconds: float = 30) -> bool:
    """Return whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def overdue() -> make.PlacedOrder:
    """Return an unpaid order whose time is over."""
    started = make.begin((WHEY, 1))
    with transaction():
        db.session.execute(update(Order).values(hold_until=clock.now() - timedelta(minutes=1)))
    return started


def write(key: str) -> None:
    """Put a mail about a new order into the outbox."""
    order_id = make.order_of(make.begin((WHEY, 1))).id
    with transaction():
        now = clock.now()
        outbox.enqueue(
            key, "refund", recipient=f"{key}@example.com", language="es", now=now, order_id=order_id, amount_minor=100
        )


def test_a_slow_stripe_holds_no_mail_up(shop: Flask, gateway: FakeGateway, mailer: KeepingMailer) -> None:
    started, answered = overdue(), threading.Event()
    gateway.meanwhile = {"close": lambda: answered.wait(60)}
    with working(shop), ended(answered):
        assert soon(lambda: "close" in gateway.calls)
        write("ana")
        assert soon(lambda: mailer.emails_sent), "the mail waits for Stripe"
        assert make.state_of(started) == ("pending", "pending")
        answered.set()
        assert soon(lambda: make.state_of(started) == ("cancelled", "pending"))


def test_a_slow_stripe_holds_no_refund_up(shop: Flask, gateway: FakeGateway) -> None:
    paid = make.begin((WHEY, 1))
    make.pay(gateway, paid)
    overdue_order, answered = overdue(), threading.Event()
    gateway.meanwhile = {"close": lambda: answered.wait(60)}
    with working(shop), ended(answered):
        assert soon(lambda: "close" in gateway.calls)
        gateway.silent_calls = {"refund"}
        refunds.request_refund(make.order_of(paid).id)
        assert make.state_of(paid)[1] == "paid"
        gateway.silent_calls = set()
        assert soon(lambda: make.state_of(paid)[1] == "refunded"), "the refund waits for another order's page"
        assert make.state_of(overdue_order) == ("pending", "pending")


def test_a_silent_mail_server_holds_no_order_and_no_refund_up(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    paid = make.begin((WHEY, 1))
    make.pay(gateway, paid)
    is_asked, answered = threading.Event(), threading.Event()

    def silent() -> None:
        is_asked.set()
        answered.wait(60)

    mailer.meanwhile = [silent]
    with working(shop), ended(answered):
        assert is_asked.wait(30)
        started = overdue()
        assert soon(lambda: make.state_of(started) == ("cancelled", "pending")), "the order waits for the mail"
        gateway.silent_calls = {"refund"}
        refunds.request_refund(make.order_of(paid).id)
        gateway.silent_calls = set()
        assert soon(lambda: make.state_of(paid)[1] == "refunded"), "the refund waits for the mail"
        assert not mailer.emails_sent


def test_a_mail_server_that_is_away_is_one_line_and_its_return_another(
    shop: Flask, mailer: KeepingMailer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="storefront.worker")
    mailer.away = True
    write("ana")
    with working(shop):
        assert soon(lambda: mailer.connections >= 4)
        mailer.away = False
        assert soon(lambda: mailer.emails_sent)
        assert soon(lambda: len(caplog.records) == 2)
    told = [(record.levelname, record.getMessage(), bool(record.exc_info)) for record in caplog.records]
    words = "MailUnavailable: mail_unavailable {'reason': 'connection refused'}"
    assert told == [
        ("WARNING", f"not done: {words}", False),
        ("INFO", f"works again after: {words}", False),
    ]


def test_a_database_that_is_away_is_one_line_for_all_jobs(
    shop: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="storefront.worker")
    rounds: list[str] = []

    def away() -> None:
        rounds.append("")
        raise OperationalError("SELECT secret", {}, Exception("connection refused\nIs the server running?"))

    monkeypatch.setattr(worker, "JOBS", tuple(replace(job, work=away) for job in worker.JOBS))
    with working(shop):
        assert soon(lambda: len(rounds) > 20)
    (record,) = caplog.records
    assert record.getMessage() == "not done: OperationalError: (builtins.Exception) connection refused"
    assert record.exc_info is None


def test_a_defect_is_logged_with_its_traceback_and_again_when_it_goes_on(
    shop: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rounds: list[str] = []

    def defect() -> None:
        rounds.append("")
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(worker, "JOBS", (worker.Job("broken", 0.05, defect),))
    with working(shop):
        assert soon(lambda: len(rounds) > 5)
        assert [bool(record.exc_info) for record in caplog.records] == [True]
        monkeypatch.setattr(worker, "REPEAT_AFTER", 0)
        assert soon(lambda: len(caplog.records) > 2)


def test_a_worker_told_to_stop_does_not_wait_for_ever(
    shop: Flask, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    overdue()
    answered = threading.Event()
    gateway.meanwhile = {"close": lambda: answered.wait(60)}
    monkeypatch.setattr(worker, "GOODBYE", 0.3)
    with working(shop):
        assert soon(lambda: "close" in gateway.calls)
        began = time.monotonic()
    assert time.monotonic() - began < 30
    answered.set()
    assert soon(lambda: not any(thread.name.startswith("worker-") for thread in threading.enumerate()))
