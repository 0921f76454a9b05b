"""PostgreSQL goes away and comes back: clean refusals, one line in the log, and the next request is answered."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from storefront.database import db
from tests import events
from tests.api.conftest import PASSWORD, assert_problem
from tests.campaigns.databases import fresh
from tests.campaigns.outages import Cluster, cluster
from tests.campaigns.processes import wait_until
from tests.campaigns.rig import rig
from tests.conftest import build

PERSON = {"email": "ana@example.com", "password": PASSWORD, "firstName": "Ana", "lastName": "Gil"}
CHECKOUT = events.event("customer.created", {"id": "cus_1", "object": "customer"})

pytestmark = [pytest.mark.postgres, pytest.mark.concurrency]


@pytest.fixture(scope="module")
def postgres() -> Iterator[Cluster]:
    with cluster() as started:
        yield started


@pytest.fixture
def app(postgres: Cluster) -> Iterator[Flask]:
    with fresh("postgres", postgres.url) as books:
        app = build(books.url)
        app.config["PROPAGATE_EXCEPTIONS"] = False
        try:
            yield app
        finally:
            if not postgres._answers():
                postgres.start()
            with app.app_context():
                db.engine.dispose()


def search(app: Flask, n: int = 0, language: str = "es") -> TestResponse:
    """Ask for a page that no process remembers."""
    return app.test_client().get(f"/?q=proteina{n}", headers={"Accept-Language": language})


def fill_pool(app: Flask) -> None:
    """Leave several open connections in the pool."""
    with ThreadPoolExecutor(8) as crowd:
        assert {answer.status_code for answer in crowd.map(lambda n: search(app, n), range(24))} == {200}


def assert_come_back(answer: TestResponse) -> None:
    assert answer.status_code == 503
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("language", "title", "way_on"),
    [("es", "Volvemos enseguida", "Ir a la tienda"), ("en", "We will be right back", "Go to the shop")],
)
def test_pages_say_it_in_our_own_words(app: Flask, postgres: Cluster, language: str, title: str, way_on: str) -> None:
    assert search(app).status_code == 200
    postgres.stop()
    asked = {"Accept-Language": language}
    for client, path, headers in (
        (app.test_client(), "/?q=whey", asked),
        (app.test_client(), "/products/whey-protein-2lb", asked),
        (signed_in(app), "/cart", asked),
        (signed_in(app), "/account/orders", asked),
        (signed_in(app), "/checkout/shipping", asked),
        (signed_in(app, lang=language), "/cart", {"Accept-Language": "fr"}),
    ):
        answer = client.get(path, headers=headers)
        assert_come_back(answer)
        assert title in answer.text, path
        assert way_on in answer.text
        assert f'<html lang="{language}">' in answer.text


def signed_in(app: Flask, **remembered: str) -> FlaskClient:
    """Return a browser whose cookie names a login."""
    client = app.test_client()
    with client.session_transaction() as kept:
        kept.update({"_user_id": "somebody", "cart": "some-cart", **remembered})
    return client


def test_the_api_answers_with_problems(app: Flask, postgres: Cluster) -> None:
    client = app.test_client()
    token = client.post("/api/auth/register", json=PERSON).json["accessToken"]
    bearer = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k-1"}
    postgres.stop()
    for method, path, body in (
        ("GET", "/api/products?search=whey", None),
        ("GET", "/api/me", None),
        ("POST", "/api/auth/login", {"email": "ana@example.com", "password": PASSWORD}),
        ("POST", "/api/checkout/create-session", {}),
        ("PUT", "/api/cart/items/whey-protein-2lb", {"quantity": 1}),
    ):
        answer = client.open(path, method=method, json=body, headers=bearer)
        assert_problem(answer, 503, "service_unavailable")
        assert_come_back(answer)


def test_stripe_is_told_to_send_its_event_again(app: Flask, postgres: Cluster) -> None:
    client = app.test_client()
    assert search(app).status_code == 200
    postgres.stop()
    answer = events.send(client, CHECKOUT)
    assert_problem(answer, 503, "service_unavailable")
    assert_come_back(answer)
    assert events.post(client, events.raw(CHECKOUT), "t=1,v1=00").status_code == 400
    postgres.start()
    assert events.send(client, CHECKOUT).status_code == 200


def test_the_first_request_after_its_return_is_answered(
    app: Flask, postgres: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fill_pool(app)
    for leave in (postgres.stop, postgres.stop):
        leave()
        assert {search(app, n).status_code for n in range(10)} == {503}
        assert app.test_client().get("/healthz").status_code == 200
        assert app.test_client().get("/readyz").json["reasons"] == ["database does not answer"]
        postgres.start()
        assert search(app, 99).status_code == 200
        fill_pool(app)
    # Away between two requests only: nobody notices.
    postgres.restart_at_once()
    fill_pool(app)
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert [line.split(":")[0].split(" after")[0] for line in lines] == [
        "database does not serve", "database serves again",
    ] * 2, lines  # fmt: skip
    assert not [record for record in caplog.records if record.exc_info]


def test_an_outage_under_load_leaves_no_traceback_in_any_log(postgres: Cluster) -> None:
    with rig("postgres", server=postgres.url, web_workers=2, workers=1) as shop:
        base = f"http://127.0.0.1:{shop.ports[0]}"
        try:
            with ThreadPoolExecutor(6) as crowd:
                visits = crowd.map(lambda n: requests.get(f"{base}/?q=whey{n}", timeout=60).status_code, range(400))
                time.sleep(0.5)
                postgres.stop()
                statuses = set(visits)
            time.sleep(6)  # the worker tries again meanwhile
        finally:
            postgres.start()
        assert statuses <= {200, 503}
        for n in range(8):
            assert requests.get(f"{base}/?q=back{n}", timeout=60).status_code == 200
        worker, web = shop.folder / "worker.log", shop.folder / "web.log"
        wait_until(lambda: "serves again" in worker.read_text(), "the worker's return", 30)

        def web_processes_are_back() -> bool:
            """Ask again: a process notices the return by a request of its own, and the kernel chooses who gets one."""
            assert requests.get(f"{base}/?q=again", timeout=60).status_code == 200
            text = web.read_text()
            return text.count("database does not serve") == text.count("database serves again")

        wait_until(web_processes_are_back, "the return of both web processes", 30)
        for log in (web, worker):
            assert_quiet(log, processes=2 if log != worker else 1)


def assert_quiet(log: Path, processes: int) -> None:
    """Demand a line for the beginning and one for the end from each process, and nothing more about it."""
    text = log.read_text()
    assert "Traceback" not in text, text[-3000:]
    assert 1 <= text.count("database does not serve") <= processes, text[-3000:]
    assert text.count("database does not serve") == text.count("database serves again"), text[-3000:]
