"""What a plan's owner is told by mail before, while and after money is taken, and in which words."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.catalogue import Product
from storefront.domain.coupon import CouponUse
from storefront.domain.customer import Customer
from storefront.domain.order import lock
from storefront.gateways.email import RenderedEmail
from storefront.services.mail import mail_delivery
from storefront.services.subscriptions import lifecycle, management, notices
from tests import factories
from tests import plans as make
from tests.factories import PREMIUM, WHEY
from tests.fakes import FakeGateway, KeepingMailer
from tests.plans import NUTRITION, YEARLY, bought, only

DAY = timedelta(days=1)


def emails_sent(mailer: KeepingMailer) -> list[RenderedEmail]:
    """Send what waits and return the mails about plans."""
    while mail_delivery.deliver_due():
        pass
    return [
        message
        for message in mailer.emails_sent
        if "plan" in message.subject or "prueba" in message.subject or "trial" in message.subject
    ]


def remind_at(moment: datetime) -> int:
    """Let the worker look at a moment."""
    with time_machine.travel(moment):
        return notices.remind()


@pytest.mark.parametrize(("slug", "days"), [(YEARLY, 7), (NUTRITION, 3)])
def test_a_charge_that_is_worth_a_notice_is_told_some_days_before_once_a_period(
    shop: Flask, gateway: FakeGateway, slug: str, days: int
) -> None:
    bought(gateway, (slug, 1))
    management.refresh(only().provider_id)
    end = only().current_period_end
    assert remind_at(end - days * DAY - timedelta(hours=1)) == 0
    assert remind_at(end - days * DAY + timedelta(hours=1)) == 1
    assert remind_at(end - timedelta(hours=1)) == 0
    assert make.mails().count("subscription_charge_soon") == 1
    state = gateway.subscriptions[only().provider_id]
    gateway.subscriptions[state.id] = replace(state, current_period_end=end + 30 * DAY)
    management.refresh(only().provider_id)
    assert remind_at(end + 29 * DAY) == 1
    assert make.mails().count("subscription_charge_soon") == 2


def test_a_monthly_renewal_and_a_plan_that_is_not_charged_are_not_told(shop: Flask, gateway: FakeGateway) -> None:
    bought(gateway, (PREMIUM, 1))
    assert remind_at(only().current_period_end - DAY) == 0
    shopper, _ = bought(gateway, (YEARLY, 1), shopper=factories.customer("luz@example.com"))
    row = next(one for one in make.subscriptions() if one.interval == "year")
    management.cancel(shopper.customer_id or "", row.id, language="es")
    assert remind_at(row.current_period_end - DAY) == 0
    management.resume(shopper.customer_id or "", row.id, language="es")
    assert remind_at(row.current_period_end - DAY) == 1


def test_the_days_are_a_setting(shop: Flask, gateway: FakeGateway) -> None:
    bought(gateway, (YEARLY, 1))
    shop.extensions["settings"].RENEWAL_NOTICE_DAYS = 30
    assert remind_at(only().current_period_end - 29 * DAY) == 1


def test_mails_speak_the_account_s_present_language_and_greet(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    shopper, _ = bought(gateway, (NUTRITION, 1))
    (started,) = emails_sent(mailer)
    assert started.subject.startswith("Empezó tu prueba de")
    assert started.text.startswith("Hola, ")
    assert "no cuesta nada" in started.text
    with transaction():
        me = db.session.get_one(Customer, shopper.customer_id)
        me.language, me.email, me.first_name = "en", "nueva@example.com", "Luz"
    management.refresh(only().provider_id)
    with time_machine.travel(only().current_period_end - DAY):
        assert notices.remind() == 1
        soon = emails_sent(mailer)[-1]
    assert (soon.to, soon.subject[:10]) == ("nueva@example.com", "Your trial")
    assert soon.text.startswith("Hello, Luz.")
    assert "4242" in soon.text


def test_going_on_is_confirmed_once(shop: Flask, gateway: FakeGateway, mailer: KeepingMailer) -> None:
    shopper, _ = bought(gateway)
    mine, key = shopper.customer_id or "", only().id
    management.cancel(mine, key, language="es")
    for _ in range(2):
        management.resume(mine, key, language="es")
    assert make.mails() == ["subscription_cancelled", "subscription_resumed", "subscription_started"]
    resumed = next(message for message in emails_sent(mailer) if message.subject.endswith("sigue"))
    assert "ya no se cancela" in resumed.text
    assert "Próximo cobro" in resumed.text


def test_a_coupon_that_lowered_the_first_charge_is_said_to_be_only_for_that(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer
) -> None:
    bought(gateway, (PREMIUM, 1), coupon_code="FIT10")
    (started,) = emails_sent(mailer)
    said = started.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "El cupón FIT10 bajó solo el primer cobro; los siguientes son de $ 39.900" in said


@pytest.mark.parametrize("is_published", [True, False])
def test_the_end_after_failed_charges_says_so_and_how_to_come_back(
    shop: Flask, gateway: FakeGateway, mailer: KeepingMailer, is_published: bool
) -> None:
    shopper, _ = bought(gateway)
    row = only()
    with transaction():
        order = lock(row.order_id)
        lifecycle.enqueue_email(
            row, order, "subscription_payment_failed", "in_1:4", clock.now(), amount_minor=1, next_try=None
        )
        db.session.get_one(Product, row.product_id).status = "published" if is_published else "archived"
    state = gateway.subscriptions[row.provider_id]
    now = clock.now()
    over = replace(state, status="cancelled", cancelled_at=now, ended_at=now, end_reason="payment_failed")
    gateway.subscriptions[row.provider_id] = over
    management.refresh(row.provider_id)
    found = emails_sent(mailer)
    assert [message.subject.split()[-3:] for message in found[1:]] == [["no", "pudimos", "cobrarlo"]]
    assert f"/products/{PREMIUM}" in found[1].text or not is_published
    assert "Si quieres volver" in found[1].text
    (plan,) = management.list_for(shopper.customer_id or "", language="es")
    assert (plan.end_reason, plan.is_on_sale) == ("payment_failed", is_published)


def test_a_coupon_that_gives_nothing_on_a_trial_is_kept(shop: Flask, gateway: FakeGateway) -> None:
    shopper, started = bought(gateway, (NUTRITION, 1), coupon_code="FIT10")
    assert factories.order_of(started).coupon_code is None
    assert db.session.scalars(select(CouponUse)).all() == []
    _, later = bought(gateway, (WHEY, 1), coupon_code="FIT10", shopper=shopper)
    assert factories.order_of(later).coupon_code == "FIT10"
