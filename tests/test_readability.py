"""Reading on PostgreSQL: without transactions, and never over a connection that the server has closed."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from storefront.database import db, transaction
from tests.conftest import build

pytestmark = pytest.mark.postgres

_OPEN = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'")
_UNITS = text("SELECT sum(on_hand) FROM stock")
# It waits until they have ended: the signal alone leaves them a moment in which they still take a question.
_END_ALL = text(
    "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 10000)) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def app(postgres_url: str) -> Iterator[Flask]:
    app = build(postgres_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def watch(postgres_url: str) -> Iterator[Engine]:
    engine = create_engine(postgres_url)
    yield engine
    engine.dispose()


def number() -> int | None:
    return db.session.scalar(text("SELECT 1"))


def open_transactions(watch: Engine) -> int:
    with watch.connect() as connection:
        return int(connection.scalar(_OPEN) or 0)


@pytest.mark.usefixtures("app")
def test_reading_leaves_no_transaction_open_and_writing_has_one(watch: Engine) -> None:
    assert number() == 1
    assert open_transactions(watch) == 0
    with transaction():
        assert number() == 1
        assert open_transactions(watch) == 1
    assert open_transactions(watch) == 0


@pytest.mark.usefixtures("app")
def test_what_is_written_and_undone_is_gone() -> None:
    before = db.session.scalar(_UNITS)

    def sell_and_fail() -> None:
        with transaction():
            db.session.execute(text("UPDATE stock SET on_hand = on_hand + 1"))
            assert db.session.scalar(_UNITS) != before
            raise RuntimeError("the power is cut")

    with pytest.raises(RuntimeError):
        sell_and_fail()
    assert db.session.scalar(_UNITS) == before


@pytest.mark.usefixtures("app")
def test_after_a_restart_of_the_server_the_first_question_is_answered(watch: Engine) -> None:
    for _ in range(2):
        assert number() == 1
        db.session.remove()
        with watch.connect() as connection:
            assert connection.scalar(_END_ALL)
        with transaction():
            assert number() == 1


@pytest.mark.usefixtures("app")
def test_without_the_look_at_the_connection_it_would_not_be(watch: Engine, postgres_url: str) -> None:
    careless = create_engine(postgres_url)
    with careless.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    with watch.connect() as connection:
        assert connection.scalar(_END_ALL)
    with pytest.raises(DBAPIError), careless.connect() as connection:
        connection.scalar(text("SELECT 1"))
    careless.dispose()
