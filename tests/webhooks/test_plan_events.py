"""What Stripe's events about plans do: each once, in any order, and the newest state of Stripe wins."""

import itertools
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.inventory import StockHold, StockMovement
from storefront.domain.order import Order, OrderEvent, OrderLine, lock
from storefront.domain.payment import EventRecord
from storefront.domain.subscription import Subscription
from storefront.enums import ShopPart
from storefront.services import checkout
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.jobs import cleanup
from storefront.services.payments import event_processing, refunds, reviews, settlement
from storefront.services.subscriptions import management
from storefront.services.texts import details
from tests import events, plans
from tests import factories as make
from tests.events import Event
from tests.factories import PREMIUM, WHEY
from tests.fakes import FakeGateway
from tests.plans import MONTH, PRICE, YEARLY, PlanStory, begin, only, payer_of
from tests.services.test_texts import SELLER


def send(shop: Flask, *sent: Event, status: int = 200) -> None:
    """Post events; each must be taken."""
    client = shop.test_client()
    for one in sent:
        answer = events.send(client, one)
        assert answer.status_code == status, (one["type"], answer.text)


def story(*goods: tuple[str, int], **changes: Any) -> tuple[PlacedOrder, PlanStory]:
    """Return the order of a new customer and its story."""
    _, started = begin(*goods, **changes)
    return started, PlanStory.of(started)


def renewals(started: PlacedOrder) -> list[Order]:
    """Return the orders of a plan that came after its first."""
    first = make.order_of(started)
    statement = select(Order).where(Order.customer_id == first.customer_id, Order.id > first.id).order_by(Order.id)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def test_a_first_payment_makes_order_plan_files_and_mails_once(shop: Flask) -> None:
    started, stripe_events = story((PREMIUM, 1), (WHEY, 1))
    send(shop, *stripe_events.first(), *stripe_events.first())
    order = make.order_of(started)
    assert (order.status, order.payment_status) == ("confirmed", "paid")
    assert (order.invoice_id, order.payment_id) == (stripe_events.invoice_id(), stripe_events.payment_id())
    assert make.stock_of(WHEY) == (119, 0)
    row = only()
    assert (row.status, row.price_minor, row.order_id) == ("active", PRICE, order.id)
    assert row.current_period_end == plans.moment(MONTH)
    assert make.mails_of(started) == ["order_confirmed", "subscription_started"]
    assert len(plans.rights()) == 2
    assert set(make.ledger().values()) == {"done"}
    assert make.sessions_of(started)[0].state == "paid"


def test_a_declined_first_payment_is_told_once_a_page(shop: Flask) -> None:
    """Stripe names only the payer then: neither an invoice nor a subscription exists before the money."""
    _, paid_before = begin((YEARLY, 1), shopper=(me := make.customer()))
    send(shop, *PlanStory.of(paid_before).first())
    _, started = begin((PREMIUM, 1), (WHEY, 1), shopper=me)
    stripe_events = PlanStory.of(started, customer_id=payer_of(me))
    send(
        shop,
        stripe_events.declined(amount=stripe_events.total_minor + 100),
        stripe_events.declined(customer="cus_somebody"),
    )
    assert make.state_of(started) == ("pending", "pending")
    send(shop, stripe_events.declined(), stripe_events.declined())
    assert make.state_of(started) == ("pending", "failed")
    assert make.mails_of(started) == ["payment_failed"]
    send(shop, *stripe_events.first(), stripe_events.declined())
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.mails_of(started) == ["order_confirmed", "payment_failed", "subscription_started"]


def test_a_first_invoice_that_fails_is_a_declined_payment(shop: Flask) -> None:
    started, stripe_events = story()
    send(shop, stripe_events.invoice("payment_failed"), stripe_events.invoice("payment_failed", 1))
    assert make.state_of(started) == ("pending", "failed")
    assert make.mails_of(started) == ["payment_failed"]


def test_the_plan_is_there_as_soon_as_the_page_is_paid(shop: Flask) -> None:
    """Before Stripe says a word about the subscription, the plan is what the order promised."""
    _started, stripe_events = story()
    send(shop, stripe_events.completed())
    row = only()
    assert (row.status, row.state_at, row.price_minor) == ("active", None, PRICE)
    assert len(plans.rights()) == 2
    send(shop, stripe_events.changed("created"))
    assert only().current_period_end == plans.moment(MONTH)


