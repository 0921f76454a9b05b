"""What every test stands on: an app on a real, migrated database with the demo's goods on the shelves."""

import atexit
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Self
from weakref import WeakKeyDictionary

import pytest
import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import settings

from config import TestConfig
from storefront import create_app
from storefront.clock import now
from storefront.database import bind_migrations, db
from storefront.gateways.files import FolderStore
from storefront.seed import load
from tests.fakes import FakeGateway, KeepingMailer
from tests.pristine import PristineDatabase

pytest_plugins = ["tests.plugin_skips", "tests.statements"]

# Examples of each property, unless it wants more (`tests/examples.py`); `make test` runs the profile `dev`.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None)
settings.load_profile("ci")

# What the goods consist of as files: written once a process, since all its databases are copies of one template.
CONTENT = tempfile.mkdtemp(prefix="shop-content-")
atexit.register(shutil.rmtree, CONTENT, ignore_errors=True)

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


@pytest.fixture(autouse=True)
def _push_request_context() -> None:
    """Replace the fixture of pytest-flask that opens a request context around each test.

    Flask reuses an application context that is open, so all requests of a test would share their `g`, with the user who
    is signed in, and their database session; and code of the worker would find a request that it does not have.
    """


class SeparateRequests(FlaskClient):
    """A test client that keeps no context open in a `with` block, as the `client` of pytest-flask is made.

    The next request, of another client too, would run in the context of the last one, for the reasons above.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def build(url: str, **overrides: object) -> Flask:
    """Return an app for a database URL, with fakes for the world outside."""
    config = TestConfig({"DATABASE_URL": url, "CONTENT_DIR": CONTENT}, **overrides)
    if url.startswith("postgresql"):
        config.SQLALCHEMY_ENGINE_OPTIONS["connect_args"]["options"] += " -c synchronous_commit=off"
    app = create_app(config, payments=FakeGateway(), mailer=KeepingMailer())
    app.test_client_class = SeparateRequests
    bind_migrations(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            # A test's shop need not survive a power cut.
            sqlalchemy.event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    return app


def fill(app: Flask) -> None:
    """Migrate and seed the app's database."""
    with app.app_context():
        upgrade()
        load(now())
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated and seeded SQLite file, made once and copied for each test.

    `TEST_SQLITE_TEMPLATE` names one to keep, for `make mutants`, which starts a thousand test runs.
    """
    kept = os.environ.get("TEST_SQLITE_TEMPLATE")
    path = Path(kept) if kept else tmp_path_factory.mktemp("template") / "shop.sqlite"
    if path.exists():
        return path
    fill(build(f"sqlite:///{path}"))
    with sqlalchemy.create_engine(f"sqlite:///{path}").connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """Return the name of a migrated and seeded PostgreSQL database, made once and copied for each test."""
    admin = _admin()
    name = f"shop_template_{uuid.uuid4().hex[:8]}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    fill(build(_url(name)))
    yield name
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    admin.dispose()


def _admin() -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(POSTGRES, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        engine.connect().close()
    except sqlalchemy.exc.OperationalError:
        pytest.skip("PostgreSQL does not answer at TEST_POSTGRES_URL")
    return engine


def _url(name: str) -> str:
    return sqlalchemy.make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of a fresh SQLite shop."""
    path = tmp_path / "shop.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres_template: str) -> Iterator[str]:
    """Return the URL of a fresh PostgreSQL shop."""
    with _created(f'TEMPLATE "{postgres_template}"') as url:
        yield url


@pytest.fixture(scope="module")
def postgres_module_url(postgres_template: str) -> Iterator[str]:
    """Return the URL of a PostgreSQL shop that the tests of one module share."""
    with _created(f'TEMPLATE "{postgres_template}"') as url:
        yield url


@pytest.fixture
def postgres_empty_url() -> Iterator[str]:
    """Return the URL of a PostgreSQL database without a table."""
    with _created() as url:
        yield url


@contextmanager
def _created(options: str = "") -> Iterator[str]:
    """Give a PostgreSQL database of its own, and drop it."""
    admin = _admin()
    name = f"shop_{uuid.uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" {options}')
    try:
        yield _url(name)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.dispose()


