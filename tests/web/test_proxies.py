"""Whose address a request counts for, as the proxies in front of the shop write it."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from storefront import client_addresses
from storefront.client_addresses import client_address
from tests.api.conftest import PASSWORD, Phone, purchase, registered
from tests.api.test_limits import counting
from tests.conftest import _opened

NEW = {"password": PASSWORD, "firstName": "Ana", "lastName": "Gil"}
UNREADABLE = ["unknown", "unix:", "203.0.113.7.9", "[]:80", "2001:db8:::1"]


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    """Return a shop that counts, behind one proxy."""
    yield from _opened(counting(sqlite_url, TRUSTED_PROXIES=1))


def wrong_password(client: FlaskClient, number: int, forwarded: str, **environ: Any) -> int:
    """Return how the shop answers a wrong password for another account each time."""
    body = {"email": f"a{number}@example.com", "password": "wrong"}
    headers = {"X-Forwarded-For": forwarded}
    return client.post("/api/auth/login", json=body, headers=headers, environ_overrides=environ).status_code


def address_seen(app: Flask, proxies: int, forwarded: str, peer: str = "10.0.0.1") -> str:
    """Return whose address the limits count for a request with this header."""
    app.extensions["settings"].TRUSTED_PROXIES = proxies
    seen: list[str] = []
    shop = counting(app.config["SQLALCHEMY_DATABASE_URI"], TRUSTED_PROXIES=proxies)
    shop.add_url_rule("/seen", view_func=lambda: seen.append(client_address()) or "")
    shop.test_client().get("/seen", headers={"X-Forwarded-For": forwarded}, environ_overrides={"REMOTE_ADDR": peer})
    list(_opened(shop))
    return seen[0]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:51234", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ('"203.0.113.7:51234"', "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
        ("[2001:db8:1:2:3::4]", "2001:db8:1:2::"),
        ("[2001:db8:1:2:3::4]:51234", "2001:db8:1:2::"),
        ('"[2001:db8:1:2:3::4]:51234"', "2001:db8:1:2::"),
        ("[2001:DB8:1:2:3::4]:51234", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("[fe80::1%eth0]:80", "fe80::"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("[::ffff:203.0.113.7]:80", "203.0.113.7"),
        ("198.51.100.1, 203.0.113.7:51234", "203.0.113.7"),
    ],
)
def test_an_address_is_understood_with_and_without_a_port(app: Flask, written: str, address: str) -> None:
    assert address_seen(app, 1, written) == address


@pytest.mark.parametrize(
    ("proxies", "written", "address"),
    [
        (0, "203.0.113.7", "10.0.0.1"),
        (2, "198.51.100.1, 203.0.113.7:80, 192.0.2.9:80", "203.0.113.7"),
        # More proxies are trusted than wrote anything: the first of those that did has seen the visitor.
        (2, "203.0.113.7", "203.0.113.7"),
        (3, "203.0.113.7:80, 192.0.2.9", "203.0.113.7"),
        # Nobody wrote anything: whoever asks is not behind a proxy.
        (1, "", "10.0.0.1"),
    ],
)
def test_the_address_is_the_one_that_the_outermost_trusted_proxy_saw(
    app: Flask, proxies: int, written: str, address: str
) -> None:
    assert address_seen(app, proxies, written) == address


@pytest.mark.parametrize("written", UNREADABLE)
def test_strangers_whose_address_cannot_be_read_are_not_counted_as_one(app: Flask, written: str) -> None:
    client = app.test_client()
    assert {wrong_password(client, number, written) for number in range(30)} == {401}
    # An account is still protected, whoever tries its password.
    statuses = [wrong_password(client, 999, written) for _ in range(11)]
    assert statuses == [401] * 10 + [429]


def test_strangers_behind_the_same_port_are_not_one_and_the_same_stranger_behind_many_is(app: Flask) -> None:
    client = app.test_client()
    assert {wrong_password(client, n, f"203.0.113.7:{50000 + n}") for n in range(20)} == {401}
    assert wrong_password(client, 50, "203.0.113.7:60000") == 429
    assert wrong_password(client, 51, "203.0.113.8:60000") == 401
    assert wrong_password(client, 52, "203.0.113.7") == 429


def test_orders_of_strangers_without_an_address_do_not_use_up_one_another_s_holds(sqlite_url: str) -> None:
    app = counting(sqlite_url, TRUSTED_PROXIES=1, MAX_HOLDS_PER_NETWORK=1)
    for number in range(3):
        buyer = registered(app, f"buyer{number}@example.com")
        assert buyer.post("/api/checkout/create-session", purchase(), X_Forwarded_For="unknown").status_code == 201
    first, second = (registered(app, f"other{number}@example.com") for number in range(2))
    assert first.post("/api/checkout/create-session", purchase(), X_Forwarded_For="203.0.113.7:1").status_code == 201
    assert second.post("/api/checkout/create-session", purchase(), X_Forwarded_For="203.0.113.7:2").status_code == 429
    list(_opened(app))


def test_idempotency_keys_of_strangers_without_an_address_do_not_collide(app: Flask) -> None:
    ana, luz = Phone(app.test_client()), Phone(app.test_client())
    same = {"Idempotency_Key": "1", "X_Forwarded_For": "unknown"}
    first = ana.post("/api/auth/register", {**NEW, "email": "ana@example.com"}, **same)
    assert first.status_code == 201
    assert luz.post("/api/auth/register", {**NEW, "email": "luz@example.com"}, **same).status_code == 201
    again = ana.post("/api/auth/register", {**NEW, "email": "ana@example.com"}, **same)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json["user"] == first.json["user"]


def test_whoever_runs_the_shop_hears_once_of_an_address_that_cannot_be_read(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    client_addresses._warn_of_unreadable_addresses.cache_clear()
    client = app.test_client()
    for number in range(3):
        wrong_password(client, number, "secret-text")
    warnings = [record.getMessage() for record in caplog.records if record.name == "storefront.client_addresses"]
    assert len(warnings) == 1
    assert "TRUSTED_PROXIES" in warnings[0]
    assert "secret-text" not in caplog.text
