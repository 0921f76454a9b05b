"""Jobs: what takes too long for a page is a row that the worker does, and whose page shows how far it is.

A job is claimed for a time; if its worker dies, the next one takes it up again. The number of its tries tells the
claims apart, so that only the last one writes. Every function runs inside the caller's transaction.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    CursorResult,
    Index,
    LargeBinary,
    String,
    and_,
    or_,
    select,
    update,
)
from sqlalchemy import delete as delete_from
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, db, rows_changed
from storefront.enums import JobKind, JobState
from storefront.ids import new_id

LEASE = timedelta(minutes=2)
"""After so long without a word the worker is gone; it says one each second."""

MOST_TRIES = 3
"""So many workers may die of one job."""

KEPT = timedelta(days=7)
"""After so long an ended job is forgotten, with its file."""

OF_PEOPLE = (JobKind.PACKING_SLIPS, JobKind.ACCOUNTING_EXPORT)
"""Whose files have names, addresses or documents of buyers in them."""

OF_PEOPLE_KEPT = timedelta(days=1)
"""After so long they are forgotten, so that no copy outlives an erasure by more; they can be made again."""


class Job(Base):
    """Work on a file that somebody sent, or that makes one; `done` of `total` rows or sheets are worked on.

    `content` is what to work on, compressed, and `output` the file that was made.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("(state = 'running') = (claimed_until IS NOT NULL)", name="running_is_claimed"),
        CheckConstraint("done >= 0 AND done <= total", name="done_of_total"),
        CheckConstraint("tries BETWEEN 0 AND 3", name="tries_in_range"),
        Index("ix_jobs_state", "state", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    kind: Mapped[JobKind]
    state: Mapped[JobState] = mapped_column(default=JobState.QUEUED)
    actor_id: Mapped[str | None] = mapped_column(String(26))
    actor_name: Mapped[str] = mapped_column(String(254))
    file_name: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    output: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    claimed_until: Mapped[datetime | None]
    created_at: Mapped[datetime]

    @property
    def is_over(self) -> bool:
        """Return whether it has ended."""
        return self.state in (JobState.DONE, JobState.FAILED)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is this worker's until another one takes it up, and what to do."""

    job_id: str
    tries: int
    kind: JobKind
    actor_name: str
    actor_id: str | None
    file_name: str
    content: bytes


def claim(now: datetime, kinds: Collection[JobKind]) -> Claim | None:
    """Claim the oldest job of some kinds that waits or whose worker is gone, or return None.

    One that killed its workers too often has failed.
    """
    is_free = or_(Job.state == JobState.QUEUED, and_(Job.state == JobState.RUNNING, Job.claimed_until < now))
    is_due = and_(Job.kind.in_(kinds), is_free)
    _change(and_(is_due, Job.tries >= MOST_TRIES), state=JobState.FAILED, claimed_until=None)
    oldest = select(Job.id).where(is_due).order_by(Job.created_at, Job.id).limit(1).scalar_subquery()
    claimed = (
        update(Job)
        .where(Job.id == oldest, is_due)
        .values(state=JobState.RUNNING, claimed_until=now + LEASE, tries=Job.tries + 1, done=0, total=0)
        .returning(Job.id, Job.tries, Job.kind, Job.actor_name, Job.actor_id, Job.file_name, Job.content)
        .execution_options(synchronize_session=False)
    )
    found = db.session.execute(claimed).first()
    return Claim(*found) if found else None


def go_on(claimed: Claim, *, done: int, total: int, now: datetime) -> bool:
    """Keep a claim and note how far it is; return whether it is still this worker's."""
    return _change(_of_claim(claimed), done=done, total=total, claimed_until=now + LEASE) == 1


def finish(claimed: Claim, state: JobState, result: Mapping[str, Any], output: bytes | None = None) -> bool:
    """End a job, with the file that it made if it made one; return whether it was still this worker's."""
    return _change(_of_claim(claimed), state=state, result=dict(result), output=output, claimed_until=None) == 1


def apply_checked(job_id: str) -> bool:
    """Queue the import of a file that was checked, once; return whether this call did."""
    is_checked = and_(Job.id == job_id, Job.kind == JobKind.PRODUCT_CHECK, Job.state == JobState.DONE)
    return _change(is_checked, kind=JobKind.PRODUCT_IMPORT, state=JobState.QUEUED, tries=0, done=0, total=0) == 1


def forget_old(now: datetime) -> int:
    """Forget what ended long ago, and return how much it was."""
    is_of_people = and_(Job.kind.in_(OF_PEOPLE), Job.created_at < now - OF_PEOPLE_KEPT)
    is_old = and_(or_(Job.created_at < now - KEPT, is_of_people), Job.state.in_((JobState.DONE, JobState.FAILED)))
    return cast("CursorResult[Any]", db.session.execute(delete_from(Job).where(is_old))).rowcount


def _of_claim(claimed: Claim) -> ColumnElement[bool]:
    return and_(Job.id == claimed.job_id, Job.state == JobState.RUNNING, Job.tries == claimed.tries)


def _change(condition: ColumnElement[bool], **values: Any) -> int:
    return rows_changed(update(Job).where(condition).values(**values))
