"""What every kind of job needs of the worker: a claim that is kept while the work goes on, and an end if it fails."""

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta

from storefront import clock
from storefront.database import transaction
from storefront.domain import job as jobs
from storefront.domain.job import Claim
from storefront.enums import JobKind, JobState
from storefront.errors import DatabaseUnavailable
from storefront.periodic import every

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""What is told of a step: its name, how much of it is done, and how much it is."""


class ClaimLost(Exception):
    """Another worker has taken the job up, so this one writes nothing."""


@dataclass(slots=True)
class _Progress:
    done: int = 0
    total: int = 0

    def note(self, _step: str, done: int, total: int) -> None:
        self.done, self.total = done, total


def run_due(kinds: Collection[JobKind], work: Callable[[Claim], None]) -> int:
    """Do the oldest job of some kinds that waits, and return how many were done."""
    with transaction():
        claimed = jobs.claim(clock.now(), kinds)
    if claimed is None:
        return 0
    try:
        work(claimed)
    except ClaimLost:
        logger.warning("job was taken up by another worker", extra={"job": claimed.job_id})
    except DatabaseUnavailable:
        raise  # its lease ends, and it is taken up again
    except Exception:
        logger.exception("job failed", extra={"job": claimed.job_id})
        with transaction():
            jobs.finish(claimed, JobState.FAILED, {})
    return 1


@contextmanager
def kept(claimed: Claim, *, is_silent: bool = False) -> Iterator[Progress]:
    """Keep the claim and store the progress each second, beside the work; `is_silent` where nothing can be stored."""
    progress = _Progress()

    def store() -> None:
        with transaction():
            jobs.go_on(claimed, done=progress.done, total=progress.total, now=clock.now())

    with nullcontext() if is_silent else every(timedelta(seconds=1), store):
        yield progress.note
