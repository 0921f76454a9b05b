"""Refunds: whole, partial, too much, twice."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import stripe


@pytest.fixture
def intent(bench: Any) -> str:
    return str(bench.pay(bench.session())["paymentIntent"])


def test_a_whole_refund(bench: Any, intent: str) -> None:
    refund = bench.v1.refunds.create(
        {"payment_intent": intent, "reason": "requested_by_customer", "metadata": {"refund_id": "r1"}}
    )
    assert (refund.amount, refund.status, refund.payment_intent) == (20_000_000, "succeeded", intent)
    charge = bench.v1.charges.retrieve(refund.charge, {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (20_000_000, True)
    assert [r.id for r in charge.refunds.data] == [refund.id]
    assert bench.types()[-4:] == ["refund.created", "charge.refunded", "refund.updated", "charge.refund.updated"]
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        bench.v1.refunds.create({"payment_intent": intent})
    assert refusal.value.code == "charge_already_refunded"


def test_partial_refunds_accumulate(bench: Any, intent: str) -> None:
    first = bench.v1.refunds.create({"payment_intent": intent, "amount": 5_000_000})
    charge = bench.v1.charges.retrieve(first.charge)
    assert (charge.amount_refunded, charge.refunded) == (5_000_000, False)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        bench.v1.refunds.create({"charge": charge.id, "amount": 15_000_001})
    assert refusal.value.user_message == (
        "Refund amount ($150,000.01) is greater than unrefunded amount on charge ($150,000.00)"
    )
    rest = bench.v1.refunds.create({"charge": charge.id})
    assert rest.amount == 15_000_000
    assert bench.v1.charges.retrieve(charge.id).refunded is True
    assert [r.id for r in bench.v1.refunds.list({"payment_intent": intent}).data] == [rest.id, first.id]
    told = [event["payload"]["data"]["object"] for event in bench.log() if event["type"] == "charge.refunded"]
    assert [(c["amount_refunded"], c["refunded"]) for c in told] == [(5_000_000, False), (20_000_000, True)]


def test_an_unpaid_intent_cannot_be_refunded(bench: Any) -> None:
    intent = bench.pay(bench.session(), "4000000000000002")["paymentIntent"]
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        bench.v1.refunds.create({"payment_intent": intent})


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "parameter_missing"),
        ({"payment_intent": "pi_x", "charge": "ch_x"}, "parameters_exclusive"),
        ({"payment_intent": "pi_x"}, "resource_missing"),
        ({"charge": "ch_x"}, "resource_missing"),
        ({"payment_intent": "pi_x", "amount": 0}, "parameter_invalid_integer"),
        ({"payment_intent": "pi_x", "amount": "x"}, "parameter_invalid_integer"),
        ({"payment_intent": "pi_x", "foo": "1"}, "parameter_unknown"),
        ({"payment_intent": "pi_x", "reason": "bored"}, None),
    ],
)
def test_bad_refund_requests(bench: Any, params: dict[str, Any], code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        bench.v1.refunds.create(params)
    assert refusal.value.code == code


def test_a_refund_made_elsewhere_and_one_that_fails_later(bench: Any, intent: str) -> None:
    refund = bench.sim(f"refund/{intent}", {"amount": 100})
    assert bench.sim(f"refund/{intent}", {"amount": None})["amount"] == 20_000_000 - 100
    bench.sim(f"refund/{intent}", {"amount": 0}, status=400)
    failed = bench.sim(f"refunds/{refund['id']}/fail")
    assert failed["status"] == "failed"
    charge = bench.v1.charges.retrieve(refund["charge"])
    assert (charge.amount_refunded, charge.refunded) == (20_000_000 - 100, False)
    assert bench.types()[-1] == "refund.failed"


def test_refund_metadata_can_change(bench: Any, intent: str) -> None:
    refund = bench.v1.refunds.create({"payment_intent": intent, "metadata": {"a": "1", "b": "2"}})
    changed = bench.v1.refunds.update(refund.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    assert bench.v1.refunds.retrieve(refund.id).metadata.to_dict() == {"b": "2", "c": "3"}


def test_control_endpoints_take_nothing_but_what_they_know(bench: Any, intent: str) -> None:
    bench.sim(f"refund/{intent}", {"amount": "5"}, status=400)
    bench.sim(f"refund/{intent}", {"amount": True}, status=400)
    bench.sim(f"refund/{intent}", {"money": 5}, status=400)
    bench.sim(f"refund/{intent}", [1], status=400)
    bench.sim("nothing/like/that", status=404)
    response = requests.post(f"{bench.url}/_sim/clock", data="{", timeout=5)
    assert response.status_code == 400
