"""The faults of the gateway, as the real SDK meets them."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe


@pytest.mark.parametrize(
    ("fault", "error"),
    [("500", stripe.APIError), ("429", stripe.RateLimitError), ("409", stripe.APIError)],
)
def test_refusing_faults_do_no_work_and_keep_no_answer(bench: Any, fault: str, error: type[Exception]) -> None:
    bench.sim("fail", {"next": fault, "times": 2})
    for _ in range(2):
        with pytest.raises(error) as failure:
            bench.session(options={"idempotency_key": "k"})
        assert failure.value.http_status == int(fault)
    assert bench.v1.checkout.sessions.list().data == []
    assert bench.session(options={"idempotency_key": "k"}).status == "open"


@pytest.mark.parametrize("fault", ["timeout", "drop"])
def test_silent_faults_do_the_work_and_the_key_finds_it(bench: Any, helpers: Any, fault: str) -> None:
    bench.sim("fail", {"next": fault, "times": 1})
    impatient = helpers.sdk(bench.url, timeout=(1, 0.15))
    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.checkout.sessions.create(helpers.params(), {"idempotency_key": "k"})
    made = bench.v1.checkout.sessions.list().data
    assert len(made) == 1
    assert bench.session(options={"idempotency_key": "k"}).id == made[0].id


def test_a_held_line_is_cut_in_the_end(bench: Any) -> None:
    bench.sim("fail", {"next": "timeout"})
    started = time.monotonic()
    with pytest.raises(stripe.APIConnectionError):
        bench.v1.events.list()
    assert 0.35 < time.monotonic() - started < 20


def test_the_sdk_retries_through_a_drop_and_makes_one_session(
    bench: Any, helpers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.sim("fail", {"next": "drop"})
    stubborn = helpers.sdk(bench.url, retries=2)
    monkeypatch.setattr(stripe.RequestsClient, "_sleep_time_seconds", lambda *a, **k: 0)
    session = stubborn.v1.checkout.sessions.create(helpers.params())
    assert [s.id for s in bench.v1.checkout.sessions.list().data] == [session.id]


def test_latency_slows_every_call_until_reset(bench: Any) -> None:
    bench.sim("latency", {"ms": 120})
    started = time.monotonic()
    bench.v1.events.list()
    assert time.monotonic() - started > 0.1
    bench.sim("fail", {"next": "500", "times": 50})
    bench.sim("reset")
    assert bench.v1.events.list().data == []


def test_only_the_five_faults_are_known(bench: Any) -> None:
    bench.sim("fail", {"next": "explode"}, status=400)
    bench.sim("fail", {}, status=400)
    bench.sim("clock", {"advance": -5}, status=400)
