"""The pages of the copy and of the account's end."""

from flask import Flask
from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from tests.factories import WHEY
from tests.web.browser import Browser
from tests.web.test_account import PASSWORD, register


def test_the_copy_is_a_file_of_one_s_own(app: Flask, browser: Browser) -> None:
    register(browser, marketing="y")
    browser.add(WHEY, 2)
    browser.get("/account/data")
    assert "Autorizo a FitAiid" in browser.text
    assert "Descargar mis datos" not in browser.text
    refused = browser.client.get("/account/data/download", follow_redirects=True)
    assert "Confirma primero tu correo" in refused.get_data(as_text=True)
    with app.app_context(), transaction():
        db.session.execute(db.update(Customer).values(email_verified_at=clock.now()))
    browser.get("/account/data")
    assert "Descargar mis datos" in browser.text
    answer = browser.client.get("/account/data/download")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="mis-datos.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json["customer"]["email"] == "pia@example.com"
    assert answer.json["carts"][0]["lines"][0]["quantity"] == 2
    stranger = app.test_client()
    assert stranger.get("/account/data/download").status_code == 303


def test_closing_asks_for_the_password_and_ends_everything(app: Flask, browser: Browser) -> None:
    register(browser)
    browser.get("/account/data")
    for typed, words in (("", "Escribe la contraseña"), ("no es esta", "Esa no es tu contraseña")):
        assert browser.send("/account/data/erase", password=typed).status_code == 422
        assert words in browser.text
        assert browser.title.startswith("Error: ")
    stolen = browser.client.get_cookie("shop")
    assert stolen is not None
    browser.send("/account/data/erase", password=PASSWORD)
    assert "Cerramos tu cuenta" in browser.text
    assert "Entrar" in browser.text
    browser.client.set_cookie("shop", stolen.value)
    assert browser.client.get("/account/data").status_code == 303
    with app.app_context():
        assert db.session.scalar(select(Customer.email).where(Customer.email == "pia@example.com")) is None


def test_closing_needs_the_form(browser: Browser) -> None:
    register(browser)
    assert browser.client.post("/account/data/erase", data={"password": PASSWORD}).status_code == 400
