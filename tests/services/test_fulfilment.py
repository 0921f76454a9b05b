"""Parcels: what may be sent, what is written down with it, and what is refused."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from storefront import clock
from storefront.database import db
from storefront.domain.order import OrderLine
from storefront.domain.shipment import Shipment
from storefront.errors import InvalidInput, WrongState
from storefront.gateways.payments import PaymentRefused
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import admin_orders, fulfilment
from storefront.services.payments import refunds
from tests import factories as make
from tests.factories import COFFEE, GUIDE, WHEY
from tests.fakes import FakeGateway


def paid(gateway: FakeGateway, *goods: tuple[str, int], **changes: str) -> int:
    """Return the id of a paid order of two tubs and a pack of coffee."""
    started = make.begin(*(goods or ((WHEY, 2), (COFFEE, 1))), digital_consent=True, **changes)
    make.pay(gateway, started)
    return make.order_of(started).id


def ship(order_id: int, **changes: str) -> None:
    fulfilment.ship(order_id, **{"carrier": "tcc", "tracking_number": "A-1", "staff": Actor("eva")} | changes)


def parcel(order_id: int) -> Shipment:
    return db.session.get_one(Shipment, order_id, populate_existing=True)


def lines(order_id: int) -> list[OrderLine]:
    return list(db.session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)))


def refused(order_id: int) -> str:
    """Return the state for which a parcel is not sent."""
    with pytest.raises(WrongState) as refusal:
        ship(order_id)
    shipment = db.session.get(Shipment, order_id, populate_existing=True)
    assert shipment is None or shipment.state == "to_prepare"
    status: str = refusal.value.data["status"]
    return status


CARRIERS = [
    ("servientrega", "https://www.servientrega.com/wps/portal/rastreo-envio/detalle?id={tracking_number}"),
    ("coordinadora", "https://coordinadora.com/rastreo/rastreo-de-guia/?guia={tracking_number}"),
    ("interrapidisimo", "https://interrapidisimo.com/sigue-tu-envio/?guia={tracking_number}"),
    ("envia", "https://envia.co/rastreo?guia={tracking_number}"),
    ("tcc", "https://tcc.com.co/rastreo/?guia={tracking_number}"),
    ("deprisa", "https://www.deprisa.com/rastreo?guia={tracking_number}"),
]


@pytest.mark.parametrize(("carrier", "address"), CARRIERS)
def test_a_parcel_carries_its_guide_and_where_to_follow_it(
    shop: Flask, gateway: FakeGateway, carrier: str, address: str
) -> None:
    order_id = paid(gateway)
    moment = clock.now() + timedelta(hours=2)
    with time_machine.travel(moment, tick=False):
        ship(order_id, carrier=carrier, tracking_number="77-1")
    sent = parcel(order_id)
    assert (sent.state, sent.carrier, sent.tracking_number, sent.shipped_at) == ("shipped", carrier, "77-1", moment)
    assert sent.tracking_url == address.replace("{tracking_number}", "77-1")
    assert sent.tracking_url.startswith("https://")


def test_another_address_to_follow_it_wins(shop: Flask, gateway: FakeGateway) -> None:
    order_id = paid(gateway)
    ship(order_id, tracking_url="https://tcc.example/A-1")
    assert parcel(order_id).tracking_url == "https://tcc.example/A-1"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("carrier", ("", "TCC", "pickup")),
        ("tracking_number", ("", "-", "a b", "ñ", "x" * 61, "1;2", "a\n")),
        ("tracking_url", ("http://tcc.example/", "javascript:alert(1)", "https://" + "x" * 293)),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(
    shop: Flask, gateway: FakeGateway, field: str, values: tuple[str, ...]
) -> None:
    order_id = paid(gateway)
    for value in values:
        with pytest.raises(InvalidInput) as refusal:
            ship(order_id, **{field: value})
        code = "required" if (field, value) == ("tracking_number", "") else "invalid"
        assert refusal.value.problems == {"guide" if field == "tracking_number" else field: code}, value
    assert parcel(order_id).state == "to_prepare"


@pytest.mark.parametrize(
    "kept",
    [{"tracking_number": "x" * 60}, {"tracking_number": "A-1-2"}, {"tracking_url": "https://" + "x" * 292}],
    ids=str,
)
def test_the_longest_that_fits_is_taken(shop: Flask, gateway: FakeGateway, kept: dict[str, str]) -> None:
    order_id = paid(gateway)
    ship(order_id, **kept)
    assert parcel(order_id).state == "shipped"


def test_every_step_is_written_down_and_told_once(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    make.pay(gateway, started)
    order_id = make.order_of(started).id
    ship(order_id)
    fulfilment.mark_delivered(order_id, staff=Actor("leo"))
    fulfilment.mark_returned(order_id, staff=Actor("eva"))
    assert make.causes_of(started)[-4:] == [
        ("processing", "staff eva"),
        ("shipped", "staff eva"),
        ("delivered", "staff leo"),
        ("returned", "staff eva"),
    ]
    assert make.mails_of(started) == ["delivered", "order_confirmed", "shipped"]
    assert parcel(order_id).delivered_at is not None


def test_a_pickup_waits_on_the_counter_and_is_collected(shop: Flask, gateway: FakeGateway) -> None:
    order_id = paid(gateway, shipping_method="pickup")
    assert refused(order_id) == "pickup"
    fulfilment.mark_ready(order_id, staff=Actor("eva"))
    waiting = parcel(order_id)
    assert (waiting.state, waiting.carrier, waiting.tracking_number, waiting.tracking_url) == (
        "ready_for_pickup", "pickup", None, None,
    )  # fmt: skip
    fulfilment.mark_delivered(order_id, staff=Actor("eva"))
    assert parcel(order_id).state == "collected"


def test_what_is_sent_is_not_put_on_the_counter(shop: Flask, gateway: FakeGateway) -> None:
    order_id = paid(gateway)
    with pytest.raises(WrongState) as refusal:
        fulfilment.mark_ready(order_id, staff=Actor("eva"))
    assert refusal.value.data == {"status": "standard"}
    assert parcel(order_id).state == "to_prepare"


def test_what_has_no_parcel_is_not_sent(shop: Flask, gateway: FakeGateway) -> None:
    for order_id, status in ((paid(gateway, (GUIDE, 1)), "confirmed"), (unpaid(), "pending")):
        for step in (
            ship,
            lambda key: fulfilment.mark_delivered(key, staff=Actor("x")),
            lambda key: fulfilment.mark_ready(key, staff=Actor("x")),
        ):
            with pytest.raises(WrongState) as refusal:
                step(order_id)
            assert refusal.value.data == {"status": status}


def unpaid() -> int:
    return make.order_of(make.begin((WHEY, 1))).id


def test_a_free_order_is_sent_like_any_other(shop: Flask) -> None:
    make.make_coupon("GRATIS", value=100)
    started: PlacedOrder = make.begin((WHEY, 2), coupon_code="GRATIS")
    ship(make.order_of(started).id)
    assert make.state_of(started) == ("shipped", "paid")


def test_what_was_given_back_stays_on_the_shelf(shop: Flask, gateway: FakeGateway) -> None:
    """All the money, or all that could be sent; also while the refund is only promised."""
    whole = paid(gateway)
    refunds.request_refund(whole)
    assert refused(whole) == "refunded"
    by_units = paid(gateway, (WHEY, 1), (GUIDE, 1))
    line = next(line for line in lines(by_units) if line.slug == WHEY)
    gateway.silent_calls = {"refund"}
    refunds.request_refund(by_units, units={line.id: 1})
    assert refused(by_units) == "refunded"
    promised = paid(gateway)
    refunds.request_refund(promised)
    assert refused(promised) == "refunded"


def test_what_is_left_of_an_order_is_sent(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 2), (COFFEE, 1))
    make.pay(gateway, started)
    order_id = make.order_of(started).id
    for line, n in zip(make.lines_of(started), (1, 1), strict=True):
        refunds.request_refund(order_id, units={line.id: n})
    ship(order_id)
    assert make.state_of(started) == ("shipped", "partially_refunded")


def test_units_of_two_refunds_add_up(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 2))
    make.pay(gateway, started)
    order_id, (line,) = make.order_of(started).id, make.lines_of(started)
    refunds.request_refund(order_id, units={line.id: 1})
    refunds.request_refund(order_id, units={line.id: 1})
    assert refused(order_id) == "refunded", "the freight was not given back, and there is nothing to send"


def test_a_cancelled_order_is_not_sent_even_if_its_money_did_not_go_back(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    make.pay(gateway, started)
    gateway.failures = [PaymentRefused("charge_disputed")]
    admin_orders.cancel(started.order_number, staff=Actor("eva"))
    assert make.state_of(started) == ("cancelled", "paid")
    assert refused(make.order_of(started).id) == "cancelled"
    assert make.mails_of(started) == ["order_confirmed"]
