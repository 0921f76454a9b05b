"""What is written down, word for word: histories, mails in the outbox, and the answers that idempotency keys keep."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import outbox, subscription
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.idempotency import ABANDONED_AFTER, KEPT_FOR, IdempotencyRecord
from storefront.domain.order import Order, OrderEvent, lock
from storefront.domain.subscription import Subscription
from storefront.enums import OrderEventCode, OrderStatus, PaymentStatus
from storefront.errors import IdempotencyConflict, NotFound
from storefront.gateways.payments import SubscriptionSnapshot
from storefront.services import idempotency
from tests import factories as make
from tests import plans
from tests.factories import WHEY

pytestmark = pytest.mark.dialects

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_a_history_says_what_became_what_when_and_why(shop: Flask) -> None:
    order_id = make.order_of(make.begin((make.GUIDE, 1), digital_consent=True)).id
    with transaction():
        order = lock(order_id)
        order.add_note(OrderEventCode.DISPUTED, "x" * 301, cause="y" * 81, now=NOW)
        order.move_payment(PaymentStatus.FAILED, cause="bank", now=NOW, note="declined")
        order.move(OrderStatus.CANCELLED, cause="staff eva", now=NOW)
    statement = select(OrderEvent).where(OrderEvent.order_id == order_id, OrderEvent.at == NOW)
    rows = db.session.scalars(statement.order_by(OrderEvent.id)).all()
    assert [(row.kind, row.old, row.new, row.code, row.cause, row.note) for row in rows] == [
        ("note", None, None, "disputed", "y" * 80, "x" * 300),
        ("payment", "pending", "failed", "moved", "bank", "declined"),
        ("status", "pending", "cancelled", "moved", "staff eva", ""),
    ]


def test_an_order_that_is_not_there_cannot_be_locked(shop: Flask) -> None:
    with transaction(), pytest.raises(NotFound):
        lock(4711)


@pytest.mark.parametrize(
    ("payment_id", "invoice_id", "reference"),
    [(None, None, None), ("pi_1", None, "pi_1"), (None, "in_1", "in_1"), ("pi_1", "in_1", "pi_1")],
)
def test_money_is_known_by_its_payment_or_else_its_invoice(
    payment_id: str | None, invoice_id: str | None, reference: str | None
) -> None:
    assert Order(payment_id=payment_id, invoice_id=invoice_id).payment_reference == reference


def test_an_attempt_has_a_key_of_its_own(shop: Flask) -> None:
    assert CheckoutSession(id="01abc").key == "attempt:01abc"


def test_a_mail_waits_with_all_that_it_needs(shop: Flask) -> None:
    with transaction():
        outbox.enqueue(
            "refund:1", "refund", recipient="ana@example.com", language="en", now=NOW, order_id=7, amount_minor=100
        )
    (row,) = make.outbox()
    assert (row.key, row.template, row.recipient, row.language) == ("refund:1", "refund", "ana@example.com", "en")
    assert (row.order_id, row.context) == (7, {"amount_minor": 100})
    assert (row.created_at, row.available_at) == (NOW, NOW)
    assert (row.tries, row.sent_at, row.dead_at, row.error) == (0, None, None, "")
    assert len(row.id) == 26


def test_the_first_words_of_an_occasion_stay(shop: Flask) -> None:
    for n in range(2):
        with transaction():
            to = f"{n}@example.com"
            outbox.enqueue("k", "refund", recipient=to, language="es", now=NOW + n * SECOND)
    (row,) = make.outbox()
    assert (row.recipient, row.created_at, row.order_id, row.context) == ("0@example.com", NOW, None, {})


def test_a_plan_is_found_by_the_provider_s_name_and_while_it_runs(shop: Flask) -> None:
    shopper, started = plans.begin()
    order, (line,) = make.order_of(started), make.lines_of(started)
    person, product = shopper.customer_id or "", line.product_id or ""
    other = make.customer("other@example.com", is_confirmed=True).customer_id or ""
    assert (subscription.find("sub_1"), subscription.find_running(person, product)) == (None, None)
    assert subscription.may_try(person, product)
    state = SubscriptionSnapshot(
        id="sub_1", order_id=None, status="active", price_minor=1, currency="COP", interval="month",
        current_period_end=NOW, paid_until=NOW, cancel_at_period_end=False, trial_ends_at=None, cancelled_at=None,
        ended_at=None,
    )  # fmt: skip
    with transaction():
        row = Subscription(
            provider_id="sub_1", customer_id=person, product_id=product, order_id=order.id, created_at=NOW
        )
        row.apply(state, NOW)
        db.session.add(row)
    key = row.id

    def found(one: Subscription | None) -> bool:
        return one is not None and one.id == key

    assert found(subscription.find("sub_1"))
    assert subscription.find("sub_2") is None
    assert found(subscription.find_running(person, product))
    assert subscription.find_running(other, product) is None
    assert subscription.find_running(person, "01nothing") is None
    assert (subscription.may_try(person, product), subscription.may_try(other, product)) == (False, True)
    assert subscription.may_try(person, "01nothing")
    assert not subscription.may_try(make.customer("third@example.com").customer_id or "", product), "not confirmed"
    with transaction():
        db.session.get_one(Subscription, key).apply(replace(state, status="cancelled", ended_at=NOW), NOW)
    assert subscription.find_running(person, product) is None
    assert not subscription.may_try(person, product), "an ended plan was had"


def claim(key: str = "k", body: str = "b", scope: str = "ana") -> idempotency.Claim:
    return idempotency.claim(scope, key, body)


def conflict(key: str = "k", body: str = "b") -> str:
    with pytest.raises(IdempotencyConflict) as refusal:
        claim(key, body)
    reason: str = refusal.value.data["reason"]
    return reason


def test_an_answer_is_repeated_word_for_word(shop: Flask) -> None:
    first_claim = claim()
    assert (first_claim.status, first_claim.body) == (None, None)
    assert conflict() == "running"
    idempotency.keep(first_claim, 201, {"id": "x"})
    again = claim()
    assert (again.status, again.body) == (201, {"id": "x"})
    assert (again.id, again.owner) == (first_claim.id, first_claim.owner)
    assert conflict(body="other") == "other_body"


def test_keys_of_others_and_other_keys_are_other_work(shop: Flask) -> None:
    claims = [claim(), claim(key="l"), claim(scope="eva"), claim(scope="ana\nk", key="")]
    assert all(one.status is None for one in claims)
    assert len({one.id for one in claims}) == len({one.owner for one in claims}) == 4


def test_an_empty_answer_is_an_answer(shop: Flask) -> None:
    idempotency.keep(claim(), 204, {})
    again = claim()
    assert (again.status, again.body) == (204, {})


def test_what_may_be_tried_again_may_be_tried_with_the_same_body_only(shop: Flask) -> None:
    first = claim()
    idempotency.reopen(first)
    assert conflict(body="other") == "other_body"
    second = claim()
    assert second.status is None
    assert second.owner != first.owner
    assert conflict() == "running"
    idempotency.keep(first, 500, {"late": True})
    assert conflict() == "running", "only the owner may finish"
    idempotency.keep(second, 201, {"id": "x"})
    assert claim().status == 201


def test_a_request_whose_process_is_gone_is_taken_over_after_a_while(shop: Flask) -> None:
    with time_machine.travel(NOW, tick=False) as traveller:
        first = claim()
        traveller.shift(ABANDONED_AFTER)
        assert conflict() == "running"
        traveller.shift(timedelta(milliseconds=1))
        assert conflict(body="other") == "other_body"
        second = claim()
        assert second.status is None
        assert second.owner != first.owner
        assert conflict() == "running", "the time starts anew"


def test_an_answer_is_kept_for_a_day_and_then_the_key_is_free(shop: Flask) -> None:
    with time_machine.travel(NOW, tick=False) as traveller:
        idempotency.keep(claim(), 201, {"id": "x"})
        idempotency.keep(claim(key="l"), 201, {})
        traveller.shift(KEPT_FOR)
        assert idempotency.forget_old() == 0
        assert claim().status is not None
        assert conflict(body="other") == "other_body"
        traveller.shift(timedelta(milliseconds=1))
        assert claim(body="other").status is None
        assert idempotency.forget_old() == 1, "the other key's"
        assert idempotency.forget_old() == 0
        (row,) = db.session.scalars(select(IdempotencyRecord)).all()
        assert (row.state, row.status, row.body, row.created_at) == ("running", None, None, clock.now())


def test_an_order_holds_its_page_by_the_attempt_s_key(shop: Flask) -> None:
    (attempt,) = make.sessions_of(make.begin((WHEY, 1)))
    assert attempt.key == f"attempt:{attempt.id}"
