"""Petitions and complaints on pages: the form for anybody, and what staff see of it."""

import re

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain.customer_request import CustomerRequest
from tests.web.browser import Browser
from tests.web.test_staff_products import PASSWORD, errors, words

TYPED = {
    "filing_kind": "claim",
    "full_name": "Ana Gómez",
    "email": "ana@example.com",
    "request_text": "El tapete llegó roto.",
}


def file(browser: Browser, **values: str) -> str:
    browser.get("/pqr")
    browser.send("/pqr", **TYPED | values)
    found = re.search(r"PQR-[0-9-]+", browser.text)
    return found[0] if found else ""


@pytest.fixture
def staff(browser: Browser) -> Browser:
    """Return the browser of somebody who works here."""
    browser.get("/login?next=/staff/requests")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    return browser


def test_it_is_filed_without_javascript_and_shows_its_number(browser: Browser) -> None:
    number = file(browser, phone="300 123 4567", order_number="#2026-11-0042")
    assert "Tu número de radicado es" in words(browser)
    assert browser.get("/pqr/received").get_data(as_text=True).count(number) == 1
    assert file(browser, phone="300 123 4567", order_number="2026-11-0042") == number, "once a day"


def test_who_filed_none_is_led_to_the_form(browser: Browser) -> None:
    browser.get("/pqr/received")
    assert "¿Qué quieres presentar?" in words(browser)


@pytest.mark.parametrize(
    ("typed", "field", "message"),
    [
        ({"filing_kind": "odd"}, "filing_kind", "Elige qué quieres presentar"),
        ({"full_name": ""}, "full_name", "Escribe tu nombre y tu apellido"),
        ({"email": "ana"}, "email", "Escribe un correo válido, como nombre@ejemplo.com"),
        ({"phone": "123"}, "phone", "Escribe un celular de 10 dígitos que empiece por 3, o un fijo que empiece por 60"),
        ({"request_text": ""}, "request_text", "Cuéntanos qué pasó o qué necesitas"),
        ({"request_text": "x" * 4001}, "request_text", "El texto admite hasta 4.000 caracteres"),
        ({"left_empty": "spam"}, "left_empty", "Deja este campo vacío y envía otra vez"),
    ],
)
def test_each_refusal_stands_at_its_field_and_keeps_what_was_typed(
    app: Flask, browser: Browser, typed: dict[str, str], field: str, message: str
) -> None:
    file(browser, **typed)
    assert browser.page.status_code == 422
    assert "Error: " in browser.title
    assert errors(browser)[field] == message
    kept = browser.form("/pqr").fields
    wanted = {name: text for name, text in (TYPED | typed).items() if name != "filing_kind"}
    assert {name: kept[name].strip() for name in wanted} == wanted
    with app.app_context():
        assert db.session.scalars(db.select(CustomerRequest)).all() == []


@pytest.mark.new_app  # it counts clients
def test_one_address_files_a_few_an_hour(app: Flask, browser: Browser) -> None:
    app.extensions["settings"].RATE_LIMITS = True
    for number in range(6):
        browser.get("/pqr")
        browser.send("/pqr", **TYPED | {"request_text": f"Queja {number}"})
    assert browser.page.status_code == 429


def test_staff_see_it_answer_it_and_close_it(staff: Browser) -> None:
    number = file(staff)
    staff.get("/staff/")
    assert "PQR por responder: 1" in words(staff)
    assert f'href="/staff/requests/{number}"' in staff.text
    staff.get("/staff/requests")
    assert number in staff.text
    path = f"/staff/requests/{number}"
    staff.get(path)
    assert "El tapete llegó roto." in words(staff)
    assert "Responder a más tardar el" in words(staff)
    staff.send(f"{path}/answer", request_answer=" ")
    assert errors(staff) == {"request_answer": "Escribe la respuesta"}
    staff.send(f"{path}/close")
    assert errors(staff) == {"closing_note": "Escribe por qué se cierra sin respuesta"}
    first = dict(staff.form(f"{path}/answer").fields)
    staff.send(f"{path}/answer", request_answer="Te lo cambiamos.")
    assert "Enviamos la respuesta." in words(staff)
    assert "Responder a más tardar el" not in words(staff)
    staff.page = staff.client.post(f"{path}/answer", data=first | {"request_answer": "Yo también"})
    assert staff.page.status_code == 409
    assert "Otra persona la respondió o la cerró" in words(staff)
    assert staff.form(f"{path}/answer").fields["request_answer"].strip() == "Yo también"
    staff.send(f"{path}/close")
    assert f"Cerramos {number}." in words(staff)
    staff.get("/staff/requests?status=closed")
    assert number in staff.text
    staff.get("/staff/requests?q=nadie")
    assert "No hay solicitudes con ese texto." in words(staff)
    assert staff.get("/staff/requests/PQR-2026-01-0001").status_code == 404
