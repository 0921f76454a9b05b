"""The doctor: each thing that can be wrong is made wrong behind the shop's back, found, told, mended, and gone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.coupon import Coupon
from storefront.domain.inventory import Stock, StockHold, StockMovement
from storefront.domain.order import Order, OrderEvent
from storefront.domain.outbox import OutboxMail
from storefront.domain.payment import EventRecord, RefundRecord
from storefront.domain.subscription import Subscription
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.jobs import cleanup, consistency
from storefront.services.jobs.consistency import Finding
from storefront.services.mail import mail_delivery
from storefront.services.payments import event_processing, reconcile, refunds, reviews, webhook_events
from tests import events, plans
from tests import factories as make
from tests.events import Story
from tests.factories import DUMBBELL, WHEY, sku_of
from tests.fakes import FakeGateway

HOUR = timedelta(hours=1)


def change(table: type[Any], **values: Any) -> None:
    """Change every row of a table by hand."""
    with transaction():
        db.session.execute(update(table).values(**values).execution_options(synchronize_session=False))


def change_stock(slug: str, **values: Any) -> None:
    """Change a product's counters by hand."""
    mine = Stock.variant_id == make.variant_id_of(slug)
    with transaction():
        db.session.execute(update(Stock).where(mine).values(**values).execution_options(synchronize_session=False))


def only() -> Finding:
    """Return the one thing that is wrong."""
    db.session.rollback()
    (found,) = consistency.examine()
    return found


def paid(gateway: FakeGateway, *goods: tuple[str, int], **changes: Any) -> PlacedOrder:
    """Return a paid order whose mail was sent."""
    started = make.begin(*goods, **changes)
    make.pay(gateway, started)
    mail_delivery.deliver_due()
    return started


@dataclass(frozen=True)
class Counter:
    """A counter that can be off, what is said of it, and what it must be again."""

    name: str
    spoil: Callable[[], None]
    area: str
    said: str
    read: Callable[[], Any]
    right: Any


COUNTERS = [
    Counter(
        "reserved too high",
        lambda: change_stock(WHEY, reserved=9),
        "stock", "9 reserved, open holds say 3", lambda: make.stock_of(WHEY), (118, 3),
    ),
    Counter(
        "reserved too low",
        lambda: change_stock(WHEY, reserved=0),
        "stock", "0 reserved, open holds say 3", lambda: make.stock_of(WHEY), (118, 3),
    ),
    Counter(
        "units from nowhere",
        lambda: change_stock(WHEY, on_hand=500),
        "stock", "500 on hand, the ledger says 118", lambda: make.stock_of(WHEY), (118, 3),
    ),
    Counter(
        "units that vanished",
        lambda: change_stock(WHEY, on_hand=17),
        "stock", "17 on hand, the ledger says 118", lambda: make.stock_of(WHEY), (118, 3),
    ),
    Counter(
        "a coupon counted too often",
        lambda: _set_uses("LIMITE3", 3),
        "coupons", "LIMITE3: 3 uses counted, 1 orders use it", lambda: make.uses_of("LIMITE3"), 1,
    ),
    Counter(
        "a coupon not counted",
        lambda: _set_uses("LIMITE3", 0),
        "coupons", "LIMITE3: 0 uses counted, 1 orders use it", lambda: make.uses_of("LIMITE3"), 1,
    ),
]  # fmt: skip


def _set_uses(code: str, n: int) -> None:
    with transaction():
        db.session.execute(update(Coupon).where(Coupon.code == code).values(used_count=n))


@pytest.mark.parametrize("counter", COUNTERS, ids=lambda counter: counter.name)
def test_a_counter_that_is_off_is_found_and_set_to_its_ledger(
    shop: Flask, gateway: FakeGateway, counter: Counter
) -> None:
    make.begin((WHEY, 3), coupon_code="LIMITE3")
    paid(gateway, (WHEY, 2), email="other@example.com")
    assert consistency.examine(with_stripe=True) == []
    counter.spoil()
    found = only()
    assert (found.area, found.repair) == (counter.area, "flask doctor --fix")
    assert found.what.endswith(counter.said)
    assert consistency.repair() == 1
    assert counter.read() == counter.right
    assert consistency.examine() == []
    assert consistency.repair() == 0


