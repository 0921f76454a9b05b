"""The page of the day: each box tells the truth, in one statement."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.catalogue import Product, Variant
from storefront.domain.inventory import Stock
from storefront.domain.order import Order
from storefront.domain.payment import RefundRecord
from storefront.services.audit import Actor
from storefront.services.customer_requests import handling
from storefront.services.customers import data_requests
from storefront.services.mail import mail_delivery
from storefront.services.orders import fulfilment, today
from storefront.services.orders.today import Decisions, Sales
from storefront.services.payments import refunds, webhook_events
from storefront.services.stock import listing as stock
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.statements import Statements

STAFF = Actor("eva")
NOTHING = Sales(0, 0, 0)


def paid(gateway: FakeGateway, *, days_ago: int = 0, latest: str = "") -> Order:
    """Return an order of two tubs that was paid some days ago and promised for a day."""
    started = make.begin((WHEY, 2))
    make.pay(gateway, started)
    order = make.order_of(started)
    values = {"paid_at": clock.now() - timedelta(days=days_ago)}
    if latest:
        values |= {"delivery_earliest": latest, "delivery_latest": latest}
    with transaction():
        db.session.execute(update(Order).where(Order.id == order.id).values(**values))
    return make.order_of(started)


def test_money_is_that_of_today_and_of_seven_days(shop: Flask, gateway: FakeGateway) -> None:
    one = paid(gateway)
    for days in (6, 7, 13, 14):
        paid(gateway, days_ago=days)
    refunds.request_refund(one.id, amount_minor=100_000)
    with transaction():
        db.session.execute(update(RefundRecord).values(status="succeeded"))
    each = one.total_minor
    figures = today.figures()
    assert figures.today == Sales(each, 1, 100_000)
    assert figures.week == Sales(2 * each, 2, 100_000)
    assert figures.same_day_before == Sales(each, 1, 0)
    assert figures.week_before == Sales(2 * each, 2, 0)


def test_what_was_promised_first_is_prepared_first(shop: Flask, gateway: FakeGateway) -> None:
    now = clock.day_of(clock.now())
    later, due, late = (paid(gateway, latest=(now + timedelta(days=n)).isoformat()) for n in (3, 0, -1))
    sent = paid(gateway)
    fulfilment.ship(sent.id, carrier="tcc", tracking_number="1", staff=STAFF)
    waiting = today.to_prepare()
    assert [order.id for order in waiting.orders] == [late.id, due.id, later.id]
    assert [waiting.is_due(order) for order in waiting.orders] == [True, True, False]
    assert waiting.total == 3


def test_decisions_are_counted_by_what_they_are_about(shop: Flask, gateway: FakeGateway) -> None:
    order, other = paid(gateway), paid(gateway)
    with transaction():
        db.session.execute(update(Order).where(Order.id == order.id).values(is_disputed=True, is_refund_owed=True))
        db.session.execute(update(Order).where(Order.id == other.id).values(is_disputed=True))
    assert today.to_decide() == Decisions(held=0, owed=1, disputed=2, returns=0)
    assert today.to_decide().total == 3


def test_an_empty_shop_has_nothing_to_do(shop: Flask) -> None:
    assert today.figures() == today.Figures(NOTHING, NOTHING, NOTHING, NOTHING)
    assert (today.to_prepare().total, today.to_decide().total) == (0, 0)


def test_each_box_costs_one_statement(shop: Flask, gateway: FakeGateway, statements: Statements) -> None:
    for _ in range(3):
        paid(gateway)
    make.set_stock(WHEY, 1)
    boxes = (
        today.figures,
        today.to_prepare,
        today.to_decide,
        stock.running_low,
        handling.count_open,
        handling.waiting,
        data_requests.count_open,
        mail_delivery.count_given_up,
        webhook_events.count_failed,
    )
    for box in boxes:
        with statements.at_most(1):
            box()
    total, variants = stock.running_low(limit=100)
    assert total == len(variants)
    assert any(variant.product.slug == WHEY for variant in variants)


def test_variants_that_are_sold_no_more_do_not_run_low(shop: Flask) -> None:
    assert stock.running_low()[0] > 1
    with transaction():
        db.session.execute(update(Variant).where(Variant.product.has(Product.slug != WHEY)).values(is_active=False))
        db.session.execute(update(Stock).values(initial=0, on_hand=0, reserved=0))
    make.set_stock(WHEY, 1)
    low, variants = stock.running_low(limit=100)
    assert {variant.product.slug for variant in variants} == {WHEY}
    assert low == len(variants) == stock.find(show=stock.LOW).total
    assert stock.find(show=stock.OUT).total == stock.find().total - low
