"""Paying a session: what the shop sees in the API and in its webhooks."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests
import stripe


def test_a_paid_session_tells_the_same_in_api_answer_and_webhooks(bench: Any) -> None:
    session = bench.session()
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert session.url == f"{bench.url}/c/pay/{session.id}"
    answer = bench.pay(session)
    paid = bench.read(session, "line_items", "payment_intent.latest_charge")
    assert answer == {
        "status": "complete",
        "paymentStatus": "paid",
        "outcome": "paid",
        "declineCode": None,
        "redirectUrl": f"https://shop.example/ok?session_id={session.id}",
        "paymentIntent": paid.payment_intent.id,
    }
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.payment_intent.amount_received == paid.amount_total == 20_000_000
    assert paid.payment_intent.latest_charge.metadata.to_dict() == {"order_id": "ord_1"}
    assert paid.customer_details.email == "ana@example.com"
    assert paid.line_items.data[0].quantity == 2
    bench.shop.wait_for(lambda: len(bench.shop.events) == 5)
    assert bench.shop.types == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "payment_intent.created",
        "checkout.session.completed",
        "charge.updated",
    ]
    completed = bench.shop.events[3]
    assert completed["api_version"] == "2026-10-28.endive"
    assert completed["data"]["object"]["payment_intent"] == paid.payment_intent.id
    assert bench.shop.events[2]["data"]["object"]["status"] == "requires_payment_method"


def test_the_pay_call_waits_for_the_shop_to_answer_the_completed_event(bench: Any) -> None:
    bench.pay(bench.session())
    assert "checkout.session.completed" in bench.shop.types


DECLINES = [
    ("4000000000000002", "card_declined", "generic_decline"),
    ("4000000000009995", "card_declined", "insufficient_funds"),
    ("4000000000000069", "expired_card", "expired_card"),
    ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
    ("4000000000000119", "processing_error", "processing_error"),
    ("4111111111111111", "card_declined", "test_mode_live_card"),
]


@pytest.mark.parametrize(("card", "code", "decline_code"), DECLINES)
def test_a_declined_card_leaves_the_session_open_and_the_next_try_uses_the_same_intent(
    bench: Any, card: str, code: str, decline_code: str
) -> None:
    session = bench.session()
    declined = bench.pay(session, card)
    assert (declined["status"], declined["outcome"], declined["declineCode"]) == ("open", "declined", decline_code)
    assert declined["redirectUrl"] is None
    intent = bench.v1.payment_intents.retrieve(declined["paymentIntent"])
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", code)
    paid = bench.pay(session)
    assert (paid["outcome"], paid["paymentIntent"]) == ("paid", declined["paymentIntent"])
    assert bench.types() == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]


def test_three_d_secure_confirmed(bench: Any) -> None:
    session = bench.session()
    waiting = bench.pay(session, "4000002760003184")
    assert (waiting["outcome"], waiting["status"]) == ("requires_action", "open")
    assert bench.v1.payment_intents.retrieve(waiting["paymentIntent"]).status == "requires_action"
    assert bench.pay(session, "4000002500003155", threeDS="confirm")["outcome"] == "paid"
    assert bench.types() == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.requires_action",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]


def test_three_d_secure_refused_makes_no_charge(bench: Any) -> None:
    session = bench.session()
    refused = bench.pay(session, "4000002760003184", threeDS="fail")
    assert (refused["outcome"], refused["status"]) == ("authentication_failed", "open")
    intent = bench.v1.payment_intents.retrieve(refused["paymentIntent"])
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert intent.latest_charge is None
    assert bench.types() == [
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.payment_failed",
    ]
    assert bench.pay(session)["outcome"] == "paid"


def test_a_session_is_paid_once_whoever_races(bench: Any) -> None:
    session = bench.session()
    statuses: list[int] = []

    def pay() -> None:
        response = requests.post(f"{bench.url}/_sim/pay/{session.id}", json={}, timeout=10)
        statuses.append(response.status_code)

    threads = [threading.Thread(target=pay) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [400] * 7
    assert bench.types().count("charge.succeeded") == 1


def test_paying_what_cannot_be_paid_says_why(bench: Any) -> None:
    bench.sim("pay/cs_test_unknown", status=404)
    session = bench.session()
    bench.v1.checkout.sessions.expire(session.id)
    error = bench.sim(f"pay/{session.id}", status=400)["error"]
    assert error["message"] == "This Checkout Session can not be paid: it has a status of `expired`."


def test_discount_and_shipping_add_up_line_by_line(bench: Any, helpers: Any) -> None:
    coupon = bench.v1.coupons.create({"amount_off": 1_000_001, "currency": "cop", "max_redemptions": 1})
    session = bench.session(
        line_items=[helpers.line(10_000_000, 2), helpers.line(3_333_300), helpers.line(100)],
        discounts=[{"coupon": coupon.id}],
        shipping_options=[helpers.shipping(1_500_000)],
        expand=["line_items", "discounts.coupon"],
    )
    assert session.amount_subtotal == 23_333_400
    assert session.total_details.to_dict() == {
        "amount_discount": 1_000_001,
        "amount_shipping": 1_500_000,
        "amount_tax": 0,
    }
    assert session.amount_total == 23_333_400 - 1_000_001 + 1_500_000
    items = session.line_items.data
    assert sum(item.amount_discount for item in items) == 1_000_001
    assert all(item.amount_total == item.amount_subtotal - item.amount_discount for item in items)
    assert session.shipping_cost.amount_total == 1_500_000
    assert session.discounts[0].coupon.amount_off == 1_000_001
    bench.pay(session)
    used = bench.v1.coupons.retrieve(coupon.id)
    assert (used.times_redeemed, used.valid) == (1, False)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        bench.session(discounts=[{"coupon": coupon.id}])
    assert refusal.value.code == "coupon_expired"


@pytest.mark.parametrize(("percent", "off"), [(10, 2_000_000), (33.33, 6_666_000), (100, 20_000_000)])
def test_percent_coupons(bench: Any, percent: float, off: int) -> None:
    coupon = bench.v1.coupons.create({"percent_off": percent, "duration": "once"})
    session = bench.session(discounts=[{"coupon": coupon.id}])
    assert session.total_details.amount_discount == off


def test_a_free_order_completes_without_a_payment_intent(bench: Any) -> None:
    coupon = bench.v1.coupons.create({"percent_off": 100})
    session = bench.session(discounts=[{"coupon": coupon.id}])
    assert (session.amount_total, session.payment_status) == (0, "no_payment_required")
    answer = bench.pay(session)
    assert (answer["status"], answer["paymentStatus"]) == ("complete", "no_payment_required")
    assert answer["paymentIntent"] is None
    assert bench.types() == ["checkout.session.completed"]


@pytest.mark.parametrize(
    ("card", "last", "payment_status"),
    [
        ("delayed_success", "checkout.session.async_payment_succeeded", "paid"),
        ("delayed_failure", "checkout.session.async_payment_failed", "unpaid"),
    ],
)
@pytest.mark.parametrize("by_clock", [True, False])
def test_delayed_methods_settle_later(bench: Any, card: str, last: str, payment_status: str, by_clock: bool) -> None:
    session = bench.session()
    answer = bench.pay(session, card)
    assert (answer["status"], answer["paymentStatus"]) == ("complete", "unpaid")
    assert bench.types()[-2:] == ["checkout.session.completed", "payment_intent.processing"]
    if by_clock:
        bench.sim("clock", {"advance": 3601})
    else:
        bench.sim(f"settle/{session.id}")
        bench.sim(f"settle/{session.id}", status=400)
    assert bench.types()[-1] == last
    assert bench.read(session).payment_status == payment_status


def test_a_customer_is_made_when_asked_for(bench: Any) -> None:
    session = bench.session(customer_creation="always")
    bench.pay(session)
    customer = bench.v1.customers.retrieve(bench.read(session).customer)
    assert customer.email == "ana@example.com"
    again = bench.session(customer=customer.id, customer_email=None)
    bench.pay(again)
    assert [s.id for s in bench.v1.checkout.sessions.list({"customer": customer.id}).data] == [again.id, session.id]


def test_the_disputing_card_disputes_later(bench: Any) -> None:
    session = bench.session()
    intent = bench.pay(session, "4000000000000259")["paymentIntent"]
    assert "charge.dispute.created" not in bench.types()
    bench.sim("clock", {"advance": 61})
    assert bench.types()[-1] == "charge.dispute.created"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        bench.v1.refunds.create({"payment_intent": intent})
    assert refusal.value.code == "charge_disputed"
    assert bench.sim(f"dispute/{intent}", {"close": "won"})["status"] == "won"
    assert bench.types()[-1] == "charge.dispute.closed"
