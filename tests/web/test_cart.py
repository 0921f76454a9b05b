"""The cart: adding, changing, refusing, and its coupon."""

import pytest
from flask import Flask

from storefront.money import pesos
from tests.factories import BAR, PLAN, WHEY, change_product
from tests.web.browser import Browser


def test_adding_says_so_and_counts(browser: Browser) -> None:
    browser.add(WHEY, 2)
    assert "Agregamos Proteína de suero" in browser.text
    assert 'id="cart-count">2<' in browser.text
    browser.get("/cart")
    assert "$\N{NO-BREAK SPACE}259.800" in browser.text
    assert "COP" in browser.text
    assert "Proteína de suero 2\N{NO-BREAK SPACE}lb, vainilla" in browser.text
    assert "El envío exacto depende" not in browser.text, "it is free"


def test_a_double_click_adds_once(browser: Browser) -> None:
    browser.get(f"/products/{WHEY}")
    form = browser.form("/cart/items")
    for _ in range(2):
        browser.client.post(form.action, data=form.fields | {"quantity": "1"})
    browser.get("/cart")
    assert 'id="cart-count">1<' in browser.text


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "1e9", "mucho", "", "101", "9" * 30, "٣"])
def test_wrong_quantities_are_refused_beside_the_field(browser: Browser, typed: str) -> None:
    browser.get(f"/products/{WHEY}")
    assert browser.send("/cart/items", quantity=typed).status_code == 422
    assert browser.title.startswith("Error: ")
    assert "Escribe una cantidad entera entre 1 y 100" in browser.text
    assert 'aria-invalid="true"' in browser.text
    assert browser.form("/cart/items").fields["quantity"] == typed


def test_more_than_there_is_names_how_many_are_left(browser: Browser) -> None:
    browser.get(f"/products/{BAR}")
    assert browser.send("/cart/items", quantity="3").status_code == 422
    assert "Solo quedan 2 unidades" in browser.text
    assert browser.form("/cart/items").fields["quantity"] == "3"


def test_unknown_product_cannot_be_added(browser: Browser) -> None:
    browser.get(f"/products/{WHEY}")
    assert browser.send("/cart/items", product="nada").status_code == 404


def test_quantity_changes_and_zero_removes_with_a_way_back(browser: Browser) -> None:
    browser.add(WHEY)
    browser.get("/cart")
    browser.send("/cart/items/", quantity="3")
    assert "$\N{NO-BREAK SPACE}389.700" in browser.text
    browser.send("/cart/items/", quantity="0")
    assert "Quitamos Proteína" in browser.text
    assert "Todavía no has agregado nada" in browser.text
    browser.send("/cart/items")
    assert 'id="cart-count">3<' in browser.text


@pytest.mark.parametrize("typed", ["-1", "1.5", "x", "101"])
def test_wrong_quantity_in_the_cart_keeps_the_value(browser: Browser, typed: str) -> None:
    browser.add(WHEY)
    browser.get("/cart")
    assert browser.send("/cart/items/", quantity=typed).status_code == 422
    assert browser.title.startswith("Error: ")
    assert browser.form("/cart/items/").fields["quantity"] == typed


def test_too_many_in_the_cart_names_what_is_left(browser: Browser) -> None:
    browser.add(BAR)
    browser.get("/cart")
    assert browser.send("/cart/items/", quantity="5").status_code == 422
    assert "Solo quedan 2 unidades" in browser.text


def test_coupon_applies_trimmed_and_in_any_case(browser: Browser) -> None:
    browser.add(WHEY)
    browser.get("/cart")
    browser.send("/cart/coupon", code="  fit10 ")
    assert "ahorras $\N{NO-BREAK SPACE}12.990" in browser.text
    browser.send("/cart/coupon/remove")
    assert "ahorras" not in browser.text


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "Escribe el código del cupón"),
        ("NADA", "Ese cupón no existe"),
        ("VENCIDO", "Ese cupón ya venció"),
        ("PLAN50", "no vale para los productos"),
        ("<b>", "Ese cupón no existe"),
    ],
)
def test_each_refused_coupon_has_its_own_words(browser: Browser, code: str, words: str) -> None:
    browser.add(WHEY)
    browser.get("/cart/coupon")
    assert browser.send("/cart/coupon", code=code).status_code == 422
    assert words in browser.text
    assert browser.form("/cart/coupon").fields["code"] == code


def test_coupon_minimum_names_what_is_missing(browser: Browser) -> None:
    browser.add("cubos-panela-limon")
    browser.get("/cart/coupon")
    browser.send("/cart/coupon", code="AHORRA20K")
    assert "te faltan $\N{NO-BREAK SPACE}85.100" in browser.text


def test_digital_goods_have_no_delivery_in_the_cart(browser: Browser) -> None:
    browser.add(PLAN)
    browser.get("/cart")
    assert "envío estándar" not in browser.text.lower()


def test_only_a_price_that_fell_stands_beside_the_one_before(app: Flask, browser: Browser) -> None:
    browser.add(WHEY)
    for price, is_struck in ((pesos(139_900), False), (pesos(119_900), True)):
        with app.app_context():
            change_product(WHEY, price_minor=price)
        browser.get("/cart")
        assert ("price-before" in browser.text) is is_struck
