"""The cart: adding, changing, refusing, and its coupon."""

import pytest

from tests.factories import BAR, PLAN, WHEY
from tests.web.browser import Browser


def test_adding_says_so_and_counts(guest: Browser) -> None:
    guest.add(WHEY, 2)
    assert "Agregamos Proteína de suero" in guest.text
    assert 'id="cart-count">2<' in guest.text
    guest.get("/cart")
    assert "$\N{NO-BREAK SPACE}259.800" in guest.text
    assert "COP" in guest.text


def test_a_double_click_adds_once(guest: Browser) -> None:
    guest.get(f"/products/{WHEY}")
    form = guest.form("/cart/items")
    for _ in range(2):
        guest.client.post(form.action, data=form.fields | {"quantity": "1"})
    guest.get("/cart")
    assert 'id="cart-count">1<' in guest.text


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "1e9", "mucho", "", "101", "9" * 30, "٣"])
def test_wrong_quantities_are_refused_beside_the_field(guest: Browser, typed: str) -> None:
    guest.get(f"/products/{WHEY}")
    assert guest.send("/cart/items", quantity=typed).status_code == 422
    assert guest.title.startswith("Error: ")
    assert "Escribe una cantidad entera entre 1 y 100" in guest.text
    assert 'aria-invalid="true"' in guest.text
    assert guest.form("/cart/items").fields["quantity"] == typed


def test_more_than_there_is_names_how_many_are_left(guest: Browser) -> None:
    guest.get(f"/products/{BAR}")
    assert guest.send("/cart/items", quantity="3").status_code == 422
    assert "Solo quedan 2 unidades" in guest.text
    assert guest.form("/cart/items").fields["quantity"] == "3"


def test_unknown_product_cannot_be_added(guest: Browser) -> None:
    guest.get(f"/products/{WHEY}")
    assert guest.send("/cart/items", product="nada").status_code == 404


def test_quantity_changes_and_zero_removes_with_a_way_back(guest: Browser) -> None:
    guest.add(WHEY)
    guest.get("/cart")
    guest.send("/cart/items/", quantity="3")
    assert "$\N{NO-BREAK SPACE}389.700" in guest.text
    guest.send("/cart/items/", quantity="0")
    assert "Quitamos Proteína" in guest.text
    assert "Todavía no has agregado nada" in guest.text
    guest.send("/cart/items")
    assert 'id="cart-count">3<' in guest.text


@pytest.mark.parametrize("typed", ["-1", "1.5", "x", "101"])
def test_wrong_quantity_in_the_cart_keeps_the_value(guest: Browser, typed: str) -> None:
    guest.add(WHEY)
    guest.get("/cart")
    assert guest.send("/cart/items/", quantity=typed).status_code == 422
    assert guest.title.startswith("Error: ")
    assert guest.form("/cart/items/").fields["quantity"] == typed


def test_too_many_in_the_cart_names_what_is_left(guest: Browser) -> None:
    guest.add(BAR)
    guest.get("/cart")
    assert guest.send("/cart/items/", quantity="5").status_code == 422
    assert "Solo quedan 2 unidades" in guest.text


def test_coupon_applies_trimmed_and_in_any_case(guest: Browser) -> None:
    guest.add(WHEY)
    guest.get("/cart")
    guest.send("/cart/coupon", code="  fit10 ")
    assert "ahorras $\N{NO-BREAK SPACE}12.990" in guest.text
    guest.send("/cart/coupon/remove")
    assert "ahorras" not in guest.text


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
def test_each_refused_coupon_has_its_own_words(guest: Browser, code: str, words: str) -> None:
    guest.add(WHEY)
    guest.get("/cart/coupon")
    assert guest.send("/cart/coupon", code=code).status_code == 422
    assert words in guest.text
    assert guest.form("/cart/coupon").fields["code"] == code


def test_coupon_minimum_names_what_is_missing(guest: Browser) -> None:
    guest.add("cubos-panela-limon")
    guest.get("/cart/coupon")
    guest.send("/cart/coupon", code="AHORRA20K")
    assert "te faltan $\N{NO-BREAK SPACE}85.100" in guest.text


def test_digital_goods_have_no_delivery_in_the_cart(guest: Browser) -> None:
    guest.add(PLAN)
    guest.get("/cart")
    assert "envío estándar" not in guest.text.lower()