def test_a_returned_use_of_a_coupon_does_not_count(shop: Flask) -> None:
    started = make.begin((WHEY, 1), coupon_code="LIMITE3")
    change(CheckoutSession, created_at=clock.now() - HOUR)
    change(Order, hold_until=clock.now() - timedelta(minutes=1))
    assert cleanup.sweep() == 1
    assert make.state_of(started) == ("cancelled", "pending")
    assert consistency.examine() == []
    _set_uses("LIMITE3", 1)
    assert only().what == "LIMITE3: 1 uses counted, 0 orders use it"
    consistency.repair()


def test_counters_of_several_products_are_mended_at_once(shop: Flask, gateway: FakeGateway) -> None:
    paid(gateway, (WHEY, 1), (DUMBBELL, 1))
    change(Stock, on_hand=Stock.on_hand + 1)
    found = consistency.examine()
    assert {one.repair for one in found} == {"flask doctor --fix"}
    assert len(found) == make.count_of(Stock)
    assert consistency.repair() == len(found)
    assert (make.stock_of(WHEY), make.stock_of(DUMBBELL)) == ((119, 0), (4, 0))
    assert consistency.examine() == []


def test_an_order_that_is_over_and_still_holds_stock_is_a_defect(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (WHEY, 1))
    order_id, variant_id = make.order_of(started).id, make.lines_of(started)[0].variant_id
    with transaction():
        db.session.execute(insert(StockHold).values(order_id=order_id, variant_id=variant_id, quantity=1))
        db.session.execute(
            insert(StockMovement).values(
                order_id=order_id, variant_id=variant_id, reason="hold", on_hand_delta=0, reserved_delta=1,
                at=clock.now(),
            )
        )  # fmt: skip
    make.set_stock_held(WHEY, 1)
    assert only() == Finding(
        "stock", f"order {started.order_number} is confirmed and still holds {sku_of(WHEY)}", "report as a defect"
    )
    assert consistency.repair() == 0, "a counter that agrees with its holds is left alone"
    make.set_stock_held(WHEY, 0)
    with transaction():
        db.session.execute(db.delete(StockHold))
        db.session.execute(db.delete(StockMovement).where(StockMovement.reason == "hold").where(
            StockMovement.id == select(db.func.max(StockMovement.id)).scalar_subquery()
        ))  # fmt: skip
    assert consistency.examine() == []


def test_a_payment_without_its_time_or_its_proof_is_found(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (WHEY, 1))
    before = make.order_of(started)
    paid_at, payment_id = before.paid_at, before.payment_id
    change(Order, paid_at=None)
    assert only() == Finding(
        "money", f"order {started.order_number} counts as paid without a time", "flask orders reconcile"
    )
    change(Order, paid_at=paid_at, payment_id=None)
    assert only() == Finding(
        "money", f"order {started.order_number} is paid without a payment", "flask orders reconcile"
    )
    change(Order, invoice_id="in_1")
    assert consistency.examine() == [], "an invoice is a proof, too"
    change(Order, invoice_id=None, payment_id=payment_id)
    assert consistency.examine() == []


def test_an_order_of_nothing_needs_no_payment(shop: Flask) -> None:
    make.make_coupon("GRATIS", value=100)
    make.begin((WHEY, 2), coupon_code="GRATIS")
    mail_delivery.deliver_due()
    assert consistency.examine() == []


def test_a_refund_that_arrived_and_is_not_counted_is_found(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (WHEY, 2))
    refunds.request_refund(make.order_of(started).id, amount_minor=100_000)
    mail_delivery.deliver_due()
    assert consistency.examine() == []
    change(Order, refunded_minor=0)
    assert only() == Finding(
        "money", f"order {started.order_number}: refunds of 100000, order says 0", "flask orders reconcile"
    )
    change(Order, refunded_minor=100_000)
    assert consistency.examine() == []