@pytest.mark.parametrize("shuffles", [40])
def test_permutations_of_a_first_payment_end_alike(shop: Flask, shuffles: int) -> None:
    """Invoice, payment, subscription, page and a refund, in any order and twice: one outcome."""
    orders = list(itertools.permutations(range(5)))
    outcomes = {_after(shop, order) for order in random.Random(7).sample(orders, shuffles)}
    assert outcomes == {
        ("confirmed", "partially_refunded", 100_000, True, True, "active", True, ("started",), 2),
    }


def _after(shop: Flask, order: Iterable[int]) -> tuple[Any, ...]:
    _, started = begin(shopper=make.customer(f"ana{random.random()}@example.com"))
    stripe_events = PlanStory.of(started)
    script = [*stripe_events.first(), stripe_events.refunded(100_000)]
    for place in order:
        send(shop, script[place], script[place])
    found = make.order_of(started)
    db.session.rollback()
    row = db.session.scalar(select(Subscription).where(Subscription.order_id == found.id))
    assert row is not None
    rights = [right for right in plans.rights() if right.order_id == found.id]
    return (
        found.status,
        found.payment_status,
        found.refunded_minor,
        found.payment_id == stripe_events.payment_id(),
        found.invoice_id == stripe_events.invoice_id(),
        row.status,
        row.current_period_end == plans.moment(MONTH),
        tuple(mail.removeprefix("subscription_") for mail in make.mails_of(started) if mail.startswith("subscription")),
        len(rights),
    )


def life(stripe_events: PlanStory) -> list[Event]:
    """Return a plan's life after its first payment: renewed, failed, mended, refunded in part, cancelled, over."""
    end = {"canceled_at": plans.T0 + 2 * MONTH + 900, "cancel_at_period_end": True}
    over = {**end, "status": "canceled", "ended_at": plans.T0 + 3 * MONTH}
    return [
        stripe_events.changed("updated", MONTH, period=1),
        stripe_events.invoice("paid", MONTH + 1, period=1),
        stripe_events.settled(MONTH + 16, period=1),
        stripe_events.refunded(50_000, MONTH + 99, period=1),
        stripe_events.changed("updated", 2 * MONTH, period=2),
        stripe_events.invoice("payment_failed", 2 * MONTH + 1, period=2),
        stripe_events.changed("updated", 2 * MONTH + 2, period=2, status="past_due"),
        stripe_events.invoice("paid", 2 * MONTH + 600, period=2),
        stripe_events.changed("updated", 2 * MONTH + 601, period=2),
        stripe_events.changed("updated", 2 * MONTH + 900, period=2, **end),
        stripe_events.changed("deleted", 3 * MONTH, period=2, **over),
    ]


@pytest.mark.parametrize("is_over", [False, True])
def test_permutations_of_a_whole_life_end_alike(shop: Flask, is_over: bool) -> None:
    """Renewals are orders of their own, once; the newest state of Stripe is the plan's; an end is final."""
    outcomes = set()
    for seed in range(25):
        _, started = begin(shopper=make.customer(f"vida{seed}@example.com"))
        stripe_events = PlanStory.of(started)
        script = stripe_events.first() + life(stripe_events)[: None if is_over else -1]
        random.Random(seed).shuffle(script)
        send(shop, *script, *random.Random(seed).sample(script, 6))
        row = db.session.scalar(select(Subscription).where(Subscription.order_id == make.order_of(started).id))
        assert row is not None
        later = renewals(started)
        outcomes.add(
            (
                row.status,
                row.paid_until,
                row.cancel_at_period_end,
                row.ended_at,
                tuple(
                    sorted(
                        (o.invoice_id == stripe_events.invoice_id(1), o.status, o.refunded_minor, o.total_minor)
                        for o in later
                    )
                ),
                tuple(sorted(str(o.payment_id).removeprefix(stripe_events.payment_id()) for o in later)),
                tuple(mail for o in later for mail in make.mails_of(o.public_id) if mail.endswith("renewed")),
            )
        )
    paid = ((False, "confirmed", 0, PRICE), (True, "confirmed", 50_000, PRICE))
    status, ended = ("cancelled", plans.moment(3 * MONTH)) if is_over else ("active", None)
    assert outcomes == {
        (status, plans.moment(3 * MONTH), True, ended, paid, ("None", "_1"), ("subscription_renewed",) * 2)
    }


