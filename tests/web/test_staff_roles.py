"""What the staff's pages offer to each role, and what they say to somebody who may not."""

import pytest
from flask import Flask

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.enums import StaffRole
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.test_account import PASSWORD, register
from tests.web.test_staff import outbox_rows, place, state


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
def test_who_may_only_look_is_offered_nothing_to_change(
    app: Flask, gateway: FakeGateway, browser: Browser, role: str, name: str
) -> None:
    started = place(app, gateway)
    with app.app_context():
        outbox_rows()
    register(browser)
    employ(app, StaffRole(role))
    browser.get("/staff/")
    assert f"Tu rol: {name}." in browser.text
    assert "Puedes ver todo; los cambios los hace un propietario." in browser.text
    for path in (f"/staff/orders/{started.order_number}", "/staff/care"):
        assert browser.get(path).status_code == 200
        assert '<form method="post" action="/staff/' not in browser.text
        assert 'action="/staff/orders/' not in browser.text
    token = browser.form("/logout").fields["csrf_token"]
    browser.page = browser.client.post(f"/staff/orders/{started.order_number}/cancel", data={"csrf_token": token})
    assert browser.page.status_code == 403
    assert f"Tu rol ({name}) permite ver esto, pero no cambiarlo. Pídeselo a un propietario." in browser.text
    assert state(app, started) == ("confirmed", "paid")


def test_an_owner_reads_the_role_and_is_offered_everything(app: Flask, gateway: FakeGateway, browser: Browser) -> None:
    started = place(app, gateway)
    register(browser)
    employ(app, StaffRole.OWNER)
    browser.get("/staff/")
    assert "Tu rol: Propietario." in browser.text
    assert "los cambios los hace" not in browser.text
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
    assert browser.text.count("Eres el único propietario de la tienda: nombra otro") == 2
    assert browser.get("/staff/").status_code == 200
