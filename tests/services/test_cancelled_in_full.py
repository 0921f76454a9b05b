"""What a paid order that is undone before it was sent gives back: the coupon's use, and goods unless staff say no."""

import pytest
from flask import Flask

from storefront.errors import WrongState
from storefront.i18n import standing_of
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.downloads import library
from storefront.services.orders import admin_orders, own_returns
from storefront.services.payments import refunds
from tests import events
from tests import factories as make
from tests.events import Event, Story
from tests.factories import GUIDE, WHEY

CODE = "LIMITE3"


def paid(shop: Flask, **changes: str) -> tuple[PlacedOrder, Story]:
    """Return a paid order of two tubs and the story of its page."""
    started = make.begin((WHEY, 2), **changes)
    stripe_events = Story.of(make.order_of(started), started.session_id)
    send(shop, stripe_events.completed())
    return started, stripe_events


def send(shop: Flask, *sent: Event) -> None:
    """Post events; each must be taken."""
    for one in sent:
        assert events.send(shop.test_client(), one).status_code == 200


@pytest.mark.parametrize("way", ["cancel", "refund", "dashboard", "in two steps"])
def test_the_coupon_s_use_comes_back(shop: Flask, way: str) -> None:
    started, stripe_events = paid(shop, coupon_code=CODE)
    assert make.uses_of(CODE) == 1
    if way == "in two steps":
        refunds.request_refund(make.order_of(started).id, amount_minor=50_000)
        assert make.uses_of(CODE) == 1
    if way in ("cancel", "in two steps"):
        admin_orders.cancel(started.order_number, staff=Actor("ana"))
    elif way == "refund":
        refunds.request_refund(make.order_of(started).id)
    else:
        send(shop, stripe_events.refunded())
    assert make.uses_of(CODE) == 0


def test_it_is_used_again_when_the_refund_fails(shop: Flask) -> None:
    started, stripe_events = paid(shop, coupon_code=CODE)
    send(shop, stripe_events.refunded(), stripe_events.refund("failed", stripe_events.total_minor, "failed", key="a"))
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.uses_of(CODE) == 1


def test_a_first_order_that_was_undone_was_none(shop: Flask) -> None:
    code = make.make_coupon("PRIMERA", is_first_order_only=True)
    started, _told = paid(shop, coupon_code=code)
    admin_orders.cancel(started.order_number, staff=Actor("ana"))
    make.begin((WHEY, 1), coupon_code=code)
    assert make.uses_of(code) == 1


@pytest.mark.parametrize("way", ["staff", "buyer"])
def test_an_order_that_cost_nothing_is_cancelled_without_a_refund(shop: Flask, way: str) -> None:
    code = make.make_coupon("GRATIS", value=100)
    started = make.begin((WHEY, 2), (GUIDE, 1), coupon_code=code, shipping_method="pickup", digital_consent=True)
    assert (make.state_of(started), make.uses_of(code)) == (("confirmed", "paid"), 1)
    if way == "staff":
        admin_orders.cancel(started.order_number, staff=Actor("ana"))
    else:
        own_returns.cancel_order(make.owner(started), started.order_number)
    order = admin_orders.get(started.order_number)
    assert standing_of(order, order.history).sentence == "Este pedido se canceló. No se cobró nada."
    assert (make.state_of(started), make.stock_of(WHEY)) == (("cancelled", "paid"), (120, 0))
    (item,) = library.list_for_order(order, language="es")
    # What began at once stays with a buyer who cancels, and so the coupon is spent.
    assert (make.uses_of(code), item.state) == ((0, "revoked") if way == "staff" else (1, "ready"))
    assert make.refunds_of(started) == []
    with pytest.raises(WrongState):
        admin_orders.cancel(started.order_number, staff=Actor("ana"))
    with pytest.raises(WrongState):
        own_returns.cancel_order(make.owner(started), started.order_number)


@pytest.mark.parametrize("way", ["amount", "in parts", "failed", "dashboard"])
def test_goods_that_do_not_return_stay_off_the_shelf(shop: Flask, way: str) -> None:
    started, stripe_events = paid(shop)
    order = make.order_of(started)
    (line,) = make.lines_of(started)
    if way == "amount":
        refunds.request_refund(order.id, amount_minor=order.total_minor, is_restocked=False)
    elif way == "in parts":
        refunds.request_refund(order.id, amount_minor=100_000, is_restocked=False)
        refunds.request_refund(order.id, amount_minor=order.total_minor - 100_000)
    else:
        refunds.request_refund(order.id, units={line.id: 2}, is_restocked=False)
        if way == "failed":
            (row,) = make.refunds_of(started)
            send(shop, stripe_events.refund("failed", row.amount_minor, "failed", key="f", reference=row.id))
        send(shop, stripe_events.refund("created", stripe_events.total_minor, "succeeded", key="z"))
    assert make.state_of(started) == ("refunded", "refunded")
    assert make.stock_of(WHEY) == (118, 0)
