"""The second factor of staff in a browser: set up, asked at each sign-in, attacked, lost, and the end of sessions."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from storefront.database import db, transaction
from storefront.domain.customer import Customer, Login
from storefront.domain.second_factor import RecoveryCode, SecondFactor, TeamRule
from storefront.enums import StaffRole
from storefront.services.accounts import second_factors
from tests.api.conftest import Phone
from tests.web.browser import Browser
from tests.web.second_factor import PASSWORD, STAFF, code_of, recovery_codes, set_up, shown_secret, sign_in

NOON = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Return a clock that stands still until a test moves it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def another(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def secret(browser: Browser, clock: time_machine.Traveller) -> str:
    """Return the secret of the owner, who has just set a second factor up in `browser`."""
    sign_in(browser)
    found, _ = set_up(browser)
    clock.shift(60)
    return found


def test_the_demo_asks_for_none_until_one_is_set(browser: Browser) -> None:
    sign_in(browser)
    assert "Páginas del equipo" in browser.text
    browser.get("/staff/security")
    assert "Todavía no tienes uno." in browser.text


def test_setting_up_shows_a_picture_and_the_codes_once(browser: Browser, clock: time_machine.Traveller) -> None:
    sign_in(browser)
    browser.get("/staff/security")
    browser.send("/staff/security/offer")
    assert '<div class="qr" role="img"' in browser.text
    assert "<svg viewBox=" in browser.text
    assert "style=" not in browser.text
    secret = shown_secret(browser)
    assert f"otpauth://totp/FitAiid:staff%40example.com?secret={secret}&amp;" in browser.text
    assert browser.send("/staff/security/new", one_time_code="000000").status_code == 422
    assert "Ese código no sirve" in browser.text
    assert shown_secret(browser) == secret
    browser.send("/staff/security/new", one_time_code=code_of(secret))
    codes = recovery_codes(browser)
    assert len(set(codes)) == 10
    browser.get("/staff/security")
    assert "Te quedan 10 códigos de recuperación." in browser.text
    assert not any(code in browser.text for code in codes)
    assert browser.get("/staff/").status_code == 200


def test_an_offer_is_over_after_a_quarter_of_an_hour(browser: Browser, clock: time_machine.Traveller) -> None:
    sign_in(browser)
    browser.get("/staff/security")
    browser.send("/staff/security/offer")
    secret = shown_secret(browser)
    form = browser.form("/staff/security/new")
    clock.shift(15 * 60)
    answer = browser.client.post(form.action, data=form.fields | {"one_time_code": code_of(secret)})
    assert answer.status_code == 422
    assert "empieza otra vez con un código QR nuevo" in answer.get_data(as_text=True)
    assert secret not in browser.get("/staff/security/new").get_data(as_text=True).replace(" ", "")


def test_the_database_has_neither_secret_nor_codes(app: Flask, browser: Browser, clock: object) -> None:
    sign_in(browser)
    secret, codes = set_up(browser)
    with app.app_context():
        factor = db.session.scalars(db.select(SecondFactor)).one()
        stored = [row.id for row in db.session.scalars(db.select(RecoveryCode))]
        audited = str(db.session.execute(text("SELECT before, after FROM audit_entries")).all())
    assert secret not in str(vars(factor))
    assert len(stored) == 10
    assert not any(code.replace("-", "") in one for code in codes for one in stored)
    assert secret not in audited
    assert '"second_factor": "on"' in audited


def test_the_password_alone_signs_nobody_in(app: Flask, secret: str) -> None:
    other = another(app)
    sign_in(other)
    assert "Escribe tu código" in other.text
    for path in ("/staff/", "/staff/security", "/account/orders", "/account/profile"):
        assert other.client.get(path).status_code == 303, path
    with other.client.session_transaction() as session:
        assert "_user_id" not in session
    assert other.send("/login/code", one_time_code="123456").status_code == 422
    assert "Ese código no sirve" in other.text
    other.send("/login/code", one_time_code=code_of(secret))
    assert "Páginas del equipo" in other.text


def test_a_code_is_accepted_once(app: Flask, clock: time_machine.Traveller, secret: str) -> None:
    code = code_of(secret)
    first, second = another(app), another(app)
    for browser in (first, second):
        sign_in(browser)
    assert first.send("/login/code", one_time_code=code).status_code == 200
    assert second.send("/login/code", one_time_code=code).status_code == 422
    earlier = code_of(secret, ahead=-1)
    assert second.send("/login/code", one_time_code=earlier).status_code == 422
    clock.shift(30)
    spaced = " ".join(code_of(secret))
    assert second.send("/login/code", one_time_code=spaced).status_code == 200


def test_a_recovery_code_works_once_and_is_written_down(app: Flask, browser: Browser, clock: object) -> None:
    sign_in(browser)
    _, codes = set_up(browser)
    lost, thief = another(app), another(app)
    sign_in(lost)
    lost.send("/login/code", one_time_code=codes[3].upper().replace("-", " "))
    assert "Páginas del equipo" in lost.text
    sign_in(thief)
    assert thief.send("/login/code", one_time_code=codes[3]).status_code == 422
    assert thief.send("/login/code", one_time_code="aaaaa-aaaaa").status_code == 422
    lost.get("/staff/security")
    assert "Te quedan 9 códigos de recuperación." in lost.text
    lost.get("/staff/audit")
    assert "entró con un código de recuperación" in lost.text


def test_a_lost_phone_is_replaced_with_a_recovery_code(app: Flask, browser: Browser, clock: object) -> None:
    """The old phone counts until the new one gives its first code, and not afterwards."""
    sign_in(browser)
    old, codes = set_up(browser)
    lost = another(app)
    sign_in(lost)
    lost.send("/login/code", one_time_code=codes[0])
    lost.get("/staff/security")
    assert lost.send("/staff/security/offer", password=PASSWORD, one_time_code=codes[0]).status_code == 422
    assert lost.send("/staff/security/offer", password="falsa", one_time_code=codes[1]).status_code == 422
    assert "Esa no es tu contraseña" in lost.text
    lost.send("/staff/security/offer", password=PASSWORD, one_time_code=codes[1])
    new = shown_secret(lost)
    assert new != old
    lost.send("/staff/security/new", one_time_code=code_of(new))
    assert len(recovery_codes(lost)) == 10
    finder = another(app)
    sign_in(finder)
    assert finder.send("/login/code", one_time_code=code_of(old, ahead=1)).status_code == 422
    assert finder.send("/login/code", one_time_code=codes[2]).status_code == 422
    assert finder.send("/login/code", one_time_code=code_of(new, ahead=1)).status_code == 200


def test_new_recovery_codes_end_the_earlier_ones(app: Flask, clock: time_machine.Traveller, browser: Browser) -> None:
    sign_in(browser)
    secret, codes = set_up(browser)
    clock.shift(60)
    browser.get("/staff/security")
    browser.send("/staff/security/codes", password=PASSWORD, one_time_code=code_of(secret))
    new = recovery_codes(browser)
    assert len(new) == 10
    assert not set(new) & set(codes)
    other = another(app)
    sign_in(other)
    assert other.send("/login/code", one_time_code=codes[0]).status_code == 422
    assert other.send("/login/code", one_time_code=new[0]).status_code == 200


def test_it_is_turned_off_with_password_and_code_only(app: Flask, clock: object, secret: str, browser: Browser) -> None:
    browser.get("/staff/security")
    assert browser.send("/staff/security/remove", password=PASSWORD, one_time_code="111111").status_code == 422
    assert browser.send("/staff/security/remove", password="", one_time_code=code_of(secret)).status_code == 422
    browser.send("/staff/security/remove", password=PASSWORD, one_time_code=code_of(secret))
    assert "quedó desactivado" in browser.text
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(RecoveryCode)) == 0
    other = another(app)
    sign_in(other)
    assert "Páginas del equipo" in other.text


def test_the_code_follows_the_password_within_minutes(app: Flask, clock: time_machine.Traveller, secret: str) -> None:
    other = another(app)
    sign_in(other)
    clock.shift(10 * 60)
    other.send("/login/code", one_time_code=code_of(secret))
    assert "Pasó mucho tiempo desde que escribiste la contraseña." in other.text
    assert other.client.get("/staff/").status_code == 303


def test_a_new_password_ends_what_an_old_one_began(app: Flask, secret: str, browser: Browser) -> None:
    other = another(app)
    sign_in(other)
    browser.get("/account/profile")
    browser.send("/account/profile/password", current_password=PASSWORD, new_password="caballo verde 88")
    assert browser.get("/staff/").status_code == 200, "the code was given before"
    assert "Páginas del equipo" in browser.text
    other.send("/login/code", one_time_code=code_of(secret))
    assert other.client.get("/staff/").status_code == 303


def test_a_login_that_gave_no_code_opens_nothing_of_staff(app: Flask, clock: object, browser: Browser) -> None:
    """It began before there was a second factor, or by the JSON API."""
    early = another(app)
    sign_in(early)
    sign_in(browser)
    set_up(browser)
    answer = early.client.get("/staff/audit")
    assert answer.location == "/login?next=/staff/audit"
    assert early.client.get("/account/orders").status_code == 303


def test_the_api_signs_in_without_a_code_and_has_no_powers_of_staff(app: Flask, secret: str) -> None:
    phone = Phone(app.test_client())
    tokens = phone.post("/api/auth/login", {"email": STAFF, "password": PASSWORD})
    assert tokens.status_code == 200
    phone.token = tokens.json["accessToken"]
    assert phone.get("/api/me").status_code == 200
    assert phone.get("/staff/").status_code == 303
    assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/") and "staff" in rule.rule]


@pytest.mark.new_app
def test_guesses_are_counted_for_the_account_and_right_codes_are_not(
    app: Flask, clock: time_machine.Traveller, browser: Browser
) -> None:
    sign_in(browser)
    secret, codes = set_up(browser)
    app.extensions["settings"].RATE_LIMITS = True
    for _ in range(12):
        clock.shift(60)
        good = another(app)
        sign_in(good)
        assert good.send("/login/code", one_time_code=code_of(secret)).status_code == 200
    for number in range(10):
        thief = another(app)
        sign_in(thief)
        assert thief.send("/login/code", one_time_code=f"00000{number}").status_code == 422
    thief = another(app)
    sign_in(thief)
    refused = thief.send("/login/code", one_time_code=codes[0])
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    clock.shift(16 * 60)
    later = another(app)
    sign_in(later)
    assert later.send("/login/code", one_time_code=codes[0]).status_code == 200


def test_an_owner_of_a_real_shop_sets_it_up_before_anything_else(app: Flask, browser: Browser) -> None:
    app.extensions["settings"].OWNERS_NEED_SECOND_FACTOR = True
    sign_in(browser)
    assert "Antes de seguir, activa tu segundo factor" in browser.text
    for path in ("/staff/", "/staff/orders/2026-11-0001", "/staff/products"):
        assert browser.client.get(path).location == "/staff/security", path
    assert browser.client.get("/").status_code == 200
    set_up(browser)
    assert browser.get("/staff/").status_code == 200
    assert "Páginas del equipo" in browser.text


def test_others_set_it_up_when_the_owner_says_so(app: Flask, browser: Browser) -> None:
    hire(app, StaffRole.WAREHOUSE)
    app.extensions["settings"].OWNERS_NEED_SECOND_FACTOR = True
    sign_in(browser)
    assert browser.client.get("/staff/").status_code == 200
    with app.app_context(), transaction():
        db.session.add(TeamRule(id=1, is_second_factor_required=True))
    assert browser.client.get("/staff/").location == "/staff/security"
    set_up(browser)
    assert browser.client.get("/staff/").status_code == 200


def hire(app: Flask, role: StaffRole | None) -> None:
    """Make the demo's member of staff one of another role."""
    with app.app_context(), transaction():
        db.session.execute(db.update(Customer).where(Customer.email == STAFF).values(staff_role=role))


