"""A shop that was born at revision 0001 and has sold since comes up to the newest tables whole, and down again."""

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import MetaData, inspect, text

from storefront.database import db
from storefront.ids import digest
from storefront.services.accounts import addresses, authentication, user_agents
from storefront.services.jobs import consistency
from tests import first_revision as first
from tests import oracle
from tests.conftest import build

SHORTENED = {("orders", "token")}
"""What later revisions keep the digest of."""

MOVED = {("customers", "address"), ("customers", "is_staff"), ("products", "is_published")} | SHORTENED
"""What later revisions keep elsewhere or in another form."""

RENAMED = {(table, "product_id"): "variant_id" for table in ("cart_lines", "stock", "stock_holds", "stock_movements")}
"""Columns that have another name now, and the same values: a product's first variant has its id."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of a database without a table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('born') / 'shop.sqlite'}"
    return str(request.getfixturevalue("postgres_empty_url"))


@pytest.fixture
def born(url: str) -> Iterator[Flask]:
    """Return the shop of the first day, with what it sold by then, inside its application context."""
    app = build(url)
    with app.app_context():
        upgrade(revision="0001")
        with db.engine.begin() as connection:
            first.write(connection)
        yield app
        db.session.remove()
        db.engine.dispose()


def first_tables() -> MetaData:
    """Return the tables as they are in the database, for as long as it is at the first revision."""
    tables = MetaData()
    tables.reflect(db.engine)
    return tables


def rows_of(
    tables: MetaData, without: Collection[tuple[str, str]] = (), *, is_migrated: bool = False
) -> dict[str, list[first.Row]]:
    """Return what these tables hold now."""
    with db.engine.connect() as connection:
        return first.snapshot(connection, tables, without=without, renamed=RENAMED if is_migrated else {})


def shape() -> dict[str, Any]:
    """Return every column, key, check and index of the database."""
    found = inspect(db.engine)
    return {
        name: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(name)},
            "checks": sorted((c["name"] or "", c["sqltext"]) for c in found.get_check_constraints(name)),
            "foreign keys": sorted(str(sorted(k.items())) for k in found.get_foreign_keys(name)),
            "unique": sorted(str(sorted(k.items(), key=str)) for k in found.get_unique_constraints(name)),
            "indexes": sorted((str(k["name"]), str(k["column_names"]), k["unique"]) for k in found.get_indexes(name)),
        }
        for name in found.get_table_names()
    }


def up() -> None:
    """Migrate to the newest tables."""
    db.session.remove()
    upgrade()


def down() -> None:
    """Migrate back to the first tables."""
    db.session.remove()
    downgrade(revision="0001")


def test_the_orders_are_of_every_state() -> None:
    """A fixture that leaves some out would prove less than it says."""
    assert {case.status for case in first.CASES} == first.STATES
    assert {case.payment_status for case in first.CASES} == first.PAYMENT_STATES
    rows = first.shop()
    assert all(rows.values()), [name for name, found in rows.items() if not found]


def test_nothing_is_lost_on_the_way_up(born: Flask) -> None:
    """Every row and value of the first tables is there, and what moved is where it belongs."""
    tables = first_tables()
    filled = set(tables.tables) - {"alembic_version", "shipping_methods", "shipping_rates"}
    assert filled == set(first.shop()), "a table of the first revision has no rows here"
    before = rows_of(tables, MOVED)
    up()
    assert rows_of(tables, MOVED, is_migrated=True) == before
    oracle.check()
    ana, luz, eva = (first.key(name) for name in ("ana", "luz", "eva"))
    assert [row.address["street"] for row in addresses.list_for(ana)] == ["Calle 10 # 5-51"]
    assert addresses.list_for(luz) == addresses.list_for(eva) == []
    roles = db.session.execute(text("SELECT id FROM customers WHERE staff_role = 'owner'")).scalars().all()
    assert roles == [eva]
    facts = "p.slug, p.status, download_limit, download_days, v.trial_days, withdrawal_exception"
    same = "v.id = p.id AND v.price_minor = p.price_minor AND v.sku = upper(p.slug)"
    query = f"SELECT {facts} FROM products p JOIN variants v ON v.product_id = p.id AND {same} ORDER BY p.slug"
    assert db.session.execute(text(query)).all() == [
        ("fitaiid-premium-mensual", "published", 5, 365, 0, None),
        ("guia-primer-mes-gimnasio", "published", 5, 365, 0, None),
        ("whey-protein-2lb", "published", 5, 365, 0, "personal_use"),
    ]


def test_the_shop_goes_on_with_what_it_has(born: Flask) -> None:
    """The doctor finds what was wrong before and nothing else; every page of every order opens, in either language."""
    orders = db.session.execute(text("SELECT id, placed_at, token FROM orders ORDER BY id")).all()
    up()
    kept = db.session.execute(text("SELECT token FROM orders ORDER BY id")).scalars().all()
    assert kept == [digest(row.token) for row in orders]
    found = {(finding.area, finding.what.split()[0]) for finding in consistency.examine()} - {("staff", "nobody")}
    owed = ("money", "order")  # what came back, and was not paid for
    assert found == {("content", "guia-primer-mes-gimnasio"), ("events", "evt_failed"), ("mail", "verify:1"), owed}
    client = born.test_client()
    assert len(orders) == len(first.CASES)
    for row in orders:
        number = f"2026-11-{row.id:04d}"
        for language in ("es", "en"):
            page = client.get(f"/account/orders/{number}?token={row.token}&lang={language}", follow_redirects=True)
            assert page.status_code == 200, number
            assert number in page.text
    eva = authentication.open_login(first.key("eva"), caller=user_agents.BROWSER).secret
    assert authentication.recognise(eva) is not None


def test_the_way_down_brings_the_first_tables_back(born: Flask) -> None:
    """With every value but the tokens of orders, whose digests stay; and up once more they are what they were before.

    That goes for checks and indexes, too.
    """
    tables, first_shape = first_tables(), shape()
    assert len(first_shape["products"]["checks"]) == 2
    before = rows_of(tables, SHORTENED)
    up()
    newest = first_tables()
    newest_shape, newest_rows = shape(), rows_of(newest)
    down()
    assert shape() == first_shape
    assert rows_of(tables, SHORTENED) == before
    up()
    assert shape() == newest_shape
    assert rows_of(newest) == newest_rows


def test_migrated_tables_are_those_of_a_new_shop(born: Flask, request: pytest.FixtureRequest) -> None:
    """No check, key or index is lost on the way that a shop born today would have."""
    up()
    migrated = shape()
    name = db.engine.dialect.name
    other = build(request.getfixturevalue("sqlite_url" if name == "sqlite" else "postgres_url"))
    with other.app_context():
        assert shape() == migrated
        db.engine.dispose()
