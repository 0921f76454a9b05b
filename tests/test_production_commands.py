"""The commands that start a shop, as Makefile, Procfile, compose.yaml and Dockerfile write them, from a fresh clone.

Each test runs them as processes with nothing but a production environment, on an empty database.
"""

import http.client
import json
import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from config import ROOT
from tests import documented
from tests.campaigns.processes import Process, free_port, wait_until
from tests.campaigns.smtp import Sink, sink
from tests.fresh_clone import Clone, clone

pytestmark = pytest.mark.concurrency

HEAD = max(path.name for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))[:4]
HOST = {"Host": "shop.fitaiid.example"}
PERSON = {"email": "ana@example.com", "password": "trote-lluvia-guayaba", "firstName": "Ana", "lastName": "Pérez"}


@dataclass(frozen=True)
class Commands:
    """How one of the files starts a shop."""

    migrate: list[str]
    serve: list[str]
    worker: list[str]


SOURCES: dict[str, Callable[[Clone], Commands]] = {
    "Makefile": lambda fresh: Commands(*(fresh.make(target) for target in ("migrate", "serve", "worker"))),
    "Procfile": lambda _: Commands(*(documented.procfile()[kind] for kind in ("release", "web", "worker"))),
    "compose.yaml": lambda _: Commands(*(documented.compose_command(name) for name in ("migrate", "web", "worker"))),
}


def _one(source: str) -> list[Any]:
    """Return all sources, of which CI takes the one."""
    return [pytest.param(name, marks=() if name == source else pytest.mark.thorough) for name in SOURCES]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Return a fresh clone."""
    return clone(tmp_path_factory.mktemp("production"))


@pytest.fixture(
    params=[pytest.param("sqlite", marks=pytest.mark.thorough), pytest.param("postgres", marks=pytest.mark.postgres)]
)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database without a table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    return str(request.getfixturevalue("postgres_empty_url"))


def revision_of(url: str) -> str:
    """Return the migration at which a database stands."""
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    engine.dispose()
    return str(revision)


def findings(fresh: Clone, environ: dict[str, str]) -> set[str]:
    """Return the areas in which the doctor finds something missing or wrong."""
    result = fresh.run(["flask", "doctor"], environ)
    lines = [line for line in result.stdout.splitlines()[:-1] if not line.startswith(" ")]
    assert result.returncode == (1 if lines else 0), result.stderr[-3000:]
    return {line.split()[0] for line in lines}


def ask(
    port: int, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Ask the shop, as the proxy in front of it would."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        sent = HOST | ({"Content-Type": "application/json"} if body else {}) | dict(headers or {})
        connection.request(method, path, json.dumps(body) if body else None, sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def is_ready(port: int) -> bool:
    """Return whether the shop answers and has all it needs."""
    try:
        return ask(port, "GET", "/readyz")[0] == 200
    except OSError:
        return False


def end(process: Process, command: list[str]) -> None:
    """Tell a process to stop, as whatever supervises it does, and see that it goes in peace."""
    process.send_signal(signal.SIGTERM)
    code = process.wait(20)
    assert code == 0 or command[0] == "make", code  # make says that its child was told to stop


def imports_in(log: Path) -> set[str]:
    """Return the packages that a process imported, which PYTHONPROFILEIMPORTTIME writes into its log."""
    lines = [line for line in log.read_text().splitlines() if line.startswith("import time:")]
    return {line.split("|")[-1].strip().partition(".")[0] for line in lines}


@pytest.mark.parametrize("source", _one("Makefile"))
def test_a_shop_opens_by_the_commands_as_they_are_written(
    fresh: Clone, empty_url: str, source: str, tmp_path: Path
) -> None:
    """Migrated twice in a row, the shop serves, and its worker sends the mail that a visitor's request wrote."""
    commands = SOURCES[source](fresh)
    with ExitStack() as stack:
        inbox: Sink = stack.enter_context(sink())
        environ = fresh.production(
            empty_url, PORT=str(free_port()), MAIL_PORT=str(inbox.port), PYTHONPROFILEIMPORTTIME="1"
        )
        for _ in range(2):
            result = fresh.run(commands.migrate, environ)
            assert result.returncode == 0, result.stderr[-3000:]
            assert revision_of(empty_url) == HEAD
        port = int(environ["PORT"])
        web = stack.enter_context(fresh.running(commands.serve, environ, tmp_path / "web"))
        worker = stack.enter_context(fresh.running(commands.worker, environ, tmp_path / "worker"))
        wait_until(lambda: is_ready(port) or web.poll() is not None, "the start of the shop", 60)
        assert web.poll() is None, (tmp_path / "web").read_text()[-3000:]
        status, body = ask(port, "POST", "/api/auth/register", PERSON)
        assert status == 201, body
        wait_until(lambda: inbox.arrived, "the mail", 60)
        end(web, commands.serve)
        end(worker, commands.worker)
    for log in (tmp_path / "web", tmp_path / "worker"):
        imported = imports_in(log)
        assert "storefront" in imported
        assert not imported & {"alembic", "flask_migrate", "stripe_simulator"}


