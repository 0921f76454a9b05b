"""What the staff's pages offer to each role, and what they say to somebody who may not."""

import pytest
from flask import Flask

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.enums import StaffRole
from tests.fakes import FakeGateway
from tests.services.test_deadlines import ask_for_data, file_petitions
from tests.web.browser import Browser
from tests.web.test_account import PASSWORD, register
from tests.web.test_staff import place


def employ(app: Flask, role: StaffRole, *, is_confirmed: bool = True) -> None:
    """Give the customer who has just registered a role."""
    values = {"staff_role": role, "email_verified_at": clock.now() if is_confirmed else None}
    with app.app_context(), transaction():
        db.session.execute(db.update(Customer).where(Customer.email == "pia@example.com").values(values))


@pytest.mark.parametrize(
    ("role", "name"),
    [
        ("manager", "Gerencia"),
        ("warehouse", "Bodega"),
        ("support", "Atención al cliente"),
        ("accountant", "Contabilidad"),
    ],
)
def test_everybody_reads_their_role(app: Flask, browser: Browser, role: str, name: str) -> None:
    register(browser)
    employ(app, StaffRole(role))
    browser.get("/staff/")
    assert f"Tu rol: {name}." in browser.text


def test_an_owner_reads_the_role_and_is_offered_everything(app: Flask, gateway: FakeGateway, browser: Browser) -> None:
    started = place(app, gateway)
    register(browser)
    employ(app, StaffRole.OWNER)
    browser.get("/staff/")
    assert "Tu rol: Propietario." in browser.text
    browser.get(f"/staff/orders/{started.order_number}")
    assert browser.form(f"/staff/orders/{started.order_number}/cancel")


def test_a_role_waits_for_the_confirmed_address_and_the_page_says_so(app: Flask, browser: Browser) -> None:
    register(browser)
    employ(app, StaffRole.OWNER, is_confirmed=False)
    assert browser.get("/staff/").status_code == 403
    assert "Confirma primero tu correo" in browser.text


def test_the_last_owner_is_told_why_the_account_stays(app: Flask, browser: Browser) -> None:
    register(browser)
    employ(app, StaffRole.OWNER)
    with app.app_context(), transaction():
        db.session.execute(
            db.update(Customer).where(Customer.email == "staff@example.com").values(staff_disabled_at=clock.now())
        )
    browser.get("/account/data")
    assert browser.send("/account/data/erase", password=PASSWORD).status_code == 422
    assert browser.text.count("Eres el único propietario activo de la tienda: nombra otro") == 2
    assert browser.get("/staff/").status_code == 200


@pytest.mark.parametrize(
    ("role", "boxes"),
    [("owner", 2), ("manager", 2), ("support", 1), ("warehouse", 0), ("accountant", 0)],
)
def test_late_requests_stand_on_the_page_of_the_day_of_who_answers_them(
    app: Flask, browser: Browser, role: str, boxes: int
) -> None:
    register(browser)
    employ(app, StaffRole(role))
    with app.app_context():
        file_petitions("2026-01-02")
        ask_for_data("2026-01-02")
    browser.get("/staff/")
    titles = ("PQR por responder: 1", "Solicitudes de datos por responder: 1")
    assert [title in browser.text for title in titles] == [boxes > 0, boxes > 1]
    assert browser.text.count("1 vencida") == boxes