@pytest.mark.parametrize("decide", [reviews.accept, reviews.reject])
def test_what_was_paid_beyond_the_total_and_went_back_is_no_difference(
    shop: Flask, gateway: FakeGateway, decide: Callable[..., None]
) -> None:
    started = make.begin((WHEY, 1))
    order = make.order_of(started)
    story = Story.of(order, started.session_id, total_minor=order.total_minor + 500_000)
    assert events.send(shop.test_client(), story.completed()).status_code == 200
    decide(order.id, staff=Actor("ana"))
    assert [row.status for row in make.refunds_of(started)] == ["succeeded"]
    assert [finding for finding in consistency.examine() if finding.area == "money"] == []


def test_a_refund_that_waits_too_long_is_found_until_it_is_sent(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (WHEY, 2))
    gateway.silent_calls = {"refund"}
    refund_id = refunds.request_refund(make.order_of(started).id, amount_minor=100_000)
    assert consistency.examine() == [], "it may still be on its way"
    change(RefundRecord, created_at=clock.now() - HOUR)
    assert only() == Finding("money", f"refund {refund_id} was never sent", "flask orders expire")
    gateway.silent_calls = set()
    assert cleanup.sweep() == 1
    mail_delivery.deliver_due()
    assert consistency.examine() == []


def test_a_refund_that_failed_is_for_a_person(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (WHEY, 2))
    refund_id = refunds.request_refund(make.order_of(started).id, amount_minor=100_000)
    told = Story.of(make.order_of(started), started.session_id)
    failed = told.refund("failed", 100_000, "failed", key="x", reference=refund_id)
    assert events.send(shop.test_client(), failed).status_code == 200
    mail_delivery.deliver_due()
    assert only() == Finding(
        "money",
        f"order {started.order_number}: money that should have gone back is owed",
        "flask orders refund, or settle it otherwise: flask orders settle",
    )


