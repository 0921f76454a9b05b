"""Stock alerts on pages and by the API: the form of a sold-out product, the links of mails, and nothing told."""

import pytest
from flask import Flask

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.domain.stock_alert import StockAlert, token_of
from storefront.services.stock import alerts
from tests import factories as make
from tests.api.conftest import Phone, assert_problem, registered
from tests.factories import BELT, WHEY
from tests.web.browser import Browser
from tests.web.test_account import register

API = f"/api/products/{BELT}/stock-alert"


@pytest.fixture
def stranger(app: Flask) -> Phone:
    return Phone(app.test_client())


def stored(app: Flask) -> list[tuple[str, bool]]:
    with app.app_context():
        rows = db.session.scalars(db.select(StockAlert).order_by(StockAlert.email)).all()
        db.session.remove()
        return [(row.email, row.confirmed_at is not None) for row in rows]


def verify(app: Flask, email: str) -> None:
    with app.app_context(), transaction():
        db.session.execute(db.update(Customer).where(Customer.email == email).values(email_verified_at=clock.now()))


def test_a_guest_confirms_by_the_mail_and_ends_by_it(app: Flask, browser: Browser) -> None:
    browser.get(f"/products/{WHEY}")
    assert "Avísame cuando vuelva" not in browser.text
    browser.get(f"/products/{BELT}")
    assert browser.send("/products/", email="no es").status_code == 422
    assert browser.title.startswith("Error: ")
    assert browser.form("/products/").fields["email"] == "no es"
    browser.send("/products/", email="Ana@Example.com")
    assert "Te enviamos un correo a ana@example.com" in browser.text
    assert stored(app) == [("ana@example.com", False)]
    with app.app_context():
        token = token_of(db.session.scalars(db.select(StockAlert.id)).one())
        db.session.remove()
    browser.get(f"/stock-alerts/{token}")
    assert stored(app) == [("ana@example.com", False)], "opening the link confirms nothing"
    browser.send(f"/stock-alerts/{token}/confirm")
    assert "Tu aviso está activo" in browser.text
    assert stored(app) == [("ana@example.com", True)]
    browser.send(f"/stock-alerts/{token}/end")
    assert browser.page.status_code == 410
    assert "Este aviso ya terminó" in browser.text
    assert stored(app) == []


def test_a_confirmed_account_is_not_asked_again(app: Flask, browser: Browser) -> None:
    register(browser)
    browser.get(f"/products/{BELT}")
    assert browser.form("/products/").fields["email"] == "pia@example.com"
    browser.send("/products/")
    assert stored(app) == [("pia@example.com", False)]
    verify(app, "pia@example.com")
    browser.get(f"/products/{BELT}")
    browser.send("/products/")
    assert stored(app) == [("pia@example.com", True)]
    browser.get(f"/products/{BELT}")
    browser.send("/products/", email="otra@example.com")
    assert stored(app) == [("otra@example.com", False), ("pia@example.com", True)]


def test_the_api_answers_the_same_whoever_waits(app: Flask, stranger: Phone) -> None:
    body = {"email": "camila@example.com"}
    answers = {(phone.status_code, phone.get_data()) for phone in (stranger.post(API, body), stranger.post(API, body))}
    answers |= {(answer.status_code, answer.get_data()) for answer in (stranger.send("DELETE", API, body),)}
    answers.add((202, stranger.send("DELETE", API, {"email": "nobody@example.com"}).get_data()))
    assert len(answers) == 1
    assert stored(app) == [("camila@example.com", False)]
    assert_problem(stranger.post(API, {"email": "x"}), 400, "invalid_request", "email")
    assert_problem(stranger.post("/api/products/absent/stock-alert", body), 404, "not_found")
    assert_problem(
        stranger.post("/api/products/camiseta-secado-rapido/stock-alert", body), 400, "variant_required", "variantId"
    )


def test_a_phone_with_a_token_confirms_and_ends_at_once(app: Flask) -> None:
    camila = registered(app, "camila@example.com")
    body = {"email": "camila@example.com"}
    verify(app, "camila@example.com")
    with app.app_context():
        alerts.ask(BELT, "", "otra@example.com", "es", is_proved=True)
        db.session.remove()
    assert camila.post(API, body).status_code == 202
    assert stored(app) == [("camila@example.com", True), ("otra@example.com", True)]
    assert camila.send("DELETE", API, body).status_code == 202
    assert camila.send("DELETE", API, {"email": "otra@example.com"}).status_code == 202
    assert stored(app) == [("otra@example.com", True)], "another's ends by the link of its mail"
    camila.token = "x"
    assert_problem(camila.post(API, body), 401, "token_invalid")
    with app.app_context():
        assert [mail.recipient for mail in make.outbox() if mail.template == "stock_alert_end"] == ["otra@example.com"]
