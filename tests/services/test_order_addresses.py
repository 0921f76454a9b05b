"""Correcting the address of an order until it is sent, and sending many by a list."""

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain.audit import AuditEntry
from storefront.domain.order import Order
from storefront.domain.shipping import Address, check_address
from storefront.errors import InvalidInput, ShippingUnavailable, WrongState
from storefront.services.audit import Actor
from storefront.services.orders import addresses, admin_orders, fulfilment, listing, shipping_list
from storefront.services.orders.listing import Wanted
from storefront.services.orders.shipping_list import LineProblem
from tests import factories as make
from tests.factories import COFFEE, WHEY
from tests.fakes import FakeGateway

STAFF = Actor("eva")


def place_of(city: str, department: str, name: str = "Rosa") -> Address:
    person = {"first_name": name, "last_name": "Mesa", "phone": "3017654321"}
    return check_address(**person, street="Calle 9 # 9-99", city=city, department=department)


@pytest.fixture
def order(shop: Flask, gateway: FakeGateway) -> Order:
    """Return a paid order of a pack of coffee to Bogotá."""
    started = make.begin((COFFEE, 1))
    make.pay(gateway, started)
    return make.order_of(started)


def test_an_address_in_the_same_zone_is_corrected_audited_and_found(order: Order) -> None:
    phone, total = (order.address or {})["phone"], order.total_minor
    addresses.correct(order.id, address=place_of("Bogotá", "Bogotá, D.C."), staff=STAFF)
    now = admin_orders.get(order.number)
    assert (now.address or {})["street"] == "Calle 9 # 9-99"
    assert now.total_minor == total
    assert [one.id for one in listing.find(Wanted(text="rosa mesa 3017654321")).items] == [order.id]
    assert listing.find(Wanted(text=phone)).items == []
    entry = db.session.query(AuditEntry).one()
    assert entry.after == {"difference_minor": 0}, "who lives where stays out of what is never deleted"


def test_another_price_is_said_before_it_is_saved(order: Order) -> None:
    far = place_of("Leticia", "Amazonas")
    difference = addresses.difference_minor(order, far)
    assert difference > 0
    with pytest.raises(InvalidInput):
        addresses.correct(order.id, address=far, staff=STAFF)
    addresses.correct(order.id, address=far, staff=STAFF, seen_minor=difference)
    entry = db.session.query(AuditEntry).one()
    assert (entry.after or {})["address"] == "Leticia, Amazonas"
    now = admin_orders.get(order.number)
    assert ((now.address or {})["city"], now.shipping_minor) == ("Leticia", order.shipping_minor)
    assert addresses.difference_minor(now, place_of("Bogotá", "Bogotá, D.C.")) == -difference


def test_a_method_that_does_not_go_there_is_refused(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1), shipping_method="express")
    make.pay(gateway, started)
    with pytest.raises(ShippingUnavailable):
        addresses.difference_minor(make.order_of(started), place_of("Leticia", "Amazonas"))


def test_what_is_sent_keeps_its_address(order: Order) -> None:
    fulfilment.ship(order.id, carrier="tcc", tracking_number="1", staff=STAFF)
    assert not addresses.is_correctable(admin_orders.get(order.number))
    with pytest.raises(WrongState):
        addresses.correct(order.id, address=place_of("Bogotá", "Bogotá, D.C."), staff=STAFF)


def test_a_list_sends_what_it_can_and_names_the_rest(order: Order, gateway: FakeGateway) -> None:
    unpaid = make.begin((COFFEE, 1))
    other = make.begin((COFFEE, 1))
    make.pay(gateway, other)
    text = f"{order.number}, A-1\n\nhola\n2026-11-9999, A-2\n{order.number}; A-3\n{unpaid.order_number} A-4\n"
    rows = shipping_list.read(f"{text}{other.order_number},a b", "tcc")
    assert [(row.line, row.problem) for row in rows] == [
        (1, None),
        (3, LineProblem.UNREADABLE),
        (4, LineProblem.UNKNOWN),
        (5, LineProblem.REPEATED),
        (6, LineProblem.NOT_TO_SEND),
        (7, LineProblem.TRACKING),
    ]
    left = shipping_list.send(rows, carrier="tcc", staff=STAFF)
    assert len(left) == 5
    now = admin_orders.get(order.number)
    assert (now.status, now.parcels[0].tracking_number) == ("shipped", "A-1")
    assert [row.problem for row in shipping_list.send(rows[:1], carrier="tcc", staff=STAFF)] == ["not_to_send"]


@pytest.mark.parametrize(
    ("text", "carrier", "field"),
    [("", "tcc", "list"), ("x\n" * 201, "tcc", "list"), ("2026-11-0001, A", "", "carrier")],
)
def test_a_list_that_cannot_be_is_refused(shop: Flask, text: str, carrier: str, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        shipping_list.read(text, carrier)
    assert set(refusal.value.problems) == {field}
