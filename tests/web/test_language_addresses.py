"""English addresses under `/en/`: every public page has one, its links stay in English, and nothing else moves."""

import html
import re
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from storefront.database import db
from storefront.domain.catalogue import FormerSlug, Product
from storefront.enums import PageKind
from storefront.web import language_addresses
from tests.factories import WHEY
from tests.web.browser import Browser

PUBLIC = ["/", "/?category=fuerza", "/?page=2", f"/products/{WHEY}", *(
    "/terms", "/privacy", "/returns", "/about", "/pqr", "/contact"
)]  # fmt: skip
WITHOUT_TWINS = ["/cart", "/login", "/register", "/forgot-password", "/orders/find", "/checkout/shipping"]
XHTML = "{http://www.w3.org/1999/xhtml}link"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def english(path: str) -> str:
    """Return the English address of a public page."""
    return f"/en{path}"


def language(page: str) -> str:
    """Return the language that a page says it is in."""
    return re.findall(r'<html lang="(\w+)">', page)[0]


def alternates(page: str) -> dict[str, str]:
    """Return the addresses of a page by the language that `hreflang` names."""
    found = re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="http://localhost([^"]+)">', page)
    assert len(found) == len(dict(found))
    return {tag: html.unescape(path) for tag, path in found}


def links(page: str) -> set[str]:
    """Return the shop's own addresses to which a page links and sends forms without a change."""
    found = re.findall(r'<a [^>]*href="(/[^"]*)"|<form [^>]*action="(/[^"]*)" method="get"', page)
    return {html.unescape(one or other) for one, other in found}


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_and_its_twin_name_each_other(client: FlaskClient, path: str) -> None:
    expected = {"es-CO": path, "en": english(path), "x-default": path}
    for address, tag in ((path, "es"), (english(path), "en")):
        page = client.get(address).text
        assert language(page) == tag
        assert alternates(page) == expected
        assert f'<link rel="canonical" href="http://localhost{html.escape(address)}">' in page
        assert f'<meta property="og:url" content="http://localhost{html.escape(address)}">' in page


@pytest.mark.parametrize("path", [*PUBLIC, "/?q=whey", f"/products/{WHEY}/reviews", "/terms/0", "/?q=nada-de-esto"])
def test_links_of_an_english_page_lead_to_english_twins(app: Flask, client: FlaskClient, path: str) -> None:
    page = client.get(english(path)).text
    found = links(page)
    assert "/en/" in found
    with app.app_context():
        for link in found:
            assert language_addresses.in_language(link, "en") == link, link
    assert "/cart" in found


def test_the_switch_leaves_the_language_of_an_unknown_address(client: FlaskClient) -> None:
    browser = Browser(client)
    assert browser.get("/en/no-such-page").status_code == 404
    browser.send("/language", lang="es")
    assert language(browser.text) == "es"
    browser.send("/language", lang="en")
    assert language(browser.text) == "en"


@pytest.mark.parametrize("path", [*PUBLIC, "/?q=whey"])
def test_links_of_a_spanish_page_lead_to_plain_addresses(client: FlaskClient, path: str) -> None:
    assert not {link for link in links(client.get(path).text) if link.startswith("/en")}


def test_an_address_says_more_than_cookie_account_and_browser(browser: Browser) -> None:
    browser.get("/")
    browser.send("/language", lang="es")
    assert language(browser.get(english("/returns"), **{"Accept-Language": "es"}).text) == "en"


def test_the_plain_address_is_nobodys_english_unless_it_is_asked_for(client: FlaskClient) -> None:
    client.get(english("/returns"))
    assert language(client.get("/returns").text) == "es"
    answer = client.get("/returns", headers={"Accept-Language": "en"})
    assert answer.status_code == 200  # and no redirect
    assert '<link rel="canonical" href="http://localhost/en/returns">' in answer.text


@pytest.mark.parametrize("path", WITHOUT_TWINS)
def test_pages_of_cart_account_and_checkout_have_one_address(client: FlaskClient, path: str) -> None:
    assert client.get(english(path)).status_code == 404
    assert "hreflang=" not in client.get(path).text


def test_a_guest_who_reads_english_goes_on_in_english(browser: Browser) -> None:
    browser.get(english(f"/products/{WHEY}"))
    browser.send("/cart/items", quantity="1")
    assert "to your cart." in browser.text
    assert language(browser.get("/cart").text) == "en"
    assert f"/en/products/{WHEY}" in links(browser.text)
    browser.get(f"/products/{WHEY}")
    assert language(browser.get("/cart").text) == "es"


def test_a_chosen_language_stays_that_of_the_cart(browser: Browser) -> None:
    browser.get("/")
    browser.send("/language", lang="es")
    browser.get(english("/"))
    assert language(browser.get("/cart").text) == "es"


def test_a_form_with_mistakes_is_shown_again_in_english(browser: Browser) -> None:
    browser.get(english("/pqr"))
    answer = browser.send("/en/pqr", full_name="Ana")
    assert answer.status_code == 422
    assert language(answer.text) == "en"
    assert 'value="Ana"' in answer.text


