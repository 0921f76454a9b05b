"""What the law gives days to answer: counted for the page of the day in one statement each, mailed to the owner."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.catalogue import Product
from storefront.domain.customer import Customer
from storefront.domain.customer_request import CustomerRequest
from storefront.domain.data_subject import DataRequest
from storefront.domain.deadlines import Deadlines
from storefront.enums import DataRequestKind, ProductStatus, RequestStatus, StaffRole
from storefront.services.accounts.data_export import subject_of
from storefront.services.customer_requests import handling
from storefront.services.customers import data_requests
from storefront.services.jobs import daily_mail
from storefront.services.mail import mail_delivery
from tests import factories as make
from tests.fakes import KeepingMailer
from tests.services.test_customer_requests import EVA, filed
from tests.statements import Statements

pytestmark = pytest.mark.dialects

MORNING = datetime(2036, 12, 3, 11, 30, tzinfo=UTC)
"""6:30 of a Wednesday in Bogotá; Monday the 8th is a holiday."""

LAST_DAYS = ("2036-12-02", "2036-12-03", "2036-12-09", "2036-12-10")
"""Yesterday, today, the third business day from now, and the fourth."""


def file_petitions(*last_days: str) -> None:
    """File as many petitions, each with its last day."""
    numbers = [filed(text=f"Llegó roto, número {at}.") for at in range(len(last_days))]
    rows = [handling.get(number).id for number in numbers]
    db.session.rollback()
    with transaction():
        for row, day in zip(rows, last_days, strict=True):
            db.session.execute(update(CustomerRequest).where(CustomerRequest.id == row).values(due_on=day))


def ask_for_data(*last_days: str) -> None:
    """Write down as many requests about the data of one account, each with its last day."""
    person = make.customer("ana@example.com", is_confirmed=True)
    subject = subject_of(db.session.get_one(Customer, person.customer_id))
    db.session.rollback()
    with transaction():
        for day in last_days:
            values = {"kind": DataRequestKind.ACCESS, "received_on": day, "due_on": day, "author": "eva"}
            db.session.add(DataRequest(**subject.key, **values, created_at=clock.now()))


@pytest.fixture
def owner(shop: Flask) -> str:
    """Return the address of the only owner, in a shop in which nothing else waits."""
    person = make.customer("duena@example.com", is_confirmed=True)
    with transaction():
        db.session.execute(update(Product).values(status=ProductStatus.ARCHIVED))
        db.session.execute(update(Customer).values(staff_role=None, staff_disabled_at=None))
        db.session.execute(update(Customer).where(Customer.id == person.customer_id).values(staff_role=StaffRole.OWNER))
    return "duena@example.com"


def test_a_last_day_is_soon_for_three_business_days_and_late_after_it(shop: Flask, statements: Statements) -> None:
    with time_machine.travel(MORNING, tick=False):
        file_petitions(*LAST_DAYS)
        ask_for_data(*LAST_DAYS)
        for count in (handling.count_open, data_requests.count_open):
            with statements.at_most(1):
                assert count() == Deadlines(open=4, overdue=1, due_soon=2)
        file_petitions(*LAST_DAYS, "2036-12-01", "2036-12-11")
        with statements.at_most(1):
            counted, urgent = handling.waiting()
        assert counted == Deadlines(open=6, overdue=2, due_soon=2)
        assert [request.due_on for request in urgent] == ["2036-12-01", *LAST_DAYS]
    with time_machine.travel(MORNING + timedelta(days=6, hours=17), tick=False):  # 23:30 of its last day
        assert data_requests.count_open() == Deadlines(open=4, overdue=2, due_soon=2)
    with time_machine.travel(MORNING + timedelta(days=6, hours=18), tick=False):
        assert data_requests.count_open() == Deadlines(open=4, overdue=3, due_soon=1)


def test_what_is_answered_waits_no_longer(shop: Flask) -> None:
    with time_machine.travel(MORNING, tick=False):
        file_petitions("2036-12-02")
        [request] = handling.find(RequestStatus.OPEN).items
        handling.answer(request.number, "Te lo cambiamos.", version=1, staff=EVA)
        ask_for_data("2036-12-02")
        [asked] = data_requests.list_open()
        subject = subject_of(db.session.get_one(Customer, asked.row.customer_id))
        data_requests.close(subject, asked.row.id, staff=EVA)
        assert handling.waiting() == (Deadlines(0, 0, 0), [])
        assert handling.count_open() == data_requests.count_open() == Deadlines(0, 0, 0)


def test_the_owner_reads_in_the_morning_what_is_late_or_due(owner: str, mailer: KeepingMailer) -> None:
    with time_machine.travel(MORNING, tick=False):
        file_petitions("2036-12-02", "2036-12-09", "2036-12-10")
        ask_for_data("2036-12-01", "2036-12-02", "2036-12-03")
        assert daily_mail.tell() == 1
        mail_delivery.deliver_due()
    [mail] = [one for one in mailer.emails_sent if one.to == owner]
    for line in (
        "1 PQR vencida", "1 PQR que vence en estos días",
        "2 solicitudes de datos vencidas", "1 solicitud de datos que vence en estos días",
    ):  # fmt: skip
        assert line in mail.text
        assert line in mail.html


@pytest.mark.parametrize("ask", [file_petitions, ask_for_data])
def test_what_is_due_alone_is_worth_a_mail_and_what_has_time_is_not(owner: str, ask: object) -> None:
    assert callable(ask)
    with time_machine.travel(MORNING, tick=False):
        ask("2036-12-10")
        assert daily_mail.tell() == 0
    with time_machine.travel(MORNING + timedelta(days=1), tick=False):
        assert daily_mail.tell() == 1


def test_a_mail_that_an_older_worker_wrote_has_no_such_lines(owner: str, mailer: KeepingMailer) -> None:
    with time_machine.travel(MORNING, tick=False):
        file_petitions("2036-12-02")
        daily_mail.tell()
        written = next(mail for mail in make.outbox() if mail.template == "daily_summary")
        known = {key: value for key, value in written.context.items() if "requests" not in key}
        with transaction():
            db.session.execute(update(type(written)).where(type(written).id == written.id).values(context=known))
        mail_delivery.deliver_due()
    [mail] = [one for one in mailer.emails_sent if one.to == owner]
    assert "PQR" not in mail.text
