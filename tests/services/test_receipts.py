"""Receipts: the kinds of rate as they were, and the IVA of what went back."""

import random

import pytest
from flask import Flask
from sqlalchemy import update

from storefront.database import db, transaction
from storefront.domain.order import Order
from storefront.enums import ShopPart
from storefront.services.audit import Actor
from storefront.services.orders import receipts
from storefront.services.orders.receipt_pdf import draw
from storefront.services.payments import refunds
from storefront.services.texts import details
from tests import factories as make
from tests.factories import COFFEE, CUBES, DUMBBELL, GUIDE
from tests.fakes import FakeGateway
from tests.services.test_texts import SELLER
from tests.web.test_order_page import text_of


def receipt_of(started: make.PlacedOrder) -> receipts.Receipt:
    """Return the receipt as its buyer sees it."""
    return receipts.get(make.owner(started), started.order_number)


def bought(gateway: FakeGateway, *goods: tuple[str, int], **changes: str) -> make.PlacedOrder:
    """Return a paid order sent by express, which always costs."""
    started = make.begin(*goods, digital_consent=True, shipping_method="express", **changes)
    make.pay(gateway, started)
    return started


def test_a_receipt_keeps_the_seller_of_its_day(shop: Flask, gateway: FakeGateway) -> None:
    before = bought(gateway, (COFFEE, 1))
    details.save(ShopPart.SELLER, SELLER, 0, staff=Actor("eva"))
    after = bought(gateway, (COFFEE, 1))
    assert [receipt_of(one).seller.nit for one in (before, after)] == ["901.234.567-7", SELLER.nit]
    assert [name in _text_of(before) for name in ("FitAiid S.A.S.", SELLER.name)] == [True, False]
    assert [name in _text_of(after) for name in ("FitAiid S.A.S.", SELLER.name)] == [False, True]


def test_an_older_order_has_the_seller_of_now(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway, (COFFEE, 1))
    details.save(ShopPart.SELLER, SELLER, 0, staff=Actor("eva"))
    with transaction():
        db.session.execute(update(Order).values(seller=None))
    assert receipt_of(started).seller.name == SELLER.name


def _text_of(started: make.PlacedOrder) -> str:
    """Return what the PDF of a receipt says."""
    return text_of(draw(receipt_of(started)))


def test_a_line_keeps_the_kind_of_its_rate(shop: Flask, gateway: FakeGateway) -> None:
    """Nothing of the tax is in either of two, and yet they are declared apart."""
    started = bought(gateway, (CUBES, 1), (GUIDE, 1), (DUMBBELL, 1))
    make.change_product(GUIDE, tax_rate="zero")
    make.change_product(CUBES, tax_rate="general")
    lines = {line.slug: line for line in make.lines_of(started)}
    assert (lines[CUBES].tax_rate, lines[DUMBBELL].tax_rate) == ("excluded", "general")
    again = bought(gateway, (CUBES, 1), (GUIDE, 1))
    assert {line.slug: line.tax_rate for line in make.lines_of(again)} == {CUBES: "general", GUIDE: "zero"}
    taxes = {(tax.basis_points, tax.rate): tax.net_minor for tax in receipt_of(started).taxes}
    assert taxes[0, "excluded"] == lines[CUBES].net_minor


def test_a_refund_of_units_holds_their_iva_and_the_freight_with_the_last(shop: Flask, gateway: FakeGateway) -> None:
    started = bought(gateway, (DUMBBELL, 2), (COFFEE, 1), (GUIDE, 1))
    order = make.order_of(started)
    shipping, order_id = order.shipping_minor, order.id
    dumbbell, coffee, _ = make.lines_of(started)
    refunds.request_refund(order_id, units={dumbbell.id: 1})
    refunds.request_refund(order_id, units={dumbbell.id: 1, coffee.id: 1})
    first, last = receipt_of(started).refunds
    assert [(tax.basis_points, tax.net_minor, tax.tax_minor) for tax in first.taxes] == [
        (1900, dumbbell.net_minor // 2, dumbbell.tax_minor // 2)
    ]
    assert [tax.basis_points for tax in last.taxes] == [1900, 500]
    assert (first.freight_minor, last.freight_minor) == (0, shipping)
    assert sum(tax.tax_minor for tax in first.taxes + last.taxes) == dumbbell.tax_minor + coffee.tax_minor


@pytest.mark.parametrize("seed", range(4))
def test_whatever_goes_back_in_whatever_way_all_of_it_holds_all_the_iva(
    shop: Flask, gateway: FakeGateway, seed: int
) -> None:
    """Units and amounts in any order, with a coupon, to the centavo."""
    chance = random.Random(seed)
    started = bought(gateway, (DUMBBELL, 3), (COFFEE, 2), (CUBES, 2), coupon_code="FIT10")
    order_id = make.order_of(started).id
    for _ in range(4):
        line = chance.choice(make.lines_of(started))
        if chance.random() < 0.5 and line.refunded < line.quantity:
            refunds.request_refund(order_id, units={line.id: chance.randint(1, line.quantity - line.refunded)})
        else:
            refunds.request_refund(order_id, amount_minor=chance.randint(1, 5_000_000))
    refunds.request_refund(order_id)
    found = receipt_of(started)
    order = make.order_of(started)
    assert found.rest_minor == 0
    for back in found.refunds:
        assert sum(tax.net_minor for tax in back.taxes) + back.freight_minor == back.amount_minor
    assert sum(tax.tax_minor for back in found.refunds for tax in back.taxes) == order.tax_minor
    assert sum(back.freight_minor for back in found.refunds) == order.shipping_minor
