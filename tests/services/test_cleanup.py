"""What the clock makes happen: unpaid orders end after the provider was asked, and refunds are sent."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from storefront import clock
from storefront.database import transaction
from storefront.domain import order as orders
from storefront.errors import NotFound
from storefront.gateways.payments import PaymentRefused
from storefront.services.jobs import cleanup
from storefront.services.payments import refunds, session_status, settlement
from storefront.services.shopper import Shopper
from tests import factories as make
from tests.factories import DUMBBELL, WHEY
from tests.fakes import FakeGateway

MINUTE = timedelta(minutes=1)


def test_a_hold_lasts_ten_minutes_longer_than_its_page(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    for later, ended in ((9 * MINUTE, 0), (11 * MINUTE, 1)):
        with time_machine.travel(started.expires_at + later):
            assert cleanup.expire_unpaid() == ended
    assert make.state_of(started) == ("cancelled", "pending")
    assert make.stock_of(WHEY) == (120, 0)
    assert make.causes_of(started)[-1] == ("cancelled", "sweeper")
    assert "close" in gateway.calls


def test_while_the_provider_is_silent_the_hold_stays(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    with time_machine.travel(started.expires_at + 11 * MINUTE):
        gateway.silent_calls = {"close"}
        for _ in range(3):
            assert cleanup.expire_unpaid() == 0
        assert make.stock_of(WHEY) == (120, 1)
        gateway.silent_calls = set()
        assert cleanup.expire_unpaid() == 1
    assert make.stock_of(WHEY) == (120, 0)


def test_l13_what_was_paid_and_never_told_is_settled_not_cancelled(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    gateway.pay(started.session_id)
    with time_machine.travel(started.expires_at + 11 * MINUTE):
        assert cleanup.sweep() == 1
        assert cleanup.sweep() == 0
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.stock_of(WHEY) == (119, 0)
    assert make.mails_of(started) == ["order_confirmed"]


def test_a_silent_order_does_not_hold_up_the_others(shop: Flask, gateway: FakeGateway) -> None:
    held = [make.begin((WHEY, 1), email=f"{n}@example.com") for n in range(3)]
    with time_machine.travel(held[-1].expires_at + 11 * MINUTE):
        gateway.go_silent()
        assert cleanup.expire_unpaid() == 2
        assert cleanup.expire_unpaid() == 1


def request_refund(reason: str = "paid_twice") -> make.PlacedOrder:
    """Return a paid order with a refund of a second payment that was not sent yet."""
    started = make.begin((DUMBBELL, 1))
    with transaction():
        order = orders.lock(make.order_of(started).id)
        settlement.request_refund(order, "pi_second", 100, reason, cause="test", now=clock.now())
        settlement.request_refund(order, "pi_second", 100, reason, cause="test", now=clock.now())
    return started


def test_a_refund_is_asked_for_once_with_its_own_key_however_often_it_is_not_answered(
    shop: Flask, gateway: FakeGateway
) -> None:
    started = request_refund()
    gateway.go_silent(after_work=True)
    assert cleanup.sweep() == 0
    assert [row.status for row in make.refunds_of(started)] == ["requested"]
    assert cleanup.sweep() == 1
    assert cleanup.sweep() == 0
    (row,) = make.refunds_of(started)
    assert (row.status, row.provider_id) == ("succeeded", gateway.refunds[row.id].id)
    assert len(gateway.refunds) == 1


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (PaymentRefused("rate_limit", is_passing=True), "requested"),
        (PaymentRefused("charge_already_refunded"), "canceled"),
        (PaymentRefused("charge_disputed"), "failed"),
    ],
)
def test_a_refund_refused_for_now_is_asked_again_and_a_final_no_is_kept(
    shop: Flask, gateway: FakeGateway, refusal: PaymentRefused, status: str
) -> None:
    started = request_refund()
    gateway.failures = [refusal]
    cleanup.sweep()
    assert [row.status for row in make.refunds_of(started)] == [status]
    cleanup.sweep()
    assert len(gateway.refunds) == (1 if status == "requested" else 0)


def test_several_refunds_are_sent_in_one_sweep(shop: Flask, gateway: FakeGateway) -> None:
    for _ in range(3):
        request_refund()
        with transaction():
            pass
    assert refunds.send_all() >= 1
    assert all(refund.amount_minor == 100 for refund in gateway.refunds.values())


def test_the_return_page_says_what_we_know_while_the_provider_is_silent(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    gateway.pay(started.session_id)
    gateway.go_silent()
    assert session_status.settle_session(make.owner(started), started.session_id).status == "pending"
    assert session_status.settle_session(make.owner(started), started.session_id).status == "confirmed"


def test_the_return_page_of_an_expired_page_gives_everything_back(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    gateway.pages[started.session_id] = replace(gateway.pages[started.session_id], status="expired", url=None)
    assert session_status.settle_session(make.owner(started), started.session_id).status == "cancelled"
    assert make.stock_of(WHEY) == (120, 0)


@pytest.mark.parametrize("session_id", ["", "cs_test_other", "cs_test_fake1"])
def test_the_return_page_shows_nobody_elses_order(shop: Flask, session_id: str) -> None:
    make.begin((WHEY, 1))
    with pytest.raises(NotFound):
        session_status.settle_session(Shopper(), session_id)
