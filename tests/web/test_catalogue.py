"""Looking around: search, filters, one product."""

import pytest

from tests.web.browser import Browser


def test_home_shows_products_with_price_iva_and_stock(guest: Browser) -> None:
    guest.get("/")
    assert guest.title == "Transforma tu cuerpo – FitAiid"
    assert "$\N{NO-BREAK SPACE}129.900" in guest.text
    assert "IVA incluido" in guest.text
    assert "Últimas 5 unidades" in guest.text


def test_search_ignores_accents_and_keeps_the_words(guest: Browser) -> None:
    guest.get("/?q=narino")
    assert "Nariño" in guest.text
    assert 'value="narino"' in guest.text
    assert "1 producto<" in guest.text


def test_filters_sorting_and_pages_are_links(guest: Browser) -> None:
    guest.get("/?category=fuerza&sort=price_asc&stock=1")
    assert "/?category=fuerza&amp;stock=1" in guest.text
    assert "cinturon-levantamiento-cuero" not in guest.text
    guest.get("/?page=2")
    assert 'aria-current="page">2<' in guest.text


def test_no_result_offers_a_way_on(guest: Browser) -> None:
    assert guest.get("/?q=zzzz").status_code == 200
    assert "0 productos" in guest.text
    assert "Ver todos los productos" in guest.text


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=1e9", "page=99999999999999999999", "min=abc", "max=-5", "kind=x", "sort=x", "q=%00"],
)
def test_odd_addresses_are_no_faults(guest: Browser, query: str) -> None:
    assert guest.get(f"/?{query}").status_code == 200


def test_first_picture_is_eager_and_the_others_lazy(guest: Browser) -> None:
    guest.get("/?category=fuerza")
    pictures = [part.split(">")[0] for part in guest.text.split("<img")[1:]]
    assert "lazy" not in pictures[0]
    assert all("lazy" in picture for picture in pictures[1:])
    assert all('width="480" height="480"' in picture for picture in pictures)


def test_product_tells_price_delivery_and_returns(guest: Browser) -> None:
    guest.get("/products/kettlebell-16kg")
    assert "$\N{NO-BREAK SPACE}219.900" in guest.text
    assert "entre el " in guest.text
    assert "5 días hábiles" in guest.text
    assert "Agregar al carrito" in guest.text


def test_sold_out_has_no_button(guest: Browser) -> None:
    guest.get("/products/cinturon-levantamiento-cuero")
    assert "agotado" in guest.text
    assert "Agregar al carrito" not in guest.text


def test_plan_is_honest_that_it_cannot_be_bought_yet(guest: Browser) -> None:
    guest.get("/products/fitaiid-premium-mensual")
    assert "al mes" in guest.text
    assert "Agregar al carrito" not in guest.text


def test_unknown_product_is_a_page(guest: Browser) -> None:
    assert guest.get("/products/nada").status_code == 404
    assert "Ir a la tienda" in guest.text
