"""Two people on one order: the second one is told who did what, keeps what was typed, and nothing is done twice."""

import re

import pytest
from flask import Flask

from storefront.database import db, transaction
from storefront.domain.customer import Login
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import addresses, admin_orders, fulfilment
from storefront.services.payments import refunds
from tests import factories as make
from tests.factories import COFFEE, WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.test_staff_products import PASSWORD, words

LUZ = Actor("luz@example.com")


@pytest.fixture
def staff(app: Flask, browser: Browser) -> Browser:
    """Return the browser of somebody who works here."""
    browser.get("/login?next=/staff/orders")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    return browser


@pytest.fixture
def order(app: Flask, gateway: FakeGateway) -> PlacedOrder:
    """Return a paid order with freight."""
    with app.app_context():
        placed = make.begin((WHEY, 1), (COFFEE, 1))
        make.pay(gateway, placed)
    return placed


def shown(staff: Browser) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", words(staff)).split())


def refunded(app: Flask, order: PlacedOrder) -> list[int]:
    with app.app_context():
        return [row.amount_minor for row in make.refunds_of(order)]


def test_a_refund_says_its_sum_and_does_nothing_until_it_is_confirmed(
    app: Flask, staff: Browser, order: PlacedOrder
) -> None:
    path = f"/staff/orders/{order.order_number}"
    with app.app_context():
        line, freight = make.lines_of(order)[0], make.order_of(order).shipping_minor
        sum_minor = line.net_minor + freight
    staff.get(path)
    asked = staff.send(f"{path}/refund", **{f"units-{line.id}": "1", "has_freight": "y"})
    assert asked.status_code == 200
    assert refunded(app, order) == []
    button = f"Devolver $ {sum_minor // 100:,}".replace(",", ".")
    assert button in shown(staff)
    assert f"1 × {line.name}" in shown(staff)
    staff.send(f"{path}/refund", change="1")
    assert staff.form(f"{path}/refund").fields[f"units-{line.id}"] == "1", "what was chosen stays"
    assert staff.form(f"{path}/refund").fields["has_freight"] == "y"
    staff.send(f"{path}/refund")
    staff.send(f"{path}/refund")
    assert refunded(app, order) == [sum_minor]
    assert "Reembolso: Hecho." in shown(staff)
    assert "del envío por devolver" not in shown(staff), "the freight goes back once"


def test_freight_and_an_amount_at_once_are_refused_at_the_field(app: Flask, staff: Browser, order: PlacedOrder) -> None:
    path = f"/staff/orders/{order.order_number}"
    staff.get(path)
    assert staff.send(f"{path}/refund", amount="10.000", has_freight="y").status_code == 422
    staff.get(path)
    assert staff.send(f"{path}/refund").status_code == 422
    assert refunded(app, order) == []


def test_a_confirmed_sum_that_is_another_one_now_gives_nothing(app: Flask, staff: Browser, order: PlacedOrder) -> None:
    path = f"/staff/orders/{order.order_number}"
    staff.get(path)
    staff.send(f"{path}/refund", amount="10.000")
    with app.app_context():
        refunds.request_refund(make.order_of(order).id, amount_minor=500_000, staff=LUZ)
    assert staff.send(f"{path}/refund").status_code == 422
    assert refunded(app, order) == [500_000]
    told = shown(staff)
    assert "Lo que pasó mientras mirabas la página:" in told
    assert "Reembolso solicitado ($ 5.000) luz@example.com" in told
    assert staff.form(f"{path}/refund").fields["amount"] == "10.000"


def test_who_ships_after_a_cancellation_is_told_and_keeps_the_form(
    app: Flask, staff: Browser, order: PlacedOrder
) -> None:
    path = f"/staff/orders/{order.order_number}"
    staff.get(path)
    with app.app_context():
        admin_orders.cancel(order.order_number, staff=LUZ)
        line = make.lines_of(order)[0]
    sent = {"carrier": "tcc", "guide": "A1B2", f"parcel-{line.id}": "1"}
    assert staff.send(f"{path}/ship", **sent).status_code == 422
    assert "Confirmado → Cancelado: alguien lo canceló luz@example.com" in shown(staff)
    kept = staff.form(f"{path}/ship").fields
    assert {name: kept[name] for name in sent} == sent
    staff.get(path)
    assert "Lo que pasó mientras" not in shown(staff)


def test_who_cancels_after_the_parcel_left_is_told(app: Flask, staff: Browser, order: PlacedOrder) -> None:
    path = f"/staff/orders/{order.order_number}"
    staff.get(path)
    with app.app_context():
        fulfilment.ship(make.order_of(order).id, carrier="tcc", tracking_number="A1", staff=LUZ)
    assert staff.send(f"{path}/cancel").status_code == 422
    assert "Enviado (TCC A1) luz@example.com" in shown(staff)
    assert refunded(app, order) == []