def test_an_empty_machine_gets_an_owner_by_command(fresh: Clone, empty_url: str, tmp_path: Path) -> None:
    """The doctor names what is missing until each command was run; the owner chooses a password by the printed link."""
    environ = fresh.production(empty_url, PORT=str(free_port()), CONTENT_DIR=str(tmp_path / "content"))
    assert findings(fresh, environ) == {"database"}
    assert fresh.run(fresh.make("migrate"), environ).returncode == 0
    assert findings(fresh, environ) == {"staff", "goods", "settings", "events"}
    add = ["flask", "staff", "add", PERSON["email"], "--role", "owner"]
    link = fresh.run([*add, "--print-link"], environ).stdout.splitlines()[-1]
    assert link.startswith(f"{environ['BASE_URL']}/reset-password?token=")
    environ["WAREHOUSE_EMAIL"] = "bodega@example.com"
    assert findings(fresh, environ) == {"staff", "goods", "events"}, "the owner has not chosen a password yet"
    port, choice = int(environ["PORT"]), {"token": link.rpartition("=")[2], "password": PERSON["password"]}
    login = {name: PERSON[name] for name in ("email", "password")}
    with fresh.running(fresh.make("serve"), environ, tmp_path / "web"):
        wait_until(lambda: is_ready(port), "the start of the shop", 60)
        assert [ask(port, "POST", "/api/auth/reset-password", choice)[0] for _ in range(2)] == [204, 400]
        assert ask(port, "POST", "/api/auth/login", login)[0] == 200
    assert findings(fresh, environ) == {"goods", "events"}
    again = fresh.run([*add, "--password-stdin"], environ, "otra-trote-lluvia\n")
    assert (again.returncode, again.stdout.splitlines()[0]) == (0, f"{PERSON['email']} is owner already.")
    last = fresh.run(["flask", "staff", "disable", PERSON["email"]], environ)
    assert (last.returncode, last.stderr.split(" (")[0]) == (
        1, "Error: The shop would be left without an active owner; name another one first."
    )  # fmt: skip


def test_english_needs_no_make(fresh: Clone, tmp_path: Path) -> None:
    """Whoever starts the programs themselves gets the translations, too."""
    for compiled in (fresh.folder / "storefront" / "translations").rglob("*.mo"):
        compiled.unlink()
    environ = fresh.production(f"sqlite:///{tmp_path / 'shop.sqlite'}", PORT=str(free_port()))
    commands = SOURCES["Procfile"](fresh)
    assert fresh.run(commands.migrate, environ).returncode == 0
    for compiled in (fresh.folder / "storefront" / "translations").rglob("*.mo"):
        compiled.unlink()
    port = int(environ["PORT"])
    with fresh.running(commands.serve, environ, tmp_path / "web"):
        wait_until(lambda: is_ready(port), "the start of the shop", 60)
        for language, text in (("es", "Todavía no has agregado nada."), ("en", "You have not added anything yet.")):
            status, page = ask(port, "GET", "/cart", headers={"Accept-Language": language})
            assert status == 200
            assert text in page


@pytest.mark.parametrize("source", _one("compose.yaml"))
@pytest.mark.parametrize("kind", ["migrate", "serve", "worker"])
def test_a_shop_that_is_half_configured_says_what_is_missing(fresh: Clone, source: str, kind: str) -> None:
    """In sentences and not in a traceback."""
    environ = fresh.production("") | {"SECRET_KEY": "a" * 36, "STRIPE_WEBHOOK_SECRET": "whsec_"}
    result = fresh.run(getattr(SOURCES[source](fresh), kind), environ)
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    for sentence in ("DATABASE_URL is missing", "SECRET_KEY is too easy to guess", "STRIPE_WEBHOOK_SECRET must hold"):
        assert f"- {sentence}" in result.stderr