def test_a_renewal_that_is_told_before_its_plan_is_told_to_the_owner(shop: Flask) -> None:
    """The mail is about the plan, which its order promised; what Stripe says of it comes later."""
    started, stripe_events = story()
    send(shop, stripe_events.invoice("paid", MONTH + 1, period=1))
    send(shop, stripe_events.changed("updated", MONTH, period=1), *stripe_events.first())
    assert only().paid_until == plans.moment(2 * MONTH)
    (renewal,) = renewals(started)
    assert make.mails_of(renewal.public_id) == ["subscription_renewed"]
    assert plans.mails() == ["subscription_renewed", "subscription_started"]


def test_a_failed_renewal_that_is_told_before_its_plan_is_told_to_the_owner(shop: Flask) -> None:
    _, stripe_events = story()
    send(shop, stripe_events.invoice("payment_failed", MONTH + 1, period=1), *stripe_events.first())
    assert plans.mails() == ["subscription_payment_failed", "subscription_started"]


def test_a_renewal_is_an_order_with_its_mail(shop: Flask) -> None:
    """Point 7: lines frozen from the invoice, tax inside, its own number, paid and confirmed."""
    started, stripe_events = story((PREMIUM, 1), (WHEY, 1))
    send(shop, *stripe_events.first())
    details.save(ShopPart.SELLER, SELLER, 0, staff=Actor("eva"))
    send(shop, stripe_events.changed("updated", MONTH, period=1), stripe_events.invoice("paid", MONTH + 1, period=1))
    (renewal,) = renewals(started)
    assert (renewal.seller or {})["nit"] == SELLER.nit, "who sells at its renewal"
    assert (renewal.status, renewal.payment_status, renewal.total_minor) == ("confirmed", "paid", PRICE)
    (line,) = db.session.scalars(select(OrderLine).where(OrderLine.order_id == renewal.id))
    assert (line.name, line.quantity, line.tax_minor) == ("FitAiid Premium mensual", 1, 637_059)
    assert make.mails_of(renewal.public_id) == ["subscription_renewed"]
    assert make.stock_of(WHEY) == (119, 0)
    assert renewal.number != make.order_of(started).number
    mine = renewal.customer_id or ""
    assert management.list_for(mine, language="es")[0].invoices[0].number == renewal.number


def test_a_discount_of_a_renewal_is_split_and_a_credit_is_one_line(shop: Flask) -> None:
    started, stripe_events = story()
    send(shop, *stripe_events.first(), stripe_events.invoice("paid", MONTH, period=1, amount_paid=PRICE - 100_000))
    send(shop, stripe_events.invoice("paid", 2 * MONTH, period=2, amount_paid=PRICE + 100_000))
    assert [(o.total_minor, o.discount_minor) for o in renewals(started)] == [
        (PRICE - 100_000, 100_000),
        (PRICE + 100_000, 0),
    ]


def test_a_failed_renewal_tells_how_to_mend_it_and_keeps_what_was_paid(shop: Flask) -> None:
    """Point 7: past due, content until the end of the paid period, one mail a try."""
    started, stripe_events = story()
    send(shop, *stripe_events.first(), stripe_events.changed("updated", MONTH, period=1))
    for attempt in range(3):
        failed = stripe_events.invoice("payment_failed", MONTH + attempt, period=1, attempt_count=attempt)
        send(shop, failed, failed)
    send(shop, stripe_events.changed("updated", MONTH + 9, period=1, status="past_due"))
    row = only()
    assert (row.status, row.paid_until, row.content_until) == ("past_due", plans.moment(MONTH), plans.moment(MONTH))
    assert {right.expires_at for right in plans.rights()} == {plans.moment(MONTH)}
    assert plans.mails() == ["subscription_payment_failed"] * 3 + ["subscription_started"]
    assert renewals(started) == []
    send(
        shop,
        stripe_events.invoice("paid", MONTH + 99, period=1),
        stripe_events.changed("updated", MONTH + 99, period=1),
    )
    assert only().status == "active"
    assert len(renewals(started)) == 1


def test_a_failure_that_is_told_after_the_payment_bothers_nobody(shop: Flask) -> None:
    _, stripe_events = story()
    send(
        shop,
        *stripe_events.first(),
        stripe_events.invoice("paid", MONTH + 9, period=1),
        stripe_events.invoice("payment_failed", MONTH, period=1),
    )
    assert "subscription_payment_failed" not in plans.mails()


