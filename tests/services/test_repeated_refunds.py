"""The second payment of an order, whose refund failed: staff ask for it once more, and nothing else ends that."""

from unittest import mock

import pytest
from flask import Flask

from storefront.enums import OrderTab, RefundStatus
from storefront.errors import NotPermitted, WrongState
from storefront.gateways.payments import Refund
from storefront.services.audit import Actor
from storefront.services.orders import admin_orders, listing
from storefront.services.orders.listing import Wanted
from storefront.services.payments import failed_refunds, refunds, repeated_refunds
from tests import events
from tests import factories as make
from tests.fakes import FakeGateway
from tests.second_payments import with_failed_second_payment

ANA = Actor("ana")


def waits(started: make.PlacedOrder) -> bool:
    """Return whether the order is among those that staff must decide about."""
    return started.order_id in [order.public_id for order in listing.find(Wanted(tab=OrderTab.TO_DECIDE)).items]


def test_the_refund_of_a_second_payment_is_asked_for_again_once(shop: Flask, gateway: FakeGateway) -> None:
    started, _own, second = with_failed_second_payment(shop)
    order = make.order_of(started)
    assert admin_orders.money_of(order).second_minor == order.total_minor
    assert waits(started)
    assert repeated_refunds.repeat(order.id, staff=ANA) == order.total_minor
    with pytest.raises(WrongState):
        repeated_refunds.repeat(order.id, staff=ANA)
    failed, again = make.refunds_of(started)
    assert (again.payment_id, again.amount_minor, again.status, again.reason) == (
        second.payment_id, failed.amount_minor, "succeeded", "paid_twice",
    )  # fmt: skip
    assert [one.payment_id for one in gateway.refunds.values()] == [second.payment_id] * 2
    assert not waits(started)
    assert (make.state_of(started), make.order_of(started).refunded_minor) == (("confirmed", "paid"), 0)
    assert (f"refund of {order.total_minor} requested (paid_twice)", "staff ana") in make.causes_of(started)


def test_it_can_fail_again_and_be_asked_for_again(shop: Flask, gateway: FakeGateway) -> None:
    started, _own, second = with_failed_second_payment(shop)
    order = make.order_of(started)
    repeated_refunds.repeat(order.id, staff=ANA)
    again = make.refunds_of(started)[-1]
    failed = second.refund("failed", again.amount_minor, "failed", key="z", reference=again.id)
    assert events.send(shop.test_client(), failed).status_code == 200
    assert waits(started)
    assert repeated_refunds.repeat(order.id, staff=ANA) == order.total_minor
    assert not waits(started)


def test_refunds_of_the_order_do_not_end_it(shop: Flask, gateway: FakeGateway) -> None:
    started, _own, _second = with_failed_second_payment(shop)
    order = make.order_of(started)
    refunds.request_refund(order.id, amount_minor=1_000_000, staff=ANA)
    assert waits(started)
    refunds.request_refund(order.id, staff=ANA)
    assert make.state_of(started) == ("refunded", "refunded")
    assert waits(started)
    assert repeated_refunds.repeat(order.id, staff=ANA) == order.total_minor
    assert not waits(started)


def test_the_order_s_own_failed_refund_stays_owed(shop: Flask, gateway: FakeGateway) -> None:
    started, own, _second = with_failed_second_payment(shop)
    order = make.order_of(started)
    for kind, status in (("created", "succeeded"), ("failed", "failed")):
        sent = own.refund(kind, 1_000_000, status, key="own")
        assert events.send(shop.test_client(), sent).status_code == 200
    repeated_refunds.repeat(order.id, staff=ANA)
    assert waits(started)
    refunds.request_refund(order.id, amount_minor=1_000_000, staff=ANA)
    assert not waits(started)


@pytest.mark.parametrize("part", [1, 2])
def test_what_the_dashboard_gave_back_is_not_given_again(shop: Flask, gateway: FakeGateway, part: int) -> None:
    started, _own, second = with_failed_second_payment(shop)
    order = make.order_of(started)
    for number in range(part):
        made = second.refund("created", order.total_minor // 2, "succeeded", key=f"d{number}")
        assert events.send(shop.test_client(), made).status_code == 200
    assert waits(started) == (part == 1)
    if part == 1:
        assert repeated_refunds.repeat(order.id, staff=ANA) == order.total_minor - order.total_minor // 2
    with pytest.raises(WrongState):
        repeated_refunds.repeat(order.id, staff=ANA)


def test_what_was_settled_in_another_way_is_not_given_again(shop: Flask, gateway: FakeGateway) -> None:
    started, _own, _second = with_failed_second_payment(shop)
    failed_refunds.settle_otherwise(make.order_of(started).id, note="by bank transfer", staff=ANA)
    assert not waits(started)
    with pytest.raises(WrongState):
        repeated_refunds.repeat(make.order_of(started).id, staff=ANA)


def test_it_keeps_to_what_a_role_may_give_back(shop: Flask, gateway: FakeGateway) -> None:
    started, _own, _second = with_failed_second_payment(shop)
    order = make.order_of(started)
    with pytest.raises(NotPermitted):
        repeated_refunds.repeat(order.id, staff=Actor("eva", refund_limit_minor=order.total_minor - 1))
    assert waits(started)
    repeated_refunds.repeat(order.id, staff=Actor("eva", refund_limit_minor=order.total_minor))


def test_a_part_in_the_dashboard_and_a_repeat_that_fails_leave_the_rest_owed(shop: Flask, gateway: FakeGateway) -> None:
    started, _own, second = with_failed_second_payment(shop)
    order, client = make.order_of(started), shop.test_client()
    part = order.total_minor // 4 * 3
    assert events.send(client, second.refund("created", part, "succeeded", key="d1")).status_code == 200
    rest = repeated_refunds.repeat(order.id, staff=ANA)
    again = next(row for row in make.refunds_of(started) if row.amount_minor == rest)
    failed = second.refund("failed", rest, "failed", key="d2", reference=again.id)
    assert events.send(client, failed).status_code == 200
    assert admin_orders.money_of(make.order_of(started)).second_minor == rest == order.total_minor - part
    assert repeated_refunds.repeat(order.id, staff=ANA) == rest


@pytest.mark.parametrize("is_known", [True, False])
def test_two_failures_of_one_payment_are_owed_once(shop: Flask, gateway: FakeGateway, is_known: bool) -> None:
    started, _own, second = with_failed_second_payment(shop)
    order, client = make.order_of(started), shop.test_client()
    half = order.total_minor // 2
    if is_known:
        assert events.send(client, second.refund("created", half, "pending", key="d1")).status_code == 200
    assert events.send(client, second.refund("failed", half, "failed", key="d1")).status_code == 200
    assert admin_orders.money_of(make.order_of(started)).second_minor == order.total_minor
    assert repeated_refunds.repeat(order.id, staff=ANA) == order.total_minor
    assert not waits(started)


def test_a_repeat_that_stripe_answers_as_failed_is_owed_still(shop: Flask, gateway: FakeGateway) -> None:
    started, _own, second = with_failed_second_payment(shop)
    order = make.order_of(started)
    answer = Refund(
        id="re_no",
        payment_id=second.payment_id,
        amount_minor=order.total_minor,
        currency="COP",
        status=RefundStatus.FAILED,
        reference=None,
    )
    with mock.patch.object(gateway, "refund", return_value=answer):
        repeated_refunds.repeat(order.id, staff=ANA)
    assert waits(started)
    assert repeated_refunds.repeat(order.id, staff=ANA) == order.total_minor
