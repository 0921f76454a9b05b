"""Two years of three people with plans, played with one clock for shop and simulator."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from storefront.clock import day_of
from storefront.database import db
from storefront.domain.order import Order
from storefront.domain.outbox import OutboxMail
from storefront.services.downloads import library
from storefront.services.jobs import consistency
from storefront.services.payments import refunds
from storefront.services.subscriptions import management
from tests import factories, oracle
from tests.factories import PREMIUM
from tests.plans import NUTRITION, YEARLY, begin
from tests.time_travel import Years, one_clock

BEGIN = datetime(2027, 1, 31, 15, tzinfo=UTC)  # a day that most months do not have


def subscribe(years: Years, email: str, slug: str) -> str:
    """Buy a plan and return its customer."""
    shopper, started = begin((slug, 1), shopper=factories.customer(email, is_confirmed=True))
    years.sim(f"pay/{started.session_id}", card="4242424242424242")
    years.work()
    return str(shopper.customer_id)


def orders_of(customer_id: str) -> list[Order]:
    """Return a customer's orders, oldest first."""
    mine = select(Order).where(Order.customer_id == customer_id).order_by(Order.id)
    return list(db.session.scalars(mine.execution_options(populate_existing=True)))


def mails_of(customer_id: str) -> Counter[str]:
    """Return how many mails of each kind somebody got; all of them were sent."""
    sent = select(OutboxMail.template).where(OutboxMail.sent_at.is_not(None))
    mine = sent.join(Order, Order.id == OutboxMail.order_id).where(Order.customer_id == customer_id)
    return Counter(db.session.scalars(mine))


def plan_of(customer_id: str) -> management.SubscriptionOverview:
    """Return a customer's only plan."""
    (plan,) = management.list_for(customer_id, language="es")
    return plan


def test_two_years_of_three_plans(sqlite_url: str, tmp_path: Path) -> None:
    with one_clock(BEGIN, tmp_path, sqlite_url) as years:
        ana = subscribe(years, "ana@example.com", PREMIUM)
        bruno = subscribe(years, "bruno@example.com", YEARLY)
        carla = subscribe(years, "carla@example.com", NUTRITION)
        has_files: dict[str, list[bool]] = {who: [] for who in (ana, bruno, carla)}

        def look_at_files() -> None:
            for who, seen in has_files.items():
                seen.append(any(item.state == "ready" for item in library.list_for(who, language="es")))

        years.on_step.append(look_at_files)

        # Bruno gets the money of his second year back, some days after it was charged.
        years.pass_until(BEGIN + timedelta(days=375))
        assert all(has_files[bruno])
        first, second = orders_of(bruno)
        assert day_of(second.placed_at) - day_of(first.placed_at) == timedelta(days=365)
        refunds.request_refund(second.id)
        has_files[bruno].clear()
        years.work()
        assert plan_of(bruno).status == "cancelled"

        # Ana cancels in the fourteenth month, changes her mind, and stays.
        years.pass_until(BEGIN + timedelta(days=397))
        plan = management.cancel(ana, plan_of(ana).subscription_id, language="es")
        assert plan.cancel_at_period_end
        years.pass_days(3)
        management.resume(ana, plan.subscription_id, language="es")

        # Carla leaves after a year and a half.
        years.pass_until(BEGIN + timedelta(days=540))
        assert all(has_files[carla])
        management.cancel(carla, plan_of(carla).subscription_id, language="es")
        years.pass_until(plan_of(carla).paid_until + timedelta(hours=1))
        has_files[carla].clear()

        years.pass_until(BEGIN + timedelta(days=731))

        months = [day_of(order.placed_at) for order in orders_of(ana)]
        assert len(months) == 25
        assert {day.day for day in months} <= {28, 29, 30, 31, 1}
        assert {order.total_minor for order in orders_of(ana)} == {3_990_000}
        assert plan_of(ana).status == "active"
        assert all(has_files[ana])

        assert [order.payment_status for order in orders_of(bruno)] == ["paid", "refunded"]
        assert not any(has_files[bruno])

        trial, *charges = orders_of(carla)
        assert trial.total_minor == 0
        assert day_of(charges[0].placed_at) - day_of(trial.placed_at) == timedelta(days=7)
        assert len(charges) == 18
        assert plan_of(carla).status == "cancelled"
        assert not any(has_files[carla])

        assert [finding.what for finding in consistency.examine(with_stripe=True) if finding.area not in SETUP] == []
        assert mails_of(ana) == {"order_confirmed": 1, "subscription_started": 1, "subscription_renewed": 24,
                                 "subscription_cancelled": 1, "subscription_resumed": 1}  # fmt: skip
        assert mails_of(bruno)["subscription_renewed"] == mails_of(bruno)["subscription_cancelled"] == 1
        assert mails_of(bruno)["subscription_charge_soon"] == 1
        oracle.check()


SETUP = ("setup", "stripe", "mail")
