"""A refund that does not arrive: everything steps back, the buyer is told, and staff give the money back again."""

from itertools import permutations

import pytest
from flask import Flask

from storefront.domain import returns
from storefront.enums import OrderTab
from storefront.errors import InvalidInput, WrongState
from storefront.services import checkout
from storefront.services.audit import Actor
from storefront.services.orders import admin_orders, fulfilment, listing, own_returns, restocking
from storefront.services.orders.listing import Wanted
from storefront.services.payments import failed_refunds, refunds
from tests import events
from tests import factories as make
from tests.events import Event, Story
from tests.factories import DUMBBELL, GUIDE, WHEY
from tests.fakes import FakeGateway


def paid(shop: Flask, *goods: tuple[str, int], **changes: str) -> tuple[checkout.PlacedOrder, Story]:
    """Return a paid order and the story of its page."""
    started = make.begin(*goods, digital_consent=True, **changes)
    stripe_events = Story.of(make.order_of(started), started.session_id)
    send(shop, stripe_events.completed())
    return started, stripe_events


def send(shop: Flask, *sent: Event) -> None:
    """Post events; each must be taken."""
    for one in sent:
        answer = events.send(shop.test_client(), one)
        assert answer.status_code == 200, (one["type"], answer.text)


def waiting() -> list[str]:
    """Return the ids of the orders that wait for staff."""
    return [order.public_id for order in listing.find(Wanted(tab=OrderTab.TO_DECIDE)).items]


@pytest.mark.parametrize("status", ["failed", "canceled"])
@pytest.mark.parametrize("part", [True, False])
def test_amount_and_states_step_back_and_staff_can_refund_again(shop: Flask, part: bool, status: str) -> None:
    started, stripe_events = paid(shop, (WHEY, 1))
    amount = 100_000 if part else stripe_events.total_minor
    arrived = "pending" if status == "canceled" else "succeeded"
    send(shop, stripe_events.refund("created", amount, arrived, key="a"), stripe_events.refunded(amount))
    assert make.order_of(started).refunded_minor == amount
    for _ in range(2):
        send(shop, stripe_events.refund("failed", amount, status, key="a"))
    order = make.order_of(started)
    assert (order.refunded_minor, order.is_refund_owed) == (0, True)
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.mails_of(started) == ["order_confirmed", "refund", "refund_failed"]
    assert waiting() == [started.order_id]
    refunds.request_refund(order.id, amount_minor=50_000)
    assert make.order_of(started).refunded_minor == 50_000
    assert make.state_of(started) == ("confirmed", "partially_refunded")
    assert waiting() == []
    refunds.request_refund(order.id)
    assert make.state_of(started) == ("refunded", "refunded")
    assert make.mails_of(started).count("refund") == 3


def test_the_same_sum_reached_again_is_told_again(shop: Flask) -> None:
    started, stripe_events = paid(shop, (WHEY, 1))
    for key in ("a", "b"):
        send(shop, stripe_events.refund("created", 100_000, "succeeded", key=key))
        send(shop, stripe_events.refund("failed", 100_000, "failed", key=key))
    refunds.request_refund(make.order_of(started).id, amount_minor=100_000)
    assert make.mails_of(started) == ["order_confirmed", *["refund"] * 3, *["refund_failed"] * 2]


def test_events_of_a_failure_come_in_any_order_and_end_alike(shop: Flask) -> None:
    for order in permutations(range(4)):
        started, stripe_events = paid(shop, (WHEY, 1))
        sent = (
            stripe_events.refund("created", stripe_events.total_minor, "succeeded", key=started.session_id[-8:]),
            stripe_events.refunded(),
            stripe_events.refund("updated", stripe_events.total_minor, "succeeded", key=started.session_id[-8:]),
            stripe_events.refund("failed", stripe_events.total_minor, "failed", key=started.session_id[-8:]),
        )
        send(shop, *(sent[place] for place in order))
        found = make.order_of(started)
        assert (*make.state_of(started), found.refunded_minor, found.is_refund_owed) == ("confirmed", "paid", 0, True)


def test_another_refund_that_arrived_stays(shop: Flask) -> None:
    started, stripe_events = paid(shop, (WHEY, 1))
    send(
        shop,
        stripe_events.refund("created", 100_000, "succeeded", key="a"),
        stripe_events.refunded(300_000),  # the second refund is known by its sum first
        stripe_events.refund("failed", 100_000, "failed", key="a"),
    )
    assert make.order_of(started).refunded_minor == 200_000
    send(shop, stripe_events.refund("created", 200_000, "succeeded", key="b"))
    assert make.order_of(started).refunded_minor == 200_000
    assert make.state_of(started) == ("confirmed", "partially_refunded")


@pytest.mark.parametrize("step", ["shipped", "delivered", "returned"])
def test_the_order_returns_to_where_it_was(shop: Flask, step: str) -> None:
    started, stripe_events = paid(shop, (WHEY, 1))
    key = make.order_of(started).id
    fulfilment.ship(key, carrier="envia", tracking_number="77", staff=Actor("staff"))
    if step != "shipped":
        fulfilment.mark_delivered(key, staff=Actor("staff"))
    if step == "returned":
        fulfilment.mark_returned(key, staff=Actor("staff"))
        assert waiting() == [started.order_id], "its money is owed"
    send(shop, stripe_events.refunded())
    assert make.state_of(started) == ("refunded", "refunded")
    assert waiting() == []
    send(shop, stripe_events.refund("failed", stripe_events.total_minor, "failed", key="a"))
    assert make.state_of(started) == (step, "paid")


