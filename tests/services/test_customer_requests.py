"""Petitions and complaints: filed once, due after 15 business days, answered by mail, closed, exported and erased."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.audit import AuditEntry
from storefront.domain.customer import Customer
from storefront.domain.customer_request import CustomerRequest, RequestAnswer, id_of
from storefront.domain.deadlines import Deadlines
from storefront.enums import RequestKind, RequestStatus
from storefront.errors import EditConflict, InvalidInput, NotFound, WrongState
from storefront.services.accounts import authentication, data_export, erasure, recovery, remains
from storefront.services.audit import Actor
from storefront.services.customer_requests import filing, handling
from storefront.services.customer_requests.filing import Filing
from storefront.services.mail import mail_delivery
from tests import factories as make
from tests.fakes import KeepingMailer

pytestmark = pytest.mark.dialects

EVA = Actor("eva")
PASSWORD = "caballo verde 88"


def filed(**values: object) -> str:
    typed: dict[str, object] = {
        "kind": RequestKind.CLAIM, "name": "Ana Gómez", "email": "Ana@Example.com",
        "text": "Llegó roto.", "language": "es",
    }  # fmt: skip
    return filing.file(Filing(**typed | values))  # type: ignore[arg-type]


def stored(number: str) -> CustomerRequest:
    db.session.rollback()
    db.session.expire_all()
    return handling.get(number)


def test_it_has_a_number_a_deadline_and_a_mail_that_repeats_nothing(
    shop: Flask, mailer: KeepingMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 27, 20, 0, tzinfo=UTC))
    number = filed(phone="300 123 4567", order_number="2026-11-0042")
    request = stored(number)
    assert number.startswith("PQR-2026-11-")
    assert (request.email, request.phone, request.status) == ("ana@example.com", "+573001234567", RequestStatus.OPEN)
    assert request.due_on == date(2026, 12, 21).isoformat(), "a holiday on 8 December"
    monkeypatch.undo()
    mail_delivery.deliver_due()
    [mail] = mailer.emails_sent
    assert mail.to == "ana@example.com"
    assert number in mail.text
    assert "Llegó roto" not in mail.text + mail.html
    assert "Ana" not in mail.text.replace("ana@example.com", "")


def test_a_double_click_files_it_once(shop: Flask) -> None:
    assert filed() == filed()
    assert filed(text="Otra cosa.") != filed()
    db.session.rollback()
    assert len(db.session.scalars(select(CustomerRequest)).all()) == 2
    assert len(make.outbox()) == 2


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"kind": None}, {"kind": "required"}),
        ({"name": ""}, {"name": "required"}),
        ({"name": "<b>"}, {"name": "markup"}),
        ({"email": "no"}, {"email": "invalid_email"}),
        ({"email": ""}, {"email": "required"}),
        ({"phone": "12"}, {"phone": "invalid_phone"}),
        ({"order_number": "x" * 41}, {"order_number": "too_long"}),
        ({"text": ""}, {"text": "required"}),
        ({"text": "\n"}, {"text": "required"}),
        ({"text": "x" * 4001}, {"text": "too_long"}),
        ({"text": "a\x00b"}, {"text": "invalid"}),
        ({"text": "", "email": "no", "kind": None}, {"text": "required", "email": "invalid_email", "kind": "required"}),
    ],
)
def test_what_is_refused(shop: Flask, values: dict[str, object], problems: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        filed(**values)
    assert refusal.value.problems == problems


def test_an_answer_is_mailed_and_kept_and_the_request_is_closed(shop: Flask, mailer: KeepingMailer) -> None:
    number = filed(language="en")
    handling.answer(number, "We send\nanother one.", version=1, staff=EVA)
    assert stored(number).status == RequestStatus.ANSWERED
    handling.answer(number, "It left today.", version=2, staff=EVA)
    mail_delivery.deliver_due()
    answers = [mail for mail in mailer.emails_sent if "another one." in mail.text or "It left today." in mail.text]
    assert len(answers) == 2
    assert all(number in mail.subject for mail in answers)
    handling.close(number, "", version=3, staff=EVA)
    request = stored(number)
    assert (request.status, [one.text for one in request.answers]) == (
        RequestStatus.CLOSED, ["We send\nanother one.", "It left today."],
    )  # fmt: skip
    with pytest.raises(WrongState):
        handling.answer(number, "No", version=4, staff=EVA)
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.object_id, (entry.after or {}).get("status")) for entry in entries] == [
        (number, "answered"), (number, None), (number, "closed"),
    ]  # fmt: skip


def test_what_nobody_answered_is_closed_with_a_note_only(shop: Flask) -> None:
    number = filed()
    with pytest.raises(InvalidInput) as refusal:
        handling.close(number, "", version=1, staff=EVA)
    assert refusal.value.problems == {"closing_note": "required"}
    handling.close(number, "Publicidad.", version=1, staff=EVA)
    assert stored(number).closing_note == "Publicidad."


def test_of_two_who_answer_at_once_the_second_is_told(shop: Flask) -> None:
    number = filed()
    told: list[str] = []

    def send(name: str) -> None:
        with shop.app_context():
            try:
                handling.answer(number, f"Hola, soy {name}.", version=1, staff=Actor(name))
                told.append("sent")
            except EditConflict:
                told.append("told")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=send, args=(name,)) for name in ("eva", "leo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["sent", "told"]
    assert len(stored(number).answers) == 1


def test_they_are_counted_and_overdue_after_their_day(shop: Flask) -> None:
    first, second = filed(), filed(text="Otra cosa.")
    with transaction():
        db.session.execute(
            db.update(CustomerRequest).where(CustomerRequest.id == id_of(first)).values(due_on="2026-01-02")
        )
    assert handling.count_open() == Deadlines(open=2, overdue=1, due_soon=0)
    assert handling.is_overdue(stored(first))
    assert not handling.is_overdue(stored(second))
    assert [one.number for one in handling.find(RequestStatus.OPEN).items] == [first, second]
    for text in (first, "ana@example.com", "gómez"):
        assert first in [one.number for one in handling.find(RequestStatus.CLOSED, text).items], text
    assert handling.find(RequestStatus.OPEN, "100%").total == 0


@pytest.mark.parametrize("number", ["PQR-2026-11-9999", "2026-11-0001", "x", "PQR-2026-11-99999999999999", "PQR--1-1"])
def test_an_unknown_number_is_not_found(shop: Flask, number: str) -> None:
    filed()
    with pytest.raises(NotFound):
        handling.get(number)


def customer() -> str:
    """Return somebody whose address is confirmed, with a password."""
    values = {"email": "ana@example.com", "first_name": "Ana", "last_name": "Gómez", "language": "es"}
    customer_id = authentication.register(password=PASSWORD, **values).customer_id
    with transaction():
        recovery.confirm(customer_id, clock.now())
    return customer_id


def test_they_are_in_the_copy_of_one_s_data(shop: Flask) -> None:
    person, number = customer(), filed()
    filed(email="otra@example.com")
    handling.answer(number, "Te lo cambiamos.", version=1, staff=EVA)
    [request] = data_export.export(person)["requests"]
    assert (request["number"], request["text"]) == (number, "Llegó roto.")
    assert [one["text"] for one in request["answers"]] == ["Te lo cambiamos."]
    assert "eva" not in str(request)


def test_they_go_with_the_account_and_one_that_waits_after_it_is_closed(shop: Flask, mailer: KeepingMailer) -> None:
    person, done, waiting = customer(), filed(), filed(text="Otra cosa.")
    handling.answer(done, "Listo.", version=1, staff=EVA)
    subject = data_export.subject_of(db.session.get_one(Customer, person))
    assert remains.remains_of(subject).requests_open == [waiting]
    erasure.erase(person, password=PASSWORD)
    with pytest.raises(NotFound):
        stored(done)
    assert stored(waiting).erasure_asked_at is not None
    handling.answer(waiting, "Lista también.", version=1, staff=EVA)
    mail_delivery.deliver_due()
    assert any("Lista también." in mail.text for mail in mailer.emails_sent)
    handling.close(waiting, "", version=2, staff=EVA)
    assert handling.forget() == 0, "its mail may be under way"
    with transaction():
        gone = clock.now() - timedelta(days=8)
        db.session.execute(db.update(CustomerRequest).values(closed_at=gone))
    assert handling.forget() == 1
    assert db.session.scalars(select(RequestAnswer)).all() == []
