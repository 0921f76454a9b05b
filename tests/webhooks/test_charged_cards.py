"""The card of an order, which its charge tells: for mails, receipts and the API."""

from itertools import permutations
from typing import Any

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain.payment import EventRecord
from storefront.services.accounts import erasure
from storefront.services.mail import mail_delivery
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway, KeepingMailer
from tests.services.test_erasure import PASSWORD, member, place
from tests.webhooks.test_odd_events import send, story


@pytest.mark.parametrize("order", list(permutations(["charged", "completed", "succeeded"])), ids="-".join)
def test_the_card_is_kept_in_any_order_of_events(shop: Flask, order: tuple[str, ...]) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = story(started)
    made = {
        "charged": stripe_events.charged(),
        "completed": stripe_events.completed(),
        "succeeded": stripe_events.succeeded(),
    }
    send(shop, *(made[name] for name in order))
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.order_of(started).card == ("mastercard", "4444")


def test_the_mail_names_the_card(shop: Flask, mailer: KeepingMailer) -> None:
    started = make.begin((WHEY, 1))
    send(shop, story(started).charged(), story(started).completed())
    while mail_delivery.deliver_due():
        pass
    (mail,) = [one for one in mailer.emails_sent if "confirmado" in one.subject]
    assert "Pagaste con: Mastercard terminada en 4444" in mail.text


def test_a_charge_alone_pays_nothing(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    send(shop, story(started).charged())
    assert make.state_of(started) == ("pending", "pending")


def test_the_card_of_a_second_payment_is_not_that_of_the_order(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    first, second = story(started), story(started, payment_id="pi_other")
    card = {"type": "card", "card": {"brand": "visa", "last4": "1111"}}
    send(shop, first.charged(), first.completed())
    send(shop, second.charged(data={"object": second.charge(payment_method_details=card)}))
    assert make.order_of(started).card == ("mastercard", "4444")


def test_the_log_of_events_keeps_neither_payer_nor_card(shop: Flask) -> None:
    ours, stranger = story(make.begin((WHEY, 1))), story(make.begin((WHEY, 1)))
    charge = ours.charge() | {"billing_details": {"email": "luz@example.com", "name": "Luz Peña"}}
    foreign = stranger.charge() | {"metadata": {}, "payment_intent": "pi_foreign"}
    send(shop, ours.charged(data={"object": charge}), stranger.charged(data={"object": foreign}))
    for row in db.session.scalars(db.select(EventRecord)):
        kept = row.payload["data"]["object"]
        assert kept["payment_intent"]
        assert not {"billing_details", "payment_method_details", "receipt_email"} & set(kept)


def test_a_charge_that_comes_after_an_erasure_brings_no_card_back(shop: Flask, gateway: FakeGateway) -> None:
    shopper, _ = member()
    started = place(shopper, (WHEY, 1))
    stripe_events = story(started)
    send(shop, stripe_events.completed())
    erasure.erase(shopper.customer_id or "", password=PASSWORD)
    send(shop, stripe_events.charged())
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.order_of(started).card is None


@pytest.mark.parametrize(
    "details",
    [
        None,
        "card",
        {"type": "oxxo", "oxxo": {"number": None}},
        {"type": "card", "card": {"brand": "visa"}},
        {"type": "card", "card": {"brand": 7, "last4": "1111"}},
        {"type": "card", "card": {"brand": "x" * 21, "last4": "1111"}},
        {"type": "card", "card": {"brand": "visa", "last4": "11112"}},
    ],
)
def test_what_is_no_card_is_not_kept_and_refuses_nothing(shop: Flask, details: Any) -> None:
    started = make.begin((WHEY, 1))
    stripe_events = story(started)
    event = stripe_events.charged(data={"object": stripe_events.charge(payment_method_details=details)})
    send(shop, event, stripe_events.completed())
    assert make.ledger()[event["id"]] == "done"
    assert make.order_of(started).card is None
