"""Running tests under another date: every process of the run has it, and every date has its turn."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

from config import ROOT
from tests.dates import DATES, date_of

SHOW = "import datetime, time; print(datetime.datetime.now(datetime.UTC).isoformat(), time.time())"
CHILD = f"import subprocess, sys, time; time.sleep(1); subprocess.run([sys.executable, '-c', {SHOW!r}], check=True)"


def test_a_run_and_the_processes_it_starts_have_the_date_and_their_clock_goes_on() -> None:
    environ = os.environ | {"TEST_DATE": "2028-02-29 15:00", "PYTHONPATH": str(ROOT / "tests" / "clock")}
    environ.pop("TEST_CLOCK_AHEAD", None)
    done = subprocess.run([sys.executable, "-c", CHILD], env=environ, capture_output=True, text=True, check=True)
    moment, seconds = done.stdout.split()
    begun = datetime(2028, 2, 29, 15, tzinfo=UTC)
    passed = datetime.fromisoformat(moment) - begun
    assert timedelta(seconds=1) <= passed < timedelta(minutes=1)
    assert float(seconds) - datetime.fromisoformat(moment).timestamp() < 1


def test_every_date_has_its_turn() -> None:
    first = date(2026, 11, 28)
    assert {date_of(first + timedelta(days=n)) for n in range(len(DATES))} == set(DATES)
    assert all(datetime.fromisoformat(text) for text in DATES)
