"""Fifty buyers and a count at once; beside it the naive count, which brings back what was sold meanwhile."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update

from storefront.database import db, transaction
from storefront.domain.inventory import Stock
from storefront.enums import StockReason
from storefront.errors import RowsRefused, UnitsReserved
from storefront.services.audit import Actor
from storefront.services.stock import changes, counts
from storefront.services.stock.counts import Count
from tests import factories as make
from tests import oracle
from tests.factories import DUMBBELL, WHEY, sku_of
from tests.fakes import FakeGateway

pytestmark = pytest.mark.concurrency
Race = Callable[..., list[Any]]
EVA, IVO = Actor("eva@example.com"), Actor("ivo@example.com")
BUYERS = 50


def buy(gateway: FakeGateway, number: int) -> None:
    """Buy one tub and pay for it."""
    started = make.begin((WHEY, 1), email=f"buyer{number}@example.com")
    make.pay(gateway, started)


def buyers(gateway: FakeGateway) -> list[Callable[[], None]]:
    return [partial(buy, gateway, number) for number in range(BUYERS)]


@pytest.mark.usefixtures("books")
def test_a_count_and_a_delivery_while_fifty_buy_are_exact(shop: Flask, gateway: FakeGateway, race: Race) -> None:
    tub = make.variant_id_of(WHEY)
    results = race(
        *buyers(gateway)[:25],
        lambda: counts.write([Count(sku_of(WHEY), 117, 120)], note="", staff=EVA),
        lambda: changes.change(tub, StockReason.RECEIVED, 40, note="", staff=IVO),
        *buyers(gateway)[25:],
    )
    failed = [result for result in results if isinstance(result, Exception)]
    # Whoever of the two is second may learn that the other has changed what was counted.
    assert all(isinstance(error, RowsRefused) for error in failed), failed
    counted = 0 if failed else -3
    assert make.stock_of(WHEY) == (120 - BUYERS + 40 + counted, 0)


@pytest.mark.usefixtures("books")
def test_of_one_count_sent_many_times_at_once_one_is_written(shop: Flask, race: Race) -> None:
    def write() -> object:
        return counts.write([Count(sku_of(WHEY), 110, 120)], note="", staff=EVA)

    results = race(*[write] * 8)
    refused = [result for result in results if isinstance(result, Exception)]
    assert len(refused) == 7
    assert make.stock_of(WHEY) == (110, 0)


@pytest.mark.usefixtures("books")
def test_reserved_units_stay_whoever_writes_off_at_once(shop: Flask, race: Race) -> None:
    make.begin((DUMBBELL, 2))
    disc = make.variant_id_of(DUMBBELL)

    def write_off() -> object:
        return changes.change(disc, StockReason.DAMAGED, 1, note="fell", staff=EVA)

    results = race(*[write_off] * 6)
    assert [type(result) for result in results].count(UnitsReserved) == 3
    assert make.stock_of(DUMBBELL) == (2, 2)


def test_control_a_count_that_overwrites_loses_the_sales_and_the_books_show_it(
    shop: Flask, gateway: FakeGateway, race: Race
) -> None:
    """Units on hand become what was counted, with the difference to what was read in the ledger."""
    tub = make.variant_id_of(WHEY)

    def naive() -> None:
        with transaction():
            on_hand = db.session.scalar(text("SELECT on_hand FROM stock WHERE variant_id = :tub"), {"tub": tub})
        race(*buyers(gateway)[:5])
        with transaction():
            db.session.execute(
                update(Stock).where(Stock.variant_id == tub).values(on_hand=117).execution_options(
                    synchronize_session=False
                )
            )  # fmt: skip
            db.session.execute(
                text(
                    "INSERT INTO stock_movements (variant_id, reason, on_hand_delta, reserved_delta, at)"
                    " VALUES (:tub, 'counted', :units, 0, CURRENT_TIMESTAMP)"
                ),
                {"tub": tub, "units": 117 - on_hand},
            )

    naive()
    assert make.stock_of(WHEY) == (117, 0), "the five that were sold are back"
    with pytest.raises(AssertionError, match="ledger"):
        oracle.check()