def test_an_address_that_does_not_exist_is_missed_in_its_language(app: Flask, client: FlaskClient) -> None:
    for path, tag in (("/en/nada", "en"), ("/en/products/nada", "en"), ("/english", "es"), ("/nada", "es")):
        answer = app.test_client().get(path)
        assert (answer.status_code, language(answer.text)) == (404, tag), path
    assert client.get("/es/returns").status_code == 404
    assert client.get("/en?q=whey").location == "http://localhost/en/?q=whey"


@pytest.mark.parametrize(
    ("page", "chosen", "leads_to"),
    [
        ("/", "en", "/en/"),
        ("/en/", "es", "/"),
        ("/?q=caf%C3%A9&sort=name", "en", "/en/?q=caf%C3%A9&sort=name"),
        (f"/en/products/{WHEY}?variant=x", "es", f"/products/{WHEY}?variant=x"),
        (f"/en/products/{WHEY}", "en", f"/en/products/{WHEY}"),
        ("/cart", "en", "/cart"),
    ],
)
def test_the_switch_leads_to_the_twin_with_the_query(browser: Browser, page: str, chosen: str, leads_to: str) -> None:
    browser.get(page)
    browser.send("/language", follow=False, lang=chosen)
    assert browser.client.get(browser.page.location).request.full_path.removesuffix("?") == leads_to


@pytest.mark.parametrize("target", ["/en//evil.example", "/en//returns", "/en//products/x", "//evil.example"])
def test_the_switch_leads_to_no_other_host(browser: Browser, target: str) -> None:
    browser.get("/")
    browser.send("/language", follow=False, next=target, lang="es")
    assert not browser.page.location.startswith("//")


def test_links_that_staff_wrote_lead_to_twins_too(app: Flask) -> None:
    with app.test_request_context("/en/about"):
        written = app.jinja_env.filters["markup"]
        made = written("[a](/returns#top) [b](/cart) [c](https://x.co/returns) [d](/en/terms)", {})
    assert re.findall(r'href="([^"]+)"', made) == ["/en/returns#top", "/cart", "https://x.co/returns", "/en/terms"]


def test_each_language_has_a_sitemap_with_the_twins_of_each_page(client: FlaskClient) -> None:
    listed = {tag: _sitemap(client, prefix) for tag, prefix in (("es-CO", ""), ("en", "/en"))}
    for tag, pages in listed.items():
        for address, twins in pages.items():
            assert twins[tag] == address
            assert twins["x-default"] == twins["es-CO"]
    assert {twins["en"] for twins in listed["es-CO"].values()} == set(listed["en"])
    assert {twins["es-CO"] for twins in listed["en"].values()} == set(listed["es-CO"])
    lines = client.get("/robots.txt").text.splitlines()
    assert [line for line in lines if "itemap" in line] == [
        "Sitemap: http://localhost/sitemap.xml",
        "Sitemap: http://localhost/en/sitemap.xml",
    ]


def _sitemap(client: FlaskClient, prefix: str) -> dict[str, dict[str, str]]:
    """Return the pages that a sitemap lists, with their alternates by tag; asked for by somebody who reads English."""
    found = {}
    index = ElementTree.fromstring(client.get(f"{prefix}/sitemap.xml").data)
    for part in index.iter(f"{SITEMAP}loc"):
        answer = client.get((part.text or "").removeprefix("http://localhost"), headers={"Accept-Language": "en"})
        for url in ElementTree.fromstring(answer.data):
            alternatives = {link.attrib["hreflang"]: link.attrib["href"] for link in url.iter(XHTML)}
            found[url.findtext(f"{SITEMAP}loc") or ""] = alternatives
    assert len(found) > 40
    return found


def test_what_everybody_shares_has_plain_addresses(client: FlaskClient) -> None:
    client.get("/en/")
    for path in ("/site.webmanifest", "/sitemap.xml", "/feeds/google.xml", f"/api/products/{WHEY}"):
        assert "/en/" not in client.get(path, headers={"Accept-Language": "en"}).text, path


def test_parts_of_pages_speak_the_language_of_their_address_and_set_no_cookie(client: FlaskClient) -> None:
    answer = client.get(f"/en/recent-products?slug={WHEY}")
    assert links(answer.text) == {f"/en/products/{WHEY}"}
    assert "Set-Cookie" not in answer.headers
    assert links(client.get(f"/recent-products?slug={WHEY}").text) == {f"/products/{WHEY}"}


def test_browsers_keep_both_languages_apart(app: Flask) -> None:
    first = app.test_client().get("/en/")
    assert first.vary.as_set() >= {"cookie"}
    assert "accept-language" not in first.vary.as_set()
    assert "accept-language" in app.test_client().get("/").vary.as_set()
    assert first.headers["ETag"] != app.test_client().get("/").headers["ETag"]


def test_a_former_address_leads_to_the_present_one_in_its_language(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        product = db.session.query(Product).filter_by(slug=WHEY).one()
        product.slug = "otra-proteina"
        db.session.add(FormerSlug(kind=PageKind.PRODUCT, slug=WHEY, target_id=product.id))
        db.session.commit()
    answer = client.get(f"/en/products/{WHEY}")
    assert (answer.status_code, answer.location) == (301, "/en/products/otra-proteina")
