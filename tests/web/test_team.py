"""The team page: who works here is invited, moved, sent away and taken back by an owner, and the last owner stays."""

import html
import re

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain.customer import Customer
from storefront.enums import StaffRole
from storefront.services.admin import permissions, staff
from storefront.services.audit import Actor
from tests import factories as make
from tests.fakes import KeepingMailer
from tests.web.browser import Browser
from tests.web.second_factor import PASSWORD, STAFF, set_up, sign_in

EVA = "eva@example.com"


def employ(app: Flask, role: StaffRole = StaffRole.SUPPORT) -> str:
    """Give Eva a role and the demo's password, and return her id."""
    with app.app_context():
        staff.add(EVA, role, password=PASSWORD, staff=Actor("ana"))
        return db.session.scalar(db.select(Customer.id).where(Customer.email == EVA)) or ""


def text_of(browser: Browser) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", browser.text.split("<main")[1]))


def test_somebody_is_invited_by_mail(app: Flask, browser: Browser, mailer: KeepingMailer) -> None:
    sign_in(browser)
    browser.get("/staff/team")
    browser.send("/staff/team/invite", email=" EVA@example.com ", role="warehouse")
    assert "Enviamos a eva@example.com un enlace para elegir su contraseña" in text_of(browser)
    assert "Sin confirmar" in text_of(browser)
    with app.app_context():
        assert [mail.recipient for mail in make.outbox() if mail.template == "staff_invitation"] == [EVA]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"email": "", "role": "support"}, "Escribe el correo de la persona que invitas"),
        ({"email": "eva", "role": "support"}, "Escribe un correo válido"),
        ({"email": EVA, "role": ""}, "Elige el rol"),
        ({"email": EVA, "role": "boss"}, "Elige el rol"),
        ({"email": STAFF, "role": "support"}, "Ya trabaja aquí"),
    ],
)
def test_a_wrong_invitation_is_refused_at_its_field(browser: Browser, typed: dict[str, str], told: str) -> None:
    sign_in(browser)
    browser.get("/staff/team")
    assert browser.send("/staff/team/invite", **typed).status_code == 422
    assert told in text_of(browser)
    assert browser.form("/staff/team/invite").fields["email"] == typed["email"]


def test_a_role_is_lowered_while_somebody_is_signed_in(app: Flask, browser: Browser) -> None:
    eva, other = employ(app, StaffRole.MANAGER), Browser(app.test_client())
    sign_in(other, email=EVA)
    assert other.client.get("/staff/products").status_code == 200
    sign_in(browser)
    browser.get("/staff/team")
    browser.send(f"/staff/team/{eva}/role", role="warehouse")
    assert "Cambiamos el rol de eva@example.com." in text_of(browser)
    assert other.client.get("/staff/products").status_code == 404
    assert other.client.get("/staff/stock").status_code == 200
    assert browser.send(f"/staff/team/{eva}/role", role="boss").status_code == 422


def test_access_ends_at_once_and_comes_back(app: Flask, browser: Browser) -> None:
    eva, other = employ(app), Browser(app.test_client())
    sign_in(other, email=EVA)
    sign_in(browser)
    browser.get("/staff/team")
    browser.send(f"/staff/team/{eva}/disable")
    assert "Sin acceso" in text_of(browser)
    assert other.client.get("/staff/").status_code == 303
    browser.send(f"/staff/team/{eva}/enable")
    assert "Sin acceso" not in text_of(browser)
    assert other.client.get("/staff/").status_code == 303, "the earlier login stays ended"
    sign_in(other, email=EVA)
    assert other.client.get("/staff/").status_code == 200


def test_a_login_from_while_the_access_was_ended_gives_the_code(app: Flask, browser: Browser) -> None:
    eva, other = employ(app), Browser(app.test_client())
    with app.app_context():
        make.second_factor(eva)
        staff.disable(EVA, staff=Actor("ana"))
    sign_in(other, "/account/orders", email=EVA)
    assert other.client.get("/account/orders").status_code == 200
    with app.app_context():
        staff.enable(EVA, staff=Actor("ana"))
    assert other.client.get("/staff/").location == "/login?next=/staff/"


def test_a_lost_phone_is_forgotten_by_an_owner(app: Flask, browser: Browser) -> None:
    eva, other = employ(app), Browser(app.test_client())
    with app.app_context():
        make.second_factor(eva)
    sign_in(other, email=EVA)
    assert "Escribe tu código" in other.text
    sign_in(browser)
    browser.get("/staff/team")
    browser.send(f"/staff/team/{eva}/reset")
    assert "ya no tiene segundo factor" in text_of(browser)
    sign_in(other, email=EVA)
    assert other.client.get("/staff/").status_code == 200


@pytest.mark.parametrize("step", [{"action": "disable"}, {"action": "role", "role": "manager"}])
def test_the_last_owner_stays(app: Flask, browser: Browser, step: dict[str, str]) -> None:
    with app.app_context():
        own = db.session.scalar(db.select(Customer.id).where(Customer.email == STAFF))
    sign_in(browser)
    browser.get("/staff/team")
    values = {"role": step["role"]} if "role" in step else {}
    assert browser.send(f"/staff/team/{own}/{step['action']}", **values).status_code == 422
    assert text_of(browser).count("La tienda se quedaría sin propietario activo; nombra otro primero.") == 2
    assert browser.client.get("/staff/team").status_code == 200


def test_an_owner_who_gives_the_role_away_lands_where_the_new_one_may_be(app: Flask, browser: Browser) -> None:
    employ(app, StaffRole.OWNER)
    with app.app_context():
        own = db.session.scalar(db.select(Customer.id).where(Customer.email == STAFF))
    sign_in(browser)
    browser.get("/staff/team")
    assert browser.send(f"/staff/team/{own}/role", role="support").status_code == 200
    assert browser.client.get("/staff/team").status_code == 404


def test_the_rule_for_everybody(app: Flask, browser: Browser) -> None:
    employ(app)
    other = Browser(app.test_client())
    sign_in(browser)
    set_up(browser)
    for sent, is_on in ({"is_required": "1"}, True), ({"is_required": ""}, False):
        browser.get("/staff/team")
        browser.send("/staff/team/rule", **sent)
        with app.app_context():
            assert permissions.is_second_factor_rule_on() == is_on
        sign_in(other, email=EVA)
        assert ("Antes de seguir, activa tu segundo factor" in text_of(other)) == is_on
        other.client.get("/logout")
        other = Browser(app.test_client())
