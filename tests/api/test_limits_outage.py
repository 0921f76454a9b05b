"""Redis dead or frozen: requests go on without waiting, limits count in the process, and Redis is found again."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis
from flask import Flask
from limits import parse
from redis.connection import Connection
from werkzeug.test import TestResponse

from storefront import limits
from storefront.extensions import limiter
from storefront.limit_storage import CHECK_EVERY, PATIENCE, FallbackStorage, announce
from storefront.limits import LIMITS, limited
from tests.api.conftest import DUMBBELLS, Phone, purchase, registered
from tests.api.test_limits import WRONG, address, counting
from tests.campaigns.processes import wait_until
from tests.conftest import _opened
from tests.redis_server import RedisServer, redis_server

MARGIN = 10.0
"""Seconds after which a request certainly waited for Redis, whose client tries for a minute by default."""

pytestmark = pytest.mark.redis


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as started:
        yield started


@pytest.fixture
def app(sqlite_url: str, server: RedisServer) -> Iterator[Flask]:
    yield from _opened(counting(sqlite_url, REDIS_URL=server.url, TRUSTED_PROXIES=1))


@pytest.fixture(params=["freeze", "kill"])
def outage(request: pytest.FixtureRequest, server: RedisServer) -> Callable[[], None]:
    """Return what takes Redis away: it is silent, or refuses connections."""
    return getattr(server, request.param)


def timed(send: Callable[[], TestResponse]) -> tuple[int, float]:
    began = time.monotonic()
    return send().status_code, time.monotonic() - began


def forget(app: Flask, number: int) -> TestResponse:
    """Ask for a new password: three times an hour for one account in one network, whatever the address."""
    body = {"email": "ana@example.com"}
    header = {"X_Forwarded_For": f"10.8.8.{number}"}
    return Phone(app.test_client()).post("/api/auth/forgot-password", body, **header)


def storage() -> FallbackStorage:
    assert isinstance(limiter.storage, FallbackStorage)
    return limiter.storage


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the commands that are sent to Redis."""
    commands: list[str] = []
    send = Connection.send_command

    def noted(self: Connection, *arguments: object, **options: object) -> None:
        commands.append(str(arguments[0]))
        send(self, *arguments, **options)

    monkeypatch.setattr(Connection, "send_command", noted)
    return commands


def test_a_request_asks_redis_once(app: Flask, asked: list[str]) -> None:
    phone = Phone(app.test_client())
    first = phone.get("/api/products", **address(1))
    asked.clear()
    second = phone.get("/api/products", **address(1))
    assert asked == ["EVALSHA"], "what the headers say came with the count"
    left = [int(answer.headers["RateLimit-Remaining"]) for answer in (first, second)]
    assert left == [599, 598]
    assert 1 <= int(second.headers["RateLimit-Reset"]) <= 60


def test_all_rules_of_a_request_are_one_question(app: Flask, asked: list[str]) -> None:
    phone = registered(app, "ana@example.com")
    try_coupon(phone)
    asked.clear()
    assert try_coupon(phone).status_code == 200
    assert asked == ["EVALSHA", "EVALSHA"], "counted by five rules, and what was no guess given back"
    asked.clear()
    phone.post("/api/checkout/create-session", purchase())
    assert asked == ["EVALSHA"]


def try_coupon(phone: Phone) -> TestResponse:
    body = {"couponCode": "BIENVENIDO15", "items": [{"productId": DUMBBELLS, "quantity": 1}]}
    return phone.post("/api/checkout/apply-coupon", body, **address(3))


@pytest.mark.parametrize("full", [None, 0, 1, 2, 3, 4])
def test_rules_count_together_as_they_do_one_by_one(
    app: Flask, server: RedisServer, monkeypatch: pytest.MonkeyPatch, full: int | None
) -> None:
    rules = [(name, kind, rule) for name in ("coupon", "code") for kind, rule in LIMITS[name].items()]
    outcomes = []
    phone = registered(app, "ana@example.com")
    with redis.Redis.from_url(server.url) as counters:
        for is_announced in (True, False):
            monkeypatch.setattr(limits, "announce", announce if is_announced else lambda _counters: None)
            counters.flushall()
            if full is not None:  # the first request makes the counters, and one of them is then at its limit
                try_coupon(phone)
                name, kind, rule = rules[full]
                key = next(key for key in counters.scan_iter() if f"/{name}:{kind}/".encode() in key)
                counters.set(key, parse(rule).amount, keepttl=True)
            answer = try_coupon(phone)
            left = {key: counters.get(key) for key in counters.scan_iter()}
            outcomes.append((answer.status_code, answer.headers["RateLimit-Limit"], left))
    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0] == (200 if full is None else 429)