def test_who_corrects_an_address_second_sees_the_first_and_saves_on_purpose(
    app: Flask, staff: Browser, order: PlacedOrder
) -> None:
    path = f"/staff/orders/{order.order_number}/address"
    staff.get(path)
    with app.app_context():
        row = make.order_of(order)
        other = addresses.Address.from_dict((row.address or {}) | {"street": "Calle 1 # 1-1"})
        addresses.correct(row.id, address=other, staff=LUZ)
    assert staff.send(path, street="Calle 2 # 2-2").status_code == 422
    assert "Dirección corregida" in shown(staff)
    assert "luz@example.com" in shown(staff)
    assert staff.form(path).fields["street"] == "Calle 2 # 2-2"
    staff.send(path)
    with app.app_context():
        assert (make.order_of(order).address or {})["street"] == "Calle 2 # 2-2"


def test_who_corrects_an_address_too_late_keeps_what_was_typed(app: Flask, staff: Browser, order: PlacedOrder) -> None:
    path = f"/staff/orders/{order.order_number}/address"
    staff.get(path)
    with app.app_context():
        fulfilment.ship(make.order_of(order).id, carrier="tcc", tracking_number="A1", staff=LUZ)
    assert staff.send(path, street="Calle 2 # 2-2").status_code == 422
    assert "ya no se puede corregir" in shown(staff)
    assert "Enviado (TCC A1) luz@example.com" in shown(staff)
    assert "Calle 2 # 2-2" in words(staff)


def end_sessions(app: Flask) -> None:
    with app.app_context(), transaction():
        db.session.execute(db.delete(Login))


@pytest.mark.parametrize("is_cookie_gone", [False, True])
def test_a_form_outlives_the_session_and_goes_on_after_signing_in(
    app: Flask, staff: Browser, order: PlacedOrder, is_cookie_gone: bool
) -> None:
    path = f"/staff/orders/{order.order_number}"
    staff.get(path)
    end_sessions(app)
    if is_cookie_gone:
        staff.client.delete_cookie(app.config["SESSION_COOKIE_NAME"])
    note = "Llamar antes, portería «sur»"
    staff.send(f"{path}/notes", order_note=note)
    if is_cookie_gone:
        assert staff.page.status_code == 400
        staff.send(f"{path}/notes")  # from the page about a form that was open for long
    assert staff.page.status_code == 403
    assert "Tu sesión terminó" in shown(staff)
    kept = staff.form(f"{path}/notes")
    assert kept.fields["order_note"] == note
    tab = Browser(staff.client)  # the other tab has the same cookies
    tab.get("/login?next=/staff/")
    tab.send("/login", email="staff@example.com", password=PASSWORD)
    staff.send(f"{path}/notes")
    assert staff.page.status_code == 400, "the token was of the session before"
    staff.send(f"{path}/notes")
    assert staff.page.status_code == 200
    assert note in words(staff)


def test_a_customer_who_signs_in_instead_changes_nothing(app: Flask, staff: Browser, order: PlacedOrder) -> None:
    path = f"/staff/orders/{order.order_number}"
    staff.get(path)
    end_sessions(app)
    staff.send(f"{path}/notes", order_note="x")
    kept = staff.form(f"{path}/notes").fields
    tab = Browser(staff.client)
    tab.get("/login")
    tab.send("/login", email="shopper@example.com", password=PASSWORD)
    tab.get("/account/orders")
    token = tab.form("/logout").fields["csrf_token"]
    assert staff.client.post(f"{path}/notes", data=kept | {"csrf_token": token}).status_code == 404


def test_secrets_and_empty_forms_are_not_kept(app: Flask, staff: Browser) -> None:
    staff.get("/staff/security")
    action = staff.form("/staff/security/").action
    token = staff.form("/staff/security/").fields["csrf_token"]
    end_sessions(app)
    for typed in ({}, {"password": "secreta"}, {"one_time_code": "123456", "note": "x"}):
        answer = staff.client.post(action, data={"csrf_token": token, **typed})
        assert answer.status_code == 303
        assert answer.location.startswith("/login")


def test_a_history_that_no_page_showed_tells_nothing(app: Flask, staff: Browser, order: PlacedOrder) -> None:
    path = f"/staff/orders/{order.order_number}"
    for nonsense in ("", "x", "-1", "9" * 40):
        staff.get(path)
        assert staff.send(f"{path}/refund", amount="0", seen_event=nonsense).status_code == 422
        assert "Lo que pasó mientras" not in shown(staff)
