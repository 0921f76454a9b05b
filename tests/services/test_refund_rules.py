"""Refunds at the edge: what others did meanwhile, what is not asked twice, and what is left."""

from collections.abc import Callable

import pytest
from flask import Flask

from storefront.errors import InvalidInput, NotFound, NotPermitted, WrongState
from storefront.gateways.payments import PaymentRefused
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import admin_orders
from storefront.services.payments import event_processing, refunds
from tests import factories as make
from tests.events import Event, Story
from tests.factories import DUMBBELL, WHEY
from tests.fakes import FakeGateway


@pytest.fixture
def paid(shop: Flask, gateway: FakeGateway) -> PlacedOrder:
    """Return a paid order of two tubs."""
    started = make.begin((WHEY, 2))
    make.pay(gateway, started)
    return started


def order_id(started: PlacedOrder) -> int:
    return make.order_of(started).id


def hears(shop: Flask, gateway: FakeGateway, told: Callable[[], Event]) -> Callable[[], None]:
    """Return what lets a webhook tell something, in a process of its own."""

    def webhook() -> None:
        with shop.app_context():
            event_processing.apply(gateway.translate_event(told()))

    return webhook


def of_refund(started: PlacedOrder, kind: str, status: str, key: str = "x") -> Callable[[], Event]:
    """Return the event about the order's only refund."""

    def told() -> Event:
        (row,) = make.refunds_of(started)
        story = Story.of(make.order_of(started), started.session_id)
        return story.refund(kind, row.amount_minor, status, key=key, reference=row.id)

    return told


def test_a_webhook_that_is_faster_than_the_answer_is_believed(
    shop: Flask, gateway: FakeGateway, paid: PlacedOrder
) -> None:
    """Stripe tells of the refund while it is asked for: the order counts it once, under Stripe's name."""
    gateway.meanwhile = {"refund": hears(shop, gateway, of_refund(paid, "created", "succeeded"))}
    refunds.request_refund(order_id(paid), amount_minor=100_000)
    (row,) = make.refunds_of(paid)
    assert (row.status, row.provider_id) == ("succeeded", f"re_3{'x':0>23}")
    assert make.order_of(paid).refunded_minor == 100_000
    assert make.mails_of(paid).count("refund") == 1


def test_a_refusal_that_comes_after_the_webhook_changes_nothing(
    shop: Flask, gateway: FakeGateway, paid: PlacedOrder
) -> None:
    (line,) = make.lines_of(paid)

    def told_and_refused() -> None:
        hears(shop, gateway, of_refund(paid, "created", "succeeded"))()
        gateway.failures = [PaymentRefused("charge_already_refunded")]

    gateway.meanwhile = {"refund": told_and_refused}
    refunds.request_refund(order_id(paid), units={line.id: 1})
    assert [row.status for row in make.refunds_of(paid)] == ["succeeded"]
    assert [line.refunded for line in make.lines_of(paid)] == [1]
    assert not any("refused" in note for note, _ in make.causes_of(paid))


def test_what_was_sent_is_not_sent_again(shop: Flask, gateway: FakeGateway, paid: PlacedOrder) -> None:
    refund_id = refunds.request_refund(order_id(paid), amount_minor=100_000)
    assert refunds.send(refund_id) is False
    assert refunds.send("01NOTHING") is False
    assert refunds.send_all() == 0
    assert gateway.calls.count("refund") == 1


def test_a_refund_that_nobody_wrote_down_is_not_found(shop: Flask) -> None:
    with pytest.raises(NotFound) as refusal:
        refunds.status_of("01NOTHING")
    assert refusal.value.data == {"refund_id": "01NOTHING"}


def test_only_card_money_goes_back(shop: Flask, gateway: FakeGateway) -> None:
    make.make_coupon("GRATIS", value=100)
    for started in (make.begin((WHEY, 1)), make.begin((WHEY, 2), coupon_code="GRATIS")):
        with pytest.raises(WrongState) as refusal:
            refunds.request_refund(order_id(started))
        assert refusal.value.data == {"status": make.state_of(started)[1]}
        assert make.refunds_of(started) == []


def test_never_more_than_what_was_captured(shop: Flask, gateway: FakeGateway, paid: PlacedOrder) -> None:
    total = make.order_of(paid).total_minor
    for amount in (0, -100, total + 100):
        with pytest.raises(InvalidInput) as refusal:
            refunds.request_refund(order_id(paid), amount_minor=amount)
        assert refusal.value.problems == {"amount": "out_of_range"}
    gateway.silent_calls = {"refund"}
    refunds.request_refund(order_id(paid), amount_minor=total - 100)
    assert refunds.refundable_minor(make.order_of(paid)) == 100, "what is promised counts"
    with pytest.raises(InvalidInput):
        refunds.request_refund(order_id(paid), amount_minor=200)
    refunds.request_refund(order_id(paid), amount_minor=100)
    with pytest.raises(InvalidInput):
        refunds.request_refund(order_id(paid))
    assert sum(row.amount_minor for row in make.refunds_of(paid)) == total


