"""Money, team and erasure ask again after ten minutes; the form that was sent goes on, without JavaScript."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from storefront.database import db
from storefront.domain.payment import RefundRecord
from storefront.services.admin.permissions import is_confirmation_needed
from storefront.services.checkout import PlacedOrder
from tests import factories as make
from tests.factories import COFFEE, WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.second_factor import PASSWORD, STAFF, code_of, set_up, sign_in

MONEY = {"refund", "cancel", "accept", "reject", "repeat_refund", "settle", "end_plan_as_chosen"}
TEAM = {"invite_member", "change_member_role", "disable_member", "enable_member", "reset_member_factor"} | {
    "save_team_rule"
}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Return a clock that stands still until a test moves it."""
    with time_machine.travel(datetime(2026, 11, 30, 15, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def started(app: Flask, gateway: FakeGateway, clock: time_machine.Traveller) -> PlacedOrder:
    with app.app_context():
        placed = make.begin((WHEY, 2), (COFFEE, 1))
        make.pay(gateway, placed)
    return placed


def refund(browser: Browser, started: PlacedOrder, amount: str = "10.000") -> int:
    """Open the order's page, fill in an amount to refund, and return what is answered."""
    path = f"/staff/orders/{started.order_number}"
    browser.get(path)
    return send(browser, f"{path}/refund", amount=amount)


def send(browser: Browser, path: str, **values: str) -> int:
    """Send a form of a refund and confirm its sum where that is asked; return what is answered at last."""
    status = browser.send(path, **values).status_code
    return browser.send(path).status_code if "Confirma el reembolso" in browser.text else status


def refunds(app: Flask) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(db.select(RefundRecord.amount_minor)))


def test_what_is_delicate_is_declared(app: Flask) -> None:
    asking = {
        rule.endpoint.removeprefix("staff.")
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("staff.")
        and "POST" in (rule.methods or ())
        and is_confirmation_needed(app.view_functions[rule.endpoint].permission)  # type: ignore[attr-defined]
    }
    assert asking >= MONEY | TEAM


def test_a_fresh_sign_in_is_enough_for_ten_minutes(
    app: Flask, browser: Browser, clock: time_machine.Traveller, started: PlacedOrder
) -> None:
    sign_in(browser)
    clock.shift(9 * 60 + 59)
    assert refund(browser, started) == 200
    assert "Reembolso:" in browser.text
    assert refunds(app) == [1_000_000]


def test_after_ten_minutes_the_form_waits_for_the_password(
    app: Flask, browser: Browser, clock: time_machine.Traveller, started: PlacedOrder
) -> None:
    sign_in(browser)
    clock.shift(10 * 60)
    assert refund(browser, started) == 403
    assert "Confirma que eres tú" in browser.text
    assert refunds(app) == []
    path = f"/staff/orders/{started.order_number}/refund"
    assert browser.form(path).fields["amount"] == "10.000"
    assert "confirm_code" not in browser.form(path).fields
    for wrong in ("", "falsa"):
        assert browser.send(path, confirm_password=wrong).status_code == 422
        assert browser.form(path).fields["amount"] == "10.000"
    assert wrong not in browser.form(path).fields.values()
    assert refunds(app) == []
    assert send(browser, path, confirm_password=PASSWORD) == 200
    assert "Reembolso:" in browser.text
    assert refunds(app) == [1_000_000]
    clock.shift(9 * 60)
    assert refund(browser, started, "20.000") == 200, "confirmed a moment ago"
    clock.shift(60)
    assert refund(browser, started, "30.000") == 403
    assert refunds(app) == [1_000_000, 2_000_000]


def test_who_has_a_second_factor_gives_its_code_too(
    app: Flask, browser: Browser, clock: time_machine.Traveller, started: PlacedOrder
) -> None:
    sign_in(browser)
    secret, codes = set_up(browser)
    clock.shift(11 * 60)
    path = f"/staff/orders/{started.order_number}/refund"
    assert refund(browser, started) == 403
    assert browser.send(path, confirm_password=PASSWORD).status_code == 422
    assert browser.send(path, confirm_password=PASSWORD, confirm_code="000000").status_code == 422
    assert "Ese código no sirve" in browser.text
    code = code_of(secret)
    assert send(browser, path, confirm_password=PASSWORD, confirm_code=code) == 200
    assert refunds(app) == [1_000_000]
    clock.shift(10 * 60)
    assert refund(browser, started) == 403
    assert browser.send(path, confirm_password=PASSWORD, confirm_code=code).status_code == 422, "used, and too old"
    assert send(browser, path, confirm_password=PASSWORD, confirm_code=codes[0]) == 200
    assert len(refunds(app)) == 2


def test_another_site_cannot_confirm(app: Flask, browser: Browser, clock: time_machine.Traveller) -> None:
    sign_in(browser)
    clock.shift(11 * 60)
    browser.get("/staff/team")
    form = browser.form("/staff/team/rule")
    fields = form.fields | {"confirm_password": PASSWORD, "csrf_token": "x"}
    assert browser.client.post(form.action, data=fields).status_code == 400


def test_what_is_not_delicate_does_not_ask(
    browser: Browser, clock: time_machine.Traveller, started: PlacedOrder
) -> None:
    sign_in(browser)
    clock.shift(50 * 60)
    path = f"/staff/orders/{started.order_number}"
    browser.get(path)
    assert browser.send(f"{path}/ship", carrier="tcc", guide="A1").status_code == 200
    assert "va en camino" in browser.text


def test_whoever_finds_a_browser_open_sets_no_second_factor_up(browser: Browser, clock: time_machine.Traveller) -> None:
    sign_in(browser)
    clock.shift(10 * 60)
    browser.get("/staff/security")
    assert browser.send("/staff/security/offer").status_code == 403
    browser.send("/staff/security/offer", confirm_password=PASSWORD)
    assert "Escanea este código" in browser.text


@pytest.mark.new_app
def test_guesses_at_the_password_are_counted(app: Flask, browser: Browser, clock: time_machine.Traveller) -> None:
    sign_in(browser)
    clock.shift(10 * 60)
    app.extensions["settings"].RATE_LIMITS = True
    browser.get("/staff/team")
    browser.send("/staff/team/invite", email="eva@example.com", role="support")
    for number in range(10):
        assert browser.send("/staff/team/invite", confirm_password=f"wrong {number}").status_code == 422
    form = browser.form("/staff/team/invite")
    last = browser.client.post(form.action, data=form.fields | {"confirm_password": PASSWORD})
    assert last.status_code == 429
    assert STAFF in browser.get("/staff/team").get_data(as_text=True)
