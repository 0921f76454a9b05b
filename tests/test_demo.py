"""The demonstration, started as a person starts it."""

import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade

from config import ROOT
from storefront.database import db
from storefront.demo.history import BUYER, HISTORY
from storefront.seed.catalogue import PRODUCTS
from tests import first_revision
from tests.conftest import build

pytestmark = pytest.mark.demo
SECOND_START = 20 if "PYTEST_XDIST_WORKER" in os.environ else 5  # beside other tests the machine is not its own
"""Seconds that a second start may take."""

START_COMMAND = [sys.executable, "-m", "storefront.demo"]
OWN_VARIABLES = {"SHOP_PROFILE", "DATABASE_URL", "REDIS_URL", "BASE_URL", "STRIPE_API_BASE", "WEB_CONCURRENCY",
                 "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "MAIL_SERVER", "RETURN_URL_ALLOWLIST"}  # fmt: skip


class Demo:
    """A demonstration in a folder of its own, on ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.simulator_port = free_ports(2)
        self.process: subprocess.Popen[str] | None = None
        self.said = ""

    @property
    def environ(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
        ports = {"PORT": str(self.port), "SIMULATOR_PORT": str(self.simulator_port)}
        return {**inherited, **ports, "DEMO_DIR": str(self.folder)}

    def start(self, command: list[str] = START_COMMAND, **variables: str) -> float:
        """Start it, wait until it says that it is ready, and return the seconds that took."""
        began = time.monotonic()
        if self.process and self.process.stdout:
            self.process.stdout.close()
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environ | variables, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self.process.stdout
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line == f"ready http://127.0.0.1:{self.port}\n":
                return time.monotonic() - began
        raise AssertionError(self.said)

    def run(self, command: list[str] = START_COMMAND, **variables: str) -> subprocess.CompletedProcess[str]:
        """Start it where it is expected to end by itself."""
        return subprocess.run(
            command, cwd=ROOT, env=self.environ | variables, capture_output=True, text=True, timeout=30, check=False
        )

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return what the shop's database holds."""
        with closing(sqlite3.connect(self.folder / "shop.sqlite", timeout=10)) as connection:
            return connection.execute(statement).fetchall()

    def get(self, path: str, port: int = 0) -> tuple[int, str]:
        """Load a page of the shop, or of the simulator."""
        connection = HTTPConnection("127.0.0.1", port or self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def end(self, send: Callable[["subprocess.Popen[str]"], None]) -> int:
        """End it in some way and wait until nothing of it is left."""
        assert self.process
        assert self.process.stdout
        send(self.process)
        code = self.process.wait(timeout=15)
        self.process.stdout.close()
        self.process = None
        assert not self.survivors()
        return code

    def survivors(self) -> list[str]:
        """Return the processes of this demonstration, after giving them time to notice."""
        deadline = time.monotonic() + 60  # one that is still starting takes long on a busy machine
        while (found := processes_with(str(self.folder))) and time.monotonic() < deadline:
            time.sleep(0.1)
        return found


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses now."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def processes_with(text: str) -> list[str]:
    """Return the command lines of the processes in whose environment a text stands."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (folder / "environ").read_bytes() and folder.name != str(os.getpid()):
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it ended while we looked, or belongs to somebody else
    return [line for line in found if line]


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """Return a demonstration that is not running yet."""
    demo = Demo(tmp_path / "demo")
    yield demo
    if demo.process:
        os.killpg(demo.process.pid, signal.SIGKILL)
        demo.process.wait()
        demo.process.stdout.close()


def ctrl_c(process: "subprocess.Popen[str]") -> None:
    """Do what the terminal does: interrupt every process in front."""
    os.killpg(process.pid, signal.SIGINT)


def test_it_shows_the_shop_and_tells_all_that_a_newcomer_needs(demo: Demo) -> None:
    """A page loads as soon as it says ready, and the mailbox and the simulator are there."""
    demo.start()
    for path in ("/", "/dev/mailbox"):
        assert demo.get(path)[0] == 200
    assert demo.get("/_sim/health", demo.simulator_port) == (200, '{"status":"ok"}\n')
    for fact in ("shopper@example.com", "staff@example.com", "demo-Passw0rd!", "4242 4242 4242 4242", "/dev/mailbox",
                 "4000 0000 0000 0002", "4000 0027 6000 3184", f"http://127.0.0.1:{demo.simulator_port}"):  # fmt: skip
        assert fact in demo.said
    demo.end(ctrl_c)


def test_a_new_shop_has_past_orders_and_yet_all_of_its_units(demo: Demo) -> None:
    """The books agree, nobody is mailed, coupons are unused, and the next start adds nothing."""
    demo.start()
    assert "buyer@example.com has past orders" in demo.said
    units = {seed.slug: [one.stock for one in seed.variants] or [seed.stock] for seed in PRODUCTS}
    for _ in range(2):
        assert demo.rows("SELECT count(*) FROM orders WHERE paid_at IS NULL") == [(0,)]
        orders = dict(demo.rows("SELECT email, count(*) FROM orders GROUP BY email"))
        assert (sum(orders.values()), orders[BUYER], orders.get("shopper@example.com")) == (len(HISTORY), 2, None)
        stock = demo.rows(
            "SELECT p.slug, s.on_hand, s.reserved FROM products p JOIN variants v ON v.product_id = p.id"
            " LEFT JOIN stock s ON s.variant_id = v.id ORDER BY v.position"
        )
        for slug, expected in units.items():
            assert [(n, held or 0) for name, n, held in stock if name == slug] == [(n, 0) for n in expected], slug
        assert demo.rows("SELECT count(*) FROM coupon_uses") == [(0,)]
        assert demo.rows("SELECT count(*) FROM outbox WHERE sent_at IS NULL") == [(0,)]
        reviews = dict(demo.rows("SELECT status, count(*) FROM product_reviews GROUP BY status"))
        assert reviews == {"approved": 6, "pending": 1}
        doctor = demo.run([sys.executable, "-m", "flask", "doctor"], SHOP_PROFILE="demo")
        assert (doctor.returncode, doctor.stdout.strip().splitlines()[-1]) == (0, "healthy")
        demo.end(ctrl_c)
        demo.start()
    demo.end(ctrl_c)


def test_settings_that_refuse_a_past_order_do_not_stop_the_start(demo: Demo) -> None:
    demo.start(MINIMUM_ORDER_PESOS="100000")
    assert 0 < demo.rows("SELECT count(*) FROM orders")[0][0] < len(HISTORY)
    demo.end(ctrl_c)


def test_units_that_staff_counted_before_the_past_orders_stay(demo: Demo) -> None:
    demo.start(MINIMUM_ORDER_PESOS="100000000")
    assert demo.rows("SELECT count(*) FROM orders") == [(0,)]
    stock = "SELECT v.sku, s.on_hand FROM stock s JOIN variants v ON v.id = s.variant_id ORDER BY v.sku"
    counted = {sku: units + 25 for sku, units in demo.rows(stock)}
    sheet = demo.folder / "count.csv"
    sheet.write_text("sku,counted\n" + "".join(f"{sku},{units}\n" for sku, units in counted.items()))
    count = demo.run([sys.executable, "-m", "flask", "stock", "count", str(sheet)], SHOP_PROFILE="demo")
    assert count.returncode == 0, count.stderr
    demo.end(ctrl_c)
    demo.start()
    assert demo.rows("SELECT count(*) FROM orders") == [(0,)], "they are written once"
    demo.end(ctrl_c)
    with closing(sqlite3.connect(demo.folder / "shop.sqlite")) as shop:  # as a demonstration from before there were any
        shop.executemany("DELETE FROM customers WHERE email = ?", [(past.email,) for past in HISTORY])
        shop.commit()
    demo.start()
    assert demo.rows("SELECT count(*) FROM orders") == [(len(HISTORY),)]
    assert dict(demo.rows(stock)) == counted
    doctor = demo.run([sys.executable, "-m", "flask", "doctor"], SHOP_PROFILE="demo")
    assert doctor.stdout.strip().splitlines()[-1] == "healthy", doctor.stdout
    demo.end(ctrl_c)


def test_a_second_start_is_quick_and_keeps_what_was_there(demo: Demo) -> None:
    """Secrets, and with them every login, and both databases survive; a reset forgets them."""
    demo.start()
    demo.end(ctrl_c)
    secrets = demo.folder / "secrets.json"
    kept = secrets.read_text()
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert len(set(json.loads(kept).values())) == 4
    inode = (demo.folder / "shop.sqlite").stat().st_ino
    seconds = []
    while not seconds or (min(seconds) > SECOND_START and len(seconds) < 3):  # a busy machine gets another try
        seconds.append(demo.start())
        demo.end(ctrl_c)
    assert min(seconds) <= SECOND_START
    assert secrets.read_text() == kept
    assert (demo.folder / "shop.sqlite").stat().st_ino == inode
    assert demo.run([*START_COMMAND, "--reset"]).returncode == 0
    assert [path.name for path in demo.folder.iterdir()] == ["lock"]


def test_data_of_the_first_version_comes_up_to_date_and_says_so(demo: Demo) -> None:
    demo.folder.mkdir()
    app = build(f"sqlite:///{demo.folder / 'shop.sqlite'}")
    with app.app_context():
        upgrade(revision="0001")
        with db.engine.begin() as connection:
            first_revision.write(connection)
        db.engine.dispose()
    demo.start()
    assert "is of an earlier version: the tables are up to date now" in demo.said
    for path in ("/", "/products/whey-protein-2lb", "/products/camiseta-secado-rapido", "/login"):
        assert demo.get(path)[0] == 200
    demo.end(ctrl_c)
    demo.start()
    assert "earlier version" not in demo.said
    demo.end(ctrl_c)


def test_data_of_a_later_version_is_refused_in_a_sentence(demo: Demo) -> None:
    demo.folder.mkdir()
    with closing(sqlite3.connect(demo.folder / "shop.sqlite")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
        connection.commit()
    done = demo.run()
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "The demonstration's data is of a later version of the shop (revision 9999): "
        "use that version, or start over with `make demo-reset`."
    )
    assert "Traceback" not in done.stderr
    assert demo.run([*START_COMMAND, "--reset"]).returncode == 0


@pytest.mark.parametrize(
    "send",
    [ctrl_c, lambda process: process.terminate(), lambda process: process.kill()],
    ids=["Ctrl-C", "SIGTERM", "SIGKILL"],
)
@pytest.mark.parametrize("through_make", [False, True], ids=["alone", "make"])
def test_nothing_stays_behind(
    demo: Demo, through_make: bool, send: Callable[["subprocess.Popen[str]"], None], tmp_path: Path
) -> None:
    """However it ends: the shop, its web process and the simulator are gone."""
    demo.start(make_command(tmp_path) if through_make else START_COMMAND)
    demo.end(send)


def make_command(folder: Path) -> list[str]:
    """Return `make demo` with the environment that runs the tests, marked as installed already."""
    environment = folder / "venv"
    environment.mkdir()
    for path in Path(sys.prefix).iterdir():
        if path.name != ".runtime":
            (environment / path.name).symlink_to(path)
    (environment / ".runtime").touch()
    return ["make", "--no-print-directory", f"VENV={environment}", "demo"]


@pytest.mark.parametrize("name", ["PORT", "SIMULATOR_PORT"])
def test_a_taken_port_is_one_sentence(demo: Demo, name: str) -> None:
    """It says which port, and which variable chooses another."""
    with socket.create_server(("127.0.0.1", demo.port if name == "PORT" else demo.simulator_port)) as taken:
        port = taken.getsockname()[1]
        result = demo.run()
    assert result.returncode != 0
    assert result.stderr == f"Port {port} is taken: set {name} to a free one, as in {name}={port + 1}.\n"


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SHOP_PROFILE": "production"}, "This is a demonstration and SHOP_PROFILE is production: unset it first."),
        ({"WEB_CONCURRENCY": "2"}, "SQLite serves one web worker"),
        ({"PORT": "http"}, "PORT=http is not a number"),
        ({"STRIPE_SECRET_KEY": "sk_live_x"}, "a demonstration must not hold a live Stripe key"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "The database of DATABASE_URL does not answer"),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(demo: Demo, variables: dict[str, str], sentence: str) -> None:
    """No traceback, no half-started shop."""
    result = demo.run(**variables)
    assert result.returncode != 0
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
    assert not demo.survivors()


def test_a_second_demonstration_does_not_share_the_folder(demo: Demo) -> None:
    """Nor does a reset take the data away from under a running one."""
    demo.start()
    other = dict(zip(("PORT", "SIMULATOR_PORT"), map(str, free_ports(2)), strict=True))
    for command in (START_COMMAND, [*START_COMMAND, "--reset"]):
        result = demo.run(command, **other)
        assert result.returncode != 0
        assert "already running" in result.stderr
    demo.end(ctrl_c)


def test_an_old_python_is_one_sentence(tmp_path: Path) -> None:
    """Before anything is installed."""
    old = tmp_path / "python"
    pretend = "import sys; sys.version_info = (3, 10, 4); exec(sys.argv[1])"
    old.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{pretend}' \"$2\"\n")
    old.chmod(0o755)
    command = ["make", "demo", f"PYTHON={old}", f"VENV={tmp_path / 'venv'}"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert result.returncode != 0
    assert result.stderr.startswith(f"FitAiid needs Python 3.11 or newer and {old} is 3.10")
    assert not (tmp_path / "venv").exists()


@pytest.mark.postgres
def test_several_web_processes_serve_on_postgresql(demo: Demo, postgres_url: str) -> None:
    """The worker runs beside them, and ends with them."""
    demo.start(DATABASE_URL=postgres_url, WEB_CONCURRENCY="2")
    assert demo.get("/")[0] == 200
    assert any("storefront.worker" in line for line in processes_with(str(demo.folder)))
    demo.end(lambda process: process.kill())


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a child looks after that itself, once it has started")
def test_a_child_that_has_not_started_yet_ends_with_its_parent(tmp_path: Path) -> None:
    """Before it could look at anything itself."""
    parent = "import sys; from storefront.demo.processes import _child; _child('-c', sys.argv[1]); sys.stdin.read()"
    child = f"import time, pathlib; pathlib.Path({str(tmp_path / 'began')!r}).touch(); time.sleep(90)"
    process = subprocess.Popen(
        [sys.executable, "-c", parent, child], cwd=ROOT, env=os.environ | {"MARK": str(tmp_path)}, stdin=subprocess.PIPE
    )
    assert process.stdin
    while not (tmp_path / "began").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    process.stdin.close()
    deadline = time.monotonic() + 60
    while (found := processes_with(str(tmp_path))) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not found


def test_a_worker_that_is_told_to_stop_while_it_starts_does_not_begin(tmp_path: Path) -> None:
    """A second, which is a long time of a killed demonstration, would go into a shop that nobody needs."""
    (tmp_path / "slow.py").write_text(
        "import os, signal, time\nos.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(1)\nprint('went on')\n"
    )
    command = [sys.executable, "-m", "storefront.worker", "--app", "slow:app"]
    environ = os.environ | {"PYTHONPATH": str(tmp_path), "FLASK_SKIP_DOTENV": "1"}
    result = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def test_the_goods_are_put_on_the_shelves_once(app: Flask) -> None:
    """A second time changes nothing."""
    result = app.test_cli_runner().invoke(args=["seed"])
    assert (result.exit_code, result.output) == (0, "The shop has its goods, coupons and logins.\n")


def test_a_real_shop_gets_no_login_whose_password_is_published(app: Flask) -> None:
    """Production refuses the demonstration's goods."""
    app.extensions["settings"].PROFILE = "production"
    result = app.test_cli_runner().invoke(args=["seed"])
    assert result.exit_code == 1
    assert "not in production" in result.output


@pytest.mark.parametrize(
    ("arguments", "answer"), [(["mail", "deliver"], "0 sent\n"), (["orders", "expire"], "0 done\n")]
)
def test_a_round_of_the_worker_can_be_asked_for(app: Flask, arguments: list[str], answer: str) -> None:
    """There is nothing to do in a fresh shop."""
    result = app.test_cli_runner().invoke(args=arguments)
    assert (result.exit_code, result.output) == (0, answer)
