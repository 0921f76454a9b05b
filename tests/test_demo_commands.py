"""Commands beside the demonstration find its data by themselves, and a killed demonstration starts again at once."""

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from storefront.demo.environment import SETTINGS
from storefront.demo.history import HISTORY
from tests.campaigns.processes import Process, wait_until
from tests.fresh_clone import Clone, clone
from tests.test_architecture import read_settings
from tests.test_demo import START_COMMAND, Demo, free_ports, make_command

pytestmark = pytest.mark.demo

PRODUCTION = """
SHOP_PROFILE=production
DATABASE_URL=postgresql://nobody@127.0.0.1:1/none
BASE_URL=https://shop.fitaiid.example
STRIPE_API_BASE=
STRIPE_SECRET_KEY=sk_live_51Hx9QpLm3ZrTvB7w
MAIL_SERVER=mail.fitaiid.example
SECRET_KEY=Qm3vTz8LxWc1RkHd5YpBn7JsGf2Ue9Aa0ViEo4Xw
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Return a fresh clone, beside whose code the `.env` of a shop in production lies."""
    made = clone(tmp_path_factory.mktemp("demo"))
    (made.folder / ".env").write_text(PRODUCTION)
    return made


@pytest.fixture(scope="module")
def said(fresh: Clone) -> Iterator[str]:
    """Start the demonstration on ports of its own and return what it says, once it is ready."""
    shop, simulator = free_ports(2)
    environ = bare() | {"PORT": str(shop), "SIMULATOR_PORT": str(simulator)}
    log = fresh.folder.parent / "log"
    with fresh.running(fresh.make("demo"), environ, log) as process:
        wait_until(lambda: f"ready http://127.0.0.1:{shop}\n" in log.read_text() or ended(process), "the start")
        yield log.read_text()


def ended(process: Process) -> bool:
    """Return whether a process is over."""
    return process.poll() is not None


def bare() -> dict[str, str]:
    """Return an environment without a single setting of the shop."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def line_of(said: str) -> str:
    """Return the command line that the demonstration shows."""
    (line,) = [line for line in said.splitlines() if line.startswith("  Commands ")]
    return line.removeprefix("  Commands ").strip()


def test_the_line_that_it_prints_works_as_it_is(fresh: Clone, said: str) -> None:
    """In another terminal, with no setting, beside a `.env` that is not for it."""
    line = line_of(said)
    assert line.startswith("SHOP_PROFILE=demo ")
    result = fresh.run(["sh", "-c", line], bare())
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == f"{len(HISTORY)} orders, page 1 of 1"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("doctor --stripe", "healthy\n"),  # asks the simulator
        ("orders reconcile", "0 events applied, 0 pages followed\n"),
        ("mail deliver", "0 sent\n"),
        ("--app wsgi seed", "The shop has its goods, coupons and logins.\n"),
        ("staff list", "staff@example.com"),
    ],
)
def test_every_command_finds_the_data(fresh: Clone, said: str, command: str, answer: str) -> None:
    environ = bare() | {"SHOP_PROFILE": "demo"}
    result = fresh.run([str(fresh.venv / "bin" / "flask"), *command.split()], environ)
    assert result.returncode == 0, result.stderr
    assert answer in result.stdout


def test_how_it_was_started_is_kept_from_other_eyes(fresh: Clone, said: str) -> None:
    """Everything that the shop reads, for a command must see the same shop."""
    kept = fresh.folder / "instance" / "demo" / "settings.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert set(SETTINGS) == read_settings() - {"SHOP_PROFILE", "DEMO_DIR", "PROMETHEUS_MULTIPROC_DIR"}


def test_a_command_without_a_demonstration_says_so(fresh: Clone, tmp_path: Path) -> None:
    environ = bare() | {"SHOP_PROFILE": "demo", "DEMO_DIR": str(tmp_path / "none")}
    result = fresh.run([str(fresh.venv / "bin" / "flask"), "orders", "list"], environ)
    assert result.returncode == 1
    assert result.stderr == f"Error: There is no demonstration in {tmp_path / 'none'} yet: `make demo` makes one.\n"


@pytest.mark.parametrize("through_make", [False, True], ids=["alone", "make"])
def test_after_a_kill_of_all_at_once_the_next_start_works(tmp_path: Path, through_make: bool) -> None:
    """What is still ending holds ports and the lock for a moment; nobody has to wait and try again."""
    demo = Demo(tmp_path / "demo")
    command = make_command(tmp_path) if through_make else START_COMMAND
    demo.start(command)
    for group in (True, False):
        assert demo.process
        (os.killpg if group else os.kill)(demo.process.pid, signal.SIGKILL)
        demo.process.wait()
        demo.start(command)
        assert demo.get("/")[0] == 200
    demo.end(lambda process: os.killpg(process.pid, signal.SIGINT))
