"""`make bench` works: a few requests of every step, each answer looked at."""

import os
import subprocess
import sys

import pytest

from config import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.concurrency]


def run(kind: str, **settings: str) -> str:
    """Run a benchmark with few requests and return what it prints; it must find nothing wrong."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", kind],
        cwd=ROOT,
        env=clean | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.thorough
def test_a_short_run_of_every_step_gives_right_answers() -> None:
    output = run("all", N="60", SECONDS="0.2", ROUNDS="1")
    assert "wrong answers 0, events not done 0, products whose stock does not add up 0" in output
    goals = [line for line in output.splitlines() if line.startswith("statements: ")]
    assert len(goals) == 9
    assert all(line.endswith("pass") for line in goals), output
    compared = [line for line in output.splitlines() if line.endswith(("Vendure 3.7", "django-oscar 4.2"))]
    assert len(compared) == 6


def test_a_small_flash_sale_has_exactly_as_many_winners_as_units() -> None:
    assert "7 won, 33 were told that it is sold out, 7 units held" in run("flash", BUYERS="40", UNITS="7")


@pytest.mark.thorough
def test_a_short_load_to_the_end_loses_nothing_though_every_server_is_restarted() -> None:
    output = run("endurance", N="60", MINUTES="0.7", RUSH_SECONDS="4")
    for server in ("worker", "Redis", "PostgreSQL"):
        assert f"  {server} restarted after" in output
    assert "wrong answers                                              0 " in output
    assert ", 0 lost; " in output
    assert ", 0 not booked; " in output
    assert "mails sent, 0 not" in output
    assert "events not done 0, products whose stock does not add up 0" in output
