"""The accountant's file adds up: to the receipts of its orders, and to the payments and charges at Stripe."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.order import Order
from storefront.domain.order_lines import lines_of
from storefront.enums import Method
from storefront.money import pesos
from storefront.services.audit import Actor
from storefront.services.figures import accounting, sales
from storefront.services.figures.periods import Span
from storefront.services.orders import receipts
from storefront.services.payments import reconcile, refunds
from storefront.services.payments import reviews as held
from tests import factories as make
from tests.contract.test_plan_flow import control, shop, simulator  # noqa: F401 - the fixtures of a shop with a simulator
from tests.factories import COFFEE, CUBES, DUMBBELL, GUIDE, WHEY

EVA = Actor("eva@example.com", "eva")


def minor(cell: str) -> int:
    """Return the amount of a cell, as the shop's own readers see it."""
    whole, _, cents = cell.partition(",")
    return int(whole or 0) * 100 + (int(cents or 0) if not whole.startswith("-") else -int(cents or 0))


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))


def today() -> Span:
    day = clock.day_of(clock.now())
    return Span(day - timedelta(days=1), day)


def buy(simulator: str, *goods: tuple[str, int], **changes: Any) -> Order:  # noqa: F811
    started = make.begin(*goods, **changes)
    control(simulator, f"pay/{started.session_id}", card="4242424242424242")
    reconcile.reconcile()
    return make.order_of(started)


def intent(simulator: str, payment_id: str) -> tuple[int, int]:  # noqa: F811
    """Return what Stripe received by a payment, and what it gave back."""
    address = f"{simulator}/v1/payment_intents/{payment_id}"
    found = requests.get(address, params={"expand[]": "latest_charge"}, auth=("sk_test_x", ""), timeout=10).json()
    return found["amount_received"], found["latest_charge"]["amount_refunded"]


@pytest.fixture
def orders(shop: Flask, simulator: str) -> Mapping[str, Order]:  # noqa: F811
    """Return orders with coupon, freight, three rates of IVA, and refunds of every sort."""
    make.make_coupon("DIEZ")
    made = {
        "coupon": buy(simulator, (WHEY, 1), (COFFEE, 3), (CUBES, 2), coupon_code="DIEZ"),
        "units": buy(simulator, (WHEY, 3), (COFFEE, 1), coupon_code="DIEZ"),
        "amount": buy(simulator, (COFFEE, 1), (CUBES, 1)),
        "dashboard": buy(simulator, (DUMBBELL, 1), (CUBES, 1)),
        "all": buy(simulator, (GUIDE, 1), (COFFEE, 1), digital_consent=True),
        "pickup": buy(simulator, (CUBES, 3), shipping_method=Method.PICKUP),
        "file": buy(simulator, (GUIDE, 1), digital_consent=True, document=None, address=None, shipping_method=None),
    }
    lines = {line.slug: line for line in lines_of(made["units"])}
    refunds.request_refund(made["units"].id, units={lines[WHEY].id: 1}, staff=EVA)
    refunds.request_refund(made["units"].id, units={lines[WHEY].id: 2, lines[COFFEE].id: 1}, staff=EVA)
    refunds.request_refund(made["amount"].id, amount_minor=pesos(12_345), staff=EVA)
    refunds.request_refund(made["amount"].id, amount_minor=pesos(1), staff=EVA)
    refunds.request_refund(made["all"].id, staff=EVA)
    control(simulator, f"refund/{made['dashboard'].payment_id}", amount=pesos(77_777))
    reconcile.reconcile()
    return {name: make.order_of(order.public_id) for name, order in made.items()}


def test_the_file_adds_up_to_receipts_and_to_stripe(orders: Mapping[str, Order], simulator: str) -> None:  # noqa: F811
    rows = read("".join(accounting.export(today(), staff=EVA)))
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        for column in ("base", "tax", "discount", "shipping", "total", "received", "refunded"):
            sums[row["order"]][column] += minor(row[column])
    assert set(sums) == {order.number for order in orders.values()}
    for name, order in orders.items():
        whole = db.session.scalars(select(Order).where(Order.id == order.id).options(selectinload(Order.lines))).one()
        receipt, found = receipts.receipt_of(whole, order.number), sums[order.number]
        assert found["total"] == order.total_minor, name
        assert found["tax"] == order.tax_minor == sum(tax.tax_minor for tax in receipt.taxes), name
        assert found["base"] + found["tax"] + found["shipping"] == found["total"], name
        assert (found["discount"], found["shipping"]) == (order.discount_minor, order.shipping_minor), name
        assert found["refunded"] == sum(back.amount_minor for back in receipt.refunds) == order.refunded_minor, name
        assert found["total"] - found["refunded"] == receipt.rest_minor, name
        assert (found["received"], found["refunded"]) == intent(simulator, str(order.payment_id)), name
    assert orders["units"].refunded_minor == orders["units"].total_minor, "with its freight"
    assert orders["all"].refunded_minor == orders["all"].total_minor
    assert orders["amount"].refunded_minor == pesos(12_346)
    assert orders["dashboard"].refunded_minor == pesos(77_777)
    total = sales.total(sales.by_day(today()))
    assert total.net_minor == sum(one["received"] - one["refunded"] for one in sums.values())


def test_a_row_says_what_an_accountant_needs(orders: Mapping[str, Order]) -> None:
    rows = read("".join(accounting.export(today(), staff=EVA)))
    by_sku = {row["sku"]: row for row in rows if row["order"] == orders["coupon"].number}
    whey = by_sku[make.sku_of(WHEY)]
    assert tuple(whey) == accounting.COLUMNS
    assert (whey["buyer"], whey["units"], whey["tax_rate"]) == ("Ana Pérez", "1", "19")
    assert whey["paid_at"] == clock.day_of(clock.now()).isoformat()
    assert minor(whey["total"]) == minor(whey["base"]) + minor(whey["tax"]) + minor(whey["shipping"])
    assert whey["payment_id"] == orders["coupon"].payment_id
    assert (whey["refunded"], whey["refunded_at"]) == ("0", "")
    assert by_sku[make.sku_of(COFFEE)]["tax_rate"] == "5"
    assert by_sku[make.sku_of(COFFEE)]["received"] == "0", "it stands in the first row"
    assert by_sku[make.sku_of(CUBES)]["tax_rate"] in ("0", "excluded")
    back = [row for row in rows if row["order"] == orders["units"].number]
    assert all(row["refunded_at"] == clock.day_of(clock.now()).isoformat() for row in back)


def test_a_payment_of_another_amount_is_what_stripe_received(shop: Flask, simulator: str) -> None:  # noqa: F811
    started = make.begin((WHEY, 1))
    control(simulator, f"pay/{started.session_id}", card="4242424242424242")
    with transaction():
        row = db.session.scalars(select(Order).where(Order.public_id == started.order_id)).one()
        row.shipping_minor += pesos(1_000)
        row.total_minor += pesos(1_000)
    reconcile.reconcile()
    held.accept(make.order_of(started).id, staff=EVA)
    order = make.order_of(started)
    assert order.paid_minor == order.total_minor - pesos(1_000)
    (found,) = read("".join(accounting.export(today(), staff=EVA)))
    assert minor(found["received"]) == intent(simulator, str(order.payment_id))[0] == order.paid_minor
