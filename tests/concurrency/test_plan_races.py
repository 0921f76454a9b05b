"""One plan wanted many times at once, and Stripe's events about it told by many at once."""

import random
import threading
from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.audit import AuditEntry
from storefront.domain.catalogue import Product
from storefront.domain.order import Order, lock
from storefront.domain.subscription import Subscription, TrialCard, find_running
from storefront.enums import OrderStatus
from storefront.errors import AlreadySubscribed, PaymentProviderError, WrongState
from storefront.services import checkout
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import admin_plans
from storefront.services.payments import event_processing
from storefront.services.subscriptions import lifecycle as plan_verbs
from storefront.services.subscriptions import management, notices
from tests import factories as make
from tests import plans
from tests.concurrency.test_races import Race, in_own_transaction
from tests.factories import PREMIUM
from tests.fakes import FakeGateway
from tests.plans import MONTH, PlanStory, begin, only

pytestmark = [pytest.mark.concurrency, pytest.mark.usefixtures("books")]
RIVALS = 8


def test_a_plan_begun_at_once_through_many_doors_leaves_one_payable_page(
    shop: Flask, gateway: FakeGateway, race: Race
) -> None:
    """Point 6: whoever comes later closes the page of whoever came before."""
    shopper = make.customer()

    def buy(number: int) -> PlacedOrder:
        key = f"phone{number}"
        return checkout.begin(make.purchase(shopper, items=((PREMIUM, 1),), digital_consent=True, key=key))

    results = race(*(partial(buy, number) for number in range(RIVALS)))
    assert all(isinstance(one, PlacedOrder | PaymentProviderError) for one in results), results
    pending = select(Order).where(Order.status == OrderStatus.PENDING.value)
    assert len(db.session.scalars(pending).all()) == 1
    assert [page.status for page in gateway.pages.values()].count("open") == 1
    assert len(gateway.customers) == 1


def test_the_index_is_the_last_wall(shop: Flask, race: Race) -> None:
    """Two subscriptions of one plan cannot both run, whatever the services do; the naive way shows it."""
    shopper, started = begin()
    order_id = make.order_of(started).id
    plan = db.session.scalar(select(Product.id).where(Product.slug == PREMIUM))

    def naive(number: int) -> bool:
        with transaction():
            if find_running(shopper.customer_id or "", plan or "") is not None:
                return False
            db.session.add(row_of(shopper.customer_id or "", plan or "", order_id, number))
        return True

    results = race(*(partial(naive, number) for number in range(RIVALS)))
    assert results.count(True) == 1
    assert len(plans.subscriptions()) == 1


def row_of(customer_id: str, product_id: str, order_id: int, number: int) -> Subscription:
    return Subscription(
        provider_id=f"sub_{number}",
        customer_id=customer_id,
        product_id=product_id,
        order_id=order_id,
        status="active",
        price_minor=plans.PRICE,
        currency="COP",
        interval="month",
        current_period_end=clock.now(),
        paid_until=clock.now(),
        created_at=clock.now(),
    )


def test_events_told_by_many_at_once_make_one_plan_and_one_renewal(
    shop: Flask, gateway: FakeGateway, race: Race
) -> None:
    """Point 7: every event five times, all at once."""
    _, started = begin()
    stripe_events = PlanStory.of(started)
    script = [
        *stripe_events.first(),
        stripe_events.changed("updated", MONTH, period=1),
        stripe_events.invoice("paid", MONTH + 1, period=1),
        stripe_events.settled(MONTH + 16, period=1),
    ] * 5
    random.Random(1).shuffle(script)
    tell = [partial(event_processing.apply, gateway.translate_event(event)) for event in script]
    results = race(*tell)
    failures = [one for one in results if isinstance(one, Exception)]
    assert failures == []
    db.session.rollback()
    orders = db.session.scalars(select(Order).order_by(Order.id)).all()
    assert [order.invoice_id for order in orders] == [stripe_events.invoice_id(), stripe_events.invoice_id(1)]
    assert [order.payment_id for order in orders] == [stripe_events.payment_id(), stripe_events.payment_id(1)]
    assert only().paid_until == plans.moment(2 * MONTH)
    assert plans.mails() == ["subscription_renewed", "subscription_started"]


