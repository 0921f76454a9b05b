"""The page of signed-in devices, without JavaScript."""

from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select

from storefront.clock import now
from storefront.database import db
from storefront.domain.customer import Login
from tests.web.browser import Browser
from tests.web.test_account import PASSWORD, register

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0"


def elsewhere(app: Flask) -> Browser:
    """Return another browser in which the account is open."""
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = FIREFOX
    other = Browser(client)
    other.get("/login")
    other.send("/login", email="pia@example.com", password=PASSWORD)
    assert other.get("/account/devices").status_code == 200
    return other


def ids(app: Flask) -> list[str]:
    with app.app_context():
        found = list(db.session.scalars(select(Login.id).where(Login.revoked_at.is_(None)).order_by(Login.created_at)))
        db.session.remove()
    return found


def test_another_device_is_named_and_signed_out(app: Flask, browser: Browser) -> None:
    register(browser)
    other = elsewhere(app)
    browser.get("/account/devices")
    assert "Firefox en Windows" in browser.text
    assert browser.text.count("Este dispositivo") == 1
    browser.send(f"/account/devices/{ids(app)[1]}/end")
    assert "Cerramos esa sesión" in browser.text
    assert "Firefox" not in browser.text
    assert "los demás dispositivos" not in browser.text
    assert other.client.get("/account/devices").status_code == 303
    browser.send(f"/account/devices/{ids(app)[0]}/end")
    assert browser.client.get("/account/devices").status_code == 303


def test_all_others_are_signed_out_at_once(app: Flask, browser: Browser) -> None:
    register(browser)
    others = [elsewhere(app) for _ in range(2)]
    browser.get("/account/devices")
    browser.send("/account/devices/end-others")
    assert "Cerramos 2 sesiones" in browser.text
    for other in others:
        assert other.client.get("/account/devices").status_code == 303


def test_a_stranger_ends_nobodys(app: Flask, browser: Browser) -> None:
    register(browser)
    own = ids(app)[0]
    thief = Browser(app.test_client())
    register(thief, email="ladron@example.com")
    thief.get("/account/devices")
    token = thief.form("/account/devices/").fields
    for path in (f"/account/devices/{own}/end", "/account/devices/end-others"):
        assert thief.client.post(path, data=token).status_code == 303
    assert browser.client.get("/account/devices").status_code == 200


def test_when_a_browser_was_seen_is_written_once_an_hour(app: Flask, browser: Browser) -> None:
    register(browser)

    def seen() -> object:
        with app.app_context():
            found = db.session.scalar(select(Login.last_seen_at))
            db.session.remove()
        return found

    start = seen()
    browser.get("/account/orders")
    assert seen() == start
    with time_machine.travel(now() + timedelta(hours=2)):
        browser.get("/account/orders")
        later = seen()
        assert later != start
        browser.get("/account/orders")
        assert seen() == later
