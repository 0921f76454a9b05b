"""Files of products as jobs of the worker: checked, applied once, taken up again when a worker died."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import job as jobs
from storefront.domain.audit import AuditEntry
from storefront.domain.catalogue import Variant
from storefront.domain.job import Job
from storefront.enums import JobKind, JobState
from storefront.services.admin import product_imports
from storefront.services.audit import Actor
from storefront.services.catalogue import product_csv
from tests.factories import WHEY, sku_of

EVA = Actor("eva@example.com")


def enqueued(price: str = "99900") -> str:
    content = f"sku;price\n{sku_of(WHEY)};{price}\n".encode()
    return product_imports.enqueue(content, file_name="precios.csv", actor=EVA)


def job_of(job_id: str) -> Job:
    db.session.rollback()
    db.session.expire_all()
    return product_imports.get(job_id)


def price() -> int:
    db.session.rollback()
    return db.session.scalars(select(Variant.price_minor).where(Variant.sku == sku_of(WHEY))).one()


def imports() -> int:
    return db.session.scalar(select(func.count()).where(AuditEntry.action == "imported")) or 0


def test_a_file_is_checked_and_applied_by_the_worker(shop: Flask) -> None:
    job_id = enqueued()
    assert (job_of(job_id).state, job_of(job_id).kind) == (JobState.QUEUED, JobKind.PRODUCT_CHECK)
    assert (product_imports.run_due(), product_imports.run_due()) == (1, 0)
    checked = job_of(job_id)
    assert (checked.state, checked.claimed_until) == (JobState.DONE, None)
    assert checked.result is not None
    assert checked.result["changes"][0]["cells"] == [["price", "129900", "99900"]]
    assert price() == 12_990_000

    product_imports.apply_checked(job_id)
    product_imports.apply_checked(job_id)  # a second click
    assert product_imports.run_due() == 1
    applied = job_of(job_id)
    assert (applied.state, applied.kind, price(), imports()) == (JobState.DONE, JobKind.PRODUCT_IMPORT, 9_990_000, 1)
    product_imports.apply_checked(job_id)
    assert product_imports.run_due() == 0


def test_what_is_refused_meanwhile_fails_and_changes_nothing(shop: Flask) -> None:
    job_id = enqueued()
    product_imports.run_due()
    with transaction():
        db.session.execute(update(Variant).where(Variant.sku == sku_of(WHEY)).values(sku="OTRO"))
    product_imports.apply_checked(job_id)
    product_imports.run_due()
    failed = job_of(job_id)
    assert failed.state == JobState.FAILED
    assert failed.result is not None
    assert [problem["column"] for problem in failed.result["refused"]] == ["slug"]
    assert imports() == 0


def test_a_job_whose_worker_died_is_taken_up_again_and_given_up_after_three(shop: Flask) -> None:
    job_id = enqueued()
    with time_machine.travel(clock.now(), tick=False) as travelled:
        for tries in (1, 2, 3):
            with transaction():
                claimed = jobs.claim(clock.now(), tuple(JobKind))
            assert claimed is not None
            assert (claimed.job_id, claimed.tries, job_of(job_id).state) == (job_id, tries, JobState.RUNNING)
            with transaction():
                assert jobs.claim(clock.now(), tuple(JobKind)) is None  # its worker may still live
            travelled.shift(jobs.LEASE + timedelta(seconds=1))
        assert product_imports.run_due() == 0
    assert (job_of(job_id).state, job_of(job_id).result) == (JobState.FAILED, None)


def test_a_worker_that_comes_too_late_writes_nothing(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its claim ends while it works and another worker takes the job up; the control is the claim that is kept."""
    job_id = enqueued()
    product_imports.run_due()
    product_imports.apply_checked(job_id)
    write = product_csv.writing.write

    def too_late(*arguments: Any, **options: Any) -> None:
        write(*arguments, **options)
        db.session.execute(update(Job).where(Job.id == job_id).values(tries=Job.tries + 1))

    with monkeypatch.context() as patched:
        patched.setattr(product_csv.writing, "write", too_late)
        product_imports.run_due()
    assert (price(), imports(), job_of(job_id).state) == (12_990_000, 0, JobState.RUNNING)
    with time_machine.travel(clock.now() + jobs.LEASE + timedelta(seconds=1)):
        product_imports.run_due()
    assert (price(), imports(), job_of(job_id).state) == (9_990_000, 1, JobState.DONE)


def test_a_file_that_breaks_the_worker_fails(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = enqueued()

    def broken(*_arguments: Any, **_options: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(product_csv.plan, "compare", broken)
    assert product_imports.run_due() == 1
    assert job_of(job_id).state == JobState.FAILED


def test_jobs_that_ended_are_forgotten_with_their_files(shop: Flask) -> None:
    ended, waiting = enqueued(), enqueued()
    with transaction():
        db.session.execute(update(Job).where(Job.id == ended).values(state=JobState.DONE))
    with time_machine.travel(clock.now() + jobs.KEPT + timedelta(seconds=1)):
        assert product_imports.forget_old() == 1
    assert [job.id for job in product_imports.latest()] == [waiting]
