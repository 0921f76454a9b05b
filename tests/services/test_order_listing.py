"""The list of orders for staff: what finds an order, what each tab holds, and the same list as a file."""

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, func, select, update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import order_search
from storefront.domain.buyer_document import check_document
from storefront.domain.order import Order
from storefront.enums import Method, OrderStatus, OrderTab
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import found_orders, fulfilment, listing, order_csv
from storefront.services.orders.listing import Wanted
from tests import factories as make
from tests.factories import COFFEE, WHEY
from tests.fakes import FakeGateway
from tests.statements import Statements

STAFF = Actor("eva")
NOBODY = ("", "@", "%", "_", "zzz", "2026-11-9999", "300 999 9999", "pi_unknown", "cs_unknown", "x" * 200)


@pytest.fixture
def ana(shop: Flask, gateway: FakeGateway) -> PlacedOrder:
    """Return a paid order that is on its way, beside one of somebody else."""
    make.begin((COFFEE, 1), email="pia@other.example.com", address=make.address(first_name="Pía", phone="3109876543"))
    home = make.address(first_name="José María", last_name="Núñez", phone="300 123 4567")
    started = make.begin((WHEY, 2), email="ana.perez@example.com", address=home)
    make.pay(gateway, started)
    fulfilment.ship(make.order_of(started).id, carrier="tcc", tracking_number="GU-77-001", staff=STAFF)
    return started


def found(text: str, **wanted: object) -> list[str]:
    return [order.public_id for order in listing.find(Wanted(text=text, **wanted)).items]  # type: ignore[arg-type]


def test_an_order_is_found_by_everything_that_people_read_out(ana: PlacedOrder) -> None:
    order = make.order_of(ana)
    running = order.number.rsplit("-", 1)[1]
    texts = [
        *(order.number, running, f"#{running}", order.public_id),
        *("jose", "MARÍA nunez", "Núñez", "3001234567", "+57 300 123 4567", "300-123-4567", "300 123"),
        *("ana.perez@example.com", "ANA.PEREZ@", "perez@exa", "ana perez"),
        *("GU-77-001", "gu77001", "gu 77", make.sku_of(WHEY), order.payment_id or "", ana.session_id),
    ]
    for typed in texts:
        assert found(typed) == [order.public_id], typed


@pytest.mark.parametrize("typed", NOBODY[1:])
def test_what_nobody_has_finds_nothing(ana: PlacedOrder, typed: str) -> None:
    assert found(typed) == []


def test_a_closed_account_takes_its_words_along(shop: Flask) -> None:
    started = make.begin((WHEY, 1), email="ana@example.com")
    with transaction():
        order = db.session.get_one(Order, make.order_of(started).id)
        order.email, order.address = "gone@erased.invalid", None
        order_search.refresh(order, [])
    assert found("ana") == []
    assert found("gone") == [started.order_id]


def test_tabs_hold_what_waits_for_somebody(shop: Flask, gateway: FakeGateway) -> None:
    def paid(**changes: str) -> PlacedOrder:
        started = make.begin((WHEY, 1), **changes)
        make.pay(gateway, started)
        return started

    unpaid, waiting, sent = make.begin((WHEY, 1)), paid(), paid()
    at_the_shop, disputed = paid(shipping_method=Method.PICKUP), paid()
    fulfilment.ship(make.order_of(sent).id, carrier="tcc", tracking_number="1", staff=STAFF)
    fulfilment.mark_ready(make.order_of(at_the_shop).id, staff=STAFF)
    with transaction():
        db.session.execute(update(Order).where(Order.public_id == disputed.order_id).values(is_disputed=True))
    tabs = {tab: set(found("", tab=tab)) for tab in OrderTab}
    assert tabs == {
        OrderTab.TO_PREPARE: {waiting.order_id, disputed.order_id},
        OrderTab.READY: {at_the_shop.order_id},
        OrderTab.ON_THE_WAY: {sent.order_id},
        OrderTab.TO_DECIDE: {disputed.order_id},
        OrderTab.ALL: {one.order_id for one in (unpaid, waiting, sent, at_the_shop, disputed)},
    }
    assert found("", status=OrderStatus.PENDING) == [unpaid.order_id]
    assert found("", method=Method.PICKUP) == [at_the_shop.order_id]


