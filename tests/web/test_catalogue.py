"""Looking around: search, filters, one product."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import factories as make
from tests.factories import WHEY
from tests.web.browser import Browser


def test_home_shows_products_with_price_iva_and_stock(browser: Browser) -> None:
    browser.get("/")
    assert browser.title == "Transforma tu cuerpo – FitAiid"
    assert "$\N{NO-BREAK SPACE}129.900" in browser.text
    assert "IVA incluido" in browser.text
    assert "Últimas 5 unidades" in browser.text


def test_search_ignores_accents_and_keeps_the_words(browser: Browser) -> None:
    browser.get("/?q=narino")
    assert "Nariño" in browser.text
    assert 'value="narino"' in browser.text
    assert "1 producto<" in browser.text


def test_filters_sorting_and_pages_are_links(browser: Browser) -> None:
    browser.get("/?category=fuerza&sort=price_asc&stock=1")
    assert "/?category=fuerza&amp;stock=1" in browser.text
    assert "cinturon-levantamiento-cuero" not in browser.text
    browser.get("/?page=2")
    assert 'aria-current="page">2<' in browser.text


def test_no_result_offers_a_way_on(browser: Browser) -> None:
    assert browser.get("/?q=zzzz").status_code == 200
    assert "0 productos" in browser.text
    assert "Ver todos los productos" in browser.text


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=1e9", "page=99999999999999999999", "min=abc", "max=-5", "kind=x", "sort=x"],
)
def test_odd_addresses_are_no_faults(browser: Browser, query: str) -> None:
    assert browser.get(f"/?{query}").status_code == 200


def test_first_picture_is_eager_and_the_others_lazy(browser: Browser) -> None:
    browser.get("/?category=fuerza")
    pictures = [part.split(">")[0] for part in browser.text.split("<img")[1:]]
    assert "lazy" not in pictures[0]
    assert all("lazy" in picture for picture in pictures[1:])
    assert all('width="480" height="480"' in picture for picture in pictures)


def test_product_tells_price_delivery_and_returns(browser: Browser) -> None:
    browser.get("/products/kettlebell-16kg")
    assert "$\N{NO-BREAK SPACE}219.900" in browser.text
    assert "entre el " in browser.text
    assert "5 días hábiles" in browser.text
    assert "Agregar al carrito" in browser.text


def test_a_product_that_cannot_be_given_back_says_so(browser: Browser) -> None:
    browser.get("/products/whey-protein-2lb")
    assert "No admite retracto: es un producto de uso personal." in browser.text
    assert "5 días hábiles" not in browser.text


def test_sold_out_has_no_button(browser: Browser) -> None:
    browser.get("/products/cinturon-levantamiento-cuero")
    assert "agotado" in browser.text
    assert "Agregar al carrito" not in browser.text


def test_a_plan_says_how_often_it_is_charged(browser: Browser) -> None:
    browser.get("/products/fitaiid-premium-mensual")
    assert "al mes" in browser.text
    assert "Elegir este plan" in browser.text
    assert "Agregar al carrito" not in browser.text


def test_unknown_product_is_a_page(browser: Browser) -> None:
    assert browser.get("/products/nada").status_code == 404
    assert "Ir a la tienda" in browser.text


def test_the_last_units_are_told_in_words(app: Flask, browser: Browser) -> None:
    for units, words in {1: "Última unidad", 3: "Últimas 3 unidades", 6: "Disponible", 0: "Agotado"}.items():
        with app.app_context():
            make.set_stock(WHEY, units)
        browser.get(f"/products/{WHEY}")
        assert f">{words}</span>" in browser.text


def test_an_empty_result_offers_the_nearest_words_and_popular_products(client: FlaskClient) -> None:
    page = client.get("/?q=proteina+xyzzy").text
    assert 'href="/?q=proteina"' in page
    assert "Quisiste decir" in page
    assert page.count('class="card"') == 6


def test_a_typing_error_is_said_to_be_one(client: FlaskClient) -> None:
    page = client.get("/?q=protiena").text
    assert "Mostramos resultados para “proteína”" in page
    assert "/products/whey-protein-2lb" in page


def test_facets_are_a_form_with_numbers_and_what_is_chosen_can_be_taken_away(browser: Browser) -> None:
    page = browser.get("/?option=Talla:M&option=Color:negro&stock=1&brand=FitAiid&max=100000").text
    assert 'value="Talla:M" checked' in page
    assert "Quitar el filtro </span>Talla: M<span" in page
    assert "Quitar el filtro </span>Hasta $\N{NO-BREAK SPACE}100.000<span" in page
    assert 'href="/?max=100000&amp;stock=1&amp;brand=FitAiid&amp;option=Color:negro"' in page
    assert 'href="/?brand=FitAiid&amp;brand=' not in page
    assert "Fuerza<span" not in page  # what other categories have with these filters is not known
    assert 'name="robots" content="noindex' in page
    plain = browser.get("/").text
    assert 'Fuerza<span class="facet-count"> (8)</span>' in plain
    assert "Filtros elegidos" not in plain
    assert "Colour: black" in browser.client.get("/?option=Color:negro", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize(
    "query", ["option=x", "option=:", "brand=" + "x" * 500, "option=Talla:%25", "stock=x", "min=9&max=1"]
)
def test_odd_choices_are_no_faults(browser: Browser, query: str) -> None:
    assert "Filtros elegidos" in browser.get(f"/?{query}").text
