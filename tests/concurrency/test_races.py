"""Rivals at the same moment, on both databases; beside each race the naive version that loses it."""

import random
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from storefront.database import db
from storefront.domain.order import Order
from storefront.domain.outbox import OutboxMail
from storefront.domain.payment import EventRecord
from storefront.errors import CouponRejected, DatabaseUnavailable, OutOfStock
from storefront.services import checkout
from storefront.services.checkout import PlacedOrder
from storefront.services.payments import restore_order, session_status
from storefront.services.shopper import Shopper
from tests import events
from tests import factories as make
from tests.conftest import build
from tests.events import Story
from tests.factories import COFFEE, CUBES, DUMBBELL, WHEY
from tests.fakes import FakeGateway
from tests.webhooks.test_webhook_effects import forget

pytestmark = pytest.mark.concurrency

Race = Callable[..., list[Any]]


def buy(slug: str, n: int, **changes: Any) -> Callable[[], PlacedOrder]:
    """Return a purchase of one unit by its own buyer."""
    said = {"items": ((slug, 1),), "email": f"buyer{n}@example.com"} | changes
    return partial(checkout.begin, make.purchase(Shopper(), **said))


def won(results: list[Any]) -> list[PlacedOrder]:
    return [result for result in results if isinstance(result, PlacedOrder)]


def in_own_transaction(sql: str, **values: Any) -> Any:
    """Run one statement and commit, as naive code does between looking and leaping."""
    with db.engine.connect().execution_options(writing=True) as connection:
        result = connection.execute(text(sql), values)
        found = result.scalar() if result.returns_rows else result.rowcount
        connection.commit()
        return found


# The last unit.


@pytest.mark.usefixtures("books")
def test_fifty_buyers_of_the_last_unit_are_one_buyer_and_49_clear_refusals(shop: Flask, race: Race) -> None:
    make.set_stock(DUMBBELL, 1)
    results = race(*(buy(DUMBBELL, n) for n in range(50)))
    assert len(won(results)) == 1
    refusals = [result for result in results if not isinstance(result, PlacedOrder)]
    assert {type(refusal) for refusal in refusals} == {OutOfStock}
    for refusal in refusals:
        ((*_, name, asked, left),) = refusal.data["shortages"]
        assert (name, asked, left) == ("Mancuerna ajustable edición limitada, 20 kg", 1, 0)
    assert make.stock_of(DUMBBELL) == (1, 1)
    assert make.count_of(Order) == 1


def test_control_looking_before_leaping_sells_the_last_unit_more_than_once(shop: Flask, race: Race) -> None:
    make.set_stock(DUMBBELL, 1)
    everybody_looked = threading.Barrier(5)
    product = "(SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.slug = :slug)"

    def naive() -> bool:
        left = in_own_transaction(f"SELECT on_hand - reserved FROM stock WHERE variant_id = {product}", slug=DUMBBELL)
        everybody_looked.wait(timeout=30)
        if left < 1:
            return False
        in_own_transaction(f"UPDATE stock SET reserved = 1 WHERE variant_id = {product}", slug=DUMBBELL)
        return True

    assert sum(race(*[naive] * 5)) == 5
    assert make.stock_of(DUMBBELL) == (1, 1)


# A coupon's limit.


@pytest.mark.usefixtures("books")
def test_twenty_parallel_uses_of_a_coupon_for_three_are_three(shop: Flask, race: Race) -> None:
    results = race(*(buy(WHEY, n, coupon_code="LIMITE3") for n in range(20)))
    assert len(won(results)) == 3
    codes = {result.code for result in results if isinstance(result, CouponRejected)}
    assert codes == {"coupon_exhausted"}
    assert make.uses_of("LIMITE3") == 3
    assert make.stock_of(WHEY) == (120, 3)


@pytest.mark.usefixtures("books")
def test_ten_parallel_uses_by_one_customer_are_one(shop: Flask, race: Race) -> None:
    code = make.make_coupon(max_uses_per_customer=1)
    emails = ("ana@example.com", "Ana@Example.com")
    results = race(*(buy(WHEY, n, coupon_code=code, email=emails[n % 2]) for n in range(10)))
    assert len(won(results)) == 1
    assert {result.code for result in results if isinstance(result, CouponRejected)} == {"coupon_already_used"}
    assert make.uses_of(code) == 1


