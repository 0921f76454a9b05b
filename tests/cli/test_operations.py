"""`flask mail` and `flask doctor`: what waits, what does not agree, and mending it."""

from datetime import datetime

import pytest
import time_machine
from flask import Flask

from storefront.clock import BOGOTA
from storefront.database import db, transaction
from storefront.domain.outbox import MAX_TRIES, OutboxMail
from tests import factories as make
from tests.cli.conftest import Run
from tests.factories import WHEY
from tests.fakes import FakeGateway, KeepingMailer


@pytest.fixture
def paid(shop: Flask, gateway: FakeGateway) -> make.PlacedOrder:
    """Return a paid order, whose mail waits."""
    started = make.begin((WHEY, 2))
    make.pay(gateway, started)
    return started


def test_mail_that_is_due_is_sent(paid: make.PlacedOrder, run: Run, mailer: KeepingMailer) -> None:
    assert run("mail", "deliver").output == "1 sent\n"
    assert run("mail", "deliver").output == "0 sent\n"
    assert [email.to for email in mailer.emails_sent] == ["ana@example.com"]


def test_mail_that_was_given_up_is_tried_again_when_asked(
    paid: make.PlacedOrder, run: Run, mailer: KeepingMailer
) -> None:
    with transaction():
        db.session.execute(db.update(OutboxMail).values(tries=MAX_TRIES - 1))
    mailer.failures = [OSError("no route")]
    assert run("mail", "deliver").output == "0 sent\n"
    found = run("doctor")
    assert found.exit_code == 1
    assert f"order_confirmed:{paid.order_id} not sent after {MAX_TRIES} tries: OSError: no route" in found.output
    assert "mend: flask mail deliver --retry" in found.output
    assert run("mail", "deliver").output == "0 sent\n"
    assert run("mail", "deliver", "--retry").output == "1 to be tried again\n1 sent\n"
    assert run("mail", "deliver", "--retry").output == "0 to be tried again\n0 sent\n"
    assert run("doctor").output == "healthy\n"


def test_a_mail_server_that_is_away_is_said_so(paid: make.PlacedOrder, run: Run, mailer: KeepingMailer) -> None:
    mailer.away = True
    done = run("mail", "deliver")
    assert done.exit_code == 1
    assert done.output == (
        "Error: The mail server takes no messages now; they leave when it is back. "
        "(mail_unavailable reason=connection refused)\n"
    )


def test_a_healthy_shop_says_so(paid: make.PlacedOrder, run: Run) -> None:
    done = run("doctor")
    assert (done.exit_code, done.output) == (0, "healthy\n")
    with_stripe = run("doctor", "--stripe")
    assert (with_stripe.exit_code, with_stripe.output) == (0, "healthy\n")


def test_counters_that_are_off_are_found_told_and_set(paid: make.PlacedOrder, run: Run) -> None:
    make.set_stock_held(WHEY, 7)
    found = run("doctor")
    assert found.exit_code == 1
    what, repair, count = found.output.splitlines()
    assert what.startswith("stock ")
    assert what.endswith(": 7 reserved, open holds say 0")
    assert (repair.strip(), count) == ("mend: flask doctor --fix", "1 findings")
    assert make.stock_of(WHEY) == (118, 7), "looking changes nothing"
    mended = run("doctor", "--fix")
    assert (mended.exit_code, mended.output) == (0, "1 counters set\nhealthy\n")
    assert make.stock_of(WHEY) == (118, 0)
    again = run("doctor", "--fix")
    assert (again.exit_code, again.output) == (0, "0 counters set\nhealthy\n")


def test_what_stripe_says_is_compared_when_asked(shop: Flask, gateway: FakeGateway, run: Run) -> None:
    started = make.begin((WHEY, 1))
    gateway.pay(started.session_id)
    assert run("doctor").output == "healthy\n"
    found = run("doctor", "--stripe")
    assert found.exit_code == 1
    assert found.output.splitlines()[:2] == [
        f"stripe   order {started.order_number} is paid at Stripe only",
        "         mend: flask orders reconcile",
    ]
    run("orders", "reconcile")
    assert run("doctor", "--stripe").output == "healthy\n"


def test_a_mail_has_the_same_day_in_every_place(run: Run) -> None:
    """On the last evening of a month it is the next one in UTC already."""
    with time_machine.travel(datetime(2026, 12, 31, 23, tzinfo=BOGOTA)):
        text = run("mail", "preview", "withdrawal_asked").output
    assert "2026-12-0042-R1" in text
    assert "15 de enero de 2027" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "2027-01" not in text


def test_every_mail_can_be_looked_at(run: Run) -> None:
    names = run("mail", "preview").output.split()
    assert {"order_confirmed", "shipped", "password_reset"} <= set(names)
    assert run("mail", "preview", "shipped").output.startswith("Tu pedido 20")
    assert "is on its way" in run("mail", "preview", "shipped", "--language", "en").output
    assert "vence en 48 horas" in run("mail", "preview", "staff_invitation").output
    assert '<html lang="en">' in run("mail", "preview", "shipped", "--language", "en", "--html").output
    unknown = run("mail", "preview", "nada")
    assert (unknown.exit_code, "not_found template=nada" in unknown.output) == (1, True)
