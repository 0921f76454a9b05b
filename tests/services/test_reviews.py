"""A payment of another amount: held, and ended by staff, by the dashboard, or in part by time."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from storefront import clock
from storefront.domain.inventory import StockHold
from storefront.domain.shipment import Shipment
from storefront.enums import OrderTab
from storefront.errors import OutOfStock, WrongState
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.jobs import cleanup
from storefront.services.orders import admin_orders, listing
from storefront.services.orders.listing import Wanted
from storefront.services.payments import refunds, reviews, settlement
from tests import events
from tests import factories as make
from tests.events import Event, Story
from tests.factories import DUMBBELL, WHEY
from tests.fakes import FakeGateway

DIFFERENCE = 500_000


def send(shop: Flask, *sent: Event) -> None:
    """Post events; each must be taken."""
    for one in sent:
        answer = events.send(shop.test_client(), one)
        assert answer.status_code == 200, (one["type"], answer.text)


def held(shop: Flask, *goods: tuple[str, int], by: int = -DIFFERENCE, **changes: Any) -> tuple[PlacedOrder, Story]:
    """Return an order that is held, with the story of the payment that differs."""
    shop.extensions["settings"].WAREHOUSE_EMAIL = "bodega@example.com"
    started = make.begin(*goods, **changes)
    order = make.order_of(started)
    stripe_events = Story.of(order, started.session_id, total_minor=order.total_minor + by)
    send(shop, stripe_events.completed())
    assert make.order_of(started).review_reason == "amount_mismatch"
    return started, stripe_events


def waiting() -> list[str]:
    """Return the ids of the orders that wait for staff."""
    return [order.public_id for order in listing.find(Wanted(tab=OrderTab.TO_DECIDE)).items]


def test_staff_are_told_and_it_stands_first(shop: Flask, gateway: FakeGateway) -> None:
    started, stripe_events = held(shop, (WHEY, 1))
    disputed = make.begin((WHEY, 1))
    make.pay(gateway, disputed)
    send(
        shop,
        Story.of(make.order_of(disputed), disputed.session_id).disputed(),
        stripe_events.succeeded(),
        stripe_events.completed(),
    )
    assert waiting() == [started.order_id, disputed.order_id]
    assert make.mails_of(started) == ["payment_held"]
    order = admin_orders.get(started.order_number)
    assert admin_orders.next_steps(order, 0) == {"accept", "reject"}


def test_what_is_accepted_goes_on_and_gives_back_what_was_paid_and_no_more(shop: Flask) -> None:
    started, stripe_events = held(shop, (WHEY, 2), coupon_code="LIMITE3")
    key = make.order_of(started).id
    reviews.accept(key, staff=Actor("ana"))
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.stock_of(WHEY) == (118, 0)
    assert make.uses_of("LIMITE3") == 1
    assert make.count_of(Shipment) == 1
    assert make.mails_of(started) == ["order_confirmed", "payment_held", "warehouse_new_order"]
    total = make.order_of(started).total_minor
    assert (f"payment of {stripe_events.total_minor} accepted for {total}", "staff ana") in make.causes_of(started)
    assert waiting() == []
    for again in (reviews.accept, reviews.reject):
        with pytest.raises(WrongState):
            again(key, staff=Actor("ana"))
    assert refunds.refundable_minor(make.order_of(started)) == stripe_events.total_minor
    refunds.request_refund(key)
    assert make.state_of(started) == ("refunded", "refunded")
    assert make.order_of(started).refunded_minor == stripe_events.total_minor


def test_what_was_paid_too_much_goes_back_when_it_is_accepted(shop: Flask, gateway: FakeGateway) -> None:
    started, _told = held(shop, (WHEY, 1), by=DIFFERENCE)
    key = make.order_of(started).id
    reviews.accept(key, staff=Actor("ana"))
    assert [(row.reason, row.amount_minor, row.status) for row in make.refunds_of(started)] == [
        ("overpaid", DIFFERENCE, "succeeded")
    ]
    order = make.order_of(started)
    assert (make.state_of(started), order.refunded_minor) == (("confirmed", "paid"), 0)
    assert refunds.refundable_minor(order) == order.total_minor
    refunds.request_refund(key)
    assert make.state_of(started) == ("refunded", "refunded")


@pytest.mark.parametrize("by", [-DIFFERENCE, DIFFERENCE])
@pytest.mark.parametrize("way", ["reject", "cancel", "dashboard", "refund event"])
def test_what_is_given_back_ends_the_order_and_releases_everything(shop: Flask, by: int, way: str) -> None:
    started, stripe_events = held(shop, (WHEY, 2), by=by, coupon_code="LIMITE3")
    if way == "reject":
        reviews.reject(make.order_of(started).id, staff=Actor("ana"))
    elif way == "cancel":
        admin_orders.cancel(started.order_number, staff=Actor("ana"))
    elif way == "dashboard":
        send(shop, stripe_events.refunded())
    else:
        send(shop, stripe_events.refund("created", stripe_events.total_minor, "succeeded", key="a"))
    assert make.state_of(started) == ("cancelled", "refunded")
    assert make.stock_of(WHEY) == (120, 0)
    assert make.uses_of("LIMITE3") == 0
    assert waiting() == []
    back = make.refunds_of(started)
    assert [row.amount_minor for row in back] == ([] if way == "dashboard" else [stripe_events.total_minor])
    written = ["payment_rejected"] if way in ("reject", "cancel") else []
    assert make.mails_of(started) == ["payment_held", *written, "refund"]


def test_a_part_that_the_dashboard_gives_back_ends_nothing(shop: Flask) -> None:
    started, stripe_events = held(shop, (WHEY, 1))
    send(shop, stripe_events.refund("created", 1_000, "succeeded", key="a"), stripe_events.refunded(1_000))
    assert make.order_of(started).review_reason
    reviews.reject(make.order_of(started).id, staff=Actor("ana"))
    assert [row.amount_minor for row in make.refunds_of(started)] == [1_000, stripe_events.total_minor - 1_000]
    assert make.state_of(started) == ("cancelled", "refunded")


def test_its_goods_are_released_after_some_days_and_reserved_anew(shop: Flask) -> None:
    started, _told = held(shop, (DUMBBELL, 5), coupon_code="LIMITE3")
    other, _ = held(shop, (WHEY, 1))
    later = clock.now() + settlement.REVIEW_HOLD
    with time_machine.travel(later - timedelta(hours=1)):
        cleanup.sweep()
    assert make.stock_of(DUMBBELL) == (5, 5)
    with time_machine.travel(later + timedelta(hours=1)):
        for _ in range(2):
            cleanup.sweep()
        assert make.stock_of(DUMBBELL) == (5, 0)
        assert make.uses_of("LIMITE3") == 0
        assert make.state_of(started) == ("pending", "processing")
        assert waiting() == [other.order_id, started.order_id]
        reviews.accept(make.order_of(started).id, staff=Actor("ana"))
        assert make.state_of(started) == ("confirmed", "paid")
        assert make.stock_of(DUMBBELL) == (0, 0)
        assert make.uses_of("LIMITE3") == 1


def test_what_is_sold_out_meanwhile_can_only_go_back(shop: Flask) -> None:
    started, _told = held(shop, (DUMBBELL, 5))
    with time_machine.travel(clock.now() + settlement.REVIEW_HOLD + timedelta(hours=1)):
        cleanup.sweep()
        make.set_stock(DUMBBELL, 4)
        with pytest.raises(OutOfStock):
            reviews.accept(make.order_of(started).id, staff=Actor("ana"))
        assert make.order_of(started).review_reason
        assert make.count_of(StockHold) == 0
        reviews.reject(make.order_of(started).id, staff=Actor("ana"))
    assert make.state_of(started) == ("cancelled", "refunded")


def test_another_currency_can_only_go_back(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = Story.of(make.order_of(started), started.session_id, total_minor=4_000, currency="usd")
    send(shop, stripe_events.completed())
    with pytest.raises(WrongState):
        reviews.accept(make.order_of(started).id, staff=Actor("ana"))
    reviews.reject(make.order_of(started).id, staff=Actor("ana"))
    assert make.state_of(started) == ("cancelled", "refunded")
    assert [row.amount_minor for row in make.refunds_of(started)] == [4_000]


def test_money_of_another_amount_after_the_end_is_accepted_while_stock_is_left(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    order = make.order_of(started)
    stripe_events = Story.of(order, started.session_id, total_minor=order.total_minor - 100)
    send(shop, stripe_events.expired(), stripe_events.completed())
    assert make.order_of(started).status == "cancelled"
    reviews.accept(order.id, staff=Actor("ana"))
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.stock_of(WHEY) == (119, 0)
