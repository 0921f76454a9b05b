"""Declined cards in series: the alarm, who is asked for an account meanwhile, and its end by itself."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.errors import AccountNeeded
from storefront.observability.pseudonyms import pseudonym
from storefront.services import checkout
from storefront.services.payments import declines
from storefront.services.payments.declines import MOST_OF_NETWORK, MOST_OF_SHOP
from storefront.services.shopper import Shopper
from storefront.settings import settings
from tests import factories as make
from tests.events import Story, send
from tests.factories import WHEY

THIEF, OTHER = "203.0.113.9", "198.51.100.7"


@pytest.fixture(autouse=True)
def counting(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Count as production does, but holds, and look anew each time."""
    monkeypatch.setattr(declines, "KEPT", timedelta(0))
    values = settings()
    before = (values.RATE_LIMITS, values.MAX_HOLDS_PER_NETWORK, values.MAX_HOLDS_PER_PERSON)
    values.RATE_LIMITS, values.MAX_HOLDS_PER_NETWORK, values.MAX_HOLDS_PER_PERSON = True, 1000, 1000
    yield
    values.RATE_LIMITS, values.MAX_HOLDS_PER_NETWORK, values.MAX_HOLDS_PER_PERSON = before


def decline(shop: Flask, network: str, times: int) -> make.PlacedOrder:
    """Try as many cards on one page."""
    started = make.begin((WHEY, 1), network=network)
    stripe_events = Story.of(make.order_of(started), started.session_id)
    for _ in range(times):
        assert send(shop.test_client(), stripe_events.failed()).status_code == 200
    return started


def may_buy(network: str | None, shopper: Shopper | None = None) -> bool:
    """Return whether somebody gets a page to pay."""
    if shopper is not None:
        make.carts.add(shopper, WHEY, 1)
    try:
        checkout.begin(make.purchase(shopper or make.guest_with((WHEY, 1)), network=network))
    except AccountNeeded:
        return False
    return True


def test_one_network_that_declines_in_series_needs_an_account_until_it_stops(shop: Flask) -> None:
    tried = decline(shop, THIEF, MOST_OF_NETWORK - 1)
    assert may_buy(THIEF)
    last = decline(shop, THIEF, 1)
    assert not may_buy(THIEF)
    assert may_buy(OTHER)
    assert may_buy(None)
    with pytest.raises(AccountNeeded):
        checkout.retry(make.owner(tried, last), last.order_id, success_url=make.SUCCESS, cancel_url=make.CANCEL)
    newcomer = make.customer()
    assert not may_buy(THIEF, newcomer)
    with transaction():
        db.session.execute(update(Customer).values(email_verified_at=clock.now()))
    assert may_buy(THIEF, newcomer)
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        assert may_buy(THIEF)


def test_many_who_share_a_network_may_decline_while_more_pay(shop: Flask) -> None:
    for _ in range(MOST_OF_NETWORK):
        started = make.begin((WHEY, 1), network=THIEF)
        stripe_events = Story.of(make.order_of(started), started.session_id)
        assert send(shop.test_client(), stripe_events.succeeded()).status_code == 200
    decline(shop, THIEF, MOST_OF_NETWORK)
    assert may_buy(THIEF)
    decline(shop, THIEF, 1)
    assert not may_buy(THIEF)


def test_the_whole_shop_is_asked_when_more_decline_than_pay(shop: Flask) -> None:
    for number in range(5):
        decline(shop, f"198.51.{number}.1", MOST_OF_SHOP // 5 - (number == 0))
    assert may_buy(OTHER)
    decline(shop, "198.51.100.99", 1)
    assert not may_buy(OTHER)


def test_the_alarm_is_a_line_at_each_step_and_names_nobody(shop: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="storefront.security")
    decline(shop, THIEF, 2 * MOST_OF_NETWORK + 3)
    lines = [record for record in caplog.records if record.getMessage() == "card_testing alarm"]
    assert [record.count for record in lines] == [MOST_OF_NETWORK, 2 * MOST_OF_NETWORK]
    assert {(record.reason, record.address) for record in lines} == {("network", pseudonym("address", THIEF))}


@pytest.mark.parametrize(("switch", "is_asked"), [("on", True), ("off", False)])
def test_the_switch_decides_instead(shop: Flask, monkeypatch: pytest.MonkeyPatch, switch: str, is_asked: bool) -> None:
    if not is_asked:
        decline(shop, THIEF, MOST_OF_NETWORK)
    monkeypatch.setattr(settings(), "LOGIN_AT_CHECKOUT", switch)
    assert may_buy(THIEF) is not is_asked


def test_pages_and_api_say_it(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.api.conftest import assert_problem, purchase, registered
    from tests.web.browser import Browser

    monkeypatch.setattr(settings(), "LOGIN_AT_CHECKOUT", "on")
    guest = Browser(shop.test_client())
    guest.add(WHEY)
    guest.fill_shipping()
    answer = guest.pay()
    assert (answer.status_code, answer.location) == (303, "/login?next=/checkout/review")
    assert "hace falta entrar a una cuenta" in guest.get("/login").get_data(as_text=True)
    phone = registered(shop, "camila@example.com")
    refused = assert_problem(phone.post("/api/checkout/create-session", purchase()), 400, "account_needed")
    assert "confirmar el correo" in refused["detail"]
