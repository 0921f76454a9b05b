"""Stock alerts: nobody is mailed who did not ask, and who did is told once, however the units came back."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from storefront import clock
from storefront.database import db
from storefront.domain.outbox import OutboxMail
from storefront.domain.stock_alert import StockAlert, token_of
from storefront.enums import ProductStatus, StockReason
from storefront.errors import InvalidInput, NotFound, VariantRequired
from storefront.services import checkout
from storefront.services.mail import mail_delivery
from storefront.services.stock import alerts, changes
from tests import factories as make
from tests.factories import BAR, BELT, GUIDE, WHEY
from tests.fakes import FakeGateway, KeepingMailer
from tests.reviews import EVA

pytestmark = pytest.mark.dialects

ANA = "ana@example.com"


def ask(email: str = ANA, slug: str = BELT, *, is_proved: bool = False, language: str = "es") -> None:
    alerts.ask(slug, "", email, language, is_proved=is_proved)


def only() -> StockAlert:
    db.session.rollback()
    return db.session.scalars(select(StockAlert).execution_options(populate_existing=True)).one()


def mails(template: str) -> list[str]:
    db.session.rollback()
    found = select(OutboxMail.recipient).where(OutboxMail.template == template).order_by(OutboxMail.created_at)
    return list(db.session.scalars(found))


def receive(units: int = 3, slug: str = BELT) -> None:
    changes.change(make.variant_id_of(slug), StockReason.RECEIVED, units, note="", staff=EVA)


def test_an_address_is_asked_first_and_told_once(shop: Flask, mailer: KeepingMailer) -> None:
    ask()
    ask()
    assert (mails("stock_alert_confirm"), only().confirmed_at) == ([ANA], None)
    receive()
    assert alerts.tell_due() == 0, "nobody confirmed"
    mail_delivery.deliver_due()
    token = token_of(only().id)
    assert f"/stock-alerts/{token}" in mailer.emails_sent[-1].text
    assert alerts.confirm(token)
    assert (alerts.tell_due(), alerts.tell_due(), mails("stock_back")) == (1, 0, [ANA])
    assert (make.count_of(StockAlert), alerts.find(token, "es"), alerts.confirm(token)) == (0, None, False)
    mail_delivery.deliver_due()
    assert f"/products/{BELT}" in mailer.emails_sent[-1].text
    ask(is_proved=True)
    assert (alerts.tell_due(), len(mails("stock_back"))) == (1, 2), "who asks again is told again"


def test_whatever_frees_units_is_told(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((BAR, 2))
    ask(slug=BAR, is_proved=True)
    assert alerts.tell_due() == 0
    checkout.cancel(make.owner(started), started.order_id)
    assert (alerts.tell_due(), mails("stock_back")) == (1, [ANA])


def test_only_the_link_of_the_mail_ends_what_a_stranger_asks_to_end(shop: Flask) -> None:
    ask(is_proved=True)
    alerts.ask_to_end(BELT, "", ANA, "es", is_proved=False)
    alerts.ask_to_end(BELT, "", "nobody@example.com", "es", is_proved=False)
    assert (only().email, mails("stock_alert_end")) == (ANA, [ANA])
    for token in ("", "x", f"{only().id}.", f"{only().id}.x", f"{only().id}.ñ"):
        alerts.end(token)
        assert not alerts.confirm(token)
    alerts.end(token_of(only().id))
    assert make.count_of(StockAlert) == 0
    ask(is_proved=True)
    alerts.ask_to_end(BELT, "", ANA, "es", is_proved=True)
    assert make.count_of(StockAlert) == 0


def test_an_address_is_not_flooded(shop: Flask) -> None:
    for slug in (BELT, BAR, WHEY, make.PLAN, make.DUMBBELL, make.CUBES):
        alerts.ask(slug, "", "A.na+x@gmail.com", "es", is_proved=False)
    assert len(mails("stock_alert_confirm")) == alerts.MOST_UNCONFIRMED


def test_what_cannot_be_waited_for(shop: Flask) -> None:
    ask(slug=GUIDE, is_proved=True)
    assert make.count_of(StockAlert) == 0, "there is always a download"
    with pytest.raises(NotFound):
        ask(slug="absent")
    with pytest.raises(VariantRequired):
        ask(slug="camiseta-secado-rapido")
    with pytest.raises(InvalidInput):
        alerts.ask(BELT, make.variant_id_of(WHEY), ANA, "es", is_proved=False)


def test_alerts_end_by_themselves(shop: Flask) -> None:
    ask()
    ask("b@example.com", is_proved=True)
    assert alerts.forget() == 0
    with time_machine.travel(clock.now() + alerts.CONFIRM_WITHIN + timedelta(minutes=1), tick=False):
        assert (alerts.forget(), only().email) == (1, "b@example.com")
    with time_machine.travel(clock.now() + alerts.ALERT_LIFE + timedelta(minutes=1), tick=False):
        receive()
        assert (alerts.tell_due(), alerts.forget(), make.count_of(StockAlert)) == (0, 1, 0)
    ask(is_proved=True)
    make.change_product(BELT, status=ProductStatus.ARCHIVED)
    assert (alerts.tell_due(), alerts.forget(), make.count_of(StockAlert)) == (0, 1, 0)
