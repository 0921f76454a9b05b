"""What a refund, a cancellation or a lost dispute does to a plan: it ends at Stripe, and no further charge comes."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from storefront.database import db
from storefront.domain.order import Order, OrderLine
from storefront.domain.outbox import OutboxMail
from storefront.errors import WrongState
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.downloads import library
from storefront.services.jobs import cleanup
from storefront.services.orders import admin_orders
from storefront.services.payments import reconcile, refunds
from storefront.services.subscriptions import management
from tests import factories
from tests.contract.test_drift import Shop, shop
from tests.factories import PREMIUM, WHEY
from tests.plans import begin, only

__all__ = ["shop"]

HOUR, DAYS = 3600, 24 * 3600
DECLINED_LATER = "4000000000000341"
"""A card that pays once and is declined by every later charge."""


def at_stripe(shop: Shop, path: str, **filters: str) -> Any:
    """Return what Stripe has."""
    answer = requests.get(f"{shop.url}/v1/{path}", params=filters, auth=("sk_test_1", ""), timeout=10)
    assert answer.ok, answer.text
    return answer.json()


def subscribed(shop: Shop, *goods: tuple[str, int], card: str = "4242424242424242") -> PlacedOrder:
    """Buy the premium plan, with goods beside it."""
    _, started = begin((PREMIUM, 1), *goods)
    shop.sim(f"pay/{started.session_id}", card=card)
    shop.sim("clock", advance=60)  # Stripe says a little later which payment settled the invoice
    reconcile.reconcile()
    assert only().status == "active"
    return started


def renewed(shop: Shop) -> Order:
    """Let the plan be renewed and return the order of it."""
    shop.to_the_next_period()
    shop.sim("clock", advance=2 * HOUR)
    reconcile.reconcile()
    return newest_order()


def newest_order() -> Order:
    return db.session.scalars(
        select(Order).order_by(Order.id.desc()).limit(1).execution_options(populate_existing=True)
    ).one()


def states_of_files(customer_id: str) -> set[str]:
    return {item.state for item in library.list_for(customer_id, language="es")}


def assert_ended(shop: Shop) -> None:
    """Check both sides now, and that 32 days later nothing more was charged."""
    management.end_due()
    row = only()
    assert (row.status, row.must_end) == ("cancelled", False)
    assert at_stripe(shop, f"subscriptions/{row.provider_id}")["status"] == "canceled"
    orders = db.session.scalar(select(func.count(Order.id)))
    paid = len(at_stripe(shop, "invoices", status="paid")["data"])
    shop.sim("clock", advance=32 * DAYS)
    reconcile.reconcile()
    cleanup.refresh_plans()
    assert len(at_stripe(shop, "invoices", status="paid")["data"]) == paid
    assert db.session.scalar(select(func.count(Order.id))) == orders
    assert not at_stripe(shop, "invoices", status="open")["data"]
    assert "ready" not in states_of_files(row.customer_id)
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.template == "subscription_cancelled")).all()
    assert len(mails) == 1


def refunded_whole(shop: Shop, order: Order) -> None:
    refunds.request_refund(order.id)


def refunded_by_line(shop: Shop, order: Order) -> None:
    plan = (OrderLine.order_id == order.id, OrderLine.interval.is_not(None))
    line = db.session.scalars(select(OrderLine).where(*plan)).one()
    refunds.request_refund(order.id, units={line.id: 1})


def cancelled_by_staff(shop: Shop, order: Order) -> None:
    admin_orders.cancel(order.number, staff=Actor("a@example.com"))


def refunded_in_the_dashboard(shop: Shop, order: Order) -> None:
    shop.sim(f"refund/{order.payment_id}")
    reconcile.reconcile()


def lost_at_the_bank(shop: Shop, order: Order) -> None:
    shop.sim(f"dispute/{order.payment_id}")
    reconcile.reconcile()
    assert only().status == "active"  # a dispute that is open changes nothing
    shop.sim(f"dispute/{order.payment_id}", close="lost")
    reconcile.reconcile()


def ended_by_staff(shop: Shop, order: Order) -> None:
    management.end(order, staff=Actor("a@example.com"))


WAYS = [
    refunded_whole, refunded_by_line, cancelled_by_staff, refunded_in_the_dashboard, lost_at_the_bank, ended_by_staff,
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_the_first_order_s_money_is_the_plan_s(shop: Shop, way: Callable[[Shop, Order], None]) -> None:
    started = subscribed(shop)
    way(shop, factories.order_of(started))
    assert_ended(shop)


@pytest.mark.parametrize("way", [one for one in WAYS if one is not cancelled_by_staff])
def test_so_is_the_newest_renewal_s(shop: Shop, way: Callable[[Shop, Order], None]) -> None:
    subscribed(shop)
    order = renewed(shop)
    assert order.invoice_id
    way(shop, order)
    assert_ended(shop)


@pytest.mark.parametrize("way", [refunded_whole, refunded_in_the_dashboard, lost_at_the_bank])
def test_an_old_period_s_money_leaves_the_paid_present_alone(shop: Shop, way: Callable[[Shop, Order], None]) -> None:
    started = subscribed(shop)
    renewed(shop)
    way(shop, factories.order_of(started))
    management.end_due()
    row = only()
    assert row.status == "active"
    assert at_stripe(shop, f"subscriptions/{row.provider_id}")["status"] == "active"
    assert states_of_files(row.customer_id) == {"ready"}
    assert renewed(shop).id > factories.order_of(started).id + 1


def test_goods_beside_a_plan_may_go_back_alone(shop: Shop) -> None:
    started = subscribed(shop, (WHEY, 1))
    order = factories.order_of(started)
    (goods,) = [line for line in factories.lines_of(started) if line.interval is None]
    refunds.request_refund(order.id, units={goods.id: 1})
    assert only().status == "active"
    refunds.request_refund(order.id, units={line.id: 1 for line in factories.lines_of(started) if line.interval})
    assert_ended(shop)


def test_an_amount_that_staff_name_is_a_kindness_and_the_plan_goes_on(shop: Shop) -> None:
    started = subscribed(shop)
    refunds.request_refund(factories.order_of(started).id, amount_minor=500_000)
    assert only().status == "active"


def test_where_a_charge_is_open_cancelling_ends_at_once_and_voids_it(shop: Shop) -> None:
    subscribed(shop, card=DECLINED_LATER)
    shop.to_the_next_period()
    shop.sim("clock", advance=2 * HOUR)
    reconcile.reconcile()
    row = only()
    assert row.status == "past_due"
    assert len(at_stripe(shop, "invoices", status="open")["data"]) == 1
    ended = management.cancel(row.customer_id, row.id, language="es")
    assert ended.ended_at
    invoices = at_stripe(shop, "invoices", subscription=row.provider_id)["data"]
    assert [one["status"] for one in invoices] == ["void", "paid"]
    assert_ended(shop)


def test_stripe_that_is_silent_is_told_by_the_worker(shop: Shop) -> None:
    """The plan is over in the shop meanwhile, and nothing is forgotten."""
    started = subscribed(shop)
    shop.sim("fail", next="429")
    management.end(factories.order_of(started), staff=Actor("a@example.com"))
    row = only()
    assert (row.status, row.must_end) == ("cancelled", True)
    assert_ended(shop)


def test_a_plan_that_is_over_ends_once(shop: Shop) -> None:
    order = factories.order_of(subscribed(shop))
    management.end(order, staff=Actor("a@example.com"))
    with pytest.raises(WrongState):
        management.end(order, staff=Actor("a@example.com"))
