"""Plans on the staff's pages: found, looked at, ended with the sum in the button; the second one is told by whom."""

import re

import pytest
from flask import Flask

from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.enums import StaffRole
from storefront.services.audit import Actor
from storefront.services.orders import admin_plans
from tests import plans
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.test_account import register
from tests.web.test_staff_permissions import employ
from tests.web.test_staff_products import PASSWORD, words


@pytest.fixture
def staff(app: Flask, browser: Browser) -> Browser:
    """Return the browser of somebody who works here."""
    browser.get("/login?next=/staff/plans")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    return browser


@pytest.fixture
def path(app: Flask, gateway: FakeGateway) -> str:
    """Return the page of a plan that runs."""
    with app.app_context():
        plans.bought(gateway)
        return f"/staff/plans/{plans.only().id}"


def shown(staff: Browser) -> str:
    """Return what the page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", words(staff)).split())


def status_of(app: Flask) -> str:
    with app.app_context():
        return str(plans.only().status)


def test_a_plan_is_found_and_shown(staff: Browser, path: str) -> None:
    staff.get("/staff/plans?q=valentina")
    assert "1 plan" in shown(staff)
    assert path in staff.text
    assert staff.get("/staff/plans?tab=ended").status_code == 200
    assert "No hay planes aquí." in shown(staff)
    assert staff.get("/staff/plans?open=1&q=valentina").request.path == path
    assert staff.get("/staff/plans?open=1&q=valentina&page=2").request.path == "/staff/plans"
    assert staff.get("/staff/plans?open=1").request.path == "/staff/plans"
    staff.get("/staff/plans?q=nadie&tab=nonsense")
    assert "No hay planes con esa búsqueda." in shown(staff)
    staff.get(path)
    assert "Próximo cobro: $ 39.900" in shown(staff)
    assert "/receipt.pdf" in staff.text
    assert "Plan activado" in shown(staff)


def test_the_sum_is_in_the_button_and_the_end_gives_it_back(app: Flask, staff: Browser, path: str) -> None:
    staff.get(f"{path}/end")
    assert "Terminar hoy y devolver $ 39.900" in shown(staff)
    form = next(form for form in staff.forms() if form.fields.get("how") == "refund")
    staff.page = staff.client.post(form.action, data=form.fields)
    staff._follow()
    assert "Listo: el plan terminó y el último cobro va de vuelta." in shown(staff)
    assert status_of(app) == "cancelled"
    assert staff.get(f"{path}/end").request.path == path, "what is over does not end"


def test_the_second_one_is_told_who_ended_it_and_nothing_else_happens(
    app: Flask, gateway: FakeGateway, staff: Browser, path: str
) -> None:
    staff.get(f"{path}/end")
    form = next(form for form in staff.forms() if form.fields.get("how") == "refund")
    with app.app_context():
        admin_plans.end_at_once(path.rpartition("/")[2], staff=Actor("luz@example.com"))
    staff.page = staff.client.post(form.action, data=form.fields)
    assert staff.page.status_code == 422
    told = shown(staff)
    assert "El plan cambió mientras lo mirabas y no hicimos nada." in told
    assert "El plan terminó de inmediato luz@example.com" in told
    assert gateway.calls.count("refund") == 0


def test_an_end_with_the_period_is_undone_with_a_button(app: Flask, staff: Browser, path: str) -> None:
    staff.get(f"{path}/end")
    staff.send(f"{path}/end", how="period")
    assert "Hasta ese día puedes deshacerlo." in shown(staff)
    assert "Termina el" in shown(staff)
    staff.send(f"{path}/resume")
    assert "Listo: el plan sigue y se cobra como antes." in shown(staff)
    assert status_of(app) == "active"


def test_a_form_without_a_choice_and_a_silent_stripe_are_said(
    app: Flask, gateway: FakeGateway, staff: Browser, path: str
) -> None:
    staff.get(f"{path}/end")
    assert staff.send(f"{path}/end", how="never").status_code == 422
    gateway.go_silent()
    assert staff.send(f"{path}/end", how="period").status_code == 422
    assert "Stripe no respondió y el plan sigue como estaba" in shown(staff)
    assert status_of(app) == "active"


def test_a_closed_account_is_named_so(app: Flask, staff: Browser, path: str) -> None:
    with app.app_context(), transaction():
        gone = {"first_name": "", "last_name": "", "closed_at": db.func.now(), "email": "x@erased.invalid"}
        db.session.execute(db.update(Customer).where(Customer.email == "valentina@example.com").values(gone))
    staff.get(path)
    assert "erased.invalid" not in staff.text
    assert "cuenta cerrada" in shown(staff)


@pytest.mark.parametrize("role", [StaffRole.ACCOUNTANT, StaffRole.WAREHOUSE])
def test_who_only_reads_gets_no_buttons(app: Flask, browser: Browser, path: str, role: StaffRole) -> None:
    register(browser)
    employ(app, role)
    browser.get(path)
    assert browser.page.status_code == (200 if role == StaffRole.ACCOUNTANT else 404)
    assert f"{path}/" not in browser.text
