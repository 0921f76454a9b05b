"""Units received, damaged and corrected by staff: guarded by what is reserved, with a line of the ledger each."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from storefront.database import db, transaction
from storefront.domain.audit import AuditEntry
from storefront.domain.catalogue import Variant
from storefront.domain.inventory import Stock, StockMovement
from storefront.enums import StockReason
from storefront.errors import InvalidInput, NotFound, ShopError, StockChanged, UnitsReserved
from storefront.services.audit import Actor
from storefront.services.jobs import consistency
from storefront.services.stock import changes, listing
from tests import factories as make
from tests.factories import DUMBBELL, GUIDE, WHEY, sku_of
from tests.fakes import FakeGateway

pytestmark = pytest.mark.dialects

EVA = Actor("eva@example.com")
RECEIVED, DAMAGED, CORRECTED = StockReason.RECEIVED, StockReason.DAMAGED, StockReason.CORRECTED


def change(slug: str, reason: StockReason, units: int, note: str = "why", **more: Any) -> tuple[int, int]:
    """Change a product's only variant as Eva, and return (on hand, reserved) as the service said it."""
    return tuple(changes.change(make.variant_id_of(slug), reason, units, note=note, staff=EVA, **more))


def newest(slug: str) -> StockMovement:
    """Return the newest line of the ledger of a product's only variant."""
    db.session.rollback()
    mine = select(StockMovement).where(StockMovement.variant_id == make.variant_id_of(slug))
    return db.session.scalars(mine.order_by(StockMovement.id.desc()).limit(1)).one()


@pytest.mark.parametrize(
    ("reason", "units", "moved"), [(RECEIVED, 12, 12), (DAMAGED, 3, -3), (CORRECTED, 2, 2), (CORRECTED, -2, -2)]
)
def test_each_change_has_its_line_in_the_ledger_and_its_entry_in_the_audit(
    shop: Flask, reason: StockReason, units: int, moved: int
) -> None:
    assert change(WHEY, reason, units, "  box\u200b 7 ") == (120 + moved, 0) == make.stock_of(WHEY)
    line = newest(WHEY)
    assert (line.reason, line.on_hand_delta, line.reserved_delta) == (reason, moved, 0)
    assert (line.actor, line.note, line.order_id) == ("eva@example.com", "box 7", None)
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.object_type, entry.object_id) == (reason.value, "stock", sku_of(WHEY))
    assert (entry.before, entry.after) == ({"on_hand": 120}, {"on_hand": 120 + moved, "note": "box 7"})


def test_reserved_units_stay(shop: Flask) -> None:
    make.begin((DUMBBELL, 3))
    for reason, units in ((DAMAGED, 3), (CORRECTED, -3)):
        with pytest.raises(UnitsReserved) as refusal:
            change(DUMBBELL, reason, units)
        assert refusal.value.data == {"sku": sku_of(DUMBBELL), "on_hand": 5, "reserved": 3, "left": 2}
    assert make.stock_of(DUMBBELL) == (5, 3)
    assert make.count_of(AuditEntry) == 0
    assert change(DUMBBELL, DAMAGED, 2) == (3, 3)