def test_units_that_are_not_there_are_named(shop: Flask, gateway: FakeGateway, paid: PlacedOrder) -> None:
    (line,) = make.lines_of(paid)
    (foreign,) = make.lines_of(make.begin((DUMBBELL, 1)))
    for units in ({line.id: 0}, {line.id: -1}, {line.id: 3}, {foreign.id: 1}, {line.id: 1, 4711: 1}):
        with pytest.raises(InvalidInput) as refusal:
            refunds.request_refund(order_id(paid), units=units)
        (problem,) = refusal.value.problems.items()
        assert problem == (f"line {list(units)[-1]}", "out_of_range")
    with pytest.raises(InvalidInput) as refusal:
        refunds.request_refund(order_id(paid), units={})
    assert refusal.value.problems == {"amount": "out_of_range"}, "no units are nothing, not everything"
    assert make.refunds_of(paid) == []


def test_a_click_on_an_old_page_gives_nothing(shop: Flask, gateway: FakeGateway, paid: PlacedOrder) -> None:
    seen = refunds.refundable_minor(make.order_of(paid))
    refunds.request_refund(order_id(paid), amount_minor=100_000, seen_left_minor=seen)
    with pytest.raises(InvalidInput) as refusal:
        refunds.request_refund(order_id(paid), amount_minor=100_000, seen_left_minor=seen)
    assert refusal.value.problems == {"amount": "changed_meanwhile"}
    assert len(make.refunds_of(paid)) == 1


def test_the_history_says_who_gave_back_how_much_and_why(shop: Flask, gateway: FakeGateway, paid: PlacedOrder) -> None:
    refunds.request_refund(order_id(paid), amount_minor=100_000, reason="goodwill", staff=Actor("eva"))
    assert ("refund of 100000 requested (goodwill)", "staff eva") in make.causes_of(paid)
    gateway.failures = [PaymentRefused("charge_disputed")]
    refunds.request_refund(order_id(paid), amount_minor=200_000)
    assert make.causes_of(paid)[-2:] == [
        ("refund of 200000 requested (requested_by_customer)", "customer"),
        ("refund of 200000 refused: charge_disputed", "stripe"),
    ]


def test_money_is_shown_with_all_that_happened_to_it(shop: Flask, gateway: FakeGateway, paid: PlacedOrder) -> None:
    total = make.order_of(paid).total_minor
    gateway.failures = [PaymentRefused("charge_disputed")]
    refunds.request_refund(order_id(paid), amount_minor=100_000)
    refunds.request_refund(order_id(paid), amount_minor=200_000)
    money = admin_orders.money_of(make.order_of(paid))
    assert [attempt.session_id for attempt in money.sessions] == [paid.session_id]
    assert [(row.amount_minor, row.status) for row in money.refunds] == [(100_000, "failed"), (200_000, "succeeded")]
    assert money.left_minor == total - 200_000
    assert admin_orders.money_of(make.order_of(make.begin((WHEY, 1)))).left_minor == 0


def test_the_freight_goes_back_alone_or_with_units_and_once(shop: Flask, gateway: FakeGateway) -> None:
    """What was given back without units counts as freight first, so that it never goes back twice."""
    started = make.begin((DUMBBELL, 2), (WHEY, 1), shipping_method="express")
    make.pay(gateway, started)
    order, (first, second) = make.order_of(started), make.lines_of(started)
    freight = order.shipping_minor
    assert freight > 0
    assert refunds.quote(order, has_freight=True) == refunds.RefundQuote(0, freight)
    assert refunds.quote(order, units={second.id: 1}, has_freight=True).freight_minor == freight
    assert refunds.quote(order, units={second.id: 1}).freight_minor == 0, "it comes with the last unit"
    refunds.request_refund(order.id, amount_minor=500_000)
    order = make.order_of(started)
    assert refunds.quote(order, has_freight=True) == refunds.RefundQuote(0, freight - 500_000)
    refunds.request_refund(order.id, has_freight=True, seen_minor=freight - 500_000)
    order = make.order_of(started)
    with pytest.raises(InvalidInput):
        refunds.quote(order, has_freight=True)
    units = {first.id: 2, second.id: 1}
    assert refunds.quote(order, units=units) == refunds.RefundQuote(first.net_minor + second.net_minor, 0)
    refunds.request_refund(order.id, units=units)
    assert sum(row.amount_minor for row in make.refunds_of(started)) == order.total_minor


def test_a_sum_that_nobody_confirmed_is_not_given_back(paid: PlacedOrder) -> None:
    order = make.order_of(paid)
    with pytest.raises(InvalidInput):
        refunds.request_refund(order.id, amount_minor=100_000, seen_minor=200_000)
    with pytest.raises(InvalidInput):
        refunds.quote(order, amount_minor=100_000, seen_left_minor=1)
    with pytest.raises(NotPermitted):
        refunds.quote(order, amount_minor=100_000, actor=Actor("sol", "1", refund_limit_minor=99_999))
    assert make.refunds_of(paid) == []