@pytest.fixture(scope="session")
def postgres_kept(postgres_template: str) -> Iterator[PristineDatabase]:
    """Return the one PostgreSQL shop of this test process."""
    admin = _admin()
    name = f"shop_kept_{uuid.uuid4().hex[:8]}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"')
    yield PristineDatabase(_url(name))
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    admin.dispose()


@pytest.fixture
def postgres_restored_url(postgres_kept: PristineDatabase) -> str:
    """Return the URL of that shop, as it was seeded."""
    postgres_kept.restore()
    return postgres_kept.url


class Shops:
    """The shops of this test process, one a database; opened again, each is as new, for less than a new one costs."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Flask, dict[str, object], dict[str, object]]] = {}

    def open(self, url: str) -> Flask:
        """Return the shop with the settings of the first day and with new fakes for the world outside."""
        if url not in self._known:
            app = build(url)
            self._known[url] = (app, deepcopy(vars(app.extensions["settings"])), dict(app.config))
        app, settings, config = self._known[url]
        for kept, first in ((vars(app.extensions["settings"]), deepcopy(settings)), (app.config, config)):
            kept.clear()
            kept.update(first)
        app.extensions["payments"], app.extensions["mailer"] = FakeGateway(), KeepingMailer()
        app.extensions["files"] = FolderStore(Path(CONTENT))
        with app.app_context():
            for cache in _caches_by_engine():
                cache.pop(db.engine, None)
        return app

    def close(self) -> None:
        """Let go of every connection."""
        for app, *_ in self._known.values():
            with app.app_context():
                db.engine.dispose()


@cache
def _caches_by_engine() -> list[WeakKeyDictionary[sqlalchemy.Engine, object]]:
    """Return what modules of the shop remember of a database, which another test has changed since."""
    modules = [module for name, module in sys.modules.items() if name.startswith("storefront.")]
    return [value for module in modules for value in vars(module).values() if isinstance(value, WeakKeyDictionary)]


@pytest.fixture(scope="session")
def shops() -> Iterator[Shops]:
    """Return the shops of this test process."""
    kept = Shops()
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def sqlite_kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the one SQLite shop of this test process lies."""
    return tmp_path_factory.mktemp("kept") / "shop.sqlite"


@pytest.fixture
def sqlite_restored_url(sqlite_template: Path, sqlite_kept: Path) -> str:
    """Return the URL of that shop, as it was seeded."""
    for old in sqlite_kept.parent.glob("shop.sqlite*"):
        old.unlink()
    sqlite_kept.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{sqlite_kept}"


@pytest.fixture(
    params=[
        pytest.param("sqlite_restored", id="sqlite"),
        pytest.param("postgres_restored", id="postgres", marks=pytest.mark.postgres),
    ]
)
def shop(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Return a shop on each database in turn, inside its application context."""
    app = request.getfixturevalue("shops").open(request.getfixturevalue(f"{request.param}_url"))
    with app.app_context():
        yield app
        db.session.remove()
        if db.engine.dialect.name == "sqlite":
            db.engine.dispose()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what repeats on PostgreSQL a test of what works alike on both databases."""
    for item in items:
        is_second = getattr(getattr(item, "callspec", None), "params", {}).get("shop") == "postgres_restored"
        if is_second and not item.get_closest_marker("dialects"):
            item.add_marker(pytest.mark.thorough)


@pytest.fixture
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """Return a shop on SQLite; tests of pages and JSON need no more.

    It is made once a process, for that takes as long as ten requests. A test that adds routes, listens to the engine or
    counts clients is marked `new_app` and has one of its own, on the database of `sqlite_url`.
    """
    if request.node.get_closest_marker("new_app"):
        yield from _opened(build(request.getfixturevalue("sqlite_url")))
    else:
        yield from _opened(request.getfixturevalue("shops").open(request.getfixturevalue("sqlite_restored_url")))


def _opened(app: Flask) -> Iterator[Flask]:
    app.test_client_class = app.test_client_class or SeparateRequests
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def gateway(request: pytest.FixtureRequest) -> FakeGateway:
    """Return the payment provider of the test's shop."""
    return _app_of(request).extensions["payments"]


@pytest.fixture
def mailer(request: pytest.FixtureRequest) -> KeepingMailer:
    """Return the mailer of the test's shop."""
    return _app_of(request).extensions["mailer"]


def _app_of(request: pytest.FixtureRequest) -> Flask:
    name = "shop" if "shop" in request.fixturenames else "app"
    return request.getfixturevalue(name)
