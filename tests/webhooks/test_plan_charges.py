"""What a plan's charges leave behind: until when it is paid, the day of a renewal, and every try that failed."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from storefront.database import db
from storefront.domain.outbox import OutboxMail
from storefront.services.checkout import PlacedOrder
from storefront.services.subscriptions import management
from tests import factories as make
from tests import plans
from tests.factories import PREMIUM, WHEY
from tests.plans import MONTH, PRICE, T0, PlanStory, only
from tests.webhooks.test_plan_events import renewals, send, story

PAUSED = {"pause_collection": {"behavior": "void", "resumes_at": None}}
HOUR = 3600


def bought(shop: Flask, *goods: tuple[str, int]) -> tuple[PlacedOrder, PlanStory]:
    """Return the order of a plan whose first payment was told."""
    started, stripe_events = story(*goods)
    send(shop, *stripe_events.first())
    return started, stripe_events


def test_a_paused_plan_gives_nothing_that_nobody_paid(shop: Flask) -> None:
    """Stripe goes on counting periods while it collects nothing, and stays active when it collects again."""
    _, stripe_events = bought(shop)
    send(shop, stripe_events.changed("updated", HOUR, **PAUSED))
    assert (only().status, only().paid_until) == ("paused", plans.moment(MONTH))
    for period in (1, 2):
        send(shop, stripe_events.changed("updated", period * MONTH, period=period, **PAUSED))
    assert {right.expires_at for right in plans.rights()} == {plans.moment(MONTH)}
    send(shop, stripe_events.changed("updated", 2 * MONTH + HOUR, period=2))
    assert (only().status, only().paid_until) == ("active", plans.moment(MONTH))
    assert only().content_until < plans.moment(2 * MONTH)
    send(
        shop,
        stripe_events.changed("updated", 3 * MONTH, period=3),
        stripe_events.invoice("paid", 3 * MONTH + HOUR, period=3),
    )
    assert only().paid_until == plans.moment(4 * MONTH)


def test_a_period_that_began_is_not_paid_before_its_invoice_is(shop: Flask) -> None:
    _, stripe_events = bought(shop)
    send(shop, stripe_events.changed("updated", MONTH, period=1))
    assert (only().current_period_end, only().paid_until) == (plans.moment(2 * MONTH), plans.moment(MONTH))
    send(shop, stripe_events.invoice("paid", MONTH + HOUR, period=1))
    assert only().paid_until == plans.moment(2 * MONTH)
    assert {right.expires_at for right in plans.rights()} == {only().content_until}


def test_a_trial_pays_for_nothing_behind_its_end(shop: Flask) -> None:
    """A period begins when the trial ends, and its charge comes an hour later, or never while the plan is paused."""
    _, stripe_events = story()
    trial = {"trial_end": T0 + MONTH}
    send(shop, stripe_events.completed(), stripe_events.changed("created", status="trialing", **trial))
    assert only().paid_until == plans.moment(MONTH)
    send(shop, stripe_events.changed("updated", MONTH, period=1, **trial))
    assert (only().status, only().paid_until) == ("active", plans.moment(MONTH))
    send(shop, stripe_events.changed("updated", MONTH + 60, period=1, **trial, **PAUSED))
    assert (only().status, only().content_until) == ("paused", plans.moment(MONTH))


def test_a_charge_that_fails_for_months_pays_for_none_of_them(shop: Flask) -> None:
    _, stripe_events = bought(shop)
    for period in (1, 2):
        send(shop, stripe_events.changed("updated", period * MONTH, period=period, status="past_due"))
    assert only().paid_until == plans.moment(MONTH)


def test_a_renewal_heard_of_late_has_the_day_and_the_period_of_its_charge(shop: Flask) -> None:
    """An outage over the end of a month moves no income into the next one."""
    started, stripe_events = bought(shop)
    paid_at = datetime.fromtimestamp(T0 + MONTH + HOUR, UTC)
    with time_machine.travel(paid_at + timedelta(days=12)):
        send(
            shop,
            stripe_events.changed("updated", MONTH, period=1),
            stripe_events.invoice("paid", MONTH + HOUR, period=1),
        )
    (renewal,) = renewals(started)
    assert (renewal.placed_at, renewal.paid_at) == (paid_at, paid_at)
    (line,) = make.lines_of(renewal.public_id)
    assert (line.period_start, line.period_end) == (plans.moment(MONTH), plans.moment(2 * MONTH))
    (line,) = make.lines_of(started)
    assert (line.period_start, line.period_end) == (plans.moment(0), plans.moment(MONTH))


def test_every_try_that_fails_is_told_with_the_next_one(shop: Flask) -> None:
    _, stripe_events = bought(shop)
    for attempt, days in ((1, 3), (2, 5), (3, None)):
        at = MONTH + attempt * HOUR
        next_try = None if days is None else T0 + MONTH + days * 24 * HOUR
        failed = stripe_events.invoice(
            "payment_failed", at, period=1, attempt_count=attempt, next_payment_attempt=next_try
        )
        send(shop, failed, failed)
    db.session.rollback()
    mails = db.session.scalars(
        select(OutboxMail).where(OutboxMail.template == "subscription_payment_failed").order_by(OutboxMail.key)
    ).all()
    assert [mail.context["next_try"] for mail in mails] == ["2026-12-26", "2026-12-28", None]
    assert {mail.context["amount_minor"] for mail in mails} == {PRICE}


@pytest.mark.parametrize("is_back", [False, True])
def test_the_payments_of_a_plan_are_its_share_of_a_mixed_order(shop: Flask, is_back: bool) -> None:
    started, stripe_events = bought(shop, (PREMIUM, 1), (WHEY, 1))
    order = make.order_of(started)
    if is_back:
        send(shop, stripe_events.refunded(order.total_minor))
    (plan,) = management.list_for(order.customer_id or "", language="es")
    (paid,) = plan.invoices
    assert (paid.amount_minor, paid.refunded_minor) == (PRICE, PRICE if is_back else 0)
    assert order.total_minor > PRICE
