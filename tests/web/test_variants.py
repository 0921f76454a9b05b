"""Options of a product: links to choose by, what is sold out, an address to share, and lines of a cart."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from storefront.database import db, transaction
from storefront.domain.catalogue import Product, Variant
from storefront.domain.inventory import Stock
from tests import factories as make
from tests.factories import WHEY
from tests.statements import Statements
from tests.web.browser import Browser
from tests.web.test_account import register

SHIRT, GLOVES = "camiseta-secado-rapido", "guantes-entrenamiento"
PRICE, PRICE_OF_XL = "$\N{NO-BREAK SPACE}69.900", "$\N{NO-BREAK SPACE}74.900"


def shirt(app: Flask, *values: str) -> str:
    """Return the id of a variant of the shirt."""
    with app.app_context():
        rows = db.session.scalars(select(Variant).join(Product).where(Product.slug == SHIRT)).unique()
        found = next(row.id for row in rows if row.option_values == list(values))
        db.session.remove()
    return found


def set_stock(app: Flask, units: int, *values: str) -> None:
    """Put so many units of a variant of the shirt on the shelf."""
    with app.app_context(), transaction():
        db.session.get_one(Stock, shirt(app, *values)).on_hand = units


def options(browser: Browser) -> dict[str, tuple[str, str, bool]]:
    """Return what can be chosen on this page: the address, the words beside it, and whether it is chosen."""
    links = re.findall(r'<a class="option-value[^"]*"[^>]*href="([^"]+)"([^>]*)>(.*?)</a>', browser.text, re.DOTALL)
    found = {}
    for address, rest, inner in links:
        name, *notes = re.findall(r"<span[^>]*>([^<]+)</span>", inner)
        found[name] = (address, " ".join(notes), "aria-current" in rest)
    return found


def choose(browser: Browser, name: str) -> None:
    browser.get(options(browser)[name][0].split("#")[0])


def test_every_combination_is_reached_by_links(app: Flask, browser: Browser) -> None:
    browser.get(f"/products/{SHIRT}")
    for size in ("M", "L", "XL", "S"):
        for colour in ("negro", "naranja"):
            choose(browser, size)
            choose(browser, colour)
            assert browser.page.request.args["variant"] == shirt(app, size, colour)
            assert options(browser)[size][2]
            assert options(browser)[colour][2]
            assert (PRICE_OF_XL if size == "XL" else PRICE) in browser.text


def test_what_is_sold_out_is_seen_and_cannot_be_bought(app: Flask, browser: Browser) -> None:
    browser.get(f"/products/{SHIRT}?variant={shirt(app, 'M', 'negro')}")
    assert options(browser)["XL"][1] == "agotado"
    assert options(browser)["L"][1] == ""
    choose(browser, "XL")
    assert "Esta opción está agotada por ahora; elige otra." in browser.text
    assert "Agregar al carrito" not in browser.text
    assert options(browser)["naranja"][1] == ""


def test_the_last_units_are_those_of_the_chosen_variant(app: Flask, browser: Browser) -> None:
    set_stock(app, 3, "L", "negro")
    browser.get(f"/products/{SHIRT}?variant={shirt(app, 'L', 'negro')}")
    assert "Últimas 3 unidades" in browser.text
    choose(browser, "naranja")
    assert "Últimas" not in browser.text.split("related")[0]


def test_a_combination_that_is_not_sold_leads_to_another(app: Flask, browser: Browser) -> None:
    with app.app_context(), transaction():
        db.session.get_one(Variant, shirt(app, "XL", "negro")).is_active = False
    browser.get(f"/products/{SHIRT}?variant={shirt(app, 'M', 'negro')}")
    assert options(browser)["XL"][1] == "en otra combinación"
    choose(browser, "XL")
    assert browser.page.request.args["variant"] == shirt(app, "XL", "naranja")
    assert options(browser)["negro"][1] == "en otra combinación"


def test_a_value_that_no_variant_has_is_not_shown(app: Flask, browser: Browser) -> None:
    with app.app_context(), transaction():
        for colour in ("negro", "naranja"):
            db.session.get_one(Variant, shirt(app, "XL", colour)).is_active = False
    browser.get(f"/products/{SHIRT}")
    assert set(options(browser)) == {"S", "M", "L", "negro", "naranja"}


@pytest.mark.parametrize("variant", ["nada", "", "x" * 200, "' OR 1=1"])
def test_an_unknown_variant_shows_one_that_can_be_bought(browser: Browser, variant: str) -> None:
    assert browser.get(f"/products/{SHIRT}?variant={variant}").status_code == 200
    assert "Agregar al carrito" in browser.text


def test_the_first_that_can_be_bought_is_chosen(app: Flask, browser: Browser) -> None:
    browser.get(f"/products/{SHIRT}")
    assert browser.form("/cart/items").fields["product"] == shirt(app, "S", "negro")
    set_stock(app, 0, "S", "negro")
    browser.get(f"/products/{SHIRT}")
    assert browser.form("/cart/items").fields["product"] == shirt(app, "S", "naranja")


def test_all_variants_share_one_canonical_address(app: Flask, browser: Browser) -> None:
    browser.get(f"/products/{SHIRT}?variant={shirt(app, 'M', 'naranja')}")
    assert f'<link rel="canonical" href="http://localhost/products/{SHIRT}">' in browser.text
    assert '<meta property="product:price:amount" content="69900.00">' in browser.text


def test_two_variants_are_two_lines(app: Flask, browser: Browser) -> None:
    for size, units in (("M", "2"), ("L", "1"), ("M", "1")):
        browser.get(f"/products/{SHIRT}?variant={shirt(app, size, 'negro')}")
        browser.send("/cart/items", quantity=units)
        assert f"Camiseta de secado rápido unisex, {size}, negro" in browser.text.split("<main")[1].split("</p>")[0]
        assert browser.page.request.args["variant"] == shirt(app, size, "negro")
    browser.get("/cart")
    assert browser.text.count('class="cart-line"') == 2
    for name in ("Camiseta de secado rápido unisex, M, negro", "Camiseta de secado rápido unisex, L, negro"):
        assert name in browser.text
    assert 'id="cart-count">4<' in browser.text


def test_more_than_there_is_of_a_variant_comes_back_to_it(app: Flask, browser: Browser) -> None:
    browser.get(f"/products/{SHIRT}?variant={shirt(app, 'L', 'negro')}")
    browser.send("/cart/items", quantity="0")
    assert browser.page.status_code == 422
    assert options(browser)["L"][2]
    assert options(browser)["negro"][2]


def test_cards_say_what_there_is_to_choose_from(browser: Browser) -> None:
    browser.get("/?category=accesorios")
    assert "4 tallas, 2 colores" in browser.text
    assert "3 tallas" in browser.text
    assert f'<span class="price-from">desde</span>   <span class="price">{PRICE}</span>' in browser.text
    browser.get("/?category=accesorios", **{"Accept-Language": "en"})
    assert "4 sizes, 2 colours" in browser.text


@pytest.mark.parametrize(
    "text", ["CAM-SEC-NEG-M", "cam-sec", "camiseta naranja", "talla xl camiseta", "orange t-shirt"]
)
def test_search_finds_by_article_number_and_by_option(browser: Browser, text: str) -> None:
    browser.get(f"/?q={text}")
    assert f'href="/products/{SHIRT}"' in browser.text


def test_a_page_with_eight_variants_costs_three_statements(
    app: Flask, browser: Browser, statements: Statements
) -> None:
    register(browser)
    browser.get(f"/products/{SHIRT}")
    for address in (f"/products/{SHIRT}", f"/products/{SHIRT}?variant={shirt(app, 'M', 'naranja')}"):
        with statements.at_most(3):
            browser.get(address)


def test_the_table_of_facts_has_the_article_number(app: Flask, browser: Browser) -> None:
    browser.get(f"/products/{SHIRT}?variant={shirt(app, 'M', 'naranja')}")
    assert '<th scope="row">Corte</th><td>Recto, unisex</td>' in browser.text
    assert "<td>CAM-SEC-NAR-M</td>" in browser.text
    browser.get(f"/products/{SHIRT}", **{"Accept-Language": "en"})
    assert '<th scope="row">Cut</th><td>Straight, unisex</td>' in browser.text


def related(browser: Browser) -> list[str]:
    """Return the products that a page offers besides its own."""
    return re.findall(r'class="card-link" href="/products/([^"]+)"', browser.text)


def test_what_was_bought_together_comes_first(app: Flask, browser: Browser) -> None:
    browser.get(f"/products/{WHEY}")
    assert len(related(browser)) == 4
    assert "mancuernas-hexagonales-5kg" not in related(browser)
    with app.app_context():
        gateway = app.extensions["payments"]
        for _ in range(2):
            make.pay(gateway, make.begin((WHEY, 1), ("mancuernas-hexagonales-5kg", 1)))
        make.pay(gateway, make.begin((WHEY, 1), ("shaker-600ml", 1)))
        make.begin((WHEY, 1), ("kettlebell-16kg", 1))
    browser.get(f"/products/{WHEY}")
    assert related(browser)[:2] == ["mancuernas-hexagonales-5kg", "shaker-600ml"]
    assert "kettlebell-16kg" not in related(browser)


def test_what_is_sold_out_is_not_recommended(app: Flask, browser: Browser) -> None:
    browser.get(f"/products/{WHEY}")
    first = related(browser)[0]
    with app.app_context():
        make.set_stock(first, 0)
    browser.get(f"/products/{WHEY}")
    assert first not in related(browser)
