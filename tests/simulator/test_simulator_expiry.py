"""Sessions end: by the call, by the clock, and in the race with a payment."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests
import stripe


def test_expire_closes_an_open_session(bench: Any) -> None:
    session = bench.session()
    expired = bench.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    bench.shop.wait_for(lambda: bench.shop.types == ["checkout.session.expired"])


def test_expire_after_a_decline_cancels_the_intent(bench: Any) -> None:
    session = bench.session()
    intent = bench.pay(session, "4000000000000002")["paymentIntent"]
    bench.v1.checkout.sessions.expire(session.id)
    assert bench.types()[-2:] == ["checkout.session.expired", "payment_intent.canceled"]
    assert bench.v1.payment_intents.retrieve(intent).cancellation_reason == "expired"


@pytest.mark.parametrize("status", ["complete", "expired"])
def test_expire_too_late_names_the_status(bench: Any, status: str) -> None:
    session = bench.session()
    if status == "complete":
        bench.pay(session)
    else:
        bench.v1.checkout.sessions.expire(session.id)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        bench.v1.checkout.sessions.expire(session.id)
    assert refusal.value.user_message == (
        'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
        f"`{status}`."
    )
    assert bench.read(session).status == status


def test_the_clock_expires_what_is_due_before_it_answers(bench: Any) -> None:
    early = bench.session(expires_at=int(time.time()) + 31 * 60)
    late = bench.session()
    answer = bench.sim("clock", {"advance": 31 * 60 + 1})
    assert answer["offset"] == 31 * 60 + 1
    assert requests.get(f"{bench.url}/_sim/clock", timeout=5).json()["now"] >= answer["now"]
    assert bench.types() == ["checkout.session.expired"]
    assert (bench.read(early).status, bench.read(late).status) == ("expired", "open")
    bench.sim(f"pay/{early.id}", status=400)
    bench.sim("clock", {"advance": 24 * 3600})
    assert bench.read(late).status == "expired"


def test_a_shop_that_knows_only_the_real_clock_can_still_sell(bench: Any) -> None:
    """The simulated clock was moved on a month; the session lives its half hour all the same."""
    bench.sim("clock", {"advance": 31 * 24 * 3600})
    session = bench.session(expires_at=int(time.time()) + 31 * 60)
    assert bench.read(session).status == "open"
    bench.sim("clock", {"advance": 32 * 60})
    assert bench.read(session).status == "expired"


def test_a_paid_session_does_not_expire(bench: Any) -> None:
    session = bench.session()
    bench.pay(session)
    bench.sim("clock", {"advance": 25 * 3600})
    assert bench.read(session).status == "complete"
    assert "checkout.session.expired" not in bench.types()


def test_the_tick_expires_without_anybody_reading(bench: Any) -> None:
    session = bench.session()
    # The clock is moved behind the simulator's back, so that nothing but the tick can notice.
    bench.running.simulator._offset += 25 * 3600
    bench.shop.wait_for(lambda: bench.shop.types == ["checkout.session.expired"])
    assert bench.shop.events[0]["data"]["object"]["id"] == session.id


def test_expires_at_is_judged_by_the_simulated_clock_and_by_the_real_one(bench: Any) -> None:
    now = bench.sim("clock", {"advance": 5 * 24 * 3600})["now"]
    with pytest.raises(stripe.InvalidRequestError, match="at least 30 minutes"):
        bench.session(expires_at=int(time.time()) + 29 * 60)
    assert bench.session(expires_at=now + 31 * 60).expires_at == now + 31 * 60
    with pytest.raises(stripe.InvalidRequestError, match="less than 24 hours"):
        bench.session(expires_at=now + 24 * 3600 + 60)
