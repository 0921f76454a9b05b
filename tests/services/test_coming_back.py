"""Goods that come back later, parcels of which nobody says that they arrived, and what is said about both."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from storefront.clock import BOGOTA
from storefront.errors import InvalidInput
from storefront.gateways.payments import PaymentRefused
from storefront.i18n import event_label, return_label, standing_of
from storefront.services.audit import Actor
from storefront.services.jobs import cleanup
from storefront.services.mail import mail_delivery
from storefront.services.orders import admin_orders, fulfilment, own_returns, restocking
from storefront.services.payments import refunds
from tests import events
from tests import factories as make
from tests.events import Story
from tests.factories import BAR, DUMBBELL, GUIDE, WHEY
from tests.fakes import FakeGateway, KeepingMailer

MONDAY = datetime(2026, 11, 30, 10, tzinfo=BOGOTA)


def sent(gateway: FakeGateway, *goods: tuple[str, int]) -> tuple[make.PlacedOrder, int]:
    """Return an order that a carrier has, and its key."""
    started = make.begin(*goods, digital_consent=True)
    make.pay(gateway, started)
    order_id = make.order_of(started).id
    fulfilment.ship(order_id, carrier="tcc", tracking_number="1", staff=Actor("ana"))
    return started, order_id


# Onto the shelf.


def test_what_comes_after_its_refund_goes_onto_the_shelf_later(shop: Flask, gateway: FakeGateway) -> None:
    started, order_id = sent(gateway, (DUMBBELL, 3), (GUIDE, 1))
    dumbbell, guide = (line.id for line in make.lines_of(started))
    refunds.request_refund(order_id, units={dumbbell: 2}, is_restocked=False)
    assert make.stock_of(DUMBBELL) == (2, 0)
    for units in ({dumbbell: 3}, {guide: 1}, {dumbbell: 0}, {dumbbell: -1}, {}):
        with pytest.raises(InvalidInput):
            restocking.put_back(order_id, units=units, staff=Actor("ana"))
    restocking.put_back(order_id, units={dumbbell: 1}, staff=Actor("ana"), seen=0)
    with pytest.raises(InvalidInput) as refusal:
        restocking.put_back(order_id, units={dumbbell: 1}, staff=Actor("ana"), seen=0)
    assert refusal.value.problems == {"restock": "changed_meanwhile"}, "the same click twice"
    assert make.stock_of(DUMBBELL) == (3, 0)
    assert make.causes_of(started)[-1] == (f"back on the shelf: 1 × {make.lines_of(started)[0].name}", "staff ana")
    assert restocking.restockable_units(admin_orders.get(started.order_id), make.lines_of(started)) == {dumbbell: 1}


def test_what_the_dashboard_gave_back_comes_through_the_hands_of_staff(shop: Flask, gateway: FakeGateway) -> None:
    started, order_id = sent(gateway, (DUMBBELL, 2))
    order = make.order_of(started)
    told = Story.of(order, started.session_id, payment_id=order.payment_id)
    assert events.send(shop.test_client(), told.refunded(order.total_minor)).status_code == 200
    assert make.state_of(started) == ("refunded", "refunded")
    assert make.stock_of(DUMBBELL) == (3, 0)
    restocking.put_back(order_id, units={make.lines_of(started)[0].id: 2}, staff=Actor("ana"))
    assert make.stock_of(DUMBBELL) == (5, 0)


def test_a_parcel_that_came_back_whole_is_on_the_shelf_before_its_refund(shop: Flask, gateway: FakeGateway) -> None:
    started, order_id = sent(gateway, (DUMBBELL, 2))
    line_id = make.lines_of(started)[0].id
    assert restocking.restockable_units(admin_orders.get(started.order_id), make.lines_of(started)) == {}
    fulfilment.mark_returned(order_id, staff=Actor("ana"))
    restocking.put_back(order_id, units={line_id: 1}, staff=Actor("ana"))
    refunds.request_refund(order_id, units={line_id: 2})
    assert make.stock_of(DUMBBELL) == (5, 0), "no unit comes back twice"


def test_a_unit_whose_refund_failed_is_put_onto_the_shelf_once(shop: Flask, gateway: FakeGateway) -> None:
    started, order_id = sent(gateway, (DUMBBELL, 3))
    line_id = make.lines_of(started)[0].id
    gateway.failures = [PaymentRefused("charge_disputed")]
    for _ in range(2):
        refunds.request_refund(order_id, units={line_id: 1})
    assert make.stock_of(DUMBBELL) == (3, 0)


# Did it arrive?


def test_a_parcel_that_nobody_marks_is_asked_about_once_after_its_day(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    with time_machine.travel(MONDAY, tick=False):
        started, _ = sent(gateway, (DUMBBELL, 1))
        latest = date.fromisoformat(make.order_of(started).delivery_latest or "")
        (line_id,) = (line.id for line in make.lines_of(started))
    with time_machine.travel(datetime.combine(latest, datetime.min.time(), BOGOTA) + timedelta(hours=23)):
        assert (cleanup.tidy(), fulfilment.overdue()) == (0, [])
        assert "no ha empezado" in return_label(rights(started)[line_id])
    with time_machine.travel(datetime.combine(latest, datetime.min.time(), BOGOTA) + timedelta(hours=25)):
        assert [cleanup.tidy(), cleanup.tidy()] == [1, 0]
        assert [order.number for order in fulfilment.overdue()] == [started.order_number]
        mail_delivery.deliver_due()
        (asked,) = [message for message in mailer.emails_sent if "¿Te llegó" in message.subject]
        assert "nadie nos ha confirmado la entrega" in asked.text
        right = rights(started)[line_id]
        assert (right.state, right.is_unconfirmed) == ("early", True)
        assert "contamos como si no lo tuvieras" in return_label(right)
        fulfilment.mark_delivered(make.order_of(started).id, staff=Actor("ana"))
        assert fulfilment.overdue() == []
        told = return_label(rights(started)[line_id])
        assert "Contamos 5 días hábiles desde el" in told


def rights(started: make.PlacedOrder) -> dict[int, own_returns.Right]:
    """Return what can be given back of each line."""
    return dict(own_returns.rights_of(admin_orders.get(started.order_id)).by_line)


def test_who_collects_an_order_is_not_delivered_to(shop: Flask, gateway: FakeGateway, mailer: KeepingMailer) -> None:
    started = make.begin((BAR, 1), shipping_method="pickup")
    make.pay(gateway, started)
    order_id = make.order_of(started).id
    fulfilment.mark_ready(order_id, staff=Actor("ana"))
    fulfilment.mark_delivered(order_id, staff=Actor("ana"))
    order = admin_orders.get(started.order_id)
    standing = standing_of(order)
    assert (order.status, standing.label) == ("delivered", "Recogido")
    said = [standing.sentence, *(event_label(event.kind, event.new, event.code) for event in order.history)]
    mail_delivery.deliver_due()
    message = mailer.emails_sent[-1]
    assert message.subject.startswith("Recogiste tu pedido")
    assert "Recogido" in said
    assert not [words for words in [*said, message.subject, message.text] if "ntrega" in words]


@pytest.mark.parametrize(("slug", "promises"), [(DUMBBELL, 2), (WHEY, 0)])
def test_orders_with_nothing_to_withdraw_promise_nothing(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer, slug: str, promises: int
) -> None:
    """The mails of an order of goods of personal use and a download."""
    started, order_id = sent(gateway, (slug, 1), (GUIDE, 1))
    mail_delivery.deliver_due()
    fulfilment.mark_delivered(order_id, staff=Actor("ana"))
    mail_delivery.deliver_due()
    mine = [message for message in mailer.emails_sent if started.order_number in message.text]
    assert len([message for message in mine if "retractarte" in message.text]) == promises
    assert len([message for message in mine if "retractarte" in message.html]) == promises