def test_control_counting_before_writing_uses_a_coupon_for_three_five_times(shop: Flask, race: Race) -> None:
    everybody_looked = threading.Barrier(5)

    def naive() -> bool:
        used = in_own_transaction("SELECT used_count FROM coupons WHERE code = 'LIMITE3'")
        everybody_looked.wait(timeout=30)
        if used >= 3:
            return False
        in_own_transaction("UPDATE coupons SET used_count = :n WHERE code = 'LIMITE3'", n=used + 1)
        return True

    assert sum(race(*[naive] * 5)) == 5
    assert make.uses_of("LIMITE3") == 1


# One event, many deliveries.


@pytest.mark.usefixtures("books")
def test_ten_parallel_deliveries_of_one_event_have_one_effect_and_ten_good_answers(shop: Flask, race: Race) -> None:
    started = make.begin((WHEY, 2))
    event = Story.of(make.order_of(started), started.session_id).completed()
    answers = race(*[lambda: events.send(shop.test_client(), event).status_code] * 10)
    assert answers == [200] * 10
    assert make.state_of(started) == ("confirmed", "paid")
    assert make.stock_of(WHEY) == (118, 0)
    assert make.mails_of(started) == ["order_confirmed"]
    assert make.count_of(EventRecord) == 1


@pytest.mark.usefixtures("books")
def test_events_that_miss_one_order_at_once_make_it_once_and_are_all_done(shop: Flask, race: Race) -> None:
    """Each finds no order and writes it; those who come second see it at the second look, and Stripe hears 200."""
    for round_number in range(4):
        started = make.begin((WHEY, 1), email=f"round{round_number}@example.com")
        told = Story.of(make.order_of(started), started.session_id)
        sent = [told.completed() for _ in range(8)]
        forget(started)
        jobs = [lambda one=one: events.send(shop.test_client(), one).status_code for one in sent]
        assert race(*jobs) == [200] * 8
        assert {make.ledger()[one["id"]] for one in sent} == {"done"}
        assert make.state_of(started) == ("confirmed", "paid")
    assert make.stock_of(WHEY) == (120 - 4, 0)


def test_control_a_missing_order_that_is_written_twice_at_once_is_refused_by_its_key(shop: Flask, race: Race) -> None:
    if db.engine.dialect.name == "sqlite":
        return  # one writer at a time: nobody can look and leap
    refused = 0
    for round_number in range(20):
        started = make.begin((WHEY, 1), email=f"round{round_number}@example.com")
        event = shop.extensions["payments"].translate_event(
            Story.of(make.order_of(started), started.session_id).completed()
        )
        forget(started)
        results = race(*[lambda event=event: restore_order.missing_order(event)] * 8)
        refused += sum(isinstance(result, IntegrityError) for result in results)
        if refused:
            break
    assert refused


@pytest.mark.usefixtures("books")
def test_all_events_of_an_order_at_once_end_in_one_state(shop: Flask, race: Race) -> None:
    started = make.begin((WHEY, 2))
    told = Story.of(make.order_of(started), started.session_id)
    sent = [told.completed(), told.succeeded(), told.failed(), told.expired(), told.refunded()]
    jobs = [lambda one=one: events.send(shop.test_client(), one).status_code for one in sent * 2]
    assert race(*jobs) == [200] * 10
    assert make.state_of(started) == ("refunded", "refunded")
    assert make.stock_of(WHEY) == (120, 0)


def test_control_asking_whether_it_is_pending_settles_five_times(shop: Flask, race: Race) -> None:
    started = make.begin((WHEY, 1))
    key = make.order_of(started).id
    everybody_looked = threading.Barrier(5)

    def naive() -> bool:
        status = in_own_transaction("SELECT status FROM orders WHERE id = :key", key=key)
        everybody_looked.wait(timeout=30)
        if status != "pending":
            return False
        in_own_transaction("UPDATE orders SET status = 'confirmed' WHERE id = :key", key=key)
        return True

    assert sum(race(*[naive] * 5)) == 5


