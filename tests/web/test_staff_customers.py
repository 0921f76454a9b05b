"""Customers on the pages of the back office, and what the blocked and the owners of second factors are told."""

import html
import json
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from storefront import clock
from storefront.database import db
from storefront.domain.audit import AuditEntry
from storefront.enums import BlockKind, StaffRole
from storefront.services.admin import staff
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.customers import blocks
from tests import factories as make
from tests.api.conftest import assert_problem, purchase, registered
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.second_factor import code_of, set_up, sign_in
from tests.web.test_account import register
from tests.web.test_staff_permissions import employ

EMAIL = "camila@example.com"


@pytest.fixture
def bought(app: Flask, gateway: FakeGateway) -> PlacedOrder:
    """Return a paid order of a guest."""
    with app.app_context():
        started = make.begin((WHEY, 1), email=EMAIL, network="203.0.113.9")
        make.pay(gateway, started)
    return started


def path_of(app: Flask, started: PlacedOrder) -> str:
    with app.app_context():
        return f"/staff/customers/{make.order_of(started).public_id}"


def test_a_guest_is_searched_and_opened_without_the_e_mail_in_any_address(
    app: Flask, browser: Browser, bought: PlacedOrder
) -> None:
    sign_in(browser)
    browser.get("/staff/customers?q=camila")
    path = path_of(app, bought)
    assert f'href="{path}"' in browser.text
    assert "1 cliente" in browser.text
    assert browser.form("/staff/customers").fields == {"open": "1", "q": "camila"}
    assert browser.get("/staff/customers?open=1&q=camila").request.path == path
    assert browser.get("/staff/customers?open=1&q=camila&page=2").request.path == "/staff/customers"
    browser.get(path)
    assert bought.order_number in browser.text
    assert "Invitado" in browser.text
    assert "camila%40" not in browser.text
    assert not [form.action for form in browser.forms() if "@" in form.action]
    browser.get(f"/staff/orders/{bought.order_number}")
    assert f'href="{path}"' in browser.text
    browser.get("/staff/customers?q=nadie+asi")
    assert "Nadie con esos datos." in browser.text


def test_bad_input_is_said_at_its_field_and_kept(app: Flask, browser: Browser, bought: PlacedOrder) -> None:
    sign_in(browser)
    path = path_of(app, bought)
    browser.get(path)
    assert browser.send(f"{path}/notes", customer_note="").status_code == 422
    assert 'id="customer_note-error"' in browser.text
    browser.get(path)
    assert browser.send(f"{path}/requests", request_kind="", received_on="ayer").status_code == 422
    assert 'id="request_kind-error"' in browser.text
    assert "Elige una fecha del calendario" in browser.text
    assert 'value="ayer"' in browser.text
    browser.get(path)
    wrong = {"block_kind": "network", "block_value": "fiesta", "block_reason": "", "last_day": ""}
    assert browser.send(f"{path}/block", **wrong).status_code == 422
    for field in ("block_value", "block_reason", "last_day"):
        assert f'id="{field}-error"' in browser.text
    assert 'value="fiesta"' in browser.text


def test_a_request_shows_its_last_day_and_the_copy_answers_it(
    app: Flask, browser: Browser, bought: PlacedOrder
) -> None:
    sign_in(browser)
    path = path_of(app, bought)
    browser.get(path)
    browser.send(f"{path}/requests", request_kind="access")
    assert "Anotamos la solicitud" in browser.text
    assert "Por responder" in browser.text
    assert "Consulta: una copia de sus datos" in browser.get("/staff/customers").get_data(as_text=True)
    browser.get(path)
    form = browser.form(f"{path}/export")
    file = browser.client.post(form.action, data=form.fields)
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["Cache-Control"] == "no-store" or "private" in file.headers["Cache-Control"]
    assert json.loads(file.get_data(as_text=True))["orders"][0]["number"] == bought.order_number
    browser.get(path)
    assert "Respondida" in browser.text


def test_the_copy_of_an_account_needs_its_confirmed_address(app: Flask, browser: Browser) -> None:
    with app.app_context():
        key = make.customer("luz@example.com").customer_id
    sign_in(browser)
    browser.get(f"/staff/customers/{key}")
    browser.send(f"/staff/customers/{key}/export")
    assert "no ha confirmado su correo" in browser.text


