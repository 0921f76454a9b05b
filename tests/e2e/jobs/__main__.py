"""Measure the jobs of docs/back-office.md: `python -m tests.e2e.jobs [words of a job…] [--write] [--pictures FOLDER]`.

Each job begins on *Hoy* of the running demonstration and is done as each role that may do it, on a phone and on a desk,
and once without JavaScript. `--write` puts the table into docs/back-office.md; `--pictures` keeps a picture of each
page as it was left, and has axe read it.
"""

import argparse
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page

from storefront.enums import StaffRole
from tests.e2e.browsing import DESKTOP, Window, chromium_path, open_window, running_chromium
from tests.e2e.demonstration import Demo, running_demo
from tests.e2e.jobs import customers, goods, orders, shop, team  # noqa: F401  their jobs enter the list
from tests.e2e.jobs.job import JOBS, Job
from tests.e2e.jobs.person import Person
from tests.e2e.jobs.report import Measured, Run, write_table
from tests.e2e.jobs.stage import Stage
from tests.e2e.looking import EVERYTHING, engine, violations
from tests.e2e.shopping import Shopper

WIDTHS = (390, DESKTOP)


@dataclass
class Office:
    """The windows of all roles at the two widths, opened when they are needed."""

    browser: Browser
    stage: Stage
    pictures: Path | None
    emails: dict[StaffRole, str] = field(default_factory=dict)
    windows: dict[tuple[StaffRole, int, bool], Window] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    def window(self, role: StaffRole, width: int, javascript: bool) -> Window:
        """Return a window in which somebody of a role is signed in."""
        if role not in self.emails:
            self.emails[role] = self.stage.colleague(role)
        if self.emails[role] in self.stage.signed_out:
            self.stage.signed_out.remove(self.emails[role])
            for key in [key for key in self.windows if key[0] == role]:
                self.windows.pop(key).context.close()
        key = (role, width, javascript)
        if key not in self.windows:
            self.windows[key] = open_window(
                self.browser, self.stage.demo.url, width=width, javascript=javascript, accept_downloads=True
            )
            Shopper(self.windows[key].page, self.stage.demo).sign_in(self.emails[role])
        return self.windows[key]

    def do(self, task: Job, role: StaffRole, width: int, *, javascript: bool = True) -> Run:
        """Do a job once and return what it took; what went wrong in the window or for axe is kept."""
        window = self.window(role, width, javascript)
        self.stage.confirm_logins()
        self.stage.send_what_waits()
        is_looked_at = self.pictures is not None and javascript and role == task.roles[0]
        person = Person(window.page, role, self.emails[role])
        if is_looked_at:
            person.look = Looker(self, task, width).look
        task.do(person, self.stage)
        self.found += [f"{task.name}, {role}, {width} px: {text}" for text in window.complaints]
        window.complaints.clear()
        return Run(role, width, javascript, person.actions, person.waited, person.seconds)


@dataclass
class Looker:
    """Keeps a picture of each page, and what axe finds on it."""

    office: Office
    task: Job
    width: int
    seen: int = 0

    def look(self, page: Page) -> None:
        """Look at a page as it is now."""
        assert self.office.pictures is not None
        self.seen += 1
        name = re.sub(r"\W+", "-", self.task.name)[:40]
        page.screenshot(path=self.office.pictures / f"{name}-{self.width}-{self.seen}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > self.width:
            self.office.found.append(f"{self.task.name}, {self.width} px: {page.url} is {wide} px wide")
        page.evaluate(engine())
        self.office.found += [
            f"{self.task.name}, {self.width} px: {text}" for text in dict.fromkeys(violations(page, EVERYTHING))
        ]


def measure(office: Office, task: Job, *, is_quick: bool = False) -> Measured:
    """Do a job as everybody who may, or as the first of them, at both widths, and once without JavaScript."""
    roles = task.roles[:1] if is_quick else task.roles
    runs = [office.do(task, role, width) for role in roles for width in WIDTHS]
    runs.append(office.do(task, task.roles[0], WIDTHS[0], javascript=False))
    return Measured(task, runs)


def main() -> None:
    """Measure the jobs whose names have all the words, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.jobs", description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--quick", action="store_true", help="as the first role only")
    given = parser.parse_args()
    if chromium_path() is None:
        sys.exit("chromium is not installed: apt-get install -y --no-install-recommends chromium")
    if given.pictures:
        given.pictures.mkdir(parents=True, exist_ok=True)
    tasks = [task for task in JOBS if all(word in task.name for word in given.words)]
    with tempfile.TemporaryDirectory() as folder, running_demo(Path(folder)) as demo, running_chromium() as browser:
        found = run(browser, demo, tasks, given)
    sys.exit("\n".join(found) if found else 0)


def run(browser: Browser, demo: Demo, tasks: list[Job], given: argparse.Namespace) -> list[str]:
    """Measure jobs and print them, and return what was found wrong."""
    office = Office(browser, Stage(demo), given.pictures)
    all_measured = []
    for task in tasks:
        try:
            all_measured.append(measure(office, task, is_quick=given.quick))
        except Exception as failure:
            office.found.append(f"{task.name}: {type(failure).__name__} {failure}")
            print(f"failed: {task.name}", file=sys.stderr)
            continue
        print(all_measured[-1].row, flush=True)
    if given.write:
        write_table(all_measured)
    return office.found


if __name__ == "__main__":
    main()
