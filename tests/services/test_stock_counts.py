"""Counts of stock: differences against what the shop said, all or none, and nothing sold meanwhile is lost."""

import pytest
from flask import Flask
from sqlalchemy import select

from storefront.database import db
from storefront.domain.audit import AuditEntry
from storefront.domain.inventory import StockMovement
from storefront.enums import StockReason
from storefront.errors import InvalidInput, RowsRefused, StockChanged, UnitsReserved
from storefront.i18n import explain
from storefront.services.audit import Actor
from storefront.services.stock import changes, counts
from storefront.services.stock.counts import Count
from tests import factories as make
from tests.factories import BAR, DUMBBELL, WHEY, sku_of
from tests.fakes import FakeGateway

pytestmark = pytest.mark.dialects

EVA = Actor("eva@example.com")
TUB, DISC, ROD = sku_of(WHEY), sku_of(DUMBBELL), sku_of(BAR)  # 120, 5 and 2 units


def write(*found: Count, note: str = "shelf 3") -> list[tuple[str, int, int]]:
    """Write counts as Eva, and return (SKU, difference, what is left) of each."""
    return [(one.variant.sku, one.units, one.left) for one in counts.write(found, note=note, staff=EVA)]


def refused(*found: Count) -> list[tuple[int, str, type]]:
    with pytest.raises(RowsRefused) as refusal:
        write(*found)
    return [(line, column, type(error)) for line, column, error in refusal.value.data["rows"]]


def counted_rows() -> list[tuple[int, str, str]]:
    db.session.rollback()
    row = StockMovement
    found = select(row.on_hand_delta, row.actor, row.note).where(row.reason == StockReason.COUNTED).order_by(row.id)
    return [tuple(one) for one in db.session.execute(found)]


def test_differences_are_shown_before_anything_is_written(shop: Flask) -> None:
    found = counts.compare([Count(TUB, 118), Count(DISC, 7, 6)])
    assert [(one.variant.sku, one.units, one.left, one.moved_meanwhile) for one in found] == [
        (TUB, -2, 118, 0),
        (DISC, 1, 6, -1),
    ]
    assert (make.stock_of(WHEY), counted_rows()) == ((120, 0), [])


def test_a_count_writes_its_difference_and_one_without_is_recorded_too(shop: Flask) -> None:
    assert write(Count(TUB, 118), Count(ROD, 2)) == [(TUB, -2, 118), (ROD, 0, 2)]
    assert (make.stock_of(WHEY), make.stock_of(BAR)) == ((118, 0), (2, 0))
    assert sorted(counted_rows()) == [(-2, "eva@example.com", "shelf 3"), (0, "eva@example.com", "shelf 3")]
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.object_id, entry.before) == (TUB, {"on_hand": 120})
    assert entry.after == {"on_hand": 118, "note": "shelf 3"}


def test_what_was_sold_meanwhile_stays_sold(shop: Flask, gateway: FakeGateway) -> None:
    make.pay(gateway, make.begin((WHEY, 3)))
    make.begin((WHEY, 4))
    assert write(Count(TUB, 119, 120)) == [(TUB, -1, 116)]
    assert make.stock_of(WHEY) == (116, 4)


def test_a_count_that_was_written_already_is_refused(shop: Flask, gateway: FakeGateway) -> None:
    write(Count(TUB, 118, 120))
    make.pay(gateway, make.begin((WHEY, 3)))
    assert refused(Count(TUB, 118, 120, line=2)) == [(2, "counted", StockChanged)]
    assert write(Count(TUB, 118, 118)) == [(TUB, 0, 115)], "the shop said 118 since"
    changes.change(make.variant_id_of(WHEY), StockReason.RECEIVED, 5, note="", staff=EVA)
    assert refused(Count(TUB, 100, 115, line=2)) == [(2, "counted", StockChanged)]
    assert make.stock_of(WHEY) == (120, 0)


def test_all_counts_are_written_or_none(shop: Flask) -> None:
    make.begin((DUMBBELL, 3))
    assert refused(Count(TUB, 118, line=2), Count(DISC, 2, line=3), Count(ROD, 9, 8, line=4)) == [
        (3, "counted", UnitsReserved),
        (4, "counted", StockChanged),
    ]
    assert (make.stock_of(WHEY), make.stock_of(DUMBBELL), make.stock_of(BAR)) == ((120, 0), (5, 3), (2, 0))
    assert (counted_rows(), make.count_of(AuditEntry)) == ([], 0)
    assert write(Count(DISC, 3)) == [(DISC, -2, 3)]


def test_counts_that_cannot_be_used_are_named(shop: Flask) -> None:
    assert refused(
        Count("NO-SUCH", 1, line=2),
        Count(TUB, 1, line=3),
        Count(TUB, 1, line=4),
        Count(DISC, 10**7, line=5),
        Count(ROD, 1, 10**7, line=6),
        Count("", 1, line=7),
        Count(sku_of(make.GUIDE), 1, line=8),
    ) == [
        (2, "sku", InvalidInput),
        (4, "sku", InvalidInput),
        (5, "counted", InvalidInput),
        (6, "on_hand", InvalidInput),
        (7, "sku", InvalidInput),
        (8, "sku", InvalidInput),
    ]
    with shop.test_request_context("/"), pytest.raises(RowsRefused) as refusal:
        write(Count("NO-SUCH", 1, line=2))
    assert explain(refusal.value) == "Línea 2, columna sku: Ningún producto de los que se envían tiene este SKU."
