"""One's own data: the profile, the password, what is allowed, and the addresses kept."""

import pytest
from flask import Flask
from sqlalchemy import select

from storefront.database import db
from storefront.domain.customer import Consent, Customer, SavedAddress
from tests.factories import WHEY
from tests.web.browser import Browser
from tests.web.test_account import PASSWORD, log_in, register

ADDRESS = {
    "full_name": "Pía López",
    "phone": "300 123 4567",
    "department": "05",
    "city": "medellin",
    "street": "cra 7 12 34",
}


def customer(app: Flask) -> Customer:
    """Return the one customer who registered."""
    with app.app_context():
        person = db.session.scalar(select(Customer).where(Customer.email == "pia@example.com"))
        assert person is not None
        return person


def consents(app: Flask) -> list[Consent]:
    """Return every consent."""
    with app.app_context():
        return list(db.session.scalars(select(Consent).order_by(Consent.given_at)))


@pytest.mark.parametrize("path", ["/account/profile", "/account/addresses", "/account/addresses/new"])
def test_it_needs_signing_in(browser: Browser, path: str) -> None:
    answer = browser.client.get(path)
    assert (answer.status_code, answer.location) == (303, f"/login?next={path}")


def test_the_profile_is_kept_and_the_language_is_spoken_at_once(app: Flask, browser: Browser) -> None:
    register(browser)
    browser.get("/account/profile")
    assert browser.form("/account/profile").fields["first_name"] == "Pía"
    browser.send("/account/profile", first_name=" Pía  María ", phone="3001234567", language="en")
    assert "We saved your details" in browser.text
    assert "First name" in browser.text
    assert browser.form("/account/profile").fields["phone"] == "300 123 4567"
    person = customer(app)
    assert (person.first_name, person.phone, person.language) == ("Pía María", "+573001234567", "en")
    browser.send("/account/profile", phone="")
    assert customer(app).phone is None


def test_a_wrong_phone_is_said_beside_its_field_and_nothing_is_kept(app: Flask, browser: Browser) -> None:
    register(browser)
    browser.get("/account/profile")
    answer = browser.send("/account/profile", first_name="Otra", phone="123")
    assert answer.status_code == 422
    assert browser.title.startswith("Error: ")
    assert "celular de 10 dígitos" in browser.text
    assert browser.form("/account/profile").fields["first_name"] == "Otra"
    assert customer(app).first_name == "Pía"


def test_news_are_allowed_only_by_a_tick_and_taken_back_by_none(app: Flask, browser: Browser) -> None:
    browser.get("/register")
    assert "marketing" not in browser.form("/register").fields, "the box must come unticked"
    register(browser, marketing="y")
    assert customer(app).accepts_marketing
    (given,) = consents(app)
    assert (given.purpose, given.version, given.withdrawn_at) == ("marketing", "2026-11-29", None)
    assert given.text.startswith("Autorizo a FitAiid")
    browser.get("/account/profile")
    assert "texto 2026-11-29" in browser.text
    browser.send("/account/profile")
    assert len(consents(app)) == 1, "the same answer again is no new consent"
    form = browser.form("/account/profile")
    del form.fields["marketing"]
    browser.page = browser.client.post(form.action, data=form.fields)
    assert not customer(app).accepts_marketing
    assert consents(app)[0].withdrawn_at is not None


def test_an_account_without_the_tick_allows_nothing(app: Flask, browser: Browser) -> None:
    register(browser)
    assert not customer(app).accepts_marketing
    assert consents(app) == []


def test_changing_the_password_ends_the_others_and_keeps_this_one(app: Flask, browser: Browser) -> None:
    register(browser)
    other = Browser(app.test_client())
    log_in(other)
    browser.get("/account/profile")
    browser.send("/account/profile/password", current_password=PASSWORD, new_password="otra frase larga 9")
    assert "quedó cambiada" in browser.text
    assert browser.get("/account/profile").status_code == 200
    assert other.client.get("/account/profile").status_code == 303
    log_in(other, password="otra frase larga 9")
    assert other.get("/account/profile").status_code == 200


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"current_password": "no es esta"}, "Esa no es tu contraseña actual"),
        ({"new_password": "corta"}, "8 caracteres o más"),
        ({"new_password": ""}, "Escribe la contraseña nueva"),
    ],
)
def test_a_password_that_cannot_be(browser: Browser, typed: dict[str, str], words: str) -> None:
    register(browser)
    browser.get("/account/profile")
    said = {"current_password": PASSWORD, "new_password": "otra frase larga 9"} | typed
    assert browser.send("/account/profile/password", **said).status_code == 422
    assert words in browser.text