def test_days_are_those_of_colombia(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    evening = make.moment(3, 23)
    with transaction():
        db.session.execute(update(Order).values(placed_at=evening))
    day = clock.day_of(evening)
    assert found("", first_day=day, last_day=day) == [started.order_id]
    assert found("", first_day=day + timedelta(days=1)) == []
    assert found("", last_day=day - timedelta(days=1)) == []


def test_a_page_costs_two_statements_and_a_search_three(ana: PlacedOrder, statements: Statements) -> None:
    with statements.at_most(2):
        assert listing.find(Wanted()).total == 2
    with statements.at_most(3):
        page = listing.find(Wanted(text="ana", tab=OrderTab.ON_THE_WAY))
    assert page.total == 1


@pytest.mark.dialects
def test_of_what_very_many_have_the_newest_are_found(
    shop: Flask, statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By reading back where the newest have it, and by the index where only older ones do."""
    newest_first = [make.begin((WHEY, 1), email=f"ana{n}@example.com").order_id for n in range(6)][::-1]
    all_found = found("whey"), found("ana"), found("ana2@")
    assert all_found == (newest_first, newest_first, newest_first[3:4])
    for name, value in (("MOST", 3), ("NEWEST", 2), ("_LOOKED_AT", 2)):
        monkeypatch.setattr(found_orders, name, value)
    for typed in ("whey", "ana", "@example.com", "ANA example"):
        with statements.at_most(3):  # a look, reading back, and the page
            page = listing.find(Wanted(text=typed))
        assert ([order.public_id for order in page.items], page.is_more) == (newest_first[:2], True), typed
    assert found("ana2@") == newest_first[3:4]
    for _ in range(2):
        make.begin((COFFEE, 1), email="pia@other.org")
    assert found("whey") == newest_first[:2], "the newest orders do not have it"
    assert found("whey", last_day=clock.day_of(clock.now()) - timedelta(days=1)) == []


@pytest.mark.parametrize("shop", [pytest.param("postgres_restored", marks=pytest.mark.postgres)], indirect=True)
def test_postgresql_looks_into_its_indexes(shop: Flask) -> None:
    """With many orders, no search may read through the table; here the planner is told that it must not.

    SQLite serves small shops and reads through the texts.
    """
    expected = {
        "ana": "ix_orders_words",
        "4567": "ix_orders_words",
        "300 123 4567": "ix_orders_words",
        "ana@example.com": "ix_orders_email",
        "pi_1": "uq_orders_payment_id",
        "2026-11-0042": "pk_orders",
    }
    for typed, index in expected.items():
        assert any(index in plan_of(way) for way in order_search.ways(typed).by_index), typed
    assert "ix_orders_to_decide" in plan_of(*listing.conditions_of(Wanted(tab=OrderTab.TO_DECIDE)))
    assert "ix_shipments_state" in plan_of(*listing.conditions_of(Wanted(tab=OrderTab.TO_PREPARE)))
    assert "ix_orders_placed_at" in plan_of(*listing.conditions_of(Wanted(first_day=clock.day_of(clock.now()))))


def plan_of(*conditions: ColumnElement[bool]) -> str:
    statement = select(func.count()).select_from(Order).where(*conditions)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        written = statement.compile(connection, compile_kwargs={"literal_binds": True})
        plan = connection.exec_driver_sql(f"EXPLAIN {written}".replace("%%", "%").replace("%", "%%"))
        return "\n".join(line for (line,) in plan)


def test_the_file_has_every_order_of_the_list(ana: PlacedOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_csv, "_AT_ONCE", 1)
    rows = list(csv.reader(io.StringIO("".join(order_csv.export(Wanted()))), delimiter=";"))
    assert rows[0][0].lstrip("\ufeff") == "order"
    assert [row[6] for row in rows[1:]] == ["ana.perez@example.com", "pia@other.example.com"]
    sent = dict(zip(order_csv.COLUMNS, rows[1], strict=True))
    assert (sent["tracking_number"], sent["status"], sent["phone"]) == ("GU-77-001", "shipped", "'+573001234567")
    assert (sent["document_type"], sent["document_number"]) == ("", "")
    assert int(sent["total"]) * 100 == make.order_of(ana).total_minor


def test_the_buyers_document_is_in_the_file(shop: Flask) -> None:
    make.begin((WHEY, 1), document=check_document("NIT", "800197268-4"))
    rows = csv.reader(io.StringIO("".join(order_csv.export(Wanted()))), delimiter=";")
    sent = dict(zip(order_csv.COLUMNS, list(rows)[1], strict=True))
    assert (sent["document_type"], sent["document_number"]) == ("NIT", "800197268-4")


def test_a_formula_in_a_name_is_defused(shop: Flask) -> None:
    make.begin((WHEY, 1), address=make.address(first_name='=HYPERLINK("x")'))
    (_, row) = csv.reader(io.StringIO("".join(order_csv.export(Wanted()))), delimiter=";")
    assert row[7] == '\'=HYPERLINK("x")'


def test_the_file_ends_where_counting_ends(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        make.begin((COFFEE, 1), email=f"n{n}@example.com")
    monkeypatch.setattr(order_csv, "MOST_COUNTED", 2)
    monkeypatch.setattr(listing, "MOST_COUNTED", 2)
    assert len("".join(order_csv.export(Wanted())).splitlines()) == 3
    page = listing.find(Wanted())
    assert (page.total, page.is_more) == (2, True)
