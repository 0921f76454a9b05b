"""Several workers, slow mail servers, and rows that are gone: a mail leaves once."""

import time
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import outbox
from storefront.domain.outbox import MAX_TRIES, OutboxMail
from storefront.services.audit import Actor
from storefront.services.mail import mail_delivery
from tests import factories as make
from tests.fakes import KeepingMailer

pytestmark = pytest.mark.dialects


def write(*names: str) -> None:
    """Put mails about an order into the outbox, one second after another."""
    order_id = make.order_of(make.begin()).id
    for n, name in enumerate(names):
        with transaction():
            now = clock.now() - timedelta(seconds=len(names) - n)
            to = f"{name}@example.com"
            outbox.enqueue(name, "refund", recipient=to, language="es", now=now, order_id=order_id, amount_minor=100)


def receivers(mailer: KeepingMailer) -> list[str]:
    return [message.to.split("@")[0] for message in mailer.emails_sent]


def test_a_mail_that_another_worker_took_over_is_left_to_it(shop: Flask, mailer: KeepingMailer) -> None:
    """The first two take so long that the third's lease is over: a second worker sends it, and it leaves once."""
    write("ana", "eva", "pia")
    with time_machine.travel(clock.now(), tick=False) as traveller:

        def slowly(seconds: int) -> None:
            traveller.shift(timedelta(seconds=seconds))

        def second_worker() -> None:
            slowly(20)
            mailer.meanwhile = []
            with shop.app_context():
                assert mail_delivery.deliver_due() == 1

        mailer.meanwhile = [lambda: slowly(30), second_worker]
        assert mail_delivery.deliver_due() == 2
    assert sorted(receivers(mailer)) == ["ana", "eva", "pia"]
    assert [row.tries for row in make.outbox()] == [1, 1, 2]
    assert all(row.sent_at for row in make.outbox())


def test_a_row_that_is_gone_when_its_mail_has_left_harms_no_other(shop: Flask, mailer: KeepingMailer) -> None:
    write("ana", "eva")

    def forget() -> None:
        with shop.app_context(), transaction():
            db.session.execute(delete(OutboxMail).where(OutboxMail.key == "ana"))

    mailer.meanwhile = [forget]
    assert mail_delivery.deliver_due() == 2
    assert [(row.key, row.sent_at is not None) for row in make.outbox()] == [("eva", True)]


def test_a_row_that_is_gone_when_its_mail_has_failed_harms_no_other(shop: Flask, mailer: KeepingMailer) -> None:
    write("ana", "eva")

    def forget() -> None:
        with shop.app_context(), transaction():
            db.session.execute(delete(OutboxMail).where(OutboxMail.key == "ana"))
        raise OSError("hung up")

    mailer.meanwhile = [forget]
    assert mail_delivery.deliver_due() == 1
    assert receivers(mailer) == ["eva"]


def test_the_longest_waiting_leave_first_and_no_more_than_asked_for(shop: Flask, mailer: KeepingMailer) -> None:
    write("ana", "eva", "pia")
    assert mail_delivery.deliver_due(limit=2) == 2
    assert receivers(mailer) == ["ana", "eva"]
    assert mail_delivery.deliver_due() == 1


def test_one_mail_or_all_that_were_given_up_are_tried_again(shop: Flask, mailer: KeepingMailer) -> None:
    write("ana", "eva")
    with transaction():
        db.session.execute(db.update(OutboxMail).values(tries=MAX_TRIES - 1))
    mailer.failures = [OSError("no route"), OSError("x" * 900)]
    assert mail_delivery.deliver_due() == 0
    given_up = mail_delivery.given_up()
    assert {row.key for row in given_up} == {"ana", "eva"}
    assert {len(row.error) for row in given_up} == {len("OSError: no route"), 500}
    assert len(mail_delivery.given_up(limit=1)) == 1
    assert mail_delivery.retry("nothing", staff=Actor("ana")) == 0
    assert mail_delivery.retry(next(row.id for row in given_up if row.key == "eva"), staff=Actor("ana")) == 1
    assert [row.key for row in mail_delivery.given_up()] == ["ana"]
    assert mail_delivery.deliver_due() == 1
    assert mail_delivery.retry(staff=Actor("ana")) == 1
    assert mail_delivery.deliver_due() == 1
    assert (mail_delivery.retry(staff=Actor("ana")), mail_delivery.given_up()) == (0, [])
    assert receivers(mailer) == ["eva", "ana"]


def test_after_many_tries_the_wait_is_an_hour(shop: Flask, mailer: KeepingMailer) -> None:
    write("ana")
    with transaction():
        db.session.execute(db.update(OutboxMail).values(tries=15))
    mailer.failures = [OSError("no route")]
    with time_machine.travel(clock.now(), tick=False):
        mail_delivery.deliver_due()
        (row,) = make.outbox()
        assert 0.8 * 3600 <= (row.available_at - clock.now()).total_seconds() <= 1.2 * 3600


def test_a_mail_that_takes_minutes_is_held_and_leaves_once(
    shop: Flask, mailer: KeepingMailer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease is renewed while the server thinks, so a second worker finds nothing."""
    write("ana")
    monkeypatch.setattr(mail_delivery, "HOLD_EVERY", timedelta(seconds=0.05))

    def server_thinks() -> None:
        with shop.app_context():
            with transaction():
                db.session.execute(db.update(OutboxMail).values(available_at=clock.now()))
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline and make.outbox()[0].available_at <= clock.now():
                time.sleep(0.02)
            assert mail_delivery.deliver_due() == 0

    mailer.meanwhile = [server_thinks]
    assert mail_delivery.deliver_due() == 1
    assert (receivers(mailer), make.outbox()[0].tries) == (["ana"], 1)
