"""How often one client may ask, whom the counting means, and what a refusal says."""

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from flask import Flask
from limits.storage import RedisStorage

from config import TestConfig
from storefront import create_app
from storefront.extensions import limiter
from storefront.limits import LIMITS
from tests.api.conftest import DUMBBELLS, PASSWORD, Phone, assert_problem, purchase, registered
from tests.conftest import _opened
from tests.fakes import FakeGateway, KeepingMailer

LOGIN = {"email": "camila@example.com", "password": PASSWORD}
WRONG = {"email": "camila@example.com", "password": "wrong"}


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    """Return a shop that counts, behind one proxy."""
    yield from _opened(counting(sqlite_url, TRUSTED_PROXIES=1, MAX_HOLDS_PER_PERSON=1000, MAX_HOLDS_PER_NETWORK=1000))


def counting(url: str, **settings: Any) -> Flask:
    config = TestConfig({"DATABASE_URL": url}, RATE_LIMITS=True, **settings)
    return create_app(config, payments=FakeGateway(), mailer=KeepingMailer())


def address(number: int) -> dict[str, str]:
    """Return the header of a proxy for a client in a network of its own."""
    return {"X_Forwarded_For": f"10.{number // 250}.{number % 250}.7"}


def assert_limited(response: Any) -> None:
    assert_problem(response, 429, "rate_limited")
    assert 1 <= int(response.headers["Retry-After"]) <= 3600
    assert response.headers["RateLimit-Remaining"] == "0"
    assert int(response.headers["RateLimit-Limit"]) > 0
    assert int(response.headers["RateLimit-Reset"]) > 0


def test_wrong_passwords_are_limited_by_account(camila: Phone, stranger: Phone) -> None:
    for number in range(10):
        assert stranger.post("/api/auth/login", WRONG, **address(number)).status_code == 401
    assert_limited(stranger.post("/api/auth/login", WRONG, **address(11)))
    assert_limited(stranger.post("/api/auth/login", {**WRONG, "email": " CAMILA@example.com"}, **address(12)))
    assert stranger.post("/api/auth/login", {**WRONG, "email": "other@example.com"}, **address(13)).status_code == 401


def test_wrong_passwords_are_limited_by_address(stranger: Phone) -> None:
    for number in range(20):
        body = {"email": f"a{number}@example.com", "password": "wrong"}
        assert stranger.post("/api/auth/login", body, **address(1)).status_code == 401
    assert_limited(stranger.post("/api/auth/login", {"email": "z@example.com", "password": "x"}, **address(1)))
    assert (
        stranger.post("/api/auth/login", {"email": "z@example.com", "password": "x"}, **address(2)).status_code == 401
    )


def test_wrong_passwords_are_limited_by_network(stranger: Phone) -> None:
    for number in range(100):
        body = {"email": f"a{number}@example.com", "password": "wrong"}
        assert stranger.post("/api/auth/login", body, X_Forwarded_For=f"10.9.9.{number}").status_code == 401
    assert_limited(
        stranger.post("/api/auth/login", {"email": "z@example.com", "password": "x"}, X_Forwarded_For="10.9.9.200")
    )


def test_right_passwords_are_not_counted(camila: Phone, stranger: Phone) -> None:
    for _ in range(25):
        assert stranger.post("/api/auth/login", LOGIN).status_code == 200


def test_an_ipv6_household_is_one_client(stranger: Phone) -> None:
    for number in range(20):
        body = {"email": f"a{number}@example.com", "password": "wrong"}
        stranger.post("/api/auth/login", body, X_Forwarded_For=f"2001:db8:1:1:{number:x}::1")
    body = {"email": "z@example.com", "password": "x"}
    assert_limited(stranger.post("/api/auth/login", body, X_Forwarded_For="2001:db8:1:1:ffff::1"))
    assert stranger.post("/api/auth/login", body, X_Forwarded_For="2001:db8:2:2::1").status_code == 401


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_a_thousand_invented_addresses_are_one_client(sqlite_url: str, proxies: int) -> None:
    app = counting(sqlite_url, TRUSTED_PROXIES=proxies)
    stranger = Phone(app.test_client())
    real = ["198.51.100.7", "203.0.113.9"][:proxies]
    seen = set()
    for number in range(1000):
        invented = f"10.{number // 250}.{number % 250}.7"
        body = {"email": f"a{number}@example.com", "password": "wrong"}
        response = stranger.post("/api/auth/login", body, X_Forwarded_For=", ".join([invented, *real]))
        seen.add((number >= 20, response.status_code))
    assert seen == {(False, 401), (True, 429)}
    list(_opened(app))


