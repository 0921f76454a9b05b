"""Packing slips of many orders as a job of the worker: the page that began it shows how far it is, and has the file."""

import json
import zlib
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import undefer

from storefront import clock
from storefront.clock import day_of
from storefront.database import db, transaction
from storefront.domain import job as jobs
from storefront.domain.job import Claim, Job
from storefront.enums import JobKind, JobState, SlipSize
from storefront.errors import NotFound
from storefront.i18n.babel import in_language
from storefront.services import job_claims
from storefront.services.audit import Actor
from storefront.services.orders import packing_slips

_KINDS = (JobKind.PACKING_SLIPS,)


def enqueue(order_ids: Sequence[int], size: SlipSize, *, language: str, actor: Actor) -> str:
    """Have the slips of orders drawn by the worker, and return the job's id."""
    wanted = {"orders": list(order_ids), "size": size, "language": language}
    with transaction() as session:
        now = clock.now()
        job = Job(
            kind=JobKind.PACKING_SLIPS,
            actor_id=actor.customer_id,
            actor_name=actor.name,
            file_name=f"hojas-de-empaque-{day_of(now).isoformat()}.pdf",
            content=zlib.compress(json.dumps(wanted).encode()),
            total=len(order_ids),
            created_at=now,
        )
        session.add(job)
    return job.id


def get(job_id: str, *, has_file: bool = False) -> Job:
    """Return a job of slips, with its file where that is wanted, or raise `NotFound`."""
    job = db.session.scalar(
        select(Job).where(Job.id == job_id, Job.kind.in_(_KINDS)).options(*([undefer(Job.output)] if has_file else []))
    )
    if job is None or (has_file and job.output is None):
        raise NotFound(job_id=job_id)
    return job


def latest(limit: int = 10) -> Sequence[Job]:
    """Return the newest jobs of slips."""
    own = select(Job).where(Job.kind.in_(_KINDS))
    return db.session.scalars(own.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit)).all()


def run_due() -> int:
    """Draw the oldest slips that wait, and return how many jobs were done."""
    return job_claims.run_due(_KINDS, _run)


def _run(claimed: Claim) -> None:
    # Importing fpdf2 takes a third of the start's time, and most workers draw nothing.
    from storefront.services.orders.packing_slip_pdf import draw

    wanted = json.loads(zlib.decompress(claimed.content))
    with job_claims.kept(claimed) as progress, in_language(wanted["language"]):
        slips = packing_slips.slips_of(wanted["orders"])
        file = draw(slips, SlipSize(wanted["size"]), progress) if slips else None
    with transaction():
        result = {"slips": len(slips), "orders": len(wanted["orders"])}
        if not jobs.finish(claimed, JobState.DONE, result, file):
            raise job_claims.ClaimLost()
