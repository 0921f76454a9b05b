"""Several parcels of an order: what is inside, what is left, corrections, and what two people may not do twice."""

import re

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain.audit import AuditEntry
from storefront.domain.order import Order
from storefront.domain.shipment import Parcel
from storefront.enums import OrderTab
from storefront.errors import InvalidInput, NotFound, WrongState
from storefront.services.audit import Actor
from storefront.services.mail import mail_delivery, sent_again
from storefront.services.orders import admin_orders, fulfilment, listing, notes, parcels
from storefront.services.orders.listing import Wanted
from storefront.services.payments import refunds
from tests import events
from tests import factories as make
from tests.events import Story
from tests.factories import COFFEE, GUIDE, WHEY
from tests.fakes import FakeGateway, KeepingMailer

STAFF = Actor("eva")


@pytest.fixture
def order(shop: Flask, gateway: FakeGateway) -> Order:
    """Return a paid order of three tubs and a pack of coffee."""
    started = make.begin((WHEY, 3), (COFFEE, 1))
    make.pay(gateway, started)
    return make.order_of(started)


def send(order: Order, units: dict[str, int] | None = None, **changes: object) -> None:
    by_slug = {line.slug: line.id for line in lines_of(order)}
    chosen = {by_slug[slug]: n for slug, n in units.items()} if units is not None else None
    how = {"carrier": "tcc", "tracking_number": "A-1", "staff": STAFF} | changes
    fulfilment.ship(order.id, units=chosen, **how)  # type: ignore[arg-type]


def lines_of(order: Order) -> list[object]:
    return list(admin_orders.get(order.number).lines)


def left(order: Order) -> dict[str, int]:
    now = admin_orders.get(order.number)
    slugs = {line.id: line.slug for line in now.lines}
    return {slugs[key]: n for key, n in parcels.units_to_send(now, now.lines, now.parcels).items()}


def tab_of(order: Order, tab: OrderTab) -> bool:
    return order.id in [one.id for one in listing.find(Wanted(tab=tab)).items]


def test_an_order_leaves_in_two_parcels(order: Order) -> None:
    send(order, {WHEY: 2})
    assert left(order) == {WHEY: 1, COFFEE: 1}
    assert (tab_of(order, OrderTab.TO_PREPARE), tab_of(order, OrderTab.ON_THE_WAY)) == (True, True)
    with pytest.raises(WrongState) as refusal:
        fulfilment.mark_delivered(order.id, staff=STAFF)
    assert refusal.value.data["reason"] == "units_left"
    send(order, tracking_number="", carrier="messenger")
    now = admin_orders.get(order.number)
    assert (now.status, left(order), tab_of(order, OrderTab.TO_PREPARE)) == ("shipped", {}, False)
    assert [(one.sequence, one.carrier, one.tracking_number) for one in now.parcels] == [
        (1, "tcc", "A-1"),
        (2, "messenger", None),
    ]
    assert make.mails_of(order.public_id).count("shipped") == 2
    fulfilment.mark_delivered(order.id, staff=STAFF)
    assert admin_orders.get(order.number).status == "delivered"


def test_the_mail_of_a_parcel_lists_what_has_left(order: Order, mailer: KeepingMailer) -> None:
    send(order, {WHEY: 2})
    while mail_delivery.deliver_due():
        pass
    letter = next(letter for letter in mailer.emails_sent if "va en camino" in letter.subject)
    assert re.findall(r"^- (\d+ × \w+)", letter.text, re.MULTILINE) == ["2 × Proteína"]


