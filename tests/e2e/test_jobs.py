"""The jobs of docs/back-office.md: each is measured, and what is done every day takes three actions from *Hoy*."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from config import ROOT
from tests.e2e.browsing import PHONE
from tests.e2e.demonstration import Demo
from tests.e2e.jobs.__main__ import Office
from tests.e2e.jobs.job import JOBS, MOST_DAILY, Job
from tests.e2e.jobs.stage import Stage

DAILY = [task for task in JOBS if task.is_daily]


@pytest.fixture(scope="module")
def office(chromium: Browser, demo_of_the_run: Demo) -> Iterator[Office]:
    """Return the windows of everybody who works in the demonstration."""
    made = Office(chromium, Stage(demo_of_the_run), None)
    yield made
    for window in made.windows.values():
        window.context.close()


def test_every_job_of_the_document_is_measured() -> None:
    text = (ROOT / "docs" / "back-office.md").read_text()
    rows = re.findall(r"^\| (.+?) \| .+ \| .+ \| `.+ \|$", text, re.MULTILINE)
    assert len(rows) > 38
    assert sorted(rows) == sorted(task.name for task in JOBS)


@pytest.mark.parametrize("task", DAILY, ids=lambda task: task.endpoint)
def test_what_is_done_daily_takes_three_actions(office: Office, task: Job) -> None:
    """On a phone, without JavaScript, as the last role of those that may do it."""
    run = office.do(task, task.roles[-1], PHONE, javascript=False)
    assert run.actions <= MOST_DAILY, task.name
    assert office.found == []
