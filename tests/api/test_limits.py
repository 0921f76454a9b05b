"""How often one client may ask, whom the counting means, and what a refusal says."""

import os
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis
import time_machine
from flask import Flask
from limits.storage import RedisStorage
from werkzeug.test import TestResponse

from config import TestConfig
from storefront import create_app
from storefront.clock import now
from storefront.database import db
from storefront.extensions import limiter
from storefront.limits import LIMITS
from storefront.services.accounts import recovery
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
    assert 1 <= int(response.headers["Retry-After"]) <= 3601  # an hour that just began, rounded up
    assert response.headers["RateLimit-Remaining"] == "0"
    assert int(response.headers["RateLimit-Limit"]) > 0
    assert int(response.headers["RateLimit-Reset"]) > 0


def guess(phone: Phone, number: int = 0, host: int = 7, **changes: str) -> TestResponse:
    """Try a wrong password for Camila's account from a network of that number."""
    return phone.post("/api/auth/login", WRONG | changes, X_Forwarded_For=f"10.77.{number}.{host}")


def test_wrong_passwords_are_limited_by_account_and_network(camila: Phone, stranger: Phone) -> None:
    for host in range(10):
        assert guess(stranger, host=host).status_code == 401
    assert_limited(guess(stranger, host=11))
    for written in (" CAMILA@example.com", "cam\u200bila@example.com", "camila@exam\u00adple.com"):
        assert_limited(guess(stranger, email=written))
    assert guess(stranger, email="other@example.com").status_code == 401


def test_strangers_lock_nobody_out(camila: Phone, stranger: Phone) -> None:
    for _ in range(11):
        guess(stranger)
    assert_limited(guess(stranger))
    assert guess(stranger, 1, password=PASSWORD).status_code == 200, "the right one from another network"