def test_ten_thousand_sessions_are_few(app: Flask) -> None:
    camila = registered(app, "camila@example.com")
    gateway: FakeGateway = app.extensions["payments"]
    body = purchase(items=[{"productId": DUMBBELLS, "quantity": 1}])
    statuses = [camila.post("/api/checkout/create-session", body, **address(n)).status_code for n in range(300)]
    assert gateway.calls.count("open") <= int(LIMITS["checkout"]["customer"].split()[0])
    assert set(statuses) <= {201, 400, 429}
    assert_limited(camila.post("/api/checkout/create-session", body, **address(1)))


def test_open_holds_are_capped(sqlite_url: str) -> None:
    app = counting(sqlite_url, MAX_HOLDS_PER_PERSON=3)
    camila = registered(app, "camila@example.com")
    body = purchase(items=[{"productId": DUMBBELLS, "quantity": 1}])
    assert [camila.post("/api/checkout/create-session", body).status_code for _ in range(3)] == [201] * 3
    response = camila.post("/api/checkout/create-session", body)
    assert_problem(response, 429, "rate_limited")
    assert int(response.headers["Retry-After"]) > 0
    list(_opened(app))


def test_registrations_and_forgotten_passwords_are_limited(stranger: Phone) -> None:
    body = {"password": PASSWORD, "firstName": "A", "lastName": "B"}
    statuses = [
        stranger.post("/api/auth/register", {**body, "email": f"a{n}@example.com"}).status_code for n in range(31)
    ]
    assert statuses == [201] * 30 + [429]
    statuses = [
        stranger.post("/api/auth/forgot-password", {"email": "x@example.com"}, **address(n)).status_code
        for n in range(4)
    ]
    assert statuses == [202, 202, 202, 429]


def test_what_is_left_is_told(camila: Phone) -> None:
    response = camila.get("/api/me")
    assert response.headers["RateLimit-Limit"] == "600"
    assert int(response.headers["RateLimit-Remaining"]) < 600
    assert 1 <= int(response.headers["RateLimit-Reset"]) <= 61
    assert "Retry-After" not in response.headers


def test_limits_can_be_switched_off(sqlite_url: str) -> None:
    app = counting(sqlite_url)
    app.extensions["settings"].RATE_LIMITS = False
    stranger = Phone(app.test_client())
    for _ in range(30):
        response = stranger.post("/api/auth/login", WRONG)
        assert response.status_code == 401
        assert "RateLimit-Limit" not in response.headers
    list(_opened(app))


@pytest.fixture
def redis_url() -> str:
    """Return the address of a Redis that answers."""
    url = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
    try:
        redis.Redis.from_url(url, socket_timeout=2).ping()
    except redis.RedisError:
        pytest.skip("Redis does not answer at TEST_REDIS_URL")
    return url


@pytest.mark.redis
def test_workers_share_one_count(sqlite_url: str, redis_url: str) -> None:
    apps = [counting(sqlite_url, REDIS_URL=redis_url, TRUSTED_PROXIES=1) for _ in range(4)]
    phones = [Phone(app.test_client()) for app in apps]
    here = f"2001:db8:{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}::1"
    assert isinstance(limiter.storage, RedisStorage)
    statuses = []
    for number in range(30):
        body = {"email": f"{uuid.uuid4().hex}@example.com", "password": "wrong"}
        statuses.append(phones[number % 4].post("/api/auth/login", body, X_Forwarded_For=here).status_code)
    assert statuses == [401] * 20 + [429] * 10
    for app in apps:
        list(_opened(app))


def test_without_redis_each_worker_counts_alone(sqlite_url: str) -> None:
    app = counting(sqlite_url, REDIS_URL="redis://127.0.0.1:1/0")
    stranger = Phone(app.test_client())
    statuses = [stranger.post("/api/auth/login", WRONG).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    list(_opened(app))


def test_every_limit_is_of_a_known_kind() -> None:
    for name, rules in LIMITS.items():
        assert rules, name
        assert set(rules) <= {"customer", "address", "network", "account"}
