"""Every link of the demonstration's pages leads somewhere, for a guest and for a customer, in both languages."""

import re
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from storefront.web.language_addresses import in_language, language_of
from tests.conftest import build
from tests.crawler import Crawl, is_one_filter
from tests.factories import COFFEE, GUIDE
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.test_account import register
from tests.web.test_order_page import buy, deliver
from tests.web.test_subscriptions import subscribe

LANGUAGES = pytest.mark.parametrize("language", ["es", pytest.param("en", marks=pytest.mark.thorough)])


def pages_of_sitemap(client: FlaskClient, path: str) -> set[str]:
    """Return the pages that a sitemap index leads to."""
    found = set()
    for part in _located(client, path):
        found |= _located(client, part)
    return found


def _located(client: FlaskClient, path: str) -> set[str]:
    tree = ElementTree.fromstring(client.get(path).data)
    return {(loc.text or "").removeprefix("http://localhost") for loc in tree.iter() if loc.tag.endswith("}loc")}


@LANGUAGES
def test_no_link_is_broken_and_no_page_is_an_orphan(sqlite_url: str, language: str) -> None:
    app = build(sqlite_url, IS_DEMO=True)
    start, sitemap = ("/", "/sitemap.xml") if language == "es" else ("/en/", "/en/sitemap.xml")
    client = app.test_client()
    # Example mails of the demonstration name orders that do not exist.
    crawl = Crawl(client, lambda path: is_one_filter(path) and not path.startswith("/dev/mailbox/")).run(start)
    assert crawl.faults == []
    assert pages_of_sitemap(client, sitemap) <= set(crawl.pages)
    assert len(crawl.pages) > 200
    assert "/dev/mailbox" in crawl.pages
    with app.app_context():
        shown = {path: re.findall(r'<html lang="(\w+)">', page) for path, page in crawl.pages.items() if page}
        assert {path: tags for path, tags in shown.items() if tags != [language]} == {}
        apart = {path for path in shown if in_language(path, language) != path}
    assert apart == set()
    assert {language_of(path) for path in shown} == ({None} if language == "es" else {None, "en"})


@LANGUAGES
def test_no_link_of_a_customers_pages_is_broken(
    app: Flask, browser: Browser, gateway: FakeGateway, language: str
) -> None:
    register(browser)
    number = buy(browser, gateway, (COFFEE, 2), (GUIDE, 1))
    deliver(app, number)
    subscribe(browser, gateway)
    buy(browser, gateway, (COFFEE, 1))
    browser.add(COFFEE)
    browser.send("/language", lang=language)

    def is_own(path: str) -> bool:
        return is_one_filter(path) and not path.startswith(("/?", "/en/?", "/products/", "/en/products/"))

    crawl = Crawl(browser.client, is_own).run("/account/orders", "/cart", "/checkout/shipping", "/checkout/review")
    assert crawl.faults == []
    parts = ("/account/library", "/account/subscriptions", "/account/profile", "/account/addresses", "/account/data")
    for part in (*parts, "/account/devices", f"/account/orders/{number}", f"/account/orders/{number}/receipt"):
        assert crawl.pages[part], part
    spoken = {path: re.findall(r'<html lang="(\w+)">', page) for path, page in crawl.pages.items() if page}
    assert {path for path, tags in spoken.items() if tags != [language]} == set()


def test_a_broken_link_and_a_missing_target_are_found() -> None:
    """What the crawl of the shop would say if it had such links."""
    pages = {
        "/": '<a href="/good#here">a</a><a href="/good#gone">b</a><a href="#top">c</a><link rel="next" href="/gone">',
        "/good": '<p id="here"><img src="/gone.webp"><a href="https://elsewhere.co/">d</a><a href="/?a=1&b=2">e</a>',
    }
    app = Flask("pages")
    for path, page in pages.items():
        app.add_url_rule(path, path, lambda page=page: page)
    assert sorted(Crawl(app.test_client(), is_one_filter).run("/").faults) == [
        "/ links to /#top, which is not there",
        "/ links to /gone, which answers 404",
        "/ links to /good#gone, which is not there",
        "/good links to /gone.webp, which answers 404",
    ]
