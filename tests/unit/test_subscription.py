"""A plan as the provider tells of it: what each state is worth, and how long its content stays open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storefront.domain.subscription import GRACE, Subscription, Verdict, period_end
from storefront.gateways.payments import SubscriptionSnapshot

T0 = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)

ACTIVE = SubscriptionSnapshot(
    id="sub_1",
    order_id=None,
    status="active",
    price_minor=3_990_000,
    currency="COP",
    interval="month",
    current_period_end=T0 + 30 * DAY,
    paid_until=T0 + 30 * DAY,
    cancel_at_period_end=False,
    trial_ends_at=None,
    cancelled_at=None,
    ended_at=None,
    card_id="pm_1",
)
OVER = replace(ACTIVE, status="cancelled", ended_at=T0 + DAY)


def plan(state: SubscriptionSnapshot = ACTIVE, at: datetime | None = T0) -> Subscription:
    """Return a plan that heard a state at a time."""
    row = Subscription(provider_id="sub_1", created_at=T0 - DAY)
    row.apply(state, at)
    return row


@pytest.mark.parametrize(
    ("row", "told", "at", "verdict"),
    [
        (plan(at=None), ACTIVE, T0, Verdict.APPLY),  # until now only our own order spoke
        (plan(), ACTIVE, T0 + SECOND, Verdict.APPLY),  # newer
        (plan(), ACTIVE, None, Verdict.APPLY),  # an answer of now
        (plan(), ACTIVE, T0 - SECOND, Verdict.IGNORE),  # older
        (plan(), ACTIVE, T0, Verdict.IGNORE),  # the same once more
        (plan(), replace(ACTIVE, status="past_due"), T0, Verdict.DOUBT),  # one second, two states
        (plan(), replace(ACTIVE, price_minor=1), T0, Verdict.DOUBT),
        (plan(), replace(ACTIVE, current_period_end=T0), T0, Verdict.DOUBT),
        (plan(), replace(ACTIVE, cancel_at_period_end=True), T0, Verdict.DOUBT),
        (plan(), replace(ACTIVE, card_id="pm_2"), T0, Verdict.DOUBT),
        (plan(), replace(ACTIVE, status="past_due", is_current=True), T0, Verdict.APPLY),  # Stripe was asked
        (plan(), replace(ACTIVE, status="past_due", is_current=True), T0 - SECOND, Verdict.IGNORE),
        (plan(), OVER, T0 - DAY, Verdict.APPLY),  # an end counts whenever it is told
        (plan(), OVER, T0, Verdict.APPLY),
        (plan(OVER), ACTIVE, T0 + 9 * DAY, Verdict.IGNORE),  # and is final
        (plan(OVER), ACTIVE, None, Verdict.IGNORE),
        (plan(OVER), OVER, T0 + 9 * DAY, Verdict.IGNORE),
    ],
)
def test_the_newest_state_wins_and_an_end_is_final(
    row: Subscription, told: SubscriptionSnapshot, at: datetime | None, verdict: Verdict
) -> None:
    assert row.judge(told, at) == verdict


def test_a_plan_becomes_what_the_provider_says() -> None:
    row = plan()
    told = replace(
        ACTIVE,
        status="trialing",
        price_minor=1_000_000,
        currency="USD",
        interval="year",
        current_period_end=T0 + DAY,
        paid_until=T0 + 2 * DAY,
        cancel_at_period_end=True,
        trial_ends_at=T0 + 3 * DAY,
    )
    row.apply(told, T0 + SECOND)
    for name in (
        "status", "price_minor", "currency", "interval", "current_period_end", "paid_until", "cancel_at_period_end",
        "trial_ends_at",
    ):  # fmt: skip
        assert getattr(row, name) == getattr(told, name), name
    assert (row.state_at, row.ended_at) == (T0 + SECOND, None)
    row.apply(ACTIVE, None)
    assert row.state_at == T0 + SECOND, "an answer has no time of the provider's"


def test_a_card_that_is_described_once_stays_described_until_it_changes() -> None:
    visa = replace(ACTIVE, card_brand="visa", card_last4="4242")
    row = plan(visa)
    assert (row.card_id, row.card_brand, row.card_last4) == ("pm_1", "visa", "4242")
    row.apply(ACTIVE, T0 + SECOND)
    assert (row.card_id, row.card_brand, row.card_last4) == ("pm_1", "visa", "4242"), "events name the card only"
    row.apply(replace(ACTIVE, card_id="pm_2"), T0 + 2 * SECOND)
    assert (row.card_id, row.card_brand, row.card_last4) == ("pm_2", None, None)
    row.apply(replace(visa, card_last4="1111"), T0 + 3 * SECOND)
    assert (row.card_id, row.card_brand, row.card_last4) == ("pm_1", "visa", "1111")


@pytest.mark.parametrize(
    ("row", "told", "at", "ended_at"),
    [
        (plan(), OVER, T0 + 5 * DAY, T0 + DAY),
        (plan(), replace(OVER, ended_at=None), T0 + 5 * DAY, T0 + 5 * DAY),
        (plan(), replace(OVER, ended_at=None), None, T0),
        (plan(at=None), replace(OVER, ended_at=None), None, T0 - DAY),
    ],
)
def test_an_end_has_the_best_time_that_is_known(
    row: Subscription, told: SubscriptionSnapshot, at: datetime | None, ended_at: datetime
) -> None:
    row.must_end = True
    row.apply(told, at)
    assert row.ended_at == ended_at
    assert row.must_end is False


def test_what_must_end_must_still_end_after_any_other_state() -> None:
    row = plan()
    row.must_end = True
    row.apply(ACTIVE, T0 + SECOND)
    assert row.must_end is True
    assert row.ended_at is None


@pytest.mark.parametrize(
    ("status", "until"),
    [
        ("active", T0 + 30 * DAY + GRACE),
        ("trialing", T0 + 30 * DAY + GRACE),
        ("past_due", T0 + 30 * DAY),
        ("paused", T0 + 30 * DAY),
    ],
)
def test_content_stays_open_a_little_longer_while_a_plan_runs(status: str, until: datetime) -> None:
    assert plan(replace(ACTIVE, status=status)).content_until == until


def test_content_closes_with_the_plan() -> None:
    assert plan(OVER).content_until == T0 + DAY


@pytest.mark.parametrize(
    ("start", "interval", "end"),
    [
        ((2026, 1, 15), "month", (2026, 2, 15)),
        ((2026, 1, 31), "month", (2026, 2, 28)),
        ((2028, 1, 31), "month", (2028, 2, 29)),
        ((2026, 3, 31), "month", (2026, 4, 30)),
        ((2026, 11, 30), "month", (2026, 12, 30)),
        ((2026, 12, 31), "month", (2027, 1, 31)),
        ((2026, 1, 1), "year", (2027, 1, 1)),
        ((2028, 2, 29), "year", (2029, 2, 28)),
        ((2026, 12, 31), "year", (2027, 12, 31)),
    ],
)
def test_a_period_ends_on_its_day_or_the_last_of_a_shorter_month(
    start: tuple[int, int, int], interval: str, end: tuple[int, int, int]
) -> None:
    assert period_end(datetime(*start, 15, 30, tzinfo=UTC), interval) == datetime(*end, 15, 30, tzinfo=UTC)
