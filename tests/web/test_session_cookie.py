"""The session on two machines whose clocks differ."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from storefront import clock
from storefront.database import db
from storefront.domain.order import Order
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser


@pytest.mark.parametrize(("seconds", "is_kept"), [(8, True), (12, False)])
def test_a_cookie_of_a_machine_whose_clock_is_ahead_keeps_the_cart(
    browser: Browser, seconds: int, is_kept: bool
) -> None:
    here = clock.now()
    with time_machine.travel(here + timedelta(seconds=seconds), tick=False):
        browser.add(WHEY, 2)
    with time_machine.travel(here, tick=False):  # however long the first request took
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


# What caches that others share may keep.

PUBLIC = {
    "static", "site.robots", "site.sitemap", "site.sitemap_pages",
    "site.sitemap_products", "site.favicon", "site.municipalities", "places-api.list_municipalities",
    "api_docs.openapi", "feeds.google", "feeds.manifest",
}  # fmt: skip
"""What may be kept by everybody, as long as this list says it."""


@pytest.mark.parametrize("has_session", [True, False])
def test_no_answer_that_others_may_keep_sets_a_cookie_or_depends_on_one(
    app: Flask, browser: Browser, gateway: FakeGateway, has_session: bool
) -> None:
    """Every address that answers GET is asked; whatever is neither private nor unkept is for everybody."""
    browser.add(WHEY)
    browser.fill_shipping()
    gateway.pay(browser.pay().location.rsplit("/", 1)[1])
    browser.client.post("/language", data={"lang": "en"})
    with app.app_context():
        number = db.session.query(Order).one().number
    values = {"filename": "img/favicon.svg", "slug": WHEY, "number": number, "product_id": WHEY, "order_id": number}
    client = browser.client if has_session else app.test_client()
    public = set()
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        built = rule.build({name: values.get(name, "1") for name in rule.arguments})
        assert built is not None
        for query in ("", "?v=1", "?department=05"):
            answer = client.get(built[1] + query, buffered=True)
            kept = answer.cache_control
            assert kept.public or kept.private or kept.no_store or kept.no_cache, built[1]
            if kept.no_store or kept.private:
                continue
            public.add(rule.endpoint)
            assert "Set-Cookie" not in answer.headers, built[1]
            assert "Cookie" not in answer.headers.get("Vary", ""), built[1]
            assert answer.data == app.test_client().get(built[1] + query, buffered=True).data, built[1]
    assert public == PUBLIC


def test_pages_of_one_browser_renew_its_cookie(browser: Browser) -> None:
    """The sixty days begin anew with each visit, and what a page remembers is there on the next."""
    browser.add(WHEY)
    for path in ("/", "/cart", "/terms"):
        answer = browser.client.get(path)
        assert "shop=" in answer.headers["Set-Cookie"], path
        assert answer.cache_control.private or answer.cache_control.no_store