def test_a_request_waits_a_fifth_of_a_second_at_most(app: Flask) -> None:
    options = storage().storage.connection_pool.connection_kwargs
    assert options["socket_connect_timeout"] + options["socket_timeout"] <= 0.3
    assert options["retry"].get_retries() == 0
    assert 2 * PATIENCE <= 0.3


def test_an_outage_costs_one_short_wait_and_the_process_counts(app: Flask, outage: Callable[[], None]) -> None:
    assert forget(app, 0).status_code == 202
    outage()
    answers = [timed(lambda n=number: forget(app, n)) for number in range(1, 6)]
    assert [status for status, _ in answers] == [202, 202, 202, 429, 429]
    assert max(seconds for _, seconds in answers) < MARGIN
    assert forget(app, 9).headers["RateLimit-Remaining"] == "0"


def test_no_thread_is_answered_with_an_error_and_all_share_the_count(app: Flask, outage: Callable[[], None]) -> None:
    forget(app, 0)
    outage()
    gate, statuses = threading.Barrier(16), []

    def ask(number: int) -> None:
        gate.wait()
        statuses.append(forget(app, number).status_code)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 16
    assert set(statuses) <= {202, 429}
    assert statuses.count(202) <= 3
    assert forget(app, 20).status_code == 429


def test_an_outage_in_the_middle_of_a_request_breaks_neither_its_headers_nor_its_count(
    app: Flask, outage: Callable[[], None]
) -> None:
    def view() -> tuple[str, int]:
        outage()
        return "refused", 401

    app.add_url_rule("/counted", view_func=limited("read")(view))
    answer = app.test_client().get("/counted")
    assert answer.status_code == 401
    assert answer.headers["RateLimit-Limit"] == LIMITS["read"]["address"].split()[0]


def test_a_failure_is_counted_though_redis_went_away_meanwhile(app: Flask, server: RedisServer) -> None:
    def view() -> tuple[str, int]:
        server.freeze()
        return "refused", 401

    app.add_url_rule("/failed", view_func=limited("login")(view))
    statuses = [app.test_client().get("/failed").status_code for _ in range(22)]
    assert statuses == [401] * 21 + [429], "the first one was counted in Redis"


def test_a_right_guess_is_given_back_though_redis_went_away_meanwhile(app: Flask, server: RedisServer) -> None:
    def view() -> tuple[str, int]:
        server.freeze()
        return "right", 200

    app.add_url_rule("/right", view_func=limited("login")(view))
    assert {app.test_client().get("/right").status_code for _ in range(25)} == {200}


def test_who_asks_for_no_counted_page_never_waits(app: Flask, server: RedisServer) -> None:
    server.freeze()
    forget(app, 0)
    time.sleep(1.5 * CHECK_EVERY)  # by now somebody looks whether Redis is back
    client = app.test_client()
    for path in ("/healthz", "/returns"):
        status, seconds = timed(lambda where=path: client.get(where))
        assert (status, seconds < PATIENCE * 5) == (200, True), (path, seconds)


def test_redis_counts_again_within_seconds_of_its_return(
    app: Flask, server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    for leave, come_back in ((server.freeze, server.thaw), (server.kill, server.start)):
        leave()
        for number in range(3):
            Phone(app.test_client()).post("/api/auth/login", WRONG, **address(number))
        come_back()
        with server.client() as client:
            client.flushall()
            wait_until(lambda: (app.test_client().get("/api/products"), client.keys("LIMITS*read*"))[1], "its use", 10)
    lines = [record.getMessage() for record in caplog.records if record.name == "storefront.limit_storage"]
    assert [line.split(",")[0][:14] for line in lines] == ["Redis is away", "Redis is back "] * 2


def test_readiness_tells_it_soon(app: Flask, outage: Callable[[], None]) -> None:
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    outage()
    began = time.monotonic()
    answer = client.get("/readyz")
    assert time.monotonic() - began < MARGIN
    assert (answer.status_code, answer.json["reasons"]) == (503, ["redis does not answer"])