def test_two_states_of_one_second_are_asked_for(shop: Flask, gateway: FakeGateway) -> None:
    """Point 7: re-read when in doubt; the answer is what Stripe says now."""
    started, stripe_events = story()
    gateway.pay(started.session_id)
    provider_id = only_provider(gateway)
    gateway.subscriptions[provider_id] = replace(gateway.subscriptions[provider_id], status="past_due")
    send(shop, stripe_events.changed("created", 5))
    assert only().status == "past_due"  # the card was not known, so Stripe was asked
    gateway.calls.clear()
    send(shop, stripe_events.changed("updated", 5, status="trialing"))
    assert only().status == "past_due"
    assert "subscription" in gateway.calls
    send(shop, stripe_events.changed("updated", 5, status="past_due"), stripe_events.changed("updated", 4))
    assert only().status == "past_due"
    send(shop, stripe_events.changed("updated", 6))
    assert only().status == "active"


def only_provider(gateway: FakeGateway) -> str:
    (provider_id,) = gateway.subscriptions
    return provider_id


def test_doubt_waits_for_stripe_to_answer(shop: Flask, gateway: FakeGateway) -> None:
    """While Stripe does not answer the event is refused, so it comes again."""
    _, stripe_events = story()
    send(shop, *stripe_events.first())
    contradiction = stripe_events.changed("updated", 0, status="past_due")
    client = shop.test_client()
    with pytest.raises(Exception, match="resource_missing"):
        events.send(client, contradiction)
    assert only().status == "active"


def test_cancelling_at_stripe_s_dashboard_is_followed(shop: Flask) -> None:
    """Point 9: at once, and told to the owner once; nothing moves it afterwards."""
    started, stripe_events = story()
    send(shop, *stripe_events.first())
    ended = {"status": "canceled", "canceled_at": plans.T0 + 500, "ended_at": plans.T0 + 500}
    send(
        shop,
        stripe_events.changed("deleted", 500, **ended),
        stripe_events.changed("updated", 600),
        stripe_events.changed("deleted", 700, **ended),
    )
    row = only()
    assert (row.status, row.ended_at) == ("cancelled", plans.moment(500))
    assert {right.standing(make.moment(24)) for right in plans.rights()} <= {"expired", "ready"}
    assert plans.mails() == ["subscription_cancelled", "subscription_started"]
    assert make.state_of(started) == ("confirmed", "paid")


def test_a_dispute_of_a_plan_s_payment_is_a_flag(shop: Flask) -> None:
    """Point 9: the order keeps its states; whether the plan ends is what Stripe says of it."""
    started, stripe_events = story()
    send(shop, *stripe_events.first())
    subject = {
        "id": "du_1",
        "object": "dispute",
        "amount": PRICE,
        "payment_intent": stripe_events.payment_id(),
        "reason": "fraudulent",
        "status": "needs_response",
    }
    send(shop, events.event("charge.dispute.created", subject))
    assert make.order_of(started).is_disputed
    assert make.state_of(started) == ("confirmed", "paid")


def test_a_wrong_amount_is_held_and_opens_nothing(shop: Flask) -> None:
    started, stripe_events = story()
    send(
        shop,
        stripe_events.completed(amount_total=PRICE - 100),
        stripe_events.changed("created"),
        stripe_events.settled(),
    )
    order = make.order_of(started)
    assert (order.review_reason, order.status) == ("amount_mismatch", "pending")
    assert plans.rights() == []
    assert plans.mails() == []


def test_a_second_payment_of_one_order_goes_back(shop: Flask, gateway: FakeGateway) -> None:
    started, stripe_events = story()
    send(shop, *stripe_events.first())
    again = PlanStory.of(started, session_id="cs_test_twice")
    gateway.invoice_payments[again.invoice_id()] = again.payment_id()
    gateway.subscriptions[f"sub_{again.key}"] = payments_state(gateway, started)
    send(shop, *again.first())
    assert [(refund.reason, refund.amount_minor) for refund in make.refunds_of(started)] == [("paid_twice", PRICE)]
    assert [(row.is_surplus, row.must_end) for row in plans.subscriptions()] == [(False, False), (True, True)]
    cleanup.sweep()
    assert [(refund.payment_id, refund.status) for refund in make.refunds_of(started)] == [
        (again.payment_id(), "succeeded")
    ]
    assert make.state_of(started) == ("confirmed", "paid")
    assert not plans.subscriptions()[1].must_end