@pytest.mark.parametrize("role", [StaffRole.OWNER, StaffRole.WAREHOUSE])
def test_a_session_of_staff_ends_when_it_is_idle(
    app: Flask, browser: Browser, clock: time_machine.Traveller, role: StaffRole
) -> None:
    hire(app, role)
    sign_in(browser)
    for _ in range(3):
        clock.shift(58 * 60)
        assert browser.client.get("/staff/").status_code == 200
    clock.shift(60 * 60)
    assert browser.client.get("/staff/").location == "/login?next=/staff/"
    assert browser.client.get("/account/orders").status_code == 303


def test_a_session_of_staff_ends_after_twelve_hours(
    app: Flask, browser: Browser, clock: time_machine.Traveller
) -> None:
    sign_in(browser)
    for _ in range(23):
        clock.shift(30 * 60)
        assert browser.client.get("/staff/").status_code == 200
    clock.shift(30 * 60)
    assert browser.client.get("/staff/").status_code == 303


def test_a_customer_stays_signed_in(app: Flask, browser: Browser, clock: time_machine.Traveller) -> None:
    hire(app, None)
    sign_in(browser, "/account/orders")
    clock.shift(timedelta(days=29).total_seconds())
    assert browser.client.get("/account/orders").status_code == 200


def test_an_earlier_secret_key_opens_what_it_sealed_until_it_is_taken_away(
    app: Flask, clock: time_machine.Traveller, secret: str
) -> None:
    settings = app.extensions["settings"]
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another secret of this shop, forty characters"
    settings.SECRET_KEY_FALLBACKS = [former]
    with app.app_context():
        (customer_id,) = db.session.scalars(db.select(SecondFactor.customer_id))
        with transaction():
            second_factors.spend(second_factors.check(customer_id, code_of(secret)))
        settings.SECRET_KEY_FALLBACKS = []
        clock.shift(60)
        assert second_factors.check(customer_id, code_of(secret)).step is not None


def test_the_security_log_names_the_account_of_a_wrong_code(
    app: Flask, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = another(app)
    sign_in(other)
    with caplog.at_level("INFO", logger="storefront.security"):
        other.send("/login/code", one_time_code="000000")
    (line,) = [record for record in caplog.records if record.name == "storefront.security"]
    assert (line.action, line.outcome) == ("sign_in_code", "refused")  # type: ignore[attr-defined]
    assert re.fullmatch("[0-9a-f]{16}", line.account)  # type: ignore[attr-defined]


def test_what_a_login_proved_is_stored_with_it(app: Flask, client: FlaskClient, secret: str) -> None:
    other = another(app)
    sign_in(other)
    other.send("/login/code", one_time_code=code_of(secret))
    with app.app_context():
        latest = db.session.scalars(db.select(Login).order_by(Login.created_at.desc())).first()
    assert latest is not None
    assert latest.second_factor_at == latest.created_at
