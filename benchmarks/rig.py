"""The shop, its limit and a stub Stripe as processes on this machine, on a PostgreSQL database of their own."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from http.client import HTTPConnection
from pathlib import Path

import redis
import sqlalchemy
from flask import Flask
from flask_migrate import upgrade

from benchmarks.goods import grow
from config import ROOT, DemoConfig
from storefront import create_app
from storefront.clock import now
from storefront.database import bind_migrations, db
from storefront.ids import digest, new_id, new_token
from storefront.seed import load

POSTGRES = os.environ.get("BENCH_POSTGRES_URL") or os.environ.get(
    "TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
REDIS = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/14")
"""Where the limits are counted, as in production; empty for none."""
SECRET = "whsec_bench"
Process = subprocess.Popen[bytes]


@dataclass
class Rig:
    """Where everything listens; `tokens` are signed-in customers, `app` is the same shop in this process."""

    port: int
    limit: int
    stripe: int
    url: str
    environ: dict[str, str]
    folder: Path
    app: Flask
    tokens: list[str] = field(default_factory=list)
    shop: Process | None = None
    cold_start: float = 0.0
    idle_mib: float = 0.0

    def start_stripe(self, milliseconds: float) -> Process:
        """Start a stub that answers after so long."""
        return self._launch("-m", "benchmarks.stub_stripe", str(self.stripe), str(milliseconds))

    def start_shop(self) -> Process:
        """Start the shop as `make serve` does, and time it."""
        began = time.perf_counter()
        self.shop = self._launch("-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
        _wait(self.port, "/healthz")
        self.cold_start = time.perf_counter() - began
        time.sleep(1)
        self.idle_mib = memory_mib(self.shop.pid)
        return self.shop

    def loaded_worker_mib(self) -> float:
        """Let a worker of the queue send some of what the buyers left to send, and return what it takes."""
        engine = sqlalchemy.create_engine(self.url)
        with engine.connect() as connection:
            waiting = connection.exec_driver_sql("SELECT count(*) FROM outbox WHERE sent_at IS NULL").scalar_one()
        engine.dispose()
        worker = self.start_worker()
        try:
            deadline = time.monotonic() + 60
            while self.mails() < min(100, waiting):
                if time.monotonic() > deadline:
                    raise RuntimeError("the worker sends nothing")
                time.sleep(0.2)
            return memory_mib(worker.pid)
        finally:
            end(worker)

    def start_worker(self) -> Process:
        """Start a background worker, which writes mail into a folder."""
        return self._launch("-m", "storefront.worker", extra={"MAIL_SERVER": ""})

    def mails(self) -> int:
        """Return how many mails were sent."""
        return len(list((self.folder / "demo" / "mailbox").glob("*")))

    def start_limit(self, frame: tuple[str, str]) -> Process:
        """Start the bare application under the same server; `frame` is what stands around the rows of a page."""
        extra = {"FRAME_BEFORE": frame[0], "FRAME_AFTER": frame[1]}
        self._launch("-m", "benchmarks.limits").wait(30)
        bare = ("--workers", "2", "--worker-class", "gthread", "--threads", "16", "--keep-alive", "75")
        bind = ("--bind", f"127.0.0.1:{self.limit}", "--log-level", "error", "--no-control-socket")
        made = self._launch("-m", "gunicorn", *bare, *bind, "benchmarks.limits:app", extra=extra)
        _wait(self.limit, "/hello")
        return made

    def _launch(self, *arguments: str, extra: Mapping[str, str] | None = None) -> Process:
        with (self.folder / "log").open("ab") as log:
            environ = self.environ | dict(extra or {})
            return subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=environ, stdout=log, stderr=log, start_new_session=True
            )


@contextmanager
def rig(
    products: int,
    orders: int = 0,
    *,
    variants: int = 1,
    milliseconds: float = 0,
    customers: int = 3000,
    postgres: str = POSTGRES,
    counted_in: str | None = None,
) -> Iterator[Rig]:
    """Make a database of a size and start everything on it; all of it is gone afterwards.

    `postgres` is the server, `counted_in` the Redis that counts the limits, by default `counters()`.
    """
    with ExitStack() as ends:
        url = ends.enter_context(_database(postgres))
        folder = Path(tempfile.mkdtemp(prefix="shop-bench-"))
        ends.callback(shutil.rmtree, folder, ignore_errors=True)
        port, limit, stripe = (_free_port() for _ in range(3))
        redis_url = counters() if counted_in is None else counted_in
        environ = os.environ | _settings(url, port, stripe, folder) | {"REDIS_URL": redis_url}
        app = create_app(DemoConfig(environ))
        made = Rig(port, limit, stripe, url, environ, folder, app)
        bind_migrations(app)
        with app.app_context():
            upgrade()
            load(now())
            with db.engine.connect() as connection:
                grow(connection, products, orders, variants)
            made.tokens = _customers(app, customers)
            db.session.remove()
            db.engine.dispose()
        for start in (lambda: made.start_stripe(milliseconds), made.start_shop):
            ends.callback(end, start())
        try:
            yield made
        except BaseException:
            print((folder / "log").read_text()[-3000:])
            raise


def _settings(url: str, port: int, stripe: int, folder: Path) -> dict[str, str]:
    """Return production's settings, but for the simulated Stripe, which production refuses."""
    base = f"http://127.0.0.1:{port}"
    return {
        "SHOP_PROFILE": "demo", "DATABASE_URL": url, "BASE_URL": base, "STRIPE_API_BASE": f"http://127.0.0.1:{stripe}",
        "STRIPE_SECRET_KEY": "sk_test_bench", "STRIPE_WEBHOOK_SECRET": SECRET, "SECRET_KEY": "k" * 40,
        "JWT_SECRET_KEY": "j" * 40, "WEB_CONCURRENCY": "2", "TRUSTED_PROXIES": "1", "PORT": str(port),
        "DEMO_DIR": str(folder / "demo"), "NO_PROXY": "127.0.0.1", "FLASK_SKIP_DOTENV": "1", "RATE_LIMITS": "on",
        "MAIL_SERVER": "127.0.0.1",
        "RETURN_URL_ALLOWLIST": "fitaiid://", "METRICS_TOKEN": "m" * 20,
    }  # fmt: skip