@pytest.mark.parametrize("units", [{WHEY: 4}, {WHEY: -1}, {WHEY: 1, COFFEE: 2}, {}, {WHEY: 0}])
def test_more_than_is_left_or_nothing_is_refused(order: Order, units: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        send(order, units)
    assert make.count_of(Parcel) == 0
    assert admin_orders.get(order.number).status == "confirmed"


def test_a_second_parcel_has_no_more_than_the_first_left(order: Order) -> None:
    send(order, {WHEY: 2})
    with pytest.raises(InvalidInput) as refusal:
        send(order, {WHEY: 2})
    assert list(refusal.value.problems.values()) == ["out_of_range"]
    assert left(order) == {WHEY: 1, COFFEE: 1}


def test_what_is_refunded_stays_here_and_lets_the_order_end(order: Order) -> None:
    send(order, {WHEY: 3})
    coffee = next(line.id for line in admin_orders.get(order.number).lines if line.slug == COFFEE)
    refunds.request_refund(order.id, units={coffee: 1})
    assert left(order) == {}
    fulfilment.mark_delivered(order.id, staff=STAFF)
    assert admin_orders.get(order.number).status == "delivered"


def to_prepare() -> list[str]:
    """Return the numbers of the orders of which something is to be sent."""
    return [one.number for one in listing.find(Wanted(tab=OrderTab.TO_PREPARE)).items]


def test_a_refund_of_what_is_left_ends_the_sending(order: Order) -> None:
    send(order, {WHEY: 3})
    assert to_prepare() == [order.number]
    (coffee,) = (line.id for line in admin_orders.get(order.number).lines if line.slug == COFFEE)
    refunds.request_refund(order.id, units={coffee: 1})
    now = admin_orders.get(order.number)
    assert now.shipment is not None
    assert (to_prepare(), now.shipment.is_partial) == ([], False)
    assert "ship" not in admin_orders.next_steps(now, refunds.refundable_minor(now))


@pytest.mark.parametrize("is_restocked", [True, False])
def test_goods_that_go_back_unsent_leave_an_order_of_downloads(
    shop: Flask, gateway: FakeGateway, is_restocked: bool
) -> None:
    started = make.begin((WHEY, 1), (GUIDE, 1), digital_consent=True)
    make.pay(gateway, started)
    order = make.order_of(started)
    (whey,) = (line.id for line in make.lines_of(started) if line.slug == WHEY)
    number = order.number
    refunds.request_refund(order.id, units={whey: 1}, is_restocked=is_restocked)
    assert make.state_of(started) == ("confirmed", "partially_refunded")
    assert (to_prepare(), admin_orders.get(number).shipment) == ([], None)
    told, (row,) = Story.of(make.order_of(started), started.session_id), make.refunds_of(started)
    failed = told.refund("failed", row.amount_minor, "failed", key="a", reference=row.id)
    assert events.send(shop.test_client(), failed).status_code == 200
    # What is in stock again may be sold: it waits for its money to go back, and not to be sent.
    assert to_prepare() == ([] if is_restocked else [number])


def test_the_same_click_twice_sends_one_parcel(order: Order) -> None:
    send(order, {WHEY: 1}, seen=0)
    with pytest.raises(InvalidInput) as refusal:
        send(order, {WHEY: 1}, seen=0)
    assert refusal.value.problems == {"carrier": "changed_meanwhile"}
    assert make.count_of(Parcel) == 1


def test_who_ships_first_wins_over_who_cancels(order: Order) -> None:
    send(order)
    with pytest.raises(WrongState):
        admin_orders.cancel(order.number, staff=STAFF)
    assert admin_orders.get(order.number).status == "shipped"


def test_a_tracking_number_is_corrected_and_found(order: Order) -> None:
    send(order)
    parcels.correct(order.id, 1, carrier="envia", tracking_number="B-2", staff=STAFF)
    now = admin_orders.get(order.number)
    assert (now.parcels[0].carrier, now.parcels[0].tracking_number) == ("envia", "B-2")
    assert now.shipment is not None
    assert now.shipment.tracking_url == "https://envia.co/rastreo?guia=B-2"
    assert [one.id for one in listing.find(Wanted(text="B-2")).items] == [order.id]
    assert listing.find(Wanted(text="A-1")).items == []
    with pytest.raises(NotFound):
        parcels.correct(order.id, 2, carrier="envia", tracking_number="B-2", staff=STAFF)
    with pytest.raises(InvalidInput):
        parcels.correct(order.id, 1, carrier="envia", tracking_number="", staff=STAFF)


def test_a_note_is_kept_with_its_author_and_audited(order: Order) -> None:
    notes.add(order.id, text="Llamar antes.", staff=STAFF)
    (note,) = notes.list_for(order)
    assert (note.author, note.text) == ("eva", "Llamar antes.")
    entry = db.session.query(AuditEntry).one()
    assert (entry.action, entry.object_id, entry.after) == ("changed", order.number, {"note": note.id})
    for text in ("", "x" * 1001):
        with pytest.raises(InvalidInput):
            notes.add(order.id, text=text, staff=STAFF)


def test_a_mail_goes_out_once_more_and_no_other_s(order: Order, gateway: FakeGateway) -> None:
    (mail,) = sent_again.mails_about(order)
    sent_again.send(order.id, mail.id, staff=STAFF, seen=1)
    with pytest.raises(InvalidInput):
        sent_again.send(order.id, mail.id, staff=STAFF, seen=1)
    assert make.mails_of(order.public_id) == ["order_confirmed", "order_confirmed"]
    other = make.begin((COFFEE, 1))
    make.pay(gateway, other)
    with pytest.raises(NotFound):
        sent_again.send(make.order_of(other).id, mail.id, staff=STAFF, seen=1)