def test_an_order_that_should_have_ended_is_found_until_it_ends(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    assert consistency.examine() == []
    change(Order, hold_until=clock.now() - HOUR)
    assert only() == Finding("orders", f"order {started.order_number} should have ended", "flask orders expire")
    assert cleanup.sweep() == 1
    assert consistency.examine() == []


def test_an_order_whose_hold_has_just_ended_is_left_to_the_sweeper(shop: Flask) -> None:
    make.begin((WHEY, 1))
    change(Order, hold_until=clock.now() - consistency.LATE + timedelta(minutes=1))
    assert consistency.examine() == []


def test_a_page_whose_answer_never_came_is_found_until_it_is_asked_for(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    (attempt,) = make.sessions_of(started)
    session_id = attempt.session_id
    change(CheckoutSession, state="asked", session_id=None, created_at=clock.now() - HOUR)
    assert only() == Finding("orders", f"attempt {attempt.id} never got its page", "flask orders expire")
    assert cleanup.sweep() == 1
    assert gateway.pages[session_id or ""].status == "expired"
    assert make.state_of(started) == ("cancelled", "pending")
    assert consistency.examine() == []


def test_a_plan_that_must_end_is_found_until_it_is_ended(shop: Flask, gateway: FakeGateway) -> None:
    plans.bought(gateway)
    mail_delivery.deliver_due()
    change(Subscription, must_end=True)
    assert consistency.examine() == [], "the sweeper is about to do it"
    change(Subscription, created_at=clock.now() - HOUR)
    what = f"subscription {plans.only().provider_id} must end at Stripe and was not ended"
    assert only() == Finding("plans", what, "flask orders expire")
    cleanup.sweep()
    assert plans.only().status == "cancelled"
    mail_delivery.deliver_due()
    assert consistency.examine() == []


def test_mail_that_does_not_leave_is_found_with_the_reason(shop: Flask, gateway: FakeGateway) -> None:
    make.pay(gateway, started := make.begin((WHEY, 1)))
    assert consistency.examine() == [], "it has just been written"
    change(OutboxMail, created_at=clock.now() - HOUR)
    name = f"order_confirmed:{started.order_id}"
    assert only() == Finding("mail", f"{name} not sent after 0 tries: no worker", "flask mail deliver")
    change(OutboxMail, tries=20, error="OSError: no route", dead_at=clock.now())
    assert only() == Finding("mail", f"{name} not sent after 20 tries: OSError: no route", "flask mail deliver --retry")
    assert (mail_delivery.retry(staff=Actor("ana")), mail_delivery.deliver_due()) == (1, 1)
    assert consistency.examine() == []


def test_an_event_that_failed_is_found_until_it_is_applied(
    shop: Flask, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = paid(gateway, (WHEY, 1))
    told = Story.of(make.order_of(started), started.session_id).disputed()
    with monkeypatch.context() as broken:
        broken.setitem(event_processing.HANDLERS, told["type"], lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            events.send(shop.test_client(), told)
    assert only() == Finding(
        "events",
        f"{told['id']} charge.dispute.created failed: ZeroDivisionError: division by zero",
        f"flask events replay {told['id']}",
    )
    change(EventRecord, error="\n")
    assert only().what == f"{told['id']} charge.dispute.created failed: "
    assert webhook_events.replay(told["id"], staff=Actor("ana"))
    assert consistency.examine() == []


def test_money_that_is_held_for_review_is_for_a_person(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    told = Story.of(make.order_of(started), started.session_id, total_minor=100)
    assert events.send(shop.test_client(), told.completed()).status_code == 200
    expected = Finding(
        "money",
        f"order {started.order_number} is held: amount_mismatch",
        "flask orders accept-payment, or reject-payment",
    )
    assert only() == expected
    change(Order, hold_until=clock.now() - HOUR)
    assert only() == expected, "an order under review does not end by itself"


def test_stripe_is_asked_about_every_page(shop: Flask, gateway: FakeGateway) -> None:
    started, unpaid = paid(gateway, (WHEY, 1)), make.begin((WHEY, 1))
    number, page = started.order_number, gateway.pages[started.session_id]
    assert consistency.examine(with_stripe=True) == []

    gateway.pages[started.session_id] = replace(page, total_minor=100)
    assert consistency.examine(with_stripe=True) == [
        Finding("stripe", f"order {number}: Stripe took 100", "refund by hand")
    ]
    gateway.pages[started.session_id] = replace(page, total_minor=100, payment_id="pi_second")
    assert consistency.examine(with_stripe=True) == [], "a second payment is given back, and is not the order's"

    gateway.pages.pop(started.session_id)
    assert consistency.examine(with_stripe=True) == [
        Finding("stripe", f"order {number}: Stripe does not know {started.session_id}", "check the account")
    ]
    gateway.pages[started.session_id] = page

    gateway.pay(unpaid.session_id)
    assert consistency.examine(with_stripe=True) == [
        Finding("stripe", f"order {unpaid.order_number} is paid at Stripe only", "flask orders reconcile")
    ]
    assert reconcile.reconcile().pages == 1
    mail_delivery.deliver_due()
    assert consistency.examine(with_stripe=True) == []


def test_what_is_held_for_review_is_known_to_be_paid(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    gateway.pages[started.session_id] = replace(gateway.pages[started.session_id], total_minor=100)
    gateway.pay(started.session_id)
    reconcile.reconcile()
    assert [finding.area for finding in consistency.examine(with_stripe=True)] == ["money"]


def test_a_free_order_has_no_page_to_ask_for(shop: Flask, gateway: FakeGateway) -> None:
    make.make_coupon("GRATIS", value=100)
    make.begin((WHEY, 2), coupon_code="GRATIS")
    mail_delivery.deliver_due()
    assert consistency.examine(with_stripe=True) == []
    assert "fetch" not in gateway.calls


def test_looking_changes_nothing(shop: Flask, gateway: FakeGateway) -> None:
    make.begin((WHEY, 1))
    change(Order, hold_until=clock.now() - HOUR)
    before = make.count_of(OrderEvent)
    assert consistency.examine(with_stripe=True) == consistency.examine(with_stripe=True)
    assert make.count_of(OrderEvent) == before
