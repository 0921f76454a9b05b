"""What was measured, as a table of docs/back-office.md."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from config import ROOT
from storefront.enums import StaffRole
from tests.e2e.browsing import DESKTOP
from tests.e2e.jobs.job import Job

DOCUMENT = ROOT / "docs" / "back-office.md"
BEGIN, END = "<!-- measured: make jobs -->", "<!-- /measured -->"
HEAD = "| Job | Roles | Actions | Waiting, s | With hands, s |\n|---|---|---|---|---|\n"


@dataclass(frozen=True)
class Run:
    """A job done once."""

    role: StaffRole
    width: int
    has_javascript: bool
    actions: int
    waited: float
    seconds: float


@dataclass(frozen=True)
class Measured:
    """A job, done as everybody who may do it."""

    job: Job
    runs: Sequence[Run]

    @property
    def row(self) -> str:
        """Return the row of the table; what is slow on one width or for one role shows as a range."""
        name = f"**{self.job.name}**" if self.job.is_daily else self.job.name
        roles = ", ".join(self.job.roles) if len(self.job.roles) < len(StaffRole) else "everybody"
        phone, desk = self._by_width()
        waits = f"{median(run.waited for run in phone):.1f} / {median(run.waited for run in desk):.1f}"
        hands = f"{median(run.seconds for run in phone):.0f} / {median(run.seconds for run in desk):.0f}"
        return f"| {name} | {roles} | {self.actions} | {waits} | {hands} |"

    @property
    def actions(self) -> str:
        """Return the actions, those without JavaScript too where they differ."""
        with_it = sorted({run.actions for run in self.runs if run.has_javascript})
        without = sorted({run.actions for run in self.runs if not run.has_javascript} - set(with_it))
        text = "–".join(str(n) for n in dict.fromkeys((with_it[0], with_it[-1])))
        return f"{text}; without JavaScript {without[0]}" if without else text

    def _by_width(self) -> tuple[list[Run], list[Run]]:
        runs = [run for run in self.runs if run.has_javascript]
        return [run for run in runs if run.width != DESKTOP], [run for run in runs if run.width == DESKTOP]


def write_table(all_measured: Sequence[Measured]) -> None:
    """Put the table into the document, in place of the last one."""
    table = HEAD + "\n".join(measured.row for measured in all_measured)
    text = DOCUMENT.read_text()
    block = f"{BEGIN}\n{table}\n{END}"
    found = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    assert len(found.findall(text)) == 1, "the document has no place for the table"
    DOCUMENT.write_text(found.sub(lambda _: block, text))
