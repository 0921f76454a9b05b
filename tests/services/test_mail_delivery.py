"""Delivery of mail: every mail once, in the buyer's language, however often the mail server fails."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import outbox
from storefront.domain.outbox import MAX_TRIES, OutboxMail
from storefront.errors import MailRefused, MailUnavailable
from storefront.services.audit import Actor
from storefront.services.mail import mail_delivery
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway, KeepingMailer

pytestmark = pytest.mark.dialects


def row() -> OutboxMail:
    """Return the only mail as it is now."""
    db.session.rollback()
    return db.session.scalars(select(OutboxMail).execution_options(populate_existing=True)).one()


@pytest.fixture
def paid(shop: Flask, gateway: FakeGateway) -> str:
    """Return the number of a paid order, whose mail waits."""
    started = make.begin((WHEY, 2))
    make.pay(gateway, started)
    return started.order_number


def test_a_mail_is_sent_once(paid: str, mailer: KeepingMailer) -> None:
    assert mail_delivery.deliver_due() == 1
    assert mail_delivery.deliver_due() == 0
    (message,) = mailer.emails_sent
    assert message.to == "ana@example.com"
    assert paid in message.subject + message.text
    assert "Proteína de suero 2 lb, vainilla" in message.text
    assert "Proteína de suero 2 lb, vainilla" in message.html
    assert row().sent_at is not None
    assert row().tries == 1


def test_a_failed_mail_waits_longer_each_time_and_keeps_its_name(paid: str, mailer: KeepingMailer) -> None:
    waits = []
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for tries in range(1, 5):
            mailer.failures = [ConnectionRefusedError("smtp down")]
            assert mail_delivery.deliver_due() == 0
            assert mail_delivery.deliver_due() == 0  # not due yet
            assert (row().tries, row().sent_at) == (tries, None)
            assert row().error == "ConnectionRefusedError: smtp down"
            waits.append((row().available_at - clock.now()).total_seconds())
            traveller.move_to(row().available_at)
        assert mail_delivery.deliver_due() == 1
    for tries, wait in enumerate(waits, 1):
        assert 0.8 * 2**tries <= wait <= 1.2 * 2**tries
    assert mailer.emails_sent[0].message_id == f"<{row().id}@localhost>"
    assert row().error == ""


def test_a_mail_that_never_leaves_is_put_aside_after_twenty_tries(paid: str, mailer: KeepingMailer) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(MAX_TRIES):
            mailer.failures = [OSError("no route")]
            assert mail_delivery.deliver_due() == 0
            traveller.shift(timedelta(hours=2))
        assert row().dead_at is not None
        assert row().tries == MAX_TRIES
        assert mail_delivery.deliver_due() == 0
    assert mailer.emails_sent == []


def test_one_failure_does_not_hold_up_the_others(shop: Flask, gateway: FakeGateway, mailer: KeepingMailer) -> None:
    for n in range(3):
        make.pay(gateway, make.begin((WHEY, 1), email=f"{n}@example.com"))
    mailer.failures = [OSError("once")]
    assert mail_delivery.deliver_due() == 2
    assert len(mailer.emails_sent) == 2


def test_a_template_that_cannot_be_written_is_a_failure_like_any_other(shop: Flask, mailer: KeepingMailer) -> None:
    with transaction():
        outbox.enqueue("k", "no_such_template", recipient="a@example.com", language="es", now=clock.now())
    assert mail_delivery.deliver_due() == 0
    assert "no_such_template" in row().error


def test_a_mail_claimed_by_a_worker_that_died_is_taken_after_the_lease(paid: str, mailer: KeepingMailer) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        mailer.failures = [KeyboardInterrupt()]
        with pytest.raises(KeyboardInterrupt):
            mail_delivery.deliver_due()
        assert mail_delivery.deliver_due() == 0
        traveller.shift(mail_delivery.LEASE + timedelta(seconds=1))
        assert mail_delivery.deliver_due() == 1
    assert row().tries == 2


@pytest.mark.parametrize(("language", "name"), [("es", "Proteína de suero"), ("en", "Whey protein")])
def test_a_mail_speaks_the_language_of_the_order(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer, language: str, name: str
) -> None:
    make.pay(gateway, make.begin((WHEY, 1), language=language))
    assert mail_delivery.deliver_due() == 1
    assert name in mailer.emails_sent[0].text


def test_an_occasion_is_told_once(shop: Flask) -> None:
    for _ in range(3):
        with transaction():
            outbox.enqueue("same", "order_confirmed", recipient="a@example.com", language="es", now=clock.now())
    assert make.count_of(OutboxMail) == 1


def test_the_warehouse_hears_of_a_paid_order_where_it_has_an_address(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    shop.extensions["settings"].WAREHOUSE_EMAIL = "bodega@example.com"
    make.pay(gateway, make.begin((WHEY, 1)))
    mail_delivery.deliver_due()
    assert sorted(message.to for message in mailer.emails_sent) == ["ana@example.com", "bodega@example.com"]


def confirmed(gateway: FakeGateway, count: int) -> None:
    """Write the confirmations of so many orders."""
    for n in range(count):
        make.pay(gateway, make.begin((WHEY, 1), email=f"{n}@example.com"))


def test_a_batch_needs_one_connection(shop: Flask, gateway: FakeGateway, mailer: KeepingMailer) -> None:
    assert (mail_delivery.deliver_due(), mailer.connections) == (0, 0), "without mail nobody is called"
    confirmed(gateway, 4)
    assert (mail_delivery.deliver_due(), mailer.connections) == (4, 1)


def test_a_server_that_is_away_costs_no_mail_a_try(shop: Flask, gateway: FakeGateway, mailer: KeepingMailer) -> None:
    confirmed(gateway, 4)
    mailer.away = True
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(3 * MAX_TRIES):  # ten minutes
            with pytest.raises(MailUnavailable):
                mail_delivery.deliver_due()
            traveller.shift(timedelta(seconds=10))
        assert {(mail.tries, mail.error) for mail in make.outbox()} == {(0, "connection refused")}
        mailer.away = False
        assert mail_delivery.deliver_due() == 4, "after its return all leave at once"
    assert {mail.error for mail in make.outbox()} == {""}


def test_a_connection_that_breaks_puts_off_one_mail_only(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    """Whether the server took the first is unknown; the others were not tried."""
    confirmed(gateway, 4)
    mailer.failures = [MailUnavailable(reason="connection lost")]
    with pytest.raises(MailUnavailable):
        mail_delivery.deliver_due()
    assert [(mail.tries, mail.error) for mail in make.outbox()] == [(1, "connection lost")] + 3 * [
        (0, "connection lost")
    ]
    assert mail_delivery.deliver_due() == 3
    assert [message.to for message in mailer.emails_sent] == [f"{n}@example.com" for n in (1, 2, 3)]


def test_a_connection_that_breaks_later_ends_the_batch_and_the_next_goes_on(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    confirmed(gateway, 3)

    def breaks() -> None:
        raise MailUnavailable(reason="connection lost")

    mailer.meanwhile = [lambda: None, breaks]
    assert mail_delivery.deliver_due() == 1
    assert mail_delivery.deliver_due() == 1
    assert [mail.tries for mail in make.outbox()] == [1, 1, 1]


def test_a_server_that_refuses_several_in_a_row_is_left_alone(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    confirmed(gateway, 6)
    mailer.failures = [OSError("451 try again later") for _ in range(6)]
    with pytest.raises(MailUnavailable):
        mail_delivery.deliver_due()
    assert [mail.tries for mail in make.outbox()] == [1, 1, 1, 0, 0, 0]
    mailer.failures = []
    assert mail_delivery.deliver_due() == 3


def test_templates_that_cannot_be_written_hold_no_other_mail_up(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    for n in range(4):
        with transaction():
            outbox.enqueue(f"k{n}", "no_such_template", recipient="a@example.com", language="es", now=clock.now())
    confirmed(gateway, 1)
    assert mail_delivery.deliver_due() == 1


def test_what_the_server_refuses_for_good_is_given_up_at_once_and_holds_no_other_up(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    confirmed(gateway, 5)
    mailer.failures = [MailRefused(reason="550 no such person") for _ in range(4)]
    assert mail_delivery.deliver_due() == 1
    assert {(mail.tries, mail.error) for mail in mail_delivery.given_up()} == {(1, "550 no such person")}
    assert len(mail_delivery.given_up()) == 4
    assert mail_delivery.deliver_due() == 0
    assert mail_delivery.retry(staff=Actor("ana")) == 4, "staff can have it tried again"
    assert mail_delivery.deliver_due() == 4


def test_a_round_ends_after_a_while_and_gives_back_what_it_did_not_try(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    confirmed(gateway, 4)
    with time_machine.travel(clock.now(), tick=False) as traveller:
        mailer.meanwhile = [
            lambda: traveller.shift(mail_delivery.ROUND / 2),
            lambda: traveller.shift(mail_delivery.ROUND / 2),
        ]
        assert mail_delivery.deliver_due() == 2
        assert [mail.tries for mail in make.outbox()] == [1, 1, 0, 0]
        assert mail_delivery.deliver_due() == 2, "they are due at once"