def test_money_back_for_a_plan_bought_twice_leaves_the_other_one(shop: Flask, gateway: FakeGateway) -> None:
    shopper, first = begin()
    gateway.pay(first.session_id)
    one = PlanStory.of(first)
    send(shop, one.completed(amount_total=PRICE - 100))
    second = checkout.begin(make.purchase(shopper, items=((PREMIUM, 1),), digital_consent=True, key="x"))
    send(shop, one.changed("created"), one.settled())
    reviews.accept(make.order_of(first).id, staff=Actor("eva"))
    make.pay(gateway, second)
    cleanup.sweep()
    assert make.state_of(second)[1] == "refunded"
    assert [(row.is_surplus, row.status) for row in plans.subscriptions()] == [(False, "active"), (True, "cancelled")]
    refunds.request_refund(make.order_of(first).id, staff=Actor("eva"))
    cleanup.sweep()
    assert [row.status for row in plans.subscriptions()] == ["cancelled", "cancelled"]


def payments_state(gateway: FakeGateway, started: PlacedOrder) -> Any:
    gateway.pay(started.session_id)
    return next(iter(gateway.subscriptions.values()))


def test_money_for_an_order_that_is_cancelled_and_sold_out_ends_the_plan(shop: Flask, gateway: FakeGateway) -> None:
    started, stripe_events = story((PREMIUM, 1), (WHEY, 1))
    gateway.pay(started.session_id)
    gateway.invoice_payments[stripe_events.invoice_id()] = stripe_events.payment_id()
    with transaction():
        settlement.cancel_unpaid(lock(make.order_of(started).id), cause="test", now=clock.now())
    make.set_stock(WHEY, 0)
    send(shop, stripe_events.changed("created"), *stripe_events.first())
    assert make.state_of(started) == ("cancelled", "paid")
    assert only().must_end
    cleanup.sweep()
    assert "end" in gateway.calls
    assert make.state_of(started) == ("cancelled", "refunded")


def test_an_order_that_is_missing_here_is_made_again_with_its_plan(shop: Flask, gateway: FakeGateway) -> None:
    started, stripe_events = story((PREMIUM, 1), (WHEY, 1))
    page = gateway.pay(started.session_id)
    stripe_events = replace(stripe_events, customer_id=page.customer_id or "")
    order_id = make.order_of(started).id
    make.set_stock_held(WHEY, 0)
    with transaction():
        for table in (OrderEvent, OrderLine, CheckoutSession, StockHold, StockMovement):
            db.session.execute(delete(table).where(table.order_id == order_id))
        db.session.execute(delete(Order).where(Order.id == order_id))
    send(shop, stripe_events.completed())
    rebuilt = make.order_of(started)
    assert (rebuilt.status, rebuilt.total_minor) == ("confirmed", started.quote.total_minor)
    assert page.customer_id == f"cus_{rebuilt.customer_id}"
    assert only().status == "active"


def test_a_lost_payment_is_looked_up(shop: Flask, gateway: FakeGateway) -> None:
    """The event that ties invoice and payment may be lost; the sweeper asks, and what waited for it is done."""
    started, stripe_events = story()
    send(shop, stripe_events.completed(), stripe_events.invoice("paid"), stripe_events.refunded(PRICE))
    assert make.order_of(started).payment_id is None
    gateway.invoice_payments[stripe_events.invoice_id()] = stripe_events.payment_id()
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        cleanup.sweep()
        cleanup.sweep()
    assert make.state_of(started) == ("refunded", "refunded")


def test_what_is_not_ours_is_ignored(shop: Flask) -> None:
    """Another product of the same Stripe account: 200 and a line in the ledger."""
    foreign = PlanStory(order_id="", session_id="cs_test_foreign", quote_hash="", total_minor=PRICE)
    bare = {"metadata": {}, "parent": None}
    send(
        shop,
        foreign.changed("created", metadata={}),
        foreign.invoice("paid", **bare),
        foreign.invoice("payment_failed", period=1, **bare),
    )
    assert set(make.ledger().values()) == {"ignored"}
    assert plans.subscriptions() == []


def test_a_failed_event_is_applied_when_it_comes_again(shop: Flask) -> None:
    _, stripe_events = story()
    first = stripe_events.completed()
    send(shop, first, first)
    db.session.rollback()
    assert db.session.get_one(EventRecord, first["id"]).state == "done"
    assert event_processing.apply_waiting() == 0


def test_every_event_of_a_plan_costs_few_statements(shop: Flask, statements: Any) -> None:
    """A paid webhook answers in little time."""
    _, stripe_events = story()
    client = shop.test_client()
    for one, limit in zip(stripe_events.first(), (28, 16, 8, 8), strict=True):
        with statements.at_most(limit):
            assert events.send(client, one).status_code == 200