def test_the_first_units_of_a_variant_open_its_row(shop: Flask) -> None:
    variant_id = make.variant_id_of(WHEY)
    with transaction():
        db.session.execute(delete(Stock).where(Stock.variant_id == variant_id))
    assert listing.get(variant_id).counters == (0, 0)
    with pytest.raises(UnitsReserved) as refusal:
        change(WHEY, DAMAGED, 1)
    assert refusal.value.data["on_hand"] == 0
    assert db.session.get(Stock, variant_id) is None, "a refusal leaves nothing behind"
    assert change(WHEY, RECEIVED, 30) == (30, 0)
    assert db.session.get_one(Stock, variant_id).initial == 0


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (lambda: change(WHEY, RECEIVED, 0), {"units": "invalid"}),
        (lambda: change(WHEY, RECEIVED, -1), {"units": "invalid"}),
        (lambda: change(WHEY, DAMAGED, -1), {"units": "invalid"}),
        (lambda: change(WHEY, RECEIVED, 10**7), {"units": "too_many"}),
        (lambda: change(WHEY, RECEIVED, 10**7 - 100), {"units": "too_many"}),
        (lambda: change(WHEY, CORRECTED, -(10**20)), {"units": "too_many"}),
        (lambda: change(WHEY, DAMAGED, 1, "  "), {"stock_note": "required"}),
        (lambda: change(WHEY, CORRECTED, 1, ""), {"stock_note": "required"}),
        (lambda: change(WHEY, RECEIVED, 1, "x" * 301), {"stock_note": "too_long"}),
        (lambda: change(WHEY, RECEIVED, 1, "a\x00b"), {"stock_note": "invalid"}),
    ],
)
def test_bad_input_is_refused_by_field(shop: Flask, act: Callable[[], object], problem: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        act()
    assert refusal.value.problems == problem
    assert make.stock_of(WHEY) == (120, 0)


def test_only_goods_have_stock(shop: Flask) -> None:
    for key in (make.variant_id_of(GUIDE), "absent"):
        with pytest.raises(NotFound):
            changes.change(key, RECEIVED, 1, note="", staff=EVA)


def test_the_same_form_twice_receives_once(shop: Flask) -> None:
    seen = listing.get(make.variant_id_of(WHEY)).seen
    assert change(WHEY, RECEIVED, 10, seen=seen) == (130, 0)
    with pytest.raises(StockChanged) as refusal:
        change(WHEY, RECEIVED, 10, seen=seen)
    assert refusal.value.data == {"sku": sku_of(WHEY), "on_hand": 130}
    make.begin((WHEY, 1))
    assert change(WHEY, RECEIVED, 10, seen=listing.get(make.variant_id_of(WHEY)).seen) == (140, 1)


def test_what_staff_changed_survives_the_doctor(shop: Flask, gateway: FakeGateway) -> None:
    make.pay(gateway, make.begin((WHEY, 2)))
    change(WHEY, RECEIVED, 30)
    change(WHEY, DAMAGED, 1)
    assert consistency.repair() == 0
    assert make.stock_of(WHEY) == (147, 0)


def test_movements_say_what_was_left_after_each(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 2))
    make.pay(gateway, started)
    change(WHEY, RECEIVED, 30, "delivery 9")
    make.begin((WHEY, 4))
    variant_id = make.variant_id_of(WHEY)
    found = listing.movements(variant_id)
    told = [(one.row.reason, one.row.on_hand_delta, one.on_hand, one.order_number) for one in found.items]
    assert told == [("received", 30, 148, None), ("sale", -2, 118, started.order_number)]
    assert (found.items[0].row.actor, found.next) == ("eva@example.com", 0)
    first = listing.movements(variant_id, limit=1, with_holds=True)
    assert (first.items[0].row.reason, first.items[0].on_hand) == ("hold", 148)
    second = listing.movements(variant_id, before=first.next, limit=1, with_holds=True)
    assert (second.items[0].row.reason, second.items[0].on_hand) == ("received", 148)


def test_variants_are_found_by_word_sku_and_barcode_and_what_runs_low_comes_first(shop: Flask) -> None:
    with transaction():
        db.session.execute(update(Variant).where(Variant.sku == sku_of(WHEY)).values(barcode="7701234567897"))
    for text in ("proteina SUERO", WHEY[:8], "7701234567897"):
        assert sku_of(WHEY) in [row.variant.sku for row in listing.find(text).items], text
    assert listing.find("7701234567897").total == 1
    assert listing.find("%_%").total == 0
    low = listing.find(show=listing.LOW)
    assert all(row.is_low for row in low.items)
    left = [row.counters.available for row in low.items]
    assert left == sorted(left)
    assert left[0] == 0
    assert {row.counters.available for row in listing.find(show=listing.OUT).items} == {0}
    first, second, third = (listing.find(page=page) for page in (1, 2, 3))
    assert (first.total, first.pages) == (len(first.items) + len(second.items), 2)
    assert (third.items, third.total) == ([], first.total)


def test_a_refusal_is_a_sentence(shop: Flask) -> None:
    from storefront.i18n import explain

    errors: list[tuple[ShopError, str]] = [
        (UnitsReserved(sku="A-1", on_hand=5, reserved=3, left=2), "3 están reservadas"),
        (UnitsReserved(sku="A-1", on_hand=1, reserved=0, left=-2), "Solo hay 1 unidad de A-1."),
        (StockChanged(sku="A-1", on_hand=7), "ahora hay 7"),
    ]
    with shop.test_request_context("/"):
        for error, words in errors:
            assert words in explain(error)
