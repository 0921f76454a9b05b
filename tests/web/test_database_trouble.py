"""SQLite locked by somebody else, or its disk full: a clean refusal, nothing half written, and it works again."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy
from flask import Flask
from werkzeug.test import TestResponse

from storefront.database import PoolTimeout, db
from tests import events
from tests.api.conftest import PASSWORD, Phone, assert_problem
from tests.factories import WHEY
from tests.web.browser import Browser

pytestmark = [pytest.mark.new_app, pytest.mark.options(propagate_exceptions=False)]


@pytest.fixture(autouse=True)
def as_in_production(app: Flask) -> None:
    """Let nobody wait long for a lock."""
    each_connection(app, "PRAGMA busy_timeout=50")


def each_connection(app: Flask, pragma: str) -> None:
    """Have every connection of the shop begin with a pragma."""
    with app.app_context():
        db.engine.dispose()
        sqlalchemy.event.listen(db.engine, "connect", lambda raw, _: raw.execute(pragma))


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold the lock for writing."""
    rival = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        rival.close()


def register(app: Flask, n: int) -> TestResponse:
    body = {"email": f"ana{n}@example.com", "password": PASSWORD, "firstName": "A" * 60, "lastName": "B" * 60}
    return Phone(app.test_client()).post("/api/auth/register", body)


def assert_come_back(answer: TestResponse) -> None:
    assert answer.status_code == 503
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_while_somebody_else_writes(
    app: Flask, browser: Browser, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    browser.get(f"/products/{WHEY}")
    event = events.event("customer.created", {"id": "cus_1", "object": "customer"})
    with locked(sqlite_url):
        page = browser.send("/cart/items", quantity="1")
        assert_come_back(page)
        assert "Volvemos enseguida" in page.text
        answer = register(app, 1)
        assert_problem(answer, 503, "service_unavailable")
        assert_come_back(answer)
        assert_come_back(events.send(app.test_client(), event))
    browser.add(WHEY)
    assert register(app, 1).status_code == 201
    assert events.send(app.test_client(), event).status_code == 200
    lines = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert lines[0] == "database does not serve: SQLITE_BUSY"
    assert lines[1].startswith("database serves again after")
    assert len(lines) == 2


def test_while_the_disk_is_full(app: Flask, sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with app.app_context(), db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    each_connection(app, f"PRAGMA max_page_count={pages}")
    refused = next(n for n in range(300) if register(app, n).status_code != 201)
    answer = register(app, refused)
    assert_problem(answer, 503, "service_unavailable")
    assert_come_back(answer)
    assert app.test_client().get("/").status_code == 200
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "database does not serve: SQLITE_FULL"
    ]
    each_connection(app, "PRAGMA max_page_count=1000000")
    assert register(app, refused).status_code == 201
    with app.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_a_statement_that_is_wrong_is_our_own_fault(app: Flask) -> None:
    @app.get("/wrong")
    def wrong() -> str:
        db.session.execute(sqlalchemy.text("SELECT nothing FROM nowhere"))
        return "never"

    assert app.test_client().get("/wrong").status_code == 500


def test_no_free_connection_is_an_outage_too(app: Flask) -> None:
    @app.get("/api/crowded")
    @app.get("/crowded")
    def crowded() -> str:
        raise PoolTimeout("QueuePool limit of size 20 overflow 10 reached")

    assert_come_back(app.test_client().get("/crowded"))
    assert_problem(app.test_client().get("/api/crowded"), 503, "service_unavailable")
