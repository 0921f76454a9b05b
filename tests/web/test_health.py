"""What is said to whoever watches the shop: a process that answers, and one that can do its work."""

import socket
import time

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from config import ROOT
from storefront import database
from storefront.database import db
from tests.conftest import build

BEHIND = {"status": "unavailable", "reasons": ["database is not at the newest migration"]}
SILENT = {"status": "unavailable", "reasons": ["database does not answer"]}


def ready(app: Flask) -> tuple[int, object]:
    answer = app.test_client().get("/readyz")
    return answer.status_code, answer.json


def change(app: Flask, statement: str) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_migrated_shop_is_ready(app: Flask) -> None:
    assert ready(app) == (200, {"status": "ok", "reasons": []})
    assert app.test_client().get("/healthz").json == {"status": "ok"}


def test_code_that_is_newer_than_the_database_waits_for_the_migration(app: Flask) -> None:
    change(app, "UPDATE alembic_version SET version_num = '0001'")
    assert ready(app) == (503, BEHIND)


def test_code_that_is_older_goes_on_while_the_new_one_comes_up(app: Flask) -> None:
    change(app, "UPDATE alembic_version SET version_num = '9999'")
    assert ready(app) == (200, {"status": "ok", "reasons": []})


@pytest.mark.parametrize("damage", ["DROP TABLE alembic_version", "DELETE FROM alembic_version"])
def test_a_database_without_a_migration_is_not_ready(app: Flask, damage: str) -> None:
    change(app, damage)
    assert ready(app) == (503, BEHIND)


def test_a_database_that_is_away_is_named_and_the_process_still_answers() -> None:
    away = build("postgresql+psycopg://nobody@127.0.0.1:1/nowhere?connect_timeout=2")
    assert ready(away) == (503, SILENT)
    assert away.test_client().get("/healthz").status_code == 200


def test_a_database_that_takes_connections_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        frozen = build(f"postgresql+psycopg://nobody@127.0.0.1:{silent.getsockname()[1]}/nowhere")
        began = time.monotonic()
        assert ready(frozen) == (503, SILENT)
        assert time.monotonic() - began < 15


def test_the_migrations_are_those_of_alembic_in_its_order() -> None:
    scripts = Config()
    scripts.set_main_option("script_location", str(ROOT / "migrations"))
    walked = ScriptDirectory.from_config(scripts).walk_revisions()
    assert database._migrations() == [script.revision for script in reversed(list(walked))]
