"""Delivery on the staff's pages: previewed, saved, refused at the field, municipalities moved, carriers made."""

import re

import pytest
from flask import Flask

from storefront.enums import Method, Zone
from storefront.services.checkout import PlacedOrder
from storefront.services.delivery import editing
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.test_staff_products import PASSWORD, errors, words

PAGE = "/staff/delivery"


@pytest.fixture
def staff(browser: Browser) -> Browser:
    """Return the browser of somebody who works here."""
    browser.get(f"/login?next={PAGE}")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    assert browser.page.status_code == 200
    return browser


def price(app: Flask, method: Method = Method.STANDARD, zone: Zone = Zone.MAIN) -> int | None:
    with app.app_context():
        return editing.get()[0].prices[method, zone].price_minor


def test_a_price_is_previewed_first_and_saved_then(app: Flask, staff: Browser) -> None:
    staff.get(PAGE)
    staff.send(PAGE, **{"standard-main-price": "22.000"})
    assert staff.page.status_code == 200
    text = words(staff)
    assert "Qué cambia en los envíos" in text
    before, after = r"\$ 25\.000, 2 a 4 días", r"\$ 22\.000, 2 a 4 días"
    row = rf"Medellín, \$ 120\.000</th><td[^>]*>Envío estándar</td><td[^>]*>\s*{before}\s*</td><td[^>]*>\s*{after}"
    assert re.search(row, text)
    assert price(app) == 2_500_000, "nothing is saved yet"
    staff.send(PAGE, step="save")
    assert "Guardamos los envíos" in words(staff)
    assert price(app) == 2_200_000


def test_a_single_day_is_said_as_one(staff: Browser) -> None:
    staff.get(PAGE)
    staff.send(PAGE, **{"standard-main-min_days": "1", "standard-main-max_days": "1"})
    assert "$ 25.000, 1 día" in words(staff)
    assert "1 días" not in words(staff)


def test_from_the_preview_one_goes_on_editing_with_what_was_typed(app: Flask, staff: Browser) -> None:
    staff.get(PAGE)
    staff.send(PAGE, **{"standard-main-price": "22.000", "express-is_active": ""})
    staff.send(PAGE, step="edit")
    kept = staff.form(PAGE).fields
    assert kept["standard-main-price"] == "22.000"
    assert "overnight-is_active" in kept
    assert "pickup-is_active" in kept
    assert price(app) == 2_500_000


