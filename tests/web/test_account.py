"""Signing in and out, and seeing one's own orders."""

import re

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain.order import Order
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser

PASSWORD = "caballo verde 88"


def register(browser: Browser, email: str = "pia@example.com", **changes: str) -> None:
    """Open an account."""
    browser.get("/register")
    typed = {"email": email, "first_name": "Pía", "last_name": "López", "password": PASSWORD}
    browser.send("/register", **typed | changes)


def log_in(browser: Browser, email: str = "pia@example.com", password: str = PASSWORD) -> None:
    """Sign in."""
    browser.get("/login")
    browser.send("/login", email=email, password=password)


def test_register_log_out_and_in(browser: Browser) -> None:
    register(browser)
    assert "Tu cuenta está lista" in browser.text
    browser.send("/logout")
    assert "Entrar" in browser.text
    log_in(browser)
    assert "Mis pedidos" in browser.text


def test_a_cookie_kept_from_before_logging_out_opens_nothing(browser: Browser) -> None:
    register(browser)
    stolen = browser.client.get_cookie("shop")
    assert stolen is not None
    browser.send("/logout")
    browser.client.set_cookie("shop", stolen.value)
    browser.get("/account/orders")
    assert browser.title.startswith("Iniciar sesión")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "pia"}, "Escribe un correo válido"),
        ({"password": "corta"}, "8 caracteres o más"),
        ({"password": "password123"}, "muy común"),
        ({"password": "x" * 200}, "menos de 128"),
        ({"first_name": ""}, "Escribe tu nombre"),
        ({"last_name": "x" * 61}, "Usa menos caracteres"),
    ],
)
def test_each_wrong_field_has_its_words_and_keeps_the_others(
    browser: Browser, changes: dict[str, str], words: str
) -> None:
    register(browser, **changes)
    assert browser.page.status_code == 422
    assert browser.title.startswith("Error: ")
    assert words in browser.text
    kept = browser.form("/register").fields
    assert kept["password"] == ""
    assert kept["email"] == changes.get("email", "pia@example.com")


def test_a_taken_email_says_so(app: Flask, browser: Browser) -> None:
    register(browser)
    other = Browser(app.test_client())
    register(other)
    assert "Ya hay una cuenta con ese correo" in other.text


def test_wrong_password_and_unknown_email_say_the_same(app: Flask, browser: Browser) -> None:
    register(browser)
    other = Browser(app.test_client())
    for email in ("pia@example.com", "nadie@example.com"):
        log_in(other, email, "no es esta")
        assert other.page.status_code == 422
        assert "El correo y la contraseña no coinciden" in other.text


def test_the_cart_comes_along_and_the_guest_secret_is_gone(app: Flask, browser: Browser) -> None:
    register(browser)
    browser.add(WHEY, 2)
    browser.get("/")
    browser.send("/logout")
    browser.add(WHEY, 3)
    log_in(browser)
    assert 'id="cart-count">5<' in browser.text
    assert "Sumamos a tu carrito" in browser.text
    with browser.client.session_transaction() as kept:
        assert "cart" not in kept


def test_what_the_cart_says_at_login_is_in_the_language_of_the_page(app: Flask, browser: Browser) -> None:
    register(browser)
    browser.send("/logout")
    browser.add(WHEY, 60)
    log_in(browser)
    browser.send("/logout")
    browser.add(WHEY, 60)
    browser.send("/language", lang="en")
    log_in(browser)
    assert '<html lang="en"' in browser.text
    assert "Only 100 of Whey protein" in browser.text


def test_the_session_is_new_after_signing_in(browser: Browser) -> None:
    register(browser)
    browser.send("/logout")
    with browser.client.session_transaction() as planted:
        planted["_user_id"] = "planted"
        planted["evil"] = "yes"
    log_in(browser)
    with browser.client.session_transaction() as kept:
        assert kept["_user_id"] != "planted"
        assert "evil" not in kept


def test_signing_in_leads_back_to_where_one_was(browser: Browser) -> None:
    register(browser)
    browser.send("/logout")
    browser.get("/account/orders")
    assert browser.title.startswith("Iniciar sesión")
    browser.send("/login", email="pia@example.com", password=PASSWORD)
    assert browser.title.startswith("Mis pedidos")


def test_own_orders_and_nobody_elses(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    browser.add(WHEY)
    browser.get("/checkout/shipping")
    assert "email" not in browser.form("/checkout/shipping").fields
    browser.fill_shipping()
    gateway.pay(browser.pay().location.rsplit("/", 1)[1])
    browser.get("/account/orders")
    assert "Proteína de suero" in browser.text
    with app.app_context():
        order = db.session.query(Order).one()
        number, token = order.number, make.token_of(order)
    assert browser.get(f"/account/orders/{number}").status_code == 200
    assert "Historial del pedido" in browser.text
    stranger = Browser(app.test_client())
    for query in ("", "?token=", "?token=x", "?token[]=x", f"?token={token}x"):
        assert stranger.get(f"/account/orders/{number}{query}").status_code == 404
    assert stranger.get(f"/account/orders/{number}?token={token}").status_code == 200
    assert stranger.page.headers["Referrer-Policy"] == "same-origin"


def test_orders_need_signing_in(browser: Browser) -> None:
    answer = browser.client.get("/account/orders")
    assert (answer.status_code, answer.location) == (303, "/login?next=/account/orders")


def test_every_page_of_the_account_has_the_same_tabs_and_marks_its_own(browser: Browser) -> None:
    register(browser)
    tabs = (
        "/account/orders", "/account/library", "/account/subscriptions", "/account/reviews",
        "/account/profile", "/account/addresses", "/account/devices", "/account/data",
    )  # fmt: skip
    for path in tabs:
        page = browser.get(path).text
        row = page.partition('<nav class="chips" aria-label="Mi cuenta">')[2].partition("</nav>")[0]
        assert re.findall(r'href="([^"]+)"', row) == list(tabs), path
        assert re.findall(r'href="([^"]+)" aria-current="page"', row) == [path]
