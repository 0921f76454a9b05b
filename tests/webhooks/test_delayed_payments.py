"""Payments that take days: the order waits with its goods and coupon, and the wait always ends."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
import time_machine
from flask import Flask

from storefront import clock
from storefront.database import db
from storefront.domain.customer import Customer
from storefront.errors import InvalidInput, WrongState
from storefront.services import checkout
from storefront.services.accounts import data_export, erasure
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.jobs import cleanup
from storefront.services.mail import mail_delivery
from storefront.services.orders import own_orders
from storefront.services.payments import refunds, session_status
from storefront.services.payments.settlement import DELAYED_HOLD
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway, KeepingMailer
from tests.services.test_erasure import PASSWORD, member, place
from tests.webhooks.test_odd_events import send, story

pytestmark = pytest.mark.dialects
URLS = {"success_url": make.SUCCESS, "cancel_url": make.CANCEL}
SECOND = timedelta(seconds=1)


def finish_page(gateway: FakeGateway, started: PlacedOrder) -> None:
    """Let the buyer finish the page with a payment that takes days; no webhook has come."""
    gateway.pages[started.session_id] = replace(gateway.pages[started.session_id], status="complete", url=None)


@pytest.mark.parametrize("order", list(permutations(["completed", "succeeded", "delayed"])), ids="-".join)
def test_it_arrives_in_any_order_of_events(shop: Flask, order: tuple[str, ...]) -> None:
    started = make.begin((WHEY, 1), coupon_code="LIMITE3")
    stripe_events = story(started)
    made = {
        "completed": stripe_events.completed("unpaid"),
        "succeeded": stripe_events.succeeded(),
        "delayed": stripe_events.delayed_succeeded(),
    }
    send(shop, *(made[name] for name in order))
    assert make.state_of(started) == ("confirmed", "paid")
    assert (make.stock_of(WHEY), make.uses_of("LIMITE3")) == ((119, 0), 1)
    awaited = ["payment_awaited"] if order[0] == "completed" else []
    assert make.mails_of(started) == ["order_confirmed", *awaited]


@pytest.mark.parametrize("order", list(permutations(["completed", "failed", "delayed"])), ids="-".join)
def test_it_fails_in_any_order_of_events(shop: Flask, order: tuple[str, ...]) -> None:
    started = make.begin((WHEY, 1), coupon_code="LIMITE3")
    stripe_events = story(started)
    made = {
        "completed": stripe_events.completed("unpaid"),
        "failed": stripe_events.failed(),
        "delayed": stripe_events.delayed_failed(),
    }
    send(shop, *(made[name] for name in order))
    assert make.state_of(started) == ("cancelled", "failed")
    assert (make.stock_of(WHEY), make.uses_of("LIMITE3")) == ((120, 0), 0)
    mails = make.mails_of(started)
    assert mails.count("payment_not_received") == 1
    assert "order_confirmed" not in mails


def test_goods_and_coupon_stay_until_it_is_decided(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1), coupon_code="LIMITE3")
    finish_page(gateway, started)
    send(shop, story(started).completed("unpaid"))
    with time_machine.travel(clock.now() + DELAYED_HOLD - 60 * SECOND):
        cleanup.sweep()
        assert make.state_of(started) == ("pending", "processing")
        assert (make.stock_of(WHEY), make.uses_of("LIMITE3")) == ((120, 1), 1)
        send(shop, story(started).delayed_succeeded())
    assert make.state_of(started) == ("confirmed", "paid")


def test_a_wait_that_nobody_decides_ends_and_money_that_comes_later_still_buys(
    shop: Flask, gateway: FakeGateway
) -> None:
    started = make.begin((WHEY, 1), coupon_code="LIMITE3")
    finish_page(gateway, started)
    send(shop, story(started).completed("unpaid"))
    with time_machine.travel(clock.now() + DELAYED_HOLD + SECOND):
        assert cleanup.expire_unpaid() == 1
        assert cleanup.expire_unpaid() == 0
        assert make.state_of(started) == ("cancelled", "failed")
        assert (make.stock_of(WHEY), make.uses_of("LIMITE3")) == ((120, 0), 0)
        send(shop, story(started).delayed_succeeded())
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.stock_of(WHEY) == (119, 0)


def test_an_order_whose_payment_is_on_its_way_is_not_paid_twice(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    owner = make.owner(started)
    finish_page(gateway, started)
    send(shop, story(started).completed("unpaid"))
    hold_until = make.order_of(started).hold_until
    for act in (checkout.cancel, lambda shopper, key: checkout.retry(shopper, key, **URLS)):
        with pytest.raises(WrongState):
            act(owner, started.order_id)
    assert len(make.sessions_of(started)) == 1
    assert make.order_of(started).hold_until == hold_until
    assert own_orders.find_unpaid(owner) is None


def test_a_page_that_was_finished_meanwhile_is_not_opened_again(shop: Flask, gateway: FakeGateway) -> None:
    """The buyer pays in one tab and presses "pay again" in another, before Stripe has told of it."""
    started = make.begin((WHEY, 1))
    finish_page(gateway, started)
    with pytest.raises(WrongState):
        checkout.retry(make.owner(started), started.order_id, **URLS)
    assert make.state_of(started) == ("pending", "processing")
    assert gateway.calls.count("open") == 1
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        cleanup.sweep()
    assert make.state_of(started) == ("pending", "processing")
    assert make.stock_of(WHEY) == (120, 1)


def test_the_buyer_is_told_of_the_wait_and_of_its_end(shop: Flask, mailer: KeepingMailer) -> None:
    started = make.begin((WHEY, 1))
    number = make.order_of(started).number
    send(shop, story(started).completed("unpaid"))
    mail_delivery.deliver_due()
    send(shop, story(started).delayed_failed())
    mail_delivery.deliver_due()
    awaited, failed = mailer.emails_sent
    assert awaited.subject == f"Pedido {number}: esperamos tu pago"
    assert "Guardamos tu pedido hasta el " in awaited.text
    assert failed.subject == f"No llegó el pago del pedido {number}"
    assert "Intentar el pago otra vez" not in failed.text


def test_a_mail_about_a_wait_that_is_over_does_not_leave(shop: Flask, mailer: KeepingMailer) -> None:
    started = make.begin((WHEY, 1))
    send(shop, story(started).completed("unpaid"), story(started).delayed_succeeded())
    while mail_delivery.deliver_due():
        pass
    assert not [mail.subject for mail in mailer.emails_sent if "esperamos" in mail.subject]


def test_a_phone_sees_the_page_as_complete_whatever_became_of_it(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    finish_page(gateway, started)
    seen = session_status.view_session(make.owner(started), started.session_id)
    assert (seen.status, seen.order.payment_status, seen.order.status) == ("complete", "processing", "pending")
    send(shop, story(started).delayed_failed())
    seen = session_status.view_session(make.owner(started), started.session_id)
    assert (seen.status, seen.order.payment_status, seen.order.status) == ("complete", "failed", "cancelled")


def test_nobody_is_erased_while_their_payment_is_awaited(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    started = place(shopper, (WHEY, 1))
    finish_page(gateway, started)
    send(shop, story(started).completed("unpaid"))
    with pytest.raises(InvalidInput) as refusal:
        erasure.erase(shopper.customer_id or "", password=PASSWORD)
    assert refusal.value.problems == {"password": "payment_awaited"}
    subject = data_export.subject_of(db.session.get_one(Customer, shopper.customer_id))
    with pytest.raises(InvalidInput) as refusal:
        erasure.erase_on_request(subject, staff=Actor("eva"))
    assert refusal.value.problems == {"is_sure": "payment_awaited"}
    assert make.order_of(started).address is not None
    send(shop, story(started).delayed_failed())
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    assert make.order_of(started).address is None


def test_money_that_comes_after_an_erasure_goes_back_and_nobody_is_mailed(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    started = place(shopper, (WHEY, 1))
    finish_page(gateway, started)
    send(shop, story(started).completed("unpaid"))
    with time_machine.travel(clock.now() + DELAYED_HOLD + SECOND):
        cleanup.sweep()
        erasure.erase(shopper.customer_id or "", password=PASSWORD)
        before = make.mails_of(started)
        send(shop, story(started).delayed_succeeded())
        refunds.send_all()
    assert make.state_of(started)[0] == "cancelled"
    (refund,) = make.refunds_of(started)
    assert refund.amount_minor == make.order_of(started).total_minor
    assert make.stock_of(WHEY) == (120, 0)
    assert make.mails_of(started) == before


def test_the_mail_that_no_money_came_does_not_leave_once_it_did(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    started = make.begin((WHEY, 1))
    finish_page(gateway, started)
    send(shop, story(started).completed("unpaid"))
    with time_machine.travel(clock.now() + DELAYED_HOLD + SECOND):
        cleanup.sweep()
        send(shop, story(started).delayed_succeeded())
        while mail_delivery.deliver_due():
            pass
    assert make.state_of(started) == ("confirmed", "paid")
    assert "payment_not_received" in make.mails_of(started)
    (mail,) = mailer.emails_sent
    assert "confirmado" in mail.subject
