"""Idempotency keys."""

from __future__ import annotations

import sqlite3
import threading
from typing import Any

import pytest
import stripe

COUPON = {"percent_off": "10"}


def send(bench: Any, key: str, path: str = "/v1/coupons", **form: Any) -> Any:
    headers = {"Authorization": "Bearer sk_test_x", "Idempotency-Key": key}
    return bench.post(path, data=form or COUPON, headers=headers)


def test_the_same_request_gets_the_same_answer(bench: Any) -> None:
    first, second = send(bench, "k1"), send(bench, "k1")
    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.headers["Idempotency-Key"] == "k1"
    assert first.headers["Request-Id"] != second.headers["Request-Id"]
    assert len(bench.v1.coupons.list().data) == 1
    assert send(bench, "k2").json()["id"] != first.json()["id"]


def test_the_same_session_through_the_sdk(bench: Any) -> None:
    options = {"idempotency_key": "checkout:1:1"}
    assert bench.session(options=options).id == bench.session(options=options).id
    with pytest.raises(stripe.IdempotencyError):
        bench.session(options=options, client_reference_id="other")


def test_another_body_or_path_under_the_key_is_refused(bench: Any) -> None:
    send(bench, "k")
    for response in (send(bench, "k", percent_off="11"), send(bench, "k", "/v1/customers")):
        assert response.status_code == 400
        assert response.json()["error"]["type"] == "idempotency_error"


def test_a_running_request_holds_its_key(bench: Any) -> None:
    bench.sim("latency", {"ms": 150})
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(send(bench, "k"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    held = next(answer for answer in answers if answer.status_code == 409)
    assert held.json()["error"]["code"] == "idempotency_key_in_use"
    bench.sim("latency", {"ms": 0})
    assert send(bench, "k").headers["Idempotent-Replayed"] == "true"


def test_validation_failures_are_not_kept(bench: Any) -> None:
    assert send(bench, "k", percent_off="x").status_code == 400
    assert send(bench, "k").status_code == 200


def test_refusals_of_the_state_are_kept(bench: Any) -> None:
    session = bench.session()
    bench.pay(session)
    path = f"/v1/checkout/sessions/{session.id}/expire"
    assert send(bench, "k", path).status_code == 400
    bare = {"Authorization": "Bearer sk_test_x", "Idempotency-Key": "e"}
    first = bench.post(path, headers=bare)
    again = bench.post(path, headers=bare)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"


def test_failures_of_the_simulator_are_kept(bench: Any, caplog: pytest.LogCaptureFixture) -> None:
    coupon = bench.v1.coupons.create({"percent_off": 10})
    session = {"options": {"idempotency_key": "k"}, "discounts": [{"coupon": coupon.id}]}
    connection = sqlite3.connect(bench.settings.database)
    body = connection.execute("SELECT body FROM objects WHERE id = ?", (coupon.id,)).fetchone()[0]
    try:
        connection.execute("UPDATE objects SET body = '{' WHERE id = ?", (coupon.id,))
        connection.commit()
        with pytest.raises(stripe.APIError):
            bench.session(**session)
        connection.execute("UPDATE objects SET body = ? WHERE id = ?", (body, coupon.id))
        connection.commit()
    finally:
        connection.close()
    with pytest.raises(stripe.APIError) as failure:
        bench.session(**session)
    assert failure.value.http_status == 500
    assert failure.value.headers["Idempotent-Replayed"] == "true"
    assert "The simulator failed" in caplog.text


def test_keys_are_forgotten_after_a_day_of_simulated_time(bench: Any) -> None:
    first = send(bench, "k").json()["id"]
    bench.sim("clock", {"advance": 23 * 3600})
    assert send(bench, "k").json()["id"] == first
    bench.sim("clock", {"advance": 2 * 3600})
    assert send(bench, "k").json()["id"] != first


def test_keys_are_at_most_255_long(bench: Any) -> None:
    assert send(bench, "k" * 255).status_code == 200
    assert send(bench, "k" * 256).status_code == 400


def test_keys_survive_a_restart_and_unfinished_ones_do_not(bench: Any) -> None:
    first = send(bench, "done").json()["id"]
    connection = sqlite3.connect(bench.settings.database)
    connection.execute("INSERT INTO idempotency (key, fingerprint, created) VALUES ('dead', 'x', 9999999999)")
    connection.commit()
    connection.close()
    assert send(bench, "dead").json()["error"]["type"] == "idempotency_error"
    bench.restart()
    assert send(bench, "done").json()["id"] == first
    assert send(bench, "dead").status_code == 200
