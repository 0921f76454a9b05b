"""What search engines and shared links see, and what they must not."""

import html
import json
import re
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import factories as make
from tests.factories import BELT, CUBES, PREMIUM, WHEY
from tests.web.browser import Browser

OPEN = ("/", f"/products/{WHEY}", "/terms", "/privacy", "/returns", "/about", "/pqr", "/contact")
PRIVATE = (
    "/cart",
    "/login",
    "/register",
    "/forgot-password",
    "/orders/find",
    "/checkout/cancel",
    "/?q=whey",
    "/?page=99",
    "/?category=fuerza&sort=name",
    "/nada",
)


def listed(client: FlaskClient) -> list[str]:
    """Return the addresses of the sitemaps that the index names."""
    parts = located(client, "/sitemap.xml")
    return [address for part in parts for address in located(client, part.removeprefix("http://localhost"))]


def located(client: FlaskClient, path: str) -> list[str]:
    """Return the addresses of one sitemap."""
    page = client.get(path)
    assert page.mimetype == "application/xml"
    return [loc.text or "" for loc in ElementTree.fromstring(page.data).iter() if loc.tag.endswith("}loc")]


def facts(browser: Browser, slug: str) -> list[dict[str, object]]:
    """Return what a product's page says in the words of schema.org."""
    browser.get(f"/products/{slug}")
    return [
        json.loads(text) for text in re.findall(r'<script type="application/ld\+json">(.*?)</script>', browser.text)
    ]


def told(page: str, name: str) -> str:
    """Return what a `meta` of the page says."""
    found = re.findall(rf'<meta (?:name|property)="{re.escape(name)}" content="([^"]*)">', page)
    assert len(found) == 1, (name, found)
    return html.unescape(found[0])


def test_the_sitemap_lists_every_open_page_once_and_they_answer(client: FlaskClient) -> None:
    addresses = listed(client)
    assert len(addresses) == len(set(addresses))
    assert {f"http://localhost{path}" for path in OPEN} <= set(addresses)
    assert sum("/products/" in address for address in addresses) == 32
    for address in addresses:
        page = client.get(address.removeprefix("http://localhost"))
        assert page.status_code == 200
        assert "noindex" not in page.text, address


def test_what_is_not_sold_any_more_is_not_listed(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        make.change_product(WHEY, status="archived")
    assert f"http://localhost/products/{WHEY}" not in listed(client)


def test_robots_are_told_of_the_sitemap(client: FlaskClient) -> None:
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").text.splitlines()


@pytest.mark.parametrize("path", OPEN)
def test_open_pages_have_one_address_a_description_and_a_picture(client: FlaskClient, path: str) -> None:
    page = client.get(f"{path}?utm_source=x" if path != "/" else path).text
    assert page.count('<link rel="canonical"') == 1
    assert f'<link rel="canonical" href="http://localhost{path}">' in page
    assert told(page, "og:url") == f"http://localhost{path}"
    assert 50 <= len(told(page, "description")) <= 160
    assert told(page, "og:description") == told(page, "description")
    assert told(page, "og:title") + " – FitAiid" == html.unescape(page.split("<title>")[1].split("</title>")[0])
    with client.get(told(page, "og:image").removeprefix("http://localhost")) as picture:
        assert picture.mimetype.startswith("image/")


def test_descriptions_differ(client: FlaskClient) -> None:
    said = [told(client.get(path).text, "description") for path in (*OPEN, f"/products/{BELT}")]
    assert len(said) == len(set(said))


@pytest.mark.parametrize("path", PRIVATE)
def test_private_pages_are_neither_found_nor_kept(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert told(page.text, "robots").startswith("noindex")
    assert page.headers["Cache-Control"] == "no-store"
    assert "canonical" not in page.text


def test_a_product_is_described_with_its_offer(browser: Browser) -> None:
    thing, way = facts(browser, WHEY)
    offer = thing["offers"]
    assert isinstance(offer, dict)
    assert thing["@type"] == "Product"
    assert (offer["price"], offer["priceCurrency"]) == ("129900.00", "COP")
    assert offer["availability"] == "https://schema.org/InStock"
    assert offer["url"] == f"http://localhost/products/{WHEY}"
    assert thing["image"][0].startswith("http://localhost/media/")
    assert told(browser.text, "product:price:amount") == "129900.00"
    steps = way["itemListElement"]
    assert isinstance(steps, list)
    assert [step["position"] for step in steps] == [1, 2, 3]
    assert steps[-1]["item"] == offer["url"]


@pytest.mark.parametrize(("slug", "availability"), [(BELT, "OutOfStock"), (PREMIUM, "InStock"), (CUBES, "InStock")])
def test_the_offer_tells_whether_it_can_be_bought(browser: Browser, slug: str, availability: str) -> None:
    offer = facts(browser, slug)[0]["offers"]
    assert isinstance(offer, dict)
    assert offer["availability"] == f"https://schema.org/{availability}"


def test_the_words_of_a_product_cannot_leave_their_script(app: Flask, browser: Browser) -> None:
    with app.app_context():
        make.change_product(WHEY, name="</script><script>alert(1)</script>", description='"><b>&amp;')
    thing = facts(browser, WHEY)[0]
    assert thing["name"] == "</script><script>alert(1)</script>"
    assert "<script>alert" not in browser.text


def test_categories_and_further_pages_are_open_and_say_what_they_are(client: FlaskClient) -> None:
    addresses = listed(client)
    assert {"http://localhost/?category=fuerza", "http://localhost/?page=2"} <= set(addresses)
    page = client.get("/?page=2").text
    assert "<title>Productos, página 2 – " in page
    assert '<link rel="canonical" href="http://localhost/?page=2">' in page
    assert '<link rel="prev" href="/">' in page
    category = client.get("/?category=fuerza").text
    assert "<title>Fuerza – " in category
    assert "BreadcrumbList" in category
    assert '<link rel="canonical" href="http://localhost/?category=fuerza">' in category


def test_the_sitemap_has_as_many_parts_as_it_needs(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storefront.web.seo.PRODUCTS_OF_PART", 10)
    addresses = listed(client)
    assert len(addresses) == len(set(addresses))
    assert sum("/products/" in address for address in addresses) == 32
    assert client.get("/sitemap-products-5.xml").status_code == client.get("/sitemap-products-0.xml").status_code == 404
