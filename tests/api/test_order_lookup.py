"""A guest finds an order by its number and e-mail; the link goes to the mailbox, and a stranger learns nothing."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.domain.outbox import OutboxMail
from storefront.limits import LIMITS
from storefront.services.accounts import data_export, erasure
from storefront.services.mail import mail_delivery
from tests import factories as make
from tests.api.conftest import PASSWORD, Phone, assert_problem, registered
from tests.api.test_budgets import counted
from tests.factories import WHEY
from tests.fakes import KeepingMailer
from tests.web.browser import Browser

GUEST = "ana@example.com"
PATH, PAGE = "/api/orders/lookup", "/orders/find"


@pytest.fixture
def number(app: Flask) -> str:
    """Return the number of a guest's order."""
    with app.app_context():
        started = make.begin((WHEY, 1), email=GUEST)
        mail_delivery.deliver_due()
        db.session.remove()
    return started.order_number


def mailed(app: Flask, mailer: KeepingMailer) -> list[tuple[str, str]]:
    """Return (to, text) of the mails with a link that left since the last look."""
    before = len(mailer.emails_sent)
    with app.app_context():
        mail_delivery.deliver_due()
        db.session.remove()
    return [(email.to, email.text) for email in mailer.emails_sent[before:]]


def test_the_link_in_the_mail_opens_the_order(app: Flask, stranger: Phone, mailer: KeepingMailer, number: str) -> None:
    answer = stranger.post(PATH, {"orderNumber": f" #{number} ", "email": "ANA@example.com"}, Accept_Language="en")
    assert answer.status_code == 202
    ((to, text),) = mailed(app, mailer)
    assert to == GUEST
    assert number in mailer.emails_sent[-1].subject
    assert "You asked for the link" in text
    link = re.search(r"http://localhost(/account/orders/\S+token=\S+)", text)
    assert link is not None
    browser = Browser(app.test_client())
    assert browser.get(link[1]).status_code == 200
    assert number in browser.text
    assert Browser(app.test_client()).get(link[1].partition("?")[0]).status_code == 404


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        (None, "diego@example.com"),
        ("2026-11-9999", GUEST),
        ("1", GUEST),
        ("2025-01-0001", GUEST),
        ("nada", GUEST),
        ("' OR 1=1 --", GUEST),
        ("9" * 40, GUEST),
    ],
)
def test_a_stranger_learns_nothing(
    app: Flask, stranger: Phone, mailer: KeepingMailer, number: str, typed: str | None, email: str
) -> None:
    known = stranger.post(PATH, {"orderNumber": number, "email": GUEST})
    assert len(mailed(app, mailer)) == 1
    unknown = stranger.post(PATH, {"orderNumber": typed or number, "email": email})
    assert (known.status_code, known.json) == (unknown.status_code, unknown.json)
    assert mailed(app, mailer) == []


def test_both_cost_the_same(app: Flask, stranger: Phone, number: str) -> None:
    bodies = ({"orderNumber": number, "email": GUEST}, {"orderNumber": "2026-11-9999", "email": "nobody@example.com"})
    costs = [len(counted(app, lambda body=body: stranger.post(PATH, body))) for body in bodies]  # type: ignore[misc]
    assert costs[0] == costs[1] <= 2


def test_impatience_sends_one_mail(app: Flask, stranger: Phone, mailer: KeepingMailer, number: str) -> None:
    with time_machine.travel(clock.now().replace(second=0, minute=2), tick=False):
        for _ in range(3):
            assert stranger.post(PATH, {"orderNumber": number, "email": GUEST}).status_code == 202
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        assert len(mailed(app, mailer)) == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ("email", "orderNumber")),
        ({"orderNumber": "", "email": "x@example.com"}, ("orderNumber",)),
        ({"orderNumber": "#", "email": "x@example.com"}, ("orderNumber",)),
        ({"orderNumber": "1", "email": "no"}, ("email",)),
        ({"orderNumber": "1" * 41, "email": "x@example.com"}, ("orderNumber",)),
        ({"orderNumber": "1", "email": "x@example.com", "status": "paid"}, ("status",)),
    ],
)
def test_what_is_no_question_is_refused(stranger: Phone, body: dict[str, str], fields: tuple[str, ...]) -> None:
    problem = assert_problem(stranger.post(PATH, body), 400, "invalid_request")
    assert {entry["field"] for entry in problem["errors"]} == set(fields)


@pytest.mark.new_app
def test_questions_are_limited(app: Flask, stranger: Phone, number: str) -> None:
    app.extensions["settings"].RATE_LIMITS = True
    allowed = int(LIMITS["lookup"]["pair"].split()[0])
    answers = [stranger.post(PATH, {"orderNumber": number, "email": GUEST}) for _ in range(allowed + 1)]
    assert [answer.status_code for answer in answers] == [202] * allowed + [429]
    assert answers[-1].headers["Retry-After"]


def test_the_page_does_the_same(app: Flask, mailer: KeepingMailer, number: str) -> None:
    browser = Browser(app.test_client())
    for page in ("/login", "/contact", "/"):
        assert f'href="{PAGE}"' in browser.get(page).get_data(as_text=True)
    browser.get(PAGE)
    refused = browser.send(PAGE, order_number="", email="no", follow=False)
    assert refused.status_code == 422
    assert "Escribe el número del pedido" in browser.text
    assert 'value="no"' in browser.text
    browser.get(PAGE)
    browser.send(PAGE, order_number="2026-11-9999", email=GUEST)
    answer = re.findall(r"Si hay un pedido[^<]+", browser.text)
    assert mailed(app, mailer) == []
    browser.send(PAGE, order_number=number, email=GUEST)
    assert re.findall(r"Si hay un pedido[^<]+", browser.text) == answer
    assert answer
    assert len(mailed(app, mailer)) == 1


def test_what_was_asked_for_is_among_ones_data(app: Flask, stranger: Phone, number: str) -> None:
    stranger.post(PATH, {"orderNumber": number, "email": GUEST})
    phone = registered(app, GUEST)
    with app.app_context():
        with transaction():
            db.session.execute(db.update(Customer).values(email_verified_at=clock.now()))
        mails = data_export.export(phone.user["userId"])["mails"]
        assert "order_link" in {mail["template"] for mail in mails}
        erasure.erase(phone.user["userId"], password=PASSWORD)
        assert make.count_of(OutboxMail) == 0
        db.session.remove()