def test_addresses_are_added_changed_chosen_and_removed(app: Flask, browser: Browser) -> None:
    register(browser)
    browser.get("/account/addresses")
    assert "Todavía no tienes direcciones guardadas" in browser.text
    browser.get("/account/addresses/new")
    assert browser.form("/account/addresses/new").fields["full_name"] == "Pía López"
    browser.send("/account/addresses/new", **ADDRESS)
    assert "Carrera 7 # 12-34" in browser.text
    assert "300 123 4567" in browser.text
    browser.get("/account/addresses/new")
    browser.send("/account/addresses/new", **ADDRESS | {"street": "Calle 1 # 2-3"})
    first, second = rows(app)
    assert (first.is_default, second.is_default) == (True, False)
    browser.get("/account/addresses")
    browser.send(f"/account/addresses/{second.id}/default")
    assert [row.is_default for row in rows(app)] == [False, True]
    browser.get(f"/account/addresses/{first.id}")
    browser.send(f"/account/addresses/{first.id}", street="Calle 9 # 9-9")
    assert rows(app)[0].address["street"] == "Calle 9 # 9-9"
    browser.send(f"/account/addresses/{second.id}/remove")
    assert [row.is_default for row in rows(app)] == [True]


def rows(app: Flask) -> list[SavedAddress]:
    """Return every address kept, oldest first."""
    with app.app_context():
        return list(db.session.scalars(select(SavedAddress).order_by(SavedAddress.id)))


def test_a_wrong_address_is_said_beside_its_fields(browser: Browser) -> None:
    register(browser)
    browser.get("/account/addresses/new")
    assert browser.send("/account/addresses/new", **ADDRESS | {"city": "macondo", "phone": ""}).status_code == 422
    assert "No encontramos esa ciudad" in browser.text
    assert "Escribe tu celular" in browser.text


def test_nobody_touches_another_s_address(app: Flask, browser: Browser) -> None:
    register(browser)
    browser.get("/account/addresses/new")
    browser.send("/account/addresses/new", **ADDRESS)
    (row,) = rows(app)
    stranger = Browser(app.test_client())
    register(stranger, "otro@example.com")
    stranger.get("/account/addresses/new")
    token = stranger.form("/account/addresses/new").fields.get("csrf_token", "")
    assert stranger.get(f"/account/addresses/{row.id}").status_code == 404
    for submission in ("", "/default", "/remove"):
        path = f"/account/addresses/{row.id}{submission}"
        assert stranger.client.post(path, data={"csrf_token": token} | ADDRESS).status_code == 404
    assert stranger.get(f"/checkout/shipping?address={row.id}").status_code in (200, 404)
    assert len(rows(app)) == 1


def test_the_checkout_proposes_the_default_and_takes_another_by_its_link(app: Flask, browser: Browser) -> None:
    register(browser)
    for street in ("Calle 1 # 2-3", "Calle 4 # 5-6"):
        browser.get("/account/addresses/new")
        browser.send("/account/addresses/new", **ADDRESS | {"street": street})
    browser.add(WHEY)
    browser.get("/checkout/shipping")
    fields = browser.form("/checkout/shipping").fields
    assert (fields["street"], fields["city"], fields["department"]) == ("Calle 1 # 2-3", "Medellín", "05")
    assert fields["phone"] == "300 123 4567"
    browser.get(f"/checkout/shipping?address={rows(app)[1].id}")
    assert browser.form("/checkout/shipping").fields["street"] == "Calle 4 # 5-6"
    assert browser.get("/checkout/shipping?address=x").status_code == 404


def test_prices_and_dates_are_those_of_the_saved_address(app: Flask, browser: Browser) -> None:
    register(browser)
    for place in ({"city": "San Andrés", "department": "88", "street": "Calle 1 # 2-3"}, {}):
        browser.get("/account/addresses/new")
        browser.send("/account/addresses/new", **ADDRESS | place)
    browser.add(WHEY)
    page = browser.get("/checkout/shipping").text
    assert "No llega a San Andrés" in page
    assert 'id="summary-total">$\N{NO-BREAK SPACE}174.900' in page
    assert 'aria-current="true">Calle 1 # 2-3, San Andrés' in page
    browser.get(f"/checkout/shipping?address={rows(app)[1].id}")
    assert "No llega a" not in browser.text
    assert 'aria-current="true">Carrera 7 # 12-34, Medellín' in browser.text
    browser.get("/checkout/shipping")
    browser.send("/checkout/shipping")
    assert browser.title.startswith("Revisa y paga"), "its price was seen"
