"""What staff are offered with an order as it stands: every step that is shown can be done, and no other can."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from storefront.database import db, transaction
from storefront.domain.order import Order
from storefront.enums import OrderTab
from storefront.errors import NotFound, ShopError
from storefront.gateways.payments import PaymentRefused
from storefront.ids import new_id
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import admin_orders, fulfilment, listing
from storefront.services.orders.listing import Wanted
from storefront.services.payments import failed_refunds, refunds
from tests import factories as make
from tests.factories import GUIDE, WHEY
from tests.fakes import FakeGateway

STAFF = Actor("eva")

STEPS: dict[str, Callable[[Order], object]] = {
    "ship": lambda order: fulfilment.ship(order.id, carrier="tcc", tracking_number="1", staff=STAFF),
    "ready": lambda order: fulfilment.mark_ready(order.id, staff=STAFF),
    "deliver": lambda order: fulfilment.mark_delivered(order.id, staff=STAFF),
    "return": lambda order: fulfilment.mark_returned(order.id, staff=STAFF),
    "refund": lambda order: refunds.request_refund(order.id, amount_minor=100),
    "settle": lambda order: failed_refunds.settle_otherwise(order.id, note="by bank transfer", staff=STAFF),
    "cancel": lambda order: admin_orders.cancel(order.number, staff=STAFF),
}


def paid(gateway: FakeGateway, *goods: tuple[str, int], **changes: str) -> PlacedOrder:
    started = make.begin(*(goods or ((WHEY, 2),)), digital_consent=True, **changes)
    make.pay(gateway, started)
    return started


def after(gateway: FakeGateway, *steps: str, **changes: str) -> PlacedOrder:
    """Return a paid order with which these steps were done."""
    started = paid(gateway, **changes)
    for step in steps:
        STEPS[step](make.order_of(started))
    return started


def cancelled_without_money(gateway: FakeGateway) -> PlacedOrder:
    started = paid(gateway)
    gateway.failures = [PaymentRefused("charge_disputed")]
    admin_orders.cancel(started.order_number, staff=STAFF)
    return started


def free(gateway: FakeGateway) -> PlacedOrder:
    return make.begin((WHEY, 2), coupon_code=make.make_coupon(new_id().upper(), value=100))


def given_back(gateway: FakeGateway, *steps: str) -> PlacedOrder:
    started = after(gateway, *steps)
    refunds.request_refund(make.order_of(started).id)
    return started


def goods_given_back(gateway: FakeGateway) -> PlacedOrder:
    """All goods went back, the freight did not."""
    started = paid(gateway, shipping_method="express")
    order = make.order_of(started)
    units = {line.id: line.quantity for line in make.lines_of(started)}
    refunds.request_refund(order.id, units=units, amount_minor=order.total_minor - order.shipping_minor)
    return started


STANDS: dict[str, tuple[Callable[[FakeGateway], PlacedOrder], set[str]]] = {
    "unpaid": (lambda gateway: make.begin((WHEY, 1)), {"cancel"}),
    "paid": (paid, {"ship", "refund", "cancel"}),
    "paid, to be picked up": (lambda gateway: paid(gateway, shipping_method="pickup"), {"ready", "refund", "cancel"}),
    "paid, nothing to send": (lambda gateway: paid(gateway, (GUIDE, 1)), {"refund", "cancel"}),
    "paid with nothing": (free, {"ship", "cancel"}),
    "partly given back": (lambda gateway: after(gateway, "refund"), {"ship", "refund", "cancel"}),
    "shipped": (lambda gateway: after(gateway, "ship"), {"deliver", "return", "refund"}),
    "on the counter": (
        lambda gateway: after(gateway, "ready", shipping_method="pickup"), {"deliver", "return", "refund"},
    ),
    "delivered": (lambda gateway: after(gateway, "ship", "deliver"), {"return", "refund"}),
    "returned": (lambda gateway: after(gateway, "ship", "deliver", "return"), {"refund", "settle"}),
    "cancelled": (lambda gateway: after(gateway, "cancel"), set()),
    "cancelled, money not back": (cancelled_without_money, {"refund", "settle"}),
    "given back": (given_back, set()),
    "given back but for the freight": (goods_given_back, {"refund", "cancel"}),
    "given back after the parcel left": (lambda gateway: given_back(gateway, "ship"), set()),
}  # fmt: skip


@pytest.mark.parametrize("name", STANDS)
def test_what_is_offered_can_be_done_and_nothing_else(shop: Flask, gateway: FakeGateway, name: str) -> None:
    shop.extensions["settings"].MAX_HOLDS_PER_PERSON = 100
    build, offered = STANDS[name]
    for step, act in STEPS.items():
        started = build(gateway)
        before = make.state_of(started)
        order = admin_orders.get(started.order_number)
        assert admin_orders.next_steps(order, admin_orders.money_of(order).left_minor) == offered
        if step in offered:
            act(make.order_of(started))
        else:
            with pytest.raises(ShopError):
                act(make.order_of(started))
            assert make.state_of(started) == before, step


@pytest.mark.parametrize("reference", ["", "x", "2026-11-9999", "2026-13-0001", "1", "01HZZZZZZZZZZZZZZZZZZZZZZZ"])
def test_an_order_is_known_by_number_or_id_and_by_nothing_else(
    shop: Flask, gateway: FakeGateway, reference: str
) -> None:
    started = make.begin((WHEY, 1))
    assert admin_orders.get(started.order_number).public_id == started.order_id
    assert admin_orders.get(started.order_id).number == started.order_number
    with pytest.raises(NotFound):
        admin_orders.get(reference)


def test_the_running_number_alone_with_another_month_is_not_the_order(shop: Flask) -> None:
    year, month, running = make.begin((WHEY, 1)).order_number.split("-")
    other = f"{year}-{int(month) % 12 + 1:02d}-{running}"
    with pytest.raises(NotFound):
        admin_orders.get(other)


def test_attention_is_for_what_is_held_or_disputed(shop: Flask, gateway: FakeGateway) -> None:
    paid(gateway)
    held, disputed = make.begin((WHEY, 1)), paid(gateway)  # what is held stands first, although it is older
    for started, values in ((held, {"review_reason": "amount_mismatch"}), (disputed, {"is_disputed": True})):
        with transaction():
            mine = Order.public_id == started.order_id
            db.session.execute(update(Order).where(mine).values(**values))
    found = listing.find(Wanted(tab=OrderTab.TO_DECIDE))
    assert [order.public_id for order in found.items] == [held.order_id, disputed.order_id]
    assert found.total == 2
