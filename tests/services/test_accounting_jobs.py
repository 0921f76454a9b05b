"""A large file for the accountant is made by the worker, once, for whoever asked for it."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from storefront import clock
from storefront.database import db
from storefront.domain.audit import AuditEntry
from storefront.domain.job import Job
from storefront.enums import JobState
from storefront.errors import NotFound
from storefront.services.admin import product_imports
from storefront.services.audit import Actor
from storefront.services.customers import data_requests, subjects
from storefront.services.figures import accounting
from storefront.services.figures.periods import Span
from tests import factories as make
from tests.factories import COFFEE, CUBES, WHEY
from tests.fakes import FakeGateway

pytestmark = pytest.mark.dialects

EVA, ANA = Actor("eva@example.com", "eva"), Actor("ana@example.com", "ana")


def today() -> Span:
    day = clock.day_of(clock.now())
    return Span(day, day)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))


def test_the_worker_makes_the_same_file_in_parts(
    shop: Flask, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    for goods in ((WHEY, 1), (COFFEE, 2), (CUBES, 1)):
        make.pay(gateway, make.begin(goods, (CUBES, 1)) if goods[0] != CUBES else make.begin(goods))
    monkeypatch.setattr(accounting, "_ORDERS_AT_ONCE", 2)
    assert accounting.count_rows(today()) == 5
    at_once = "".join(accounting.export(today(), staff=EVA))
    assert len(rows(at_once)) == 6
    job_id = accounting.enqueue(today(), staff=EVA)
    assert accounting.get(job_id, actor=EVA).state == JobState.QUEUED
    with pytest.raises(NotFound):
        accounting.file_of(job_id, actor=EVA)
    assert (accounting.run_due(), accounting.run_due()) == (1, 0)
    db.session.rollback()
    job = accounting.get(job_id, actor=EVA)
    assert (job.state, job.result, job.claimed_until) == (JobState.DONE, {"rows": 5}, None)
    name, parts = accounting.file_of(job_id, actor=EVA)
    assert name == f"contabilidad-{today().first}-{today().last}.csv"
    assert b"".join(parts).decode() == at_once
    assert [one.id for one in accounting.latest(actor=EVA)] == [job_id]
    assert db.session.scalar(select(func.count()).where(AuditEntry.object_id == name)) == 2


def test_somebody_else_s_file_is_nothing(shop: Flask) -> None:
    job_id = accounting.enqueue(today(), staff=EVA)
    accounting.run_due()
    assert accounting.latest(actor=ANA) == []
    for read in (accounting.get, accounting.file_of):
        with pytest.raises(NotFound):
            read(job_id, actor=ANA)
        with pytest.raises(NotFound):
            read("absent", actor=EVA)


def test_no_copy_of_a_buyer_outlives_an_erasure_by_more_than_a_day(shop: Flask, gateway: FakeGateway) -> None:
    """Until then it says what the law keeps of them for ten years: name, document and money of paid orders."""
    home = make.address(first_name="Pía", last_name="Quiñonera", phone="300 555 7788")
    make.pay(gateway, started := make.begin((WHEY, 1), email="pia@example.com", address=home))
    job_id = accounting.enqueue(today(), staff=EVA)
    accounting.run_due()
    guest = subjects.get(make.order_of(started).public_id)
    data_requests.erase(guest, is_sure=True, staff=EVA)
    file = b"".join(accounting.file_of(job_id, actor=EVA)[1]).decode()
    assert "Pía Quiñonera" in file
    assert not any(text in file for text in ("3005557788", "pia@example.com", home.street))
    now = clock.now()
    for hours, is_kept in ((23, True), (25, False)):
        with time_machine.travel(now + timedelta(hours=hours), tick=False):
            product_imports.forget_old()
            db.session.rollback()
            assert bool(db.session.get(Job, job_id)) == is_kept, hours


def test_a_file_that_fails_says_so(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = accounting.enqueue(today(), staff=EVA)
    monkeypatch.setattr(accounting, "count_rows", lambda _span: 1 / 0)
    assert accounting.run_due() == 1
    db.session.rollback()
    assert accounting.get(job_id, actor=EVA).state == JobState.FAILED


def test_formulas_in_names_are_defused(shop: Flask, gateway: FakeGateway) -> None:
    make.change_product(WHEY, name="=HYPERLINK(1)")
    make.pay(gateway, make.begin((WHEY, 1), address=make.address(first_name="=cmd", last_name="x")))
    row = rows("".join(accounting.export(today(), staff=EVA)))[1]
    assert (row[2], row[4]) == ("'=cmd x", "'=HYPERLINK(1)")


def test_orders_of_other_days_and_unpaid_ones_are_not_in_it(shop: Flask, gateway: FakeGateway) -> None:
    with time_machine.travel(clock.now() - timedelta(days=3), tick=False):
        make.pay(gateway, make.begin((WHEY, 1)))
    make.begin((COFFEE, 1))
    assert accounting.count_rows(today()) == 0
    assert len(rows("".join(accounting.export(today(), staff=EVA)))) == 1
    assert db.session.scalar(select(func.count()).select_from(Job)) == 0
