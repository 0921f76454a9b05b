"""The session on two machines whose clocks differ."""

from datetime import timedelta

import pytest
import time_machine

from storefront import clock
from tests.factories import WHEY
from tests.web.browser import Browser


@pytest.mark.parametrize(("seconds", "is_kept"), [(8, True), (12, False)])
def test_a_cookie_of_a_machine_whose_clock_is_ahead_keeps_the_cart(
    browser: Browser, seconds: int, is_kept: bool
) -> None:
    with time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=False):
        browser.add(WHEY, 2)
    browser.get("/cart")
    assert ('id="cart-count">2<' in browser.text) is is_kept


def test_a_cookie_is_still_forgotten_after_its_sixty_days(browser: Browser) -> None:
    browser.add(WHEY, 2)
    cookie = browser.client.get_cookie("shop")
    assert cookie is not None
    for days, is_kept in ((59, True), (61, False)):
        with time_machine.travel(clock.now() + timedelta(days=days), tick=False):
            browser.client.set_cookie("shop", cookie.value)
            browser.get("/cart")
            assert ('id="cart-count">2<' in browser.text) is is_kept


def test_a_forged_cookie_is_no_cart(browser: Browser) -> None:
    browser.add(WHEY, 2)
    cookie = browser.client.get_cookie("shop")
    assert cookie is not None
    browser.client.set_cookie("shop", cookie.value[:-2] + ("aa" if cookie.value[-2:] != "aa" else "bb"))
    browser.get("/cart")
    assert 'id="cart-count">2<' not in browser.text