@cache
def counters() -> str:
    """Return the Redis that counts, if it answers; without one each process counts for itself."""
    with suppress(redis.RedisError):
        if REDIS and redis.Redis.from_url(REDIS).ping():
            return REDIS
    return ""


@contextmanager
def _database(server: str) -> Iterator[str]:
    admin = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
    name = f"shop_bench_{uuid.uuid4().hex[:8]}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    try:
        yield sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.dispose()


def _customers(app: Flask, count: int) -> list[str]:
    """Write signed-in customers, and return their tokens: logging in is made slow on purpose and is not measured."""
    from storefront.api.tokens import access_token
    from storefront.domain.customer import Customer, Login

    people, logins, tokens = [], [], []
    for n in range(count):
        key, login = new_id(), digest(new_token())
        at = now()
        people.append({"id": key, "email": f"bench{n}@example.com", "password_hash": "", "first_name": "Ana",
                       "last_name": "Ruiz", "created_at": at})  # fmt: skip
        logins.append({"id": login, "customer_id": key, "channel": "api", "created_at": at,
                       "expires_at": at + timedelta(days=1)})  # fmt: skip
        tokens.append(access_token(key, login, timedelta(hours=6)))
    db.session.execute(sqlalchemy.insert(Customer), people)
    db.session.execute(sqlalchemy.insert(Login), logins)
    db.session.commit()
    return tokens


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, path: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError):
            line = HTTPConnection("127.0.0.1", port, timeout=10)
            line.request("GET", path)
            if line.getresponse().status == 200:
                return
        time.sleep(0.01)
    raise RuntimeError(f"nothing answers at {port}{path}")


def end(process: Process) -> None:
    """End a process and its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def memory_mib(pid: int) -> float:
    """Return what a process and its children take; what they share counts once."""
    kib = 0
    for number in [pid, *_children(pid)]:
        with suppress(OSError):
            rollup = Path(f"/proc/{number}/smaps_rollup").read_text()
            kib += int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
    return kib / 1024


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in task.read_text().split()]
    return found


def machine() -> str:
    """Return what this was measured on, in a line."""
    with sqlalchemy.create_engine(POSTGRES).connect() as connection:
        version = connection.exec_driver_sql("SHOW server_version").scalar()
    load_now = os.getloadavg()[0]
    return json.dumps({"cores": os.cpu_count(), "postgresql": version, "load before": round(load_now, 1)})
