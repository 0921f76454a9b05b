"""The security log: what it notes of each door, by pseudonyms."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from config import TestConfig
from storefront import clock, create_app
from storefront.observability.logs import JsonFormatter
from tests.api.conftest import PASSWORD, Phone, registered
from tests.conftest import _opened
from tests.fakes import FakeGateway, KeepingMailer
from tests.web.browser import Browser
from tests.web.test_account import log_in, register

EMAIL = "pia@example.com"


class Log:
    """The lines of the log, as a machine reads them."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog

    def take(self) -> list[dict[str, str]]:
        """Return the lines since the last look, which name nobody."""
        texts = [JsonFormatter().format(one) for one in self.caplog.records if one.name == "storefront.security"]
        self.caplog.clear()
        for hidden in ("@", "pia", "127.0.0", PASSWORD, "token="):
            assert not any(hidden in text for text in texts)
        return [json.loads(text) for text in texts]

    def words(self) -> list[str]:
        """Return the lines since the last look in short."""
        return [line["message"] for line in self.take()]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Log:
    caplog.set_level(logging.INFO, logger="storefront.security")
    return Log(caplog)


@pytest.fixture
def counting(sqlite_url: str) -> Iterator[Flask]:
    """Return a shop that counts."""
    config = TestConfig({"DATABASE_URL": sqlite_url}, RATE_LIMITS=True)
    yield from _opened(create_app(config, payments=FakeGateway(), mailer=KeepingMailer()))


def test_an_account_on_the_pages(browser: Browser, log: Log) -> None:
    register(browser)
    browser.send("/logout")
    log_in(browser, password="wrong")
    log_in(browser)
    browser.get("/account/profile")
    browser.send("/account/profile/password", current_password="wrong", password="guayaba en bicicleta 7")
    browser.get("/forgot-password")
    browser.send("/forgot-password", email=EMAIL)
    assert log.words() == [
        "register done", "sign_out done", "sign_in refused", "sign_in done", "change_password refused",
        "ask_reset done",
    ]  # fmt: skip


def test_one_account_has_one_name_everywhere_and_another_has_another(app: Flask, browser: Browser, log: Log) -> None:
    register(browser)
    phone = Phone(app.test_client())
    for email in (EMAIL, " PIA@example.com", "eva@example.com"):
        phone.post("/api/auth/login", {"email": email, "password": "wrong"})
    lines = log.take()
    names = [line["account"] for line in lines]
    assert names[0] == names[1] == names[2] != names[3]
    assert {len(line[name]) for line in lines for name in ("account", "address", "network")} == {16}
    assert {line["level"] for line in lines[1:]} == {"warning"}
    assert lines[1]["reason"] == "invalid_credentials"


def test_the_doors_of_the_api(app: Flask, log: Log) -> None:
    phone = registered(app, EMAIL)
    first = phone.refresh
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        refreshed = Phone(phone.client, first).post("/api/auth/refresh").json
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        Phone(phone.client, first).post("/api/auth/refresh")  # a copy in other hands
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        Phone(phone.client, refreshed["refreshToken"]).post("/api/auth/refresh")
        Phone(phone.client, "forged").get("/api/me")
    assert log.words() == [
        "register done", "refresh done", "refresh_reused refused", "refresh refused", "access refused",
    ]  # fmt: skip


def test_a_limit_names_itself(counting: Flask, log: Log) -> None:
    phone = Phone(counting.test_client())
    for _ in range(25):
        phone.post("/api/auth/login", {"email": EMAIL, "password": "wrong"})
    lines = log.take()
    assert lines[0]["message"] == "sign_in refused"
    assert (lines[-1]["message"], lines[-1]["route"]) == ("limit refused", "/api/auth/login")
    assert "per 15 minute" in lines[-1]["reason"]


def test_what_staff_do_and_who_is_no_staff(app: Flask, browser: Browser, log: Log) -> None:
    browser.get("/login?next=/staff/")
    browser.send("/login", email="staff@example.com", password="demo-Passw0rd!")
    log.take()
    browser.client.post("/staff/orders/2026-11-0001/cancel", data=browser.form("/logout").fields)
    (line,) = log.take()
    assert (line["message"], line["role"]) == ("staff_cancel refused", "owner")
    assert line["route"] == "/staff/orders/<reference>/cancel"
    runner = app.test_cli_runner()
    runner.invoke(args=["staff", "add", "eva@example.com", "--role", "support"])
    runner.invoke(args=["staff", "role", "eva@example.com", "manager"])
    runner.invoke(args=["staff", "disable", "eva@example.com"])
    taken = log.take()
    by_whom = [line["message"] for line in taken if line["message"].startswith("command_")]
    assert by_whom == ["command_add done", "command_change_role done", "command_disable done"]
    lines = [line for line in taken if line["message"].startswith("staff_")]
    assert [line["message"] for line in lines] == ["staff_add done", "staff_role done", "staff_disable done"]
    assert len(taken) == 6
    assert [line.get("role") for line in lines] == ["support", "manager", None]
    assert len({line["account"] for line in lines}) == 1


def test_forged_events_and_used_links(app: Flask, browser: Browser, log: Log) -> None:
    browser.client.post("/api/checkout/webhook", data=b"{}", headers={"Stripe-Signature": "t=1,v1=0"})
    Phone(app.test_client()).post("/api/auth/reset-password", {"token": "x" * 43, "password": "guayaba en bici 7"})
    assert log.words() == ["stripe_event refused", "reset_password refused"]


def test_looking_and_buying_are_no_lines(browser: Browser, log: Log) -> None:
    for path in ("/", "/login", "/account/orders", "/cart"):
        browser.get(path)
    assert log.words() == []


def test_a_body_that_is_too_large_is_noted_unread(app: Flask, browser: Browser, log: Log) -> None:
    phone = Phone(app.test_client())
    large = phone.client.post("/api/auth/login", data="x" * 200_000, headers={"Content-Type": "application/json"})
    assert large.status_code == 413
    form = browser.client.post("/login", data={"email": "x" * 200_000})
    assert form.status_code == 413
    assert [(line["message"], line.get("account")) for line in log.take()] == [("sign_in refused", None)] * 2