def spread(stranger: Phone, many: int = 100) -> None:
    """Guess from many networks until the account's own limit is reached."""
    for number in range(many):
        assert guess(stranger, 100 + number // 10, host=number).status_code == 401
    assert_limited(guess(stranger, 150))


def test_guesses_from_many_networks_are_slowed_down_and_the_owner_is_not(camila: Phone, stranger: Phone) -> None:
    assert guess(stranger, 1, password=PASSWORD).status_code == 200
    spread(stranger)
    assert_limited(guess(stranger, 2, password=PASSWORD))
    assert guess(stranger, 1, host=200, password=PASSWORD).status_code == 200, "from where she signed in before"
    assert guess(stranger, 150, email="diego@example.com").status_code == 401, "another account is not meant"


def test_a_new_password_by_mail_opens_the_way_in_again(app: Flask, camila: Phone, stranger: Phone) -> None:
    for _ in range(11):
        guess(stranger)
    spread(stranger, 90)
    with app.app_context():
        link = recovery.link_context("password_reset", "camila@example.com") or {}
        db.session.remove()
    body = {"token": link["url"].rpartition("=")[2], "password": "guayaba-en-bicicleta"}
    assert stranger.post("/api/auth/reset-password", body, X_Forwarded_For="10.77.0.7").status_code == 204
    assert guess(stranger, 0, password="guayaba-en-bicicleta").status_code == 200
    assert guess(stranger, 3, password="guayaba-en-bicicleta").status_code == 200


def test_ones_own_right_password_gives_no_guess_at_others_back(camila: Phone, diego: Phone, stranger: Phone) -> None:
    own = {"email": "diego@example.com", "password": PASSWORD}
    statuses = []
    for number in range(21):
        assert number >= 20 or stranger.post("/api/auth/login", own, **address(1)).status_code == 200
        body = {"email": f"a{number}@example.com", "password": "wrong"}
        statuses.append(stranger.post("/api/auth/login", body, **address(1)).status_code)
    assert statuses == [401] * 20 + [429]


def test_many_behind_one_address_may_slip(app: Flask, stranger: Phone) -> None:
    for number in range(5):
        registered(app, f"vecina{number}@example.com")
    for number in range(25):
        mine = {"email": f"vecina{number % 5}@example.com"}
        assert stranger.post("/api/auth/login", mine | {"password": "wrong"}, **address(1)).status_code == 401
        assert stranger.post("/api/auth/login", mine | {"password": PASSWORD}, **address(1)).status_code == 200


@pytest.mark.parametrize("right", [1, 3])
def test_a_right_password_gives_the_slips_of_its_own_account_back_once(
    camila: Phone, diego: Phone, stranger: Phone, right: int
) -> None:
    def try_one(email: str, password: str) -> int:
        return stranger.post("/api/auth/login", {"email": email, "password": password}, **address(1)).status_code

    assert [try_one("diego@example.com", "wrong") for _ in range(7)] == [401] * 7
    assert [try_one(f"a{number}@example.com", "wrong") for number in range(8)] == [401] * 8
    assert [try_one("diego@example.com", PASSWORD) for _ in range(right)] == [200] * right
    assert [try_one(f"b{number}@example.com", "wrong") for number in range(13)] == [401] * 12 + [429]


def test_guesses_at_once_count_too(app: Flask, camila: Phone) -> None:
    statuses = at_once(50, lambda: guess(Phone(app.test_client())).status_code)
    assert sorted(statuses) == [401] * 10 + [429] * 40
    assert_limited(guess(Phone(app.test_client()), password=PASSWORD))


def test_counted_afterwards_all_guesses_at_once_are_checked(app: Flask) -> None:
    """The control: fifty are inside before any of them is counted."""
    inside = threading.Barrier(50)

    def view() -> tuple[str, int]:
        inside.wait(timeout=60)
        return "wrong", 401

    late = limiter.shared_limit("10 per 15 minutes", scope="late", deduct_when=lambda answer: answer.status_code == 401)
    app.add_url_rule("/late", view_func=late(view))
    assert at_once(50, lambda: app.test_client().get("/late").status_code) == [401] * 50


def at_once(many: int, act: Callable[[], int]) -> list[int]:
    """Return what many threads get that act at the same moment."""
    gate, found = threading.Barrier(many), []

    def run() -> None:
        gate.wait(timeout=60)
        found.append(act())

    threads = [threading.Thread(target=run) for _ in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_stolen_phone_guesses_the_password_slowly(camila: Phone, stranger: Phone) -> None:
    body = {"currentPassword": "wrong", "newPassword": "guayaba-en-bicicleta"}
    for path, sent in (("/api/me/password", body), ("/api/me/close", {"password": "wrong"})) * 5:
        assert camila.post(path, sent).status_code == 400
    assert_limited(camila.post("/api/me/password", body))
    assert_limited(camila.post("/api/me/close", {"password": "wrong"}))
    assert stranger.post("/api/auth/login", LOGIN).status_code == 200, "signing in is counted apart"


def code(number: int) -> dict[str, Any]:
    return {"couponCode": f"NADA{number}", "items": [{"productId": DUMBBELLS, "quantity": 1}]}


def test_codes_that_do_not_exist_are_counted_by_hour(app: Flask, camila: Phone, diego: Phone) -> None:
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    for _ in range(11):  # what exists is no guess, whether it can be used or not
        assert camila.put("/api/cart/coupon", {"couponCode": "FIT10"}).status_code == 200
        assert_problem(camila.put("/api/cart/coupon", {"couponCode": "VENCIDO"}), 400, "coupon_expired")
    for number in range(10):
        assert_problem(camila.post("/api/checkout/apply-coupon", code(number)), 400, "coupon_invalid")
    for number in range(5):
        assert_problem(camila.put("/api/cart/coupon", {"couponCode": f"ALGO{number}"}), 400, "coupon_invalid")
        body = purchase(couponCode=f"OTRO{number}")
        key = {"Idempotency_Key": f"k{number}"} if number % 2 else {}
        assert_problem(camila.post("/api/checkout/create-session", body, **key), 400, "coupon_invalid")
    for path, sent in (("apply-coupon", code(99)), ("create-session", purchase(couponCode="FIT10"))):
        assert_limited(camila.post(f"/api/checkout/{path}", sent))
    assert camila.post("/api/checkout/create-session", purchase()).status_code == 201, "without a code all goes on"
    assert_problem(diego.post("/api/checkout/apply-coupon", code(1)), 400, "coupon_invalid")
    with time_machine.travel(now() + timedelta(minutes=61)):
        phone = Phone(app.test_client())
        phone.take(phone.post("/api/auth/login", LOGIN).json)
        assert_problem(phone.post("/api/checkout/apply-coupon", code(1)), 400, "coupon_invalid")


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
        stranger.post(
            "/api/auth/forgot-password", {"email": "x@example.com"}, X_Forwarded_For=f"10.8.8.{n}"
        ).status_code
        for n in range(4)
    ]
    assert statuses == [202, 202, 202, 429]
    elsewhere = stranger.post("/api/auth/forgot-password", {"email": "x@example.com"}, **address(1))
    assert elsewhere.status_code == 202, "a stranger takes nobody's way back"


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


@pytest.mark.redis
def test_guesses_at_once_count_in_redis_and_right_ones_are_given_back(sqlite_url: str, redis_url: str) -> None:
    app = counting(sqlite_url, REDIS_URL=redis_url, TRUSTED_PROXIES=1)
    email = f"{uuid.uuid4().hex}@example.com"
    here = {"X_Forwarded_For": f"2001:db8:{uuid.uuid4().hex[:4]}:{uuid.uuid4().hex[:4]}::1"}
    registered(app, email)

    def try_one(password: str) -> int:
        body = {"email": email, "password": password}
        return Phone(app.test_client()).post("/api/auth/login", body, **here).status_code

    assert [try_one(PASSWORD) for _ in range(15)] == [200] * 15
    assert sorted(at_once(50, lambda: try_one("wrong"))) == [401] * 10 + [429] * 40
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
        assert set(rules) <= {"customer", "address", "network", "pair", "account"}
