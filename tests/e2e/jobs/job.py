"""What a job is, and the list of all jobs, in the order of docs/back-office.md."""

from collections.abc import Callable
from dataclasses import dataclass

from storefront.enums import StaffRole
from tests.e2e.jobs.person import Person
from tests.e2e.jobs.stage import Stage
from tests.web.test_staff_permissions import WHO

Do = Callable[[Person, Stage], None]
MOST_DAILY = 3
"""Actions from *Hoy* that something done every day may take."""


@dataclass(frozen=True)
class Job:
    """A job by its name in docs/back-office.md; it is for the roles that may use an endpoint."""

    name: str
    endpoint: str
    do: Do
    is_daily: bool

    @property
    def roles(self) -> list[StaffRole]:
        """Return the roles that may do it, in the order of the table of roles."""
        return [role for role in StaffRole if role in WHO[self.endpoint]]


JOBS: list[Job] = []


def job(name: str, endpoint: str, *, is_daily: bool = False) -> Callable[[Do], Do]:
    """Return a decorator that puts a function into the list of jobs."""

    def keep(do: Do) -> Do:
        JOBS.append(Job(name, endpoint, do, is_daily))
        return do

    return keep