def test_erasing_says_what_stays_and_asks_again_who_is_there(app: Flask, browser: Browser, bought: PlacedOrder) -> None:
    sign_in(browser)
    path = path_of(app, bought)
    browser.get(f"{path}/erase")
    text = html.unescape(browser.text)
    assert "Soportes contables hasta el" in text
    assert "En camino o por enviar" in text
    assert browser.send(f"{path}/erase").status_code == 422
    assert 'id="is_sure-error"' in browser.text
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        browser.get(f"{path}/erase")
        assert browser.send(f"{path}/erase", is_sure="y").status_code == 403
        assert "Confirma que eres tú" in browser.text
        browser.send(f"{path}/erase", confirm_password="demo-Passw0rd!")
        assert "Borramos sus datos" in browser.text
        assert browser.get(path).status_code == 404, browser.text
        browser.get(f"/staff/orders/{bought.order_number}")
        assert "Ver al cliente" not in browser.text


def test_support_sees_customers_and_neither_erases_nor_blocks(
    app: Flask, browser: Browser, bought: PlacedOrder
) -> None:
    register(browser)
    employ(app, StaffRole.SUPPORT)
    path = path_of(app, bought)
    browser.get(path)
    assert {form.action.removeprefix(path) for form in browser.forms() if form.action.startswith(path)} == {
        "/notes",
        "/requests",
    }
    assert "/erase" not in browser.text
    for role in (StaffRole.WAREHOUSE, StaffRole.ACCOUNTANT):
        employ(app, role)
        assert browser.get("/staff/customers").status_code == 404
        assert browser.get(path).status_code == 404
        browser.get("/staff/")
        assert "/staff/customers" not in browser.text


def test_the_list_of_blocks_adds_and_ends_them(app: Flask, browser: Browser) -> None:
    sign_in(browser)
    browser.get("/staff/customers/blocks")
    assert "No hay nadie bloqueado." in browser.text
    today = clock.day_of(clock.now()).isoformat()
    values = {"block_kind": "phone", "block_value": "300 999 8877", "block_reason": "<b>No paga</b>", "last_day": today}
    browser.send("/staff/customers/blocks", **values)
    assert "Guardamos el bloqueo" in browser.text
    assert "&lt;b&gt;No paga&lt;/b&gt;" in browser.text
    browser.send("/staff/customers/blocks/")
    assert "Quitamos el bloqueo" in browser.text
    assert "No hay nadie bloqueado." in browser.text


def block(app: Flask, email: str) -> None:
    with app.app_context():
        blocks.add(BlockKind.EMAIL, email, "Tarjetas.", clock.day_of(clock.now()), staff=Actor("eva"))


def test_a_blocked_buyer_is_told_on_the_review_whom_to_write(app: Flask, browser: Browser) -> None:
    block(app, EMAIL)
    browser.add(WHEY)
    browser.fill_shipping(email=EMAIL)
    answer = browser.pay()
    assert answer.status_code == 422
    text = html.unescape(browser.text)
    assert (
        "Por ahora no podemos recibir este pedido. Si crees que es un error, escríbenos a hola@fitaiid.example" in text
    )
    assert "Tarjetas." not in text


def test_a_blocked_phone_gets_a_problem_that_says_so(app: Flask) -> None:
    camila = registered(app, EMAIL)
    block(app, EMAIL)
    body = assert_problem(camila.post("/api/checkout/create-session", purchase()), 400, "invalid_request")
    assert "no podemos recibir este pedido" in body["detail"]
    assert body["errors"] == []


def test_staff_are_mailed_about_their_second_factor_and_see_when_they_are_signed_out(
    app: Flask, browser: Browser
) -> None:
    sign_in(browser)
    set_up(browser)
    with app.app_context():
        (mail,) = [mail for mail in make.outbox() if mail.template == "second_factor_changed"]
        assert (mail.recipient, mail.context) == ("staff@example.com", {"change": "on"})
    browser.get("/account/devices")
    assert "si no la usas, porque trabajas en la tienda" in browser.text


def test_each_change_of_a_second_factor_is_mailed_in_the_transaction_of_the_change(
    app: Flask, browser: Browser
) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        sign_in(browser)
        secret, _ = set_up(browser)
        for path in ("codes", "remove"):
            traveller.shift(60)
            browser.get("/staff/security")
            typed = {"password": "demo-Passw0rd!", "one_time_code": code_of(secret)}
            assert browser.send(f"/staff/security/{path}", **typed).status_code == 200
        traveller.shift(60)
        set_up(browser)
        with app.app_context():
            assert staff.reset_second_factor("staff@example.com", staff=Actor("eva"))
            mails = [mail.context["change"] for mail in make.outbox() if mail.template == "second_factor_changed"]
            entries = db.session.scalars(db.select(AuditEntry).where(AuditEntry.object_type == "staff"))
            states = [entry.after["second_factor"] for entry in entries if entry.after]
    assert sorted(mails) == ["new_codes", "off", "on", "on", "reset"]
    assert [state for state in states if state != "offered"] == ["on", "new_codes", "off", "on", "reset"]
