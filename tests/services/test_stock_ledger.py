"""The ledger of stock: each promise, sale, release and return is a row that says which order, why and how much."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from storefront.database import db, transaction
from storefront.domain import inventory
from storefront.domain.catalogue import Product, Variant
from storefront.domain.inventory import Stock, StockHold, StockMovement
from storefront.errors import OutOfStock
from tests import factories as make
from tests.factories import BAR, DUMBBELL, WHEY

pytestmark = pytest.mark.dialects

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
def ids(shop: Flask) -> dict[str, str]:
    """Return the variants' ids by slug."""
    return {row.slug: row.id for row in db.session.execute(select(Product.slug, Variant.id).join(Variant.product))}


@pytest.fixture
def order_id(shop: Flask) -> int:
    """Return an order that holds nothing, for the ledger to speak of."""
    return make.order_of(make.begin((make.GUIDE, 1), digital_consent=True)).id


def ledger() -> Sequence[tuple[object, ...]]:
    """Return (order, product, reason, change on hand, change reserved, when) of every row."""
    db.session.rollback()
    row = StockMovement
    columns = (row.order_id, row.variant_id, row.reason, row.on_hand_delta, row.reserved_delta, row.at)
    return [tuple(found) for found in db.session.execute(select(*columns).order_by(row.id))]


def holds() -> Sequence[tuple[object, ...]]:
    db.session.rollback()
    columns = (StockHold.order_id, StockHold.variant_id, StockHold.quantity)
    return [tuple(found) for found in db.session.execute(select(*columns).order_by(StockHold.variant_id))]


def reserve(order_id: int, wanted: dict[str, int]) -> None:
    with transaction():
        inventory.reserve(order_id, wanted, NOW)


def test_a_promise_is_held_for_its_order_in_product_order(shop: Flask, ids: dict[str, str], order_id: int) -> None:
    wanted = {ids[WHEY]: 2, ids[DUMBBELL]: 5}
    reserve(order_id, dict(sorted(wanted.items(), reverse=True)))
    assert holds() == [(order_id, key, n) for key, n in sorted(wanted.items())]
    assert ledger() == [(order_id, key, "hold", 0, n, NOW) for key, n in sorted(wanted.items())]
    assert (make.stock_of(WHEY), make.stock_of(DUMBBELL)) == ((120, 2), (5, 5))
    with transaction():
        inventory.release(order_id, NOW)


def test_nothing_wanted_promises_nothing(shop: Flask, order_id: int) -> None:
    reserve(order_id, {})
    assert (holds(), ledger()) == ([], [])


def test_one_unit_too_many_promises_nothing_and_names_what_is_short(
    shop: Flask, ids: dict[str, str], order_id: int
) -> None:
    reserve(order_id, {ids[BAR]: 1})
    before = (holds(), ledger())
    other = make.order_of(make.begin((make.GUIDE, 1), digital_consent=True)).id
    with pytest.raises(OutOfStock) as refusal:
        reserve(other, {ids[WHEY]: 120, ids[DUMBBELL]: 6, ids[BAR]: 2})
    short = {(ids[DUMBBELL], 6, 5), (ids[BAR], 2, 1)}
    assert set(refusal.value.data["shortages"]) == short, "120 of 120 can be had"
    assert (holds(), ledger()) == before
    with transaction():
        inventory.release(order_id, NOW)


def test_what_is_on_no_shelf_is_short(shop: Flask, ids: dict[str, str]) -> None:
    assert inventory.shortages({"01nothing": 1, ids[WHEY]: 121, ids[BAR]: 2}) == [
        ("01nothing", 1, 0),
        (ids[WHEY], 121, 120),
    ]
    assert inventory.shortages({}) == []


def test_a_sale_takes_the_units_off_the_shelf_once(shop: Flask, ids: dict[str, str], order_id: int) -> None:
    wanted = {ids[WHEY]: 2, ids[DUMBBELL]: 1}
    reserve(order_id, wanted)
    with transaction():
        assert inventory.sell(order_id, NOW) == wanted
    assert holds() == []
    assert sorted(ledger()[2:]) == sorted((order_id, key, "sale", -n, -n, NOW) for key, n in wanted.items())
    assert (make.stock_of(WHEY), make.stock_of(DUMBBELL)) == ((118, 0), (4, 0))
    with transaction():
        assert inventory.sell(order_id, NOW) == {}
        assert inventory.release(order_id, NOW) == {}
    assert len(ledger()) == 4


def test_a_release_gives_the_units_back_to_everybody_once(shop: Flask, ids: dict[str, str], order_id: int) -> None:
    wanted = {ids[WHEY]: 2, ids[DUMBBELL]: 1}
    reserve(order_id, wanted)
    with transaction():
        assert inventory.release(order_id, NOW) == wanted
    assert holds() == []
    assert sorted(ledger()[2:]) == sorted((order_id, key, "release", 0, -n, NOW) for key, n in wanted.items())
    assert (make.stock_of(WHEY), make.stock_of(DUMBBELL)) == ((120, 0), (5, 0))
    with transaction():
        assert inventory.release(order_id, NOW) == {}
    assert len(ledger()) == 4


def test_orders_end_their_own_holds_only(shop: Flask, ids: dict[str, str], order_id: int) -> None:
    other = make.order_of(make.begin((make.GUIDE, 1), digital_consent=True)).id
    reserve(order_id, {ids[WHEY]: 2})
    reserve(other, {ids[WHEY]: 3})
    with transaction():
        inventory.sell(order_id, NOW)
    assert holds() == [(other, ids[WHEY], 3)]
    assert make.stock_of(WHEY) == (118, 3)
    with transaction():
        inventory.release(other, NOW)


def test_what_comes_back_is_counted_and_nothing_is_not(shop: Flask, ids: dict[str, str], order_id: int) -> None:
    reserve(order_id, {ids[WHEY]: 2, ids[DUMBBELL]: 1})
    with transaction():
        inventory.sell(order_id, NOW)
        inventory.restock(order_id, {ids[WHEY]: 2, ids[DUMBBELL]: 0}, NOW)
    assert ledger()[4:] == [(order_id, ids[WHEY], "restock", 2, 0, NOW)]
    assert (make.stock_of(WHEY), make.stock_of(DUMBBELL)) == ((120, 0), (4, 0))
    with transaction():
        inventory.restock(order_id, {}, NOW)
        inventory.restock(order_id, {ids[WHEY]: 0}, NOW)
    assert len(ledger()) == 5


def test_what_is_available_is_what_nobody_was_promised() -> None:
    assert Stock(on_hand=5, reserved=3).available == 2
