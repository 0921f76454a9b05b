"""Reviews on pages: written from an order, read by staff, shown on the product with one average everywhere."""

import json
import re

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain.catalogue.rating import Rating
from storefront.domain.product_review import ProductReview, ReviewMailStop
from tests import factories as make
from tests import reviews
from tests.factories import CUBES, GUIDE, WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser

OWNER, PASSWORD = "staff@example.com", "demo-Passw0rd!"
TEXT = "Se disuelve bien.\nLa recomiendo."


@pytest.fixture
def link(app: Flask, gateway: FakeGateway) -> str:
    """Return the link of a mail to a guest's delivered order."""
    with app.app_context():
        started = reviews.delivered(gateway, (WHEY, 1), (CUBES, 1))
        token = make.token_of(make.order_of(started))
        return f"/account/orders/{started.order_number}/reviews?token={token}"


def write(browser: Browser, link: str, **values: str) -> int:
    """Open the form of the first line from the list that the mail leads to, and send it."""
    browser.get(link)
    browser.get(re.search(r'href="(/account/orders/[^"]+/reviews/\d+[^"]*)"', browser.text)[1].replace("&amp;", "&"))
    return browser.send("/account/orders/", **values).status_code


def facts(page: str) -> dict[str, object]:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return next(fact for fact in map(json.loads, found) if fact["@type"] == "Product")


def test_from_the_mail_to_the_page_of_the_product(app: Flask, browser: Browser, link: str) -> None:
    browser.get(f"/products/{WHEY}")
    assert "Todavía no hay reseñas" in browser.text
    assert "aggregateRating" not in facts(browser.text)
    assert write(browser, link, stars="4", title="<b>Buena</b>", text=TEXT) == 200
    assert "En revisión" in browser.text
    assert "Todavía no hay reseñas" in browser.get(f"/products/{WHEY}").get_data(as_text=True)
    staff = Browser(app.test_client())
    staff.get("/login?next=/staff/reviews")
    staff.send("/login", email=OWNER, password=PASSWORD)
    assert "La recomiendo." in staff.text
    staff.send("/staff/reviews/", step="approve")
    assert "No hay reseñas por leer." in staff.text
    browser.get(f"/products/{WHEY}")
    assert "&lt;b&gt;Buena&lt;/b&gt;" in browser.text
    assert "Ana P." in browser.text
    assert "4,0" in browser.text
    assert facts(browser.text)["aggregateRating"] == {
        "@type": "AggregateRating", "ratingValue": 4.0, "reviewCount": 1, "bestRating": 5, "worstRating": 1,
    }  # fmt: skip
    assert "4,0" in browser.get("/").get_data(as_text=True)
    assert "Ana P." in browser.get(f"/products/{WHEY}/reviews").get_data(as_text=True)
    english = app.test_client().get(f"/products/{WHEY}/reviews", headers={"Accept-Language": "en"})
    assert "4.0" in english.get_data(as_text=True)


def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(browser: Browser, link: str) -> None:
    assert write(browser, link, title="Buena", text="") == 422
    assert browser.title.startswith("Error: ")
    assert 'href="#stars"' in browser.text
    assert 'href="#text"' in browser.text
    assert browser.form("/account/orders/").fields["title"] == "Buena"
    assert browser.send("/account/orders/", stars="3", text="x" * 2001).status_code == 422
    assert "hasta 2.000 caracteres" in browser.text


def test_its_author_changes_and_erases_it(app: Flask, browser: Browser, link: str) -> None:
    write(browser, link, stars="4", text=TEXT)
    write(browser, link, stars="2", text="Ya no.")
    browser.get(link)
    browser.get(re.search(r'href="(/account/orders/[^"]+/reviews/\d+[^"]*)"', browser.text)[1].replace("&amp;", "&"))
    form = browser.form("/account/orders/")
    assert (form.fields["stars"], form.fields["text"].strip()) == ("2", "Ya no.")
    remove = next(form.action for form in browser.forms() if "/remove" in form.action)
    browser.send(remove)
    assert "Borramos tu reseña." in browser.text
    with app.app_context():
        assert make.count_of(ProductReview) == 0


def test_mails_that_ask_are_stopped_by_a_button_and_not_by_opening_the_link(
    app: Flask, browser: Browser, link: str
) -> None:
    browser.get(link.replace("/reviews?", "/reviews/stop?"))
    with app.app_context():
        assert make.count_of(ReviewMailStop) == 0
        db.session.remove()
    browser.send("/account/orders/")
    browser.get(link.replace("/reviews?", "/reviews/stop?"))
    browser.send("/account/orders/")
    with app.app_context():
        assert make.count_of(ReviewMailStop) == 1


def test_strangers_find_nothing(app: Flask, link: str) -> None:
    stranger = app.test_client()
    path = link.partition("?")[0]
    for address in (path, f"{path}/1", f"{path}/stop", f"{path}?token=x"):
        assert stranger.get(address).status_code == 404, address


def test_staff_are_told_what_is_missing_and_what_changed_meanwhile(app: Flask, gateway: FakeGateway) -> None:
    with app.app_context():
        started = reviews.delivered(gateway, (WHEY, 1))
        reviews.written(started)
        db.session.remove()
    staff = Browser(app.test_client())
    staff.get("/login?next=/staff/reviews")
    staff.send("/login", email=OWNER, password=PASSWORD)
    assert staff.send("/staff/reviews/", step="refuse").status_code == 422
    assert "Escribe por qué no se publica" in staff.text
    with app.app_context():
        reviews.written(started, reviews.Opinion(1, "", "Otra cosa."))
        db.session.remove()
    staff.get("/staff/reviews")
    assert staff.send("/staff/reviews/", step="approve", version="1").status_code == 422
    assert "Su autor la cambió mientras la leías" in staff.text


def test_a_buyer_without_a_name_is_told_so(app: Flask, browser: Browser, gateway: FakeGateway, link: str) -> None:
    assert "Se muestra con tu nombre" in browser.get(link).text
    with app.app_context():
        started = make.begin((GUIDE, 1), digital_consent=True)
        make.pay(gateway, started)
        token = make.token_of(make.order_of(started))
    page = browser.get(f"/account/orders/{started.order_number}/reviews?token={token}").text
    assert "Se muestra como “Comprador”" in page


@pytest.mark.parametrize(("average", "stars"), [(None, 0), (1.0, 1), (4.4, 4), (4.5, 4), (4.6, 5), (5.0, 5)])
def test_a_half_is_not_drawn_as_a_whole_star(average: float | None, stars: int) -> None:
    assert Rating(average, 2).whole_stars == stars
