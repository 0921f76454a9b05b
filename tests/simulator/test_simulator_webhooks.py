"""Deliveries: signatures, retries, misbehaviour on request, and the events API behind them."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
import requests
import stripe


def statuses(bench: Any) -> list[list[str]]:
    return [[delivery["status"] for delivery in event["deliveries"]] for event in bench.log()]


def test_the_signature_covers_the_exact_bytes_and_carries_junk_beside_it(bench: Any) -> None:
    bench.v1.checkout.sessions.expire(bench.session().id)
    bench.shop.wait_for(lambda: bool(bench.shop.events))
    parts = [part.split("=") for part in bench.shop.headers[0].split(",")]
    assert [name for name, _ in parts] == ["t", "v1", "v0"]
    assert bench.shop.events[0]["id"] == bench.log()[0]["id"]
    # The simulator writes it down a moment after the shop has it.
    bench.shop.wait_for(lambda: statuses(bench) == [["delivered"]])


@pytest.mark.parametrize("bench", [{"webhook_secrets": ("whsec_new", "whsec_simulator_tests")}], indirect=True)
def test_a_rotated_secret_signs_twice(bench: Any) -> None:
    for secret in ("whsec_simulator_tests", "whsec_new"):
        bench.shop.secret = secret
        before = len(bench.shop.events)
        bench.pay(bench.session())
        bench.shop.wait_for(lambda before=before: len(bench.shop.events) == before + 5)
    assert bench.shop.headers[0].count("v1=") == 2
    assert bench.shop.refused == []


@pytest.mark.parametrize("answer", [500, 400, 302])
def test_anything_but_success_is_tried_again(bench: Any, answer: int) -> None:
    bench.shop.answers = [answer, answer]
    bench.v1.checkout.sessions.expire(bench.session().id)
    bench.shop.wait_for(lambda: bench.shop.types == ["checkout.session.expired"])
    bench.shop.wait_for(lambda: statuses(bench) == [["delivered"]])
    delivery = bench.log()[0]["deliveries"][0]
    assert (delivery["attempts"], delivery["httpStatus"]) == (3, 200)


def test_tries_end_and_the_event_stays_to_be_found_and_redelivered(bench: Any) -> None:
    bench.shop.answers = [500] * 3
    session = bench.session()
    bench.v1.checkout.sessions.expire(session.id)
    bench.shop.wait_for(lambda: statuses(bench) == [["failed"]])
    listed = bench.v1.events.list
    event = listed({"delivery_success": False}).data[0]
    assert (event.type, event.data.object.id) == ("checkout.session.expired", session.id)
    assert bench.sim(f"events/{event.id}/deliver") == {"httpStatus": 200}
    assert bench.shop.types == ["checkout.session.expired"]
    assert listed({"delivery_success": False}).data == []
    assert [e.id for e in listed({"delivery_success": True}).data] == [event.id]
    bench.sim("events/evt_x/deliver", status=404)


def test_redelivery_tells_what_the_shop_answered(bench: Any) -> None:
    bench.v1.checkout.sessions.expire(bench.session().id)
    bench.shop.wait_for(lambda: statuses(bench) == [["delivered"]])
    bench.shop.answers = [503]
    assert bench.sim(f"events/{bench.log()[0]['id']}/deliver") == {"httpStatus": 503}


def test_duplicates(bench: Any) -> None:
    bench.sim("webhooks", {"duplicate": 2})
    bench.v1.checkout.sessions.expire(bench.session().id)
    bench.shop.wait_for(lambda: len(bench.shop.events) == 3)
    assert len({event["id"] for event in bench.shop.events}) == 1


def test_twins_are_two_events_for_one_change(bench: Any) -> None:
    bench.sim("webhooks", {"twins": 1})
    bench.v1.checkout.sessions.expire(bench.session().id)
    bench.shop.wait_for(lambda: len(bench.shop.events) == 2)
    assert len({event["id"] for event in bench.shop.events}) == 2
    assert bench.shop.events[0]["data"] == bench.shop.events[1]["data"]


def test_shuffled_deliveries_all_arrive(bench: Any) -> None:
    bench.sim("webhooks", {"shuffle": True})
    orders = set()
    for _ in range(12):
        bench.shop.events.clear()
        bench.pay(bench.session())
        bench.shop.wait_for(lambda: len(bench.shop.events) == 5)
        orders.add(tuple(bench.shop.types))
    assert len(orders) > 1


def test_delayed_deliveries_come_later(bench: Any) -> None:
    bench.sim("webhooks", {"delay": 0.3})
    bench.pay(bench.session(), wait=0)
    assert bench.shop.events == []
    assert bench.v1.events.list({"limit": 1}).data[0].pending_webhooks == 1
    bench.shop.wait_for(lambda: len(bench.shop.events) == 5)


def test_dropped_deliveries_are_lost_but_listed(bench: Any) -> None:
    bench.sim("webhooks", {"drop": 4})
    bench.pay(bench.session())
    bench.shop.wait_for(lambda: bench.shop.types == ["charge.updated"])
    lost = bench.v1.events.list({"delivery_success": False, "type": "checkout.session.completed"}).data
    assert bench.sim(f"events/{lost[0].id}/deliver") == {"httpStatus": 200}
    assert bench.shop.types == ["charge.updated", "checkout.session.completed"]


@pytest.mark.parametrize("knob", [{"wrongSecret": True}, {"timestampShift": -301}])
def test_bad_signatures_are_refused_by_the_sdk(bench: Any, knob: dict[str, Any]) -> None:
    bench.sim("webhooks", knob)
    bench.v1.checkout.sessions.expire(bench.session().id)
    bench.shop.wait_for(lambda: bool(bench.shop.refused))
    bench.sim("reset")
    bench.shop.wait_for(lambda: len(bench.shop.events) == 1)


def test_foreign_events_can_be_sent(bench: Any) -> None:
    made = bench.sim("emit", {"type": "product.created", "object": {"id": "prod_x", "object": "product"}})
    bench.shop.wait_for(lambda: bench.shop.types == ["product.created"])
    assert bench.shop.events[0]["id"] == made["id"]
    bench.sim("emit", {"type": "x"}, status=400)


@pytest.mark.parametrize("bench", [{"answer_wait": 0.2}], indirect=True)
def test_the_wait_for_a_slow_shop_has_an_end(bench: Any) -> None:
    bench.shop.pause = 0.3
    assert bench.pay(bench.session())["status"] == "complete"
    assert "checkout.session.completed" not in bench.shop.types


@pytest.mark.parametrize("bench", [{"webhook_url": "http://127.0.0.1:9/hook"}], indirect=True)
def test_a_shop_that_is_down_stops_nobody(bench: Any) -> None:
    assert bench.pay(bench.session())["status"] == "complete"
    bench.shop.wait_for(lambda: statuses(bench) == [["failed"]] * 5)
    delivery = bench.log()[0]["deliveries"][0]
    assert (delivery["httpStatus"], delivery["error"]) == (None, "ConnectionRefusedError")
    assert bench.sim(f"events/{bench.log()[0]['id']}/deliver") == {"httpStatus": None}


@pytest.mark.parametrize("bench", [{"retry_seconds": (0.05, 30)}], indirect=True)
def test_state_and_pending_deliveries_survive_a_restart(bench: Any) -> None:
    bench.shop.answers = [500]
    bench.sim("clock", {"advance": 100})
    session = bench.session()
    bench.v1.checkout.sessions.expire(session.id)
    bench.shop.wait_for(lambda: len(bench.shop.headers) == 1)
    bench.restart()
    assert bench.read(session).status == "expired"
    assert bench.sim("clock")["offset"] == 100
    bench.shop.wait_for(lambda: bench.shop.types == ["checkout.session.expired"])


@pytest.mark.parametrize("bench", [{"webhook_url": None}], indirect=True)
def test_without_a_webhook_address_events_are_only_kept(bench: Any) -> None:
    bench.pay(bench.session())
    assert statuses(bench) == [[]] * 5
    assert bench.v1.events.list().data[0].pending_webhooks == 0
    bench.sim(f"events/{bench.log()[0]['id']}/deliver", status=400)


def test_the_events_api_filters_and_forgets(bench: Any) -> None:
    session = bench.session()
    bench.pay(session, "4000000000000002")
    bench.pay(session)
    listed = bench.v1.events.list
    assert [e.type for e in listed({"type": "charge.*"}).data] == [
        "charge.updated",
        "charge.succeeded",
        "charge.failed",
    ]
    both = {"types": ["charge.failed", "checkout.session.completed"]}
    assert [e.type for e in listed(both).data] == ["checkout.session.completed", "charge.failed"]
    with pytest.raises(stripe.InvalidRequestError):
        listed({"type": "charge.failed", "types": ["charge.failed"]})
    event = bench.v1.events.retrieve(listed().data[0].id)
    assert event.request.id is None
    created = listed({"created": {"gte": event.created}, "limit": 100}).data
    assert len(created) == 7
    bench.sim("clock", {"advance": 31 * 24 * 3600})
    assert listed({"type": "charge.*"}).data == []
    with pytest.raises(stripe.InvalidRequestError):
        bench.v1.events.retrieve(event.id)


def test_events_name_the_request_that_caused_them(bench: Any) -> None:
    session = bench.session()
    bench.v1.checkout.sessions.expire(session.id, {}, {"idempotency_key": "release:1"})
    request = bench.log()[-1]["payload"]["request"]
    assert request["id"].startswith("req_")
    assert request["idempotency_key"] == "release:1"


def test_signature_header_by_hand() -> None:
    from stripe_simulator.delivery import signature

    body = '{"name": "Bogotá"}'.encode()
    expected = hmac.new(b"whsec_a", b"5." + body, hashlib.sha256).hexdigest()
    assert signature(body, ("whsec_a",), 5).startswith(f"t=5,v1={expected},v0=")


def test_control_is_for_this_machine_only(bench: Any) -> None:
    url = f"{bench.url}/_sim/reset"
    assert requests.post(url, headers={"Origin": "https://evil.example"}, timeout=5).status_code == 403
    assert requests.post(url, headers={"Host": "evil.example"}, timeout=5).status_code == 403
    assert requests.post(url, headers={"Origin": bench.url}, timeout=5).status_code == 200
    app = bench.running.app
    for path in ("/_sim/health", "/"):
        answer = app.test_client().get(path, environ_base={"REMOTE_ADDR": "192.168.1.5"})
        assert answer.status_code == 403
    assert requests.get(f"{bench.url}/_sim/health", timeout=5).json() == {"status": "ok"}
