"""Imports of products by staff: a file is checked and then applied by the worker, and a page shows how far it is."""

import zlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import job as jobs
from storefront.domain.job import Claim, Job
from storefront.enums import JobKind, JobState
from storefront.errors import NotFound
from storefront.services import job_claims
from storefront.services.audit import Actor
from storefront.services.catalogue import product_csv

_KINDS = (JobKind.PRODUCT_CHECK, JobKind.PRODUCT_IMPORT)

MOST_SHOWN = 200
"""Rows of each sort that a result keeps."""


def enqueue(content: bytes, *, file_name: str, actor: Actor) -> str:
    """Have a file checked by the worker, and return the job's id."""
    with transaction() as session:
        job = Job(
            kind=JobKind.PRODUCT_CHECK,
            actor_id=actor.customer_id,
            actor_name=actor.name,
            file_name=file_name[:200],
            content=zlib.compress(content),
            created_at=clock.now(),
        )
        session.add(job)
    return job.id


def apply_checked(job_id: str) -> None:
    """Have a checked file applied by the worker; a second time changes nothing."""
    get(job_id)
    with transaction():
        jobs.apply_checked(job_id)


def get(job_id: str) -> Job:
    """Return an import, or raise `NotFound`."""
    job = db.session.get(Job, job_id)
    if job is None or job.kind not in _KINDS:
        raise NotFound(job_id=job_id)
    return job


def latest(limit: int = 10) -> Sequence[Job]:
    """Return the newest imports."""
    own = select(Job).where(Job.kind.in_(_KINDS))
    return db.session.scalars(own.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)).all()


def forget_old() -> int:
    """Forget jobs that ended long ago, with their files, and return how many."""
    with transaction():
        return jobs.forget_old(clock.now())


def run_due() -> int:
    """Do the oldest import that waits, and return how many were done."""
    return job_claims.run_due(_KINDS, _run)


def _run(claimed: Claim) -> None:
    content = zlib.decompress(claimed.content)
    # SQLite lets nobody else write during an import; nobody else can take the job then, either.
    is_alone = db.engine.dialect.name == "sqlite" and claimed.kind == JobKind.PRODUCT_IMPORT
    with job_claims.kept(claimed, is_silent=is_alone) as progress:
        if claimed.kind == JobKind.PRODUCT_CHECK:
            report = product_csv.check(content, progress=progress)
            state = JobState.DONE
        else:
            report = product_csv.apply(
                content,
                file_name=claimed.file_name,
                staff=Actor(claimed.actor_name, claimed.actor_id),
                progress=progress,
                finish=lambda applied: _finish(claimed, JobState.DONE, applied),
            )
            state = JobState.FAILED
    if not report.is_applied:
        with transaction():
            _finish(claimed, state, report)


def _finish(claimed: Claim, state: JobState, report: product_csv.Report) -> None:
    """End the job, in the transaction of the import if there is one, so that it is applied once."""
    if not jobs.finish(claimed, state, result_of(report)):
        raise job_claims.ClaimLost()


def result_of(report: product_csv.Report) -> dict[str, Any]:
    """Return a report as JSON, with the first rows of each sort."""
    return {
        "counts": report.counts,
        "categories": report.categories,
        "is_applied": report.is_applied,
        "changes": [asdict(change) for change in report.changes[:MOST_SHOWN]],
        "refused": [asdict(problem) for problem in report.refused[:MOST_SHOWN]],
        "notes": [asdict(note) for note in report.notes[:MOST_SHOWN]],
        "changes_total": len(report.changes),
        "refused_total": len(report.refused),
        "notes_total": len(report.notes),
    }