def test_saving_without_a_change_says_so(staff: Browser) -> None:
    staff.get(PAGE)
    staff.send(PAGE)
    assert "No cambiaste nada." in words(staff)


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"standard-main-price": "mucho"}, "standard-main-price",
         "Escribe el precio en pesos, como 25.000, o déjalo vacío"),
        ({"standard-main-price": "25.000,50"}, "standard-main-price", "Escribe pesos enteros, sin centavos"),
        ({"standard-main-price": "10.000.001"}, "standard-main-price", "Escribe un precio hasta $ 10.000.000"),
        ({"standard-main-min_days": ""}, "standard-main-min_days", "Escribe los días"),
        ({"standard-main-max_days": "400"}, "standard-main-max_days", "Escribe un número de días entre 0 y 365"),
        ({"standard-main-min_days": "-1"}, "standard-main-min_days", "Escribe un número de días entre 0 y 365"),
        ({"standard-main-min_days": "5"}, "standard-main-max_days", "Debe ser igual o mayor que los días mínimos"),
        ({"standard-free_from": "x"}, "standard-free_from", "Escribe el valor en pesos, como 200.000, o déjalo vacío"),
        ({"standard-free_from": "2.000.000.000"}, "standard-free_from", "Escribe un valor hasta $ 1.000.000.000"),
        ({"standard-name": "A tu puerta"}, "standard-name_en", "Escribe el nombre en los dos idiomas, o en ninguno"),
        ({"express-name": "Rápido \N{ROCKET}", "express-name_en": "Fast"}, "express-name",
         "Escribe sin emojis: este texto sale en recibos y en la página de pago"),
        ({"cut_off_hour": "25"}, "cut_off_hour", "Escribe una hora entre 0 y 24, o déjala vacía"),
        ({"cut_off_hour": "dos"}, "cut_off_hour", "Escribe una hora entre 0 y 24, o déjala vacía"),
        ({"pickup_address": "<b>aquí</b>"}, "pickup_address", "Escribe sin etiquetas HTML ni los signos < y >"),
        ({"pickup_hours": "siempre"}, "pickup_hours_en", "Escribe el horario en los dos idiomas, o en ninguno"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("step", ["", "save"])
def test_each_refusal_stands_at_its_field_and_keeps_what_was_typed(
    app: Flask, staff: Browser, typed: dict[str, str], field: str, message: str, step: str
) -> None:
    staff.get(PAGE)
    staff.send(PAGE, **typed, step=step)
    assert staff.page.status_code == 422
    assert "Error: " in staff.title
    assert errors(staff)[field] == message
    assert f'<a href="#{field}">' in staff.text
    kept = staff.form(PAGE).fields
    assert {name: kept[name] for name in typed} == typed
    assert price(app) == 2_500_000


def test_without_any_active_method_nobody_could_buy(staff: Browser) -> None:
    staff.get(PAGE)
    form = staff.form(PAGE)
    fields = {name: text for name, text in form.fields.items() if not name.endswith("-is_active")}
    staff.page = staff.client.post(PAGE, data=fields | {"step": "save"})
    assert errors(staff) == {
        "standard-is_active": "Deja al menos un método activo con precio: así nadie podría comprar"
    }


def test_a_zone_without_delivery_is_named_before_and_after_saving_and_so_do_its_buyers_read(
    app: Flask, staff: Browser
) -> None:
    staff.get(PAGE)
    staff.send(PAGE, **{"standard-remote-price": ""})
    warning = "no hay ningún envío. Quien compra en San Andrés lee «No llega a San Andrés.»"
    assert warning in words(staff)
    staff.send(PAGE, step="save")
    assert warning in words(staff)
    staff.add(WHEY)
    staff.fill_shipping(department="88", city="San Andrés")
    assert "No llega a San Andrés" in words(staff)


def test_the_second_of_two_editors_sees_both_versions_and_loses_nothing(app: Flask, staff: Browser) -> None:
    staff.get(PAGE)
    first = dict(staff.form(PAGE).fields)
    staff.send(PAGE, **{"standard-main-price": "22.000"}, step="save")
    staff.page = staff.client.post(PAGE, data=first | {"standard-main-price": "21.000"})
    assert staff.page.status_code == 409
    assert "Otra persona guardó los envíos mientras los editabas" in words(staff)
    assert re.search(r"Precio, en pesos</th><td[^>]*>22.000</td><td[^>]*>21.000</td>", words(staff))
    assert price(app) == 2_200_000
    staff.send(PAGE, step="save")
    assert price(app) == 2_100_000


def test_own_names_and_pickup_stand_on_the_pages_of_buyers(staff: Browser) -> None:
    staff.get(PAGE)
    names = {"standard-name": "A tu puerta", "standard-name_en": "To your door"}
    staff.send(PAGE, **names, pickup_address="Calle 1 # 2-3, Cali", step="save")
    staff.add(WHEY)
    staff.get("/checkout/shipping")
    assert "A tu puerta" in words(staff)
    assert "Calle 1 # 2-3, Cali" in words(staff)


def test_a_municipality_is_found_and_moved_with_its_prices_before_the_eyes(app: Flask, staff: Browser) -> None:
    staff.get(f"{PAGE}/places?q=medellin")
    assert "Medellín" in words(staff)
    path = f"{PAGE}/places/05001"
    staff.get(path)
    assert "Hoy está en Ciudades principales." in words(staff)
    assert "$ 45.000, 6 a 12 días" in words(staff)
    first = dict(staff.form(path).fields)
    staff.send(path, zone="remote")
    assert "Medellín queda en Zonas apartadas." in words(staff)
    assert "cambiado" in words(staff)
    staff.page = staff.client.post(path, data=first | {"zone": "local"})
    assert staff.page.status_code == 409
    assert errors(staff) == {"zone": "Otra persona lo pasó a Zonas apartadas mientras mirabas."}
    staff.send(path, zone="main")
    assert "Medellín queda en Ciudades principales." in words(staff)
    staff.get(path)
    staff.send(path, zone="luna")
    assert staff.page.status_code == 422
    assert errors(staff) == {"zone": "Elige la zona"}
    assert staff.get(f"{PAGE}/places/99999").status_code == 404


def test_a_carrier_is_made_and_stands_on_the_form_of_a_parcel(app: Flask, staff: Browser, gateway: FakeGateway) -> None:
    staff.get(f"{PAGE}/carriers")
    staff.send(f"{PAGE}/carriers", name="Moto Rápida", tracking_template="https://m.example/?g={guia}")
    assert "Guardamos Moto Rápida." in words(staff)
    started = paid(app, gateway)
    staff.get(f"/staff/orders/{started.order_number}")
    assert '<option value="moto-rapida">Moto Rápida</option>' in staff.text
    staff.send(f"/staff/orders/{started.order_number}/ship", carrier="moto-rapida", guide="77")
    assert 'href="https://m.example/?g=77"' in staff.text
    staff.get(f"{PAGE}/carriers/moto-rapida")
    staff.send(f"{PAGE}/carriers/moto-rapida/remove")
    assert "Ya llevó pedidos: desactívala" in words(staff)


def paid(app: Flask, gateway: FakeGateway) -> PlacedOrder:
    with app.app_context():
        started = make.begin((WHEY, 1))
        make.pay(gateway, started)
        return started


def test_a_carrier_is_refused_at_the_field_changed_and_deleted(staff: Browser) -> None:
    staff.get(f"{PAGE}/carriers")
    staff.send(f"{PAGE}/carriers", name="", tracking_template="http://m.example")
    assert staff.page.status_code == 422
    assert errors(staff) == {
        "name": "Escribe el nombre", "tracking_template": "Escribe {guia} donde va el número de guía"
    }  # fmt: skip
    path = f"{PAGE}/carriers/tcc"
    staff.get(path)
    first = dict(staff.form(path).fields)
    staff.send(path, name="TCC Express")
    assert "TCC Express" in words(staff)
    staff.page = staff.client.post(path, data=first | {"name": "TCC Dos"})
    assert staff.page.status_code == 409
    assert "Otra persona guardó esta transportadora mientras la editabas" in words(staff)
    staff.send(path, name="")
    assert staff.page.status_code == 422
    staff.get(path)
    staff.send(f"{path}/remove")
    assert "Eliminamos TCC Express." in words(staff)


def test_in_english(staff: Browser) -> None:
    staff.send("/language", lang="en")
    for path, expected in (("", "Cut-off hour"), ("/places", "Municipality"), ("/carriers", "Carriers")):
        staff.get(PAGE + path)
        assert expected in words(staff)