def test_a_plan_is_refused_to_whoever_has_it_however_many_ask(shop: Flask, gateway: FakeGateway, race: Race) -> None:
    shopper, _ = plans.bought(gateway)

    def buy() -> PlacedOrder:
        return checkout.begin(make.purchase(shopper, items=((PREMIUM, 1),), digital_consent=True))

    assert {type(one) for one in race(*[buy] * RIVALS)} == {AlreadySubscribed}


def test_one_card_that_tries_a_plan_in_two_accounts_at_once_tries_it_once(
    shop: Flask, race: Race, gateway: FakeGateway
) -> None:
    """Stripe tells of both at the same moment; the row of the card decides which of them goes on."""
    keys = []
    for number in range(4):
        buyer = make.customer(f"{number}@example.com", is_confirmed=True)
        _, started = plans.begin((plans.NUTRITION, 1), shopper=buyer)
        key = make.pay(gateway, started).subscription_id or ""
        gateway.fingerprints[key] = "the same card"
        keys.append(key)
    race(*[partial(management.refresh, key) for key in keys])
    assert sorted(row.is_trial_refused for row in plans.subscriptions()) == [False, True, True, True]
    assert make.count_of(TrialCard) == 1


def test_control_looking_for_the_card_before_writing_it_lets_all_of_them_try(shop: Flask, race: Race) -> None:
    everybody_looked = threading.Barrier(3)

    def naive() -> bool:
        known = in_own_transaction("SELECT count(*) FROM trial_cards")
        everybody_looked.wait(timeout=30)
        return bool(known == 0)

    assert sum(race(*[naive] * 3)) == 3


def test_workers_that_remind_at_once_tell_once(shop: Flask, gateway: FakeGateway, race: Race) -> None:
    """Workers who look before they lock would all tell, which the rivals that have keys of their own show."""
    plans.bought(gateway, (plans.YEARLY, 1))
    with transaction():
        db.session.execute(update(Subscription).values(current_period_end=clock.now() + timedelta(days=2)))
    all_looked = threading.Barrier(RIVALS)

    def naive(number: int) -> int:
        row = only()
        is_due, order_id, key = row.reminded_of != row.current_period_end, row.order_id, row.id
        db.session.rollback()
        all_looked.wait(60)
        with transaction():
            if is_due:
                order, row = lock(order_id), db.session.get_one(Subscription, key)
                plan_verbs.enqueue_email(row, order, "subscription_charge_soon", f"naive {number}", clock.now())
        return int(is_due)

    assert sum(race(*(partial(naive, number) for number in range(RIVALS)))) == RIVALS
    assert sum(race(*[notices.remind] * RIVALS)) == 1
    assert plans.mails().count("subscription_charge_soon") == RIVALS + 1


def test_a_plan_ended_by_many_at_once_is_ended_and_given_back_once(
    shop: Flask, gateway: FakeGateway, race: Race
) -> None:
    """Some with the money and some without: one of them wins, all others are told, and no cent goes back twice."""
    plans.bought(gateway)
    key = only().id
    ends = [
        partial(admin_plans.end_with_refund, key, seen_minor=plans.PRICE, staff=Actor(f"{number}"))
        if number % 2
        else partial(admin_plans.end_at_once, key, staff=Actor(f"{number}"))
        for number in range(RIVALS)
    ]
    results = race(*ends)
    assert results.count(None) == 1, results
    assert {type(one) for one in results if one is not None} == {WrongState}
    winner = results.index(None)
    db.session.rollback()
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    actions = ["refunded", "plan_ended"] if winner % 2 else ["plan_ended"]
    assert [(entry.actor_name, entry.action) for entry in entries] == [(str(winner), action) for action in actions]
    assert gateway.calls.count("refund") == winner % 2
    assert plans.mails().count("subscription_cancelled") == 1


def test_control_ends_that_look_before_they_lock_all_win(shop: Flask, gateway: FakeGateway, race: Race) -> None:
    plans.bought(gateway)
    key, order_id = only().id, only().order_id
    all_looked = threading.Barrier(RIVALS)

    def naive(number: int) -> bool:
        runs = only().ended_at is None
        db.session.rollback()
        all_looked.wait(60)
        with transaction():
            order, row = lock(order_id), db.session.get_one(Subscription, key)
            if runs:
                plan_verbs.end_now(row, order, cause=f"staff {number}", now=clock.now())
        return runs

    assert race(*(partial(naive, number) for number in range(RIVALS))) == [True] * RIVALS
