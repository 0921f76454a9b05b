"""Wrong passwords on the pages: who is slowed down, and who is not."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.api.test_limits import counting
from tests.conftest import _opened
from tests.factories import WHEY
from tests.web.browser import Browser
from tests.web.test_account import log_in, register


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    """Return a shop that counts."""
    yield from _opened(counting(sqlite_url))


def test_a_stranger_in_the_same_network_locks_no_known_browser_out(app: Flask, browser: Browser) -> None:
    register(browser)
    browser.send("/logout")
    stranger, friend = Browser(app.test_client()), Browser(app.test_client())
    for _ in range(25):
        log_in(stranger, password="no es esta")
    assert stranger.page.status_code == 429
    assert "demasiados intentos" in stranger.text
    assert int(stranger.page.headers["Retry-After"]) > 60
    log_in(friend)
    assert friend.page.status_code == 429, "a browser that nobody knows, in the stranger's network"
    log_in(browser)
    assert "Mis pedidos" in browser.text
    browser.send("/logout")
    log_in(browser)
    assert "Mis pedidos" in browser.text, "it stays known"


def test_many_behind_one_address_may_slip_in_browsers_that_are_new(app: Flask, browser: Browser) -> None:
    for number in range(5):
        register(browser, email=f"vecina{number}@example.com")
        browser.send("/logout")
    for number in range(25):
        neighbour = Browser(app.test_client())
        log_in(neighbour, email=f"vecina{number % 5}@example.com", password="no es esta")
        log_in(neighbour, email=f"vecina{number % 5}@example.com")
        assert "Mis pedidos" in neighbour.text, number


def test_a_known_browser_guesses_slowly_too_and_knows_no_other_account(app: Flask, browser: Browser) -> None:
    register(browser)
    browser.send("/logout")
    register(browser, email="luz@example.com")
    browser.send("/logout")
    register(Browser(app.test_client()), email="otra@example.com")
    for _ in range(10):
        log_in(browser, password="no es esta")
        assert browser.page.status_code == 422
    log_in(browser)
    assert browser.page.status_code == 429
    log_in(browser, email="luz@example.com")
    assert "Mis pedidos" in browser.text
    browser.send("/logout")
    for _ in range(11):
        log_in(browser, email="otra@example.com", password="no es esta")
    assert browser.page.status_code == 429


def test_a_cookie_cannot_be_made_to_know_an_account(app: Flask, browser: Browser) -> None:
    register(browser)
    cookie = browser.client.get_cookie("shop")
    assert cookie is not None
    thief = Browser(app.test_client())
    thief.client.set_cookie("shop", cookie.value[:-3] + "abc")
    for _ in range(11):
        log_in(thief, password="no es esta")
    assert thief.page.status_code == 429


def test_codes_that_do_not_exist_are_counted_for_guests_too(browser: Browser) -> None:
    browser.add(WHEY, 1)
    browser.get("/cart")
    for number in range(60):
        browser.send("/cart/coupon", code=f"NADA{number}")
        assert browser.page.status_code == 422
    browser.send("/cart/coupon", code="FIT10")
    assert browser.page.status_code == 429