@pytest.mark.usefixtures("books")
def test_l1_return_page_and_webhook_at_once_settle_once(shop: Flask, race: Race, gateway: FakeGateway) -> None:
    for n in range(10):
        started = make.begin((COFFEE, 1), email=f"{n}@example.com")
        event = Story.of(make.order_of(started), started.session_id).completed()
        gateway.pay(started.session_id)
        jobs = (
            partial(session_status.settle_session, make.owner(started), started.session_id),
            lambda event=event: events.send(shop.test_client(), event).status_code,
        )
        order, status = race(*jobs)
        assert (order.is_paid, status) == (True, 200)
        assert make.state_of(started) == ("confirmed", "paid")
        assert make.mails_of(started) == ["order_confirmed"]
    assert make.stock_of(COFFEE) == (70, 0)
    assert make.count_of(OutboxMail) == 10


# Two clicks.


@pytest.mark.usefixtures("books")
def test_l39_clicks_at_the_same_moment_are_one_order_and_one_page(
    shop: Flask, race: Race, gateway: FakeGateway
) -> None:
    said = make.purchase(make.guest_with((WHEY, 1)))
    results = race(*[partial(checkout.begin, said)] * 6)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert len({result.session_id for result in results}) == 1
    assert (make.count_of(Order), len(gateway.pages)) == (1, 1)
    assert make.stock_of(WHEY) == (120, 1)


@pytest.mark.usefixtures("books")
def test_paying_again_twice_at_the_same_moment_leaves_one_open_page(
    shop: Flask, race: Race, gateway: FakeGateway
) -> None:
    first = make.begin((WHEY, 1))
    urls = {"success_url": make.SUCCESS, "cancel_url": make.CANCEL}
    results = race(*[partial(checkout.retry, make.owner(first), first.order_id, **urls)] * 2)
    assert won(results)
    assert make.state_of(first) == ("pending", "pending")
    assert [page.status for page in gateway.pages.values()].count("open") == 1


def test_control_asking_whether_there_is_an_order_makes_three(shop: Flask, race: Race) -> None:
    make.guest_with((WHEY, 1))
    everybody_looked = threading.Barrier(3)

    def naive() -> bool:
        known = in_own_transaction("SELECT count(*) FROM orders WHERE checkout_key = 'cart:1'")
        everybody_looked.wait(timeout=30)
        return bool(known == 0)

    assert sum(race(*[naive] * 3)) == 3


# Many lines, any order.


@pytest.mark.usefixtures("books")
def test_carts_of_many_lines_in_any_order_never_wait_for_each_other(shop: Flask, race: Race) -> None:
    goods = [WHEY, COFFEE, CUBES, "shaker-600ml", "toalla-microfibra", "rueda-abdominal"]
    dice = random.Random(7)
    jobs = [buy(WHEY, n, items=tuple((slug, 1) for slug in dice.sample(goods, len(goods)))) for n in range(16)]
    results = race(*jobs)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert all(make.stock_of(slug)[1] == 16 for slug in goods)


@pytest.mark.postgres
def test_control_rows_taken_in_the_order_of_the_cart_wait_for_each_other(postgres_restored_url: str) -> None:
    shop = build(postgres_restored_url)
    both_hold_one = threading.Barrier(2)
    variant = "SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.slug = :slug"
    sql = f"UPDATE stock SET reserved = reserved WHERE variant_id IN ({variant})"

    def naive(first: str, second: str) -> str:
        with shop.app_context(), db.engine.connect() as connection:
            connection.execute(text(sql), {"slug": first})
            both_hold_one.wait(timeout=30)
            try:
                connection.execute(text(sql), {"slug": second})
            except DatabaseUnavailable as error:
                return str(error.data["reason"])
            return "done"

    results: list[str] = []
    threads = [
        threading.Thread(target=lambda pair=pair: results.append(naive(*pair)))
        for pair in ((WHEY, COFFEE), (COFFEE, WHEY))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(results) == ["DeadlockDetected", "done"]
    with shop.app_context():
        assert db.session.scalar(select(Order.id).limit(1)) is None
        db.session.remove()
        db.engine.dispose()
