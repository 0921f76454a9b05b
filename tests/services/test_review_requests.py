"""The mail that asks for reviews: ten days after the delivery, once, and not to whom stopped such mails."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from storefront import clock
from storefront.services.checkout import PlacedOrder
from storefront.services.jobs import cleanup
from storefront.services.mail import mail_delivery
from storefront.services.orders import fulfilment, own_reviews
from storefront.services.payments import refunds
from tests import factories as make
from tests.factories import CUBES, WHEY
from tests.fakes import FakeGateway, KeepingMailer
from tests.reviews import EVA, delivered, written

pytestmark = pytest.mark.dialects

BEFORE, AFTER = timedelta(days=9, hours=23), timedelta(days=10, minutes=1)


def asked(started: PlacedOrder, after: timedelta = AFTER) -> int:
    """Run the worker's jobs twice at a time after the delivery, and return how often the buyer was asked."""
    with time_machine.travel(clock.now() + after, tick=False):
        for _ in range(2):
            cleanup.tidy()
    return make.mails_of(started).count("review_asked")


def test_a_buyer_is_asked_once_ten_days_after_the_delivery(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    started = delivered(gateway, (WHEY, 1))
    assert asked(started, BEFORE) == 0
    assert (asked(started), asked(started)) == (1, 1)
    with time_machine.travel(clock.now() + AFTER, tick=False):
        mail_delivery.deliver_due()
    mail = next(mail for mail in mailer.emails_sent if "/reviews?token=" in mail.text)
    assert "/reviews/stop?token=" in mail.text
    assert mail.to == make.EMAIL


def test_nobody_is_asked_who_stopped_it_gave_goods_back_or_wrote_already(shop: Flask, gateway: FakeGateway) -> None:
    returned = delivered(gateway, (WHEY, 1), email="a@example.com")
    fulfilment.mark_returned(make.order_of(returned).id, staff=EVA)
    done = delivered(gateway, (WHEY, 1), email="b@example.com")
    written(done)
    half = delivered(gateway, (WHEY, 1), (CUBES, 1), email="c@example.com")
    written(half)
    stopped, again = (delivered(gateway, (WHEY, 1), email=f"{name}@example.com") for name in ("d", "D+x"))
    own_reviews.stop_mails(make.owner(stopped), stopped.order_number)
    assert [asked(one) for one in (returned, done, half, stopped, again)] == [0, 0, 1, 0, 0]


def test_nobody_is_asked_about_a_line_whose_money_went_back(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    started = delivered(gateway, (WHEY, 1), (CUBES, 1))
    lines = {line.slug: (line.id, line.name) for line in make.lines_of(started)}
    refunds.request_refund(make.order_of(started).id, units={lines[WHEY][0]: 1}, staff=EVA)
    assert asked(started) == 1
    with time_machine.travel(clock.now() + AFTER, tick=False):
        mail_delivery.deliver_due()
    mail = next(mail for mail in mailer.emails_sent if "/reviews?token=" in mail.text)
    assert lines[CUBES][1] in mail.text
    assert lines[WHEY][1] not in mail.text