def test_an_order_cancelled_by_staff_stays_cancelled(shop: Flask, gateway: FakeGateway) -> None:
    started, stripe_events = paid(shop, (WHEY, 2))
    admin_orders.cancel(started.order_number, staff=Actor("ana"))
    (row,) = make.refunds_of(started)
    send(shop, stripe_events.refund("failed", stripe_events.total_minor, "failed", key="z", reference=row.id))
    assert make.state_of(started) == ("cancelled", "paid")
    assert waiting() == [started.order_id]
    assert make.stock_of(WHEY) == (120, 0)
    refunds.request_refund(make.order_of(started).id)
    assert make.state_of(started) == ("cancelled", "refunded")
    assert make.stock_of(WHEY) == (120, 0)


def test_goods_that_are_back_on_the_shelf_are_not_sent(shop: Flask) -> None:
    started, stripe_events = paid(shop, (DUMBBELL, 1))
    send(shop, stripe_events.refunded(), stripe_events.refund("failed", stripe_events.total_minor, "failed", key="a"))
    assert make.state_of(started) == ("confirmed", "paid")
    order = admin_orders.get(started.order_number)
    assert admin_orders.next_steps(order, order.total_minor) == {"refund", "cancel", "settle"}
    with pytest.raises(WrongState):
        fulfilment.ship(order.id, carrier="envia", tracking_number="77", staff=Actor("staff"))


@pytest.mark.parametrize("way", ["late", "rejected"])
def test_units_that_were_never_sold_do_not_come_onto_the_shelf(shop: Flask, gateway: FakeGateway, way: str) -> None:
    started = make.begin((DUMBBELL, 5))
    order = make.order_of(started)
    more = 0 if way == "late" else 100_000
    stripe_events = Story.of(order, started.session_id, total_minor=order.total_minor + more)
    if way == "late":
        send(shop, stripe_events.expired())
        make.set_stock(DUMBBELL, 4)
    send(shop, stripe_events.completed())
    if way == "rejected":
        admin_orders.cancel(started.order_number, staff=Actor("ana"))
    stock, (row,) = make.stock_of(DUMBBELL), make.refunds_of(started)
    send(shop, stripe_events.refund("failed", row.amount_minor, "failed", key="a", reference=row.id))
    assert make.state_of(started) == ("cancelled", "paid")
    refunds.request_refund(order.id, staff=Actor("ana"))
    assert make.stock_of(DUMBBELL) == stock
    assert restocking.restockable_units(admin_orders.get(started.order_id), make.lines_of(started)) == {}


def test_files_and_requests_open_again(shop: Flask) -> None:
    started, stripe_events = paid(shop, (DUMBBELL, 2), (GUIDE, 1))
    order = make.order_of(started)
    fulfilment.ship(order.id, carrier="envia", tracking_number="77", staff=Actor("staff"))
    fulfilment.mark_delivered(order.id, staff=Actor("staff"))
    line = make.lines_of(started)[0]
    own_returns.request_return(make.owner(started), started.order_id, units={line.id: 2}, reason="", key="k")
    send(shop, stripe_events.refunded())
    assert [one.state for one in returns.of_order(order.id)] == ["refunded"]
    send(shop, stripe_events.refund("failed", stripe_events.total_minor, "failed", key="a"))
    (request,) = returns.of_order(order.id)
    assert (request.state, [one.refunded for one in request.lines]) == ("open", [0])
    assert started.order_id in waiting()


def test_money_settled_in_another_way_waits_no_more(shop: Flask) -> None:
    started, stripe_events = paid(shop, (WHEY, 1))
    send(shop, stripe_events.refunded(), stripe_events.refund("failed", stripe_events.total_minor, "failed", key="a"))
    key = make.order_of(started).id
    with pytest.raises(InvalidInput):
        failed_refunds.settle_otherwise(key, note=" ", staff=Actor("staff"))
    failed_refunds.settle_otherwise(key, note="transfer of 28 November", staff=Actor("ana"))
    assert waiting() == []
    assert ("money settled otherwise: transfer of 28 November", "staff ana") in make.causes_of(started)
    with pytest.raises(WrongState):
        failed_refunds.settle_otherwise(key, note="again", staff=Actor("staff"))


def test_a_request_to_give_goods_back_waits_for_staff(shop: Flask) -> None:
    started, _told = paid(shop, (DUMBBELL, 1))
    order = make.order_of(started)
    fulfilment.ship(order.id, carrier="envia", tracking_number="77", staff=Actor("staff"))
    fulfilment.mark_delivered(order.id, staff=Actor("staff"))
    assert waiting() == []
    (line,) = make.lines_of(started)
    own_returns.request_return(make.owner(started), started.order_id, units={line.id: 1}, reason="", key="k")
    assert waiting() == [started.order_id]
