"""The tables defend themselves: a row written by hand that no page could show is refused, on both databases."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, ColumnElement, inspect, text
from sqlalchemy.exc import IntegrityError

from storefront import factory  # noqa: F401 - all tables, in whatever order the tests run
from storefront.database import Base, db
from tests import first_revision as first
from tests.conftest import build

pytestmark = pytest.mark.dialects

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 24, 15, 0, tzinfo=UTC)
ORDER, LINE, KEY = 4711, 4711, "k" * 26
OF_ORDER = {"order_id": ORDER}
SUMS = {"subtotal_minor": 200, "discount_minor": 100, "shipping_minor": 50, "tax_minor": 10, "total_minor": 150}

ROWS: dict[str, dict[str, Any]] = {
    "categories": {"id": 4711, "slug": "s", "name": "S", "name_en": "S"},
    "coupons": {"id": 4711, "code": "BY-HAND", "kind": "percent", "value": 10, "starts_at": NOW, "ends_at": LATER,
                "max_uses": 3, "cap_minor": 100, "max_uses_per_customer": 1},
    "customers": {"id": KEY, "email": "k@example.com", "person": "k@example.com", "password_hash": "x",
                  "first_name": "K", "last_name": "K", "created_at": NOW},
    "audit_entries": {"id": 4711, "at": NOW, "actor_name": "k", "request_id": "", "action": "changed",
                      "object_type": "order", "object_id": "k"},
    "jobs": {"id": KEY, "kind": "product_check", "state": "queued", "actor_name": "k", "file_name": "k",
             "content": b"", "done": 0, "total": 0, "tries": 0, "created_at": NOW},
    "outbox": {"id": KEY, "key": "k", "template": "t", "recipient": "k", "language": "es", "created_at": NOW,
               "available_at": NOW},
    "reconciliation": {"id": 1, "events_until": NOW, "next_round_at": NOW},
    "shipping_methods": {"code": "overnight", "base_minor": 100, "free_from_minor": 100},
    "delivery_settings": {"id": 1, "cut_off_hour": 14},
    "municipality_zones": {"code": "05001", "zone": "main"},
    "shop_details": {"id": 1, "banner_starts_at": NOW, "banner_ends_at": LATER, "banner_link": "/returns"},
    "customer_requests": {"id": 4711, "digest": "d", "kind": "claim", "status": "open", "name": "K",
                          "email": "k@example.com", "person": "k@example.com", "text": "k", "language": "es",
                          "created_at": NOW, "due_on": "2026-12-16"},
    "request_answers": {"id": 4711, "request_id": 4711, "text": "k", "author": "k", "at": NOW},
    "page_texts": {"page": "terms", "version": 1, "text": "k", "text_en": "k", "saved_at": NOW, "saved_by": "k"},
    "carriers": {"code": "k", "name": "K", "tracking_template": "https://k.example/{tracking_number}"},
    "carts": {"id": 4711, "token": "t", "shipping_method": "express", "updated_at": NOW},
    "consents": {"id": KEY, "customer_id": KEY, "purpose": "marketing", "version": "1", "text": "x", "given_at": NOW},
    "email_links": {"id": KEY, "customer_id": KEY, "purpose": "reset", "expires_at": NOW},
    "idempotency_keys": {"id": KEY, "fingerprint": "f", "owner": "o", "state": "done", "status": 200,
                         "created_at": NOW},
    "second_factors": {"customer_id": KEY, "secret": "s", "confirmed_at": NOW, "last_step": 0, "new_secret": "n",
                       "offered_at": NOW, "salt": "s"},
    "team_rules": {"id": 1, "is_second_factor_required": False},
    "logins": {"id": KEY, "customer_id": KEY, "door": "web", "created_at": NOW, "expires_at": NOW},
    "orders": {"id": ORDER, "public_id": KEY, "token": "t", "email": "k@example.com", "person": "k@example.com",
               "language": "es", "currency": "COP", **SUMS, "seal": "s", "shipping_method": "standard",
               "document_type": "NIT", "document_number": "800197268-4",
               "delivery_earliest": "2026-11-25", "delivery_latest": "2026-11-27", "received_minor": 1,
               "placed_at": NOW},
    "products": {"id": KEY, "slug": "k", "kind": "subscription", "interval": "month", "name": "K", "name_en": "K",
                 "description": "K", "description_en": "K", "price_minor": 10_000, "price_max_minor": 10_000,
                 "original_price_minor": 20_000, "category_id": 4711, "brand": "K", "image": "k", "created_at": NOW,
                 "withdrawal_exception": "perishable"},
    "pictures": {"id": KEY, "product_id": KEY, "position": 0, "digest": "d", "width": 1, "height": 1, "alt_es": "k",
                 "alt_en": "k", "is_decorative": False, "created_at": NOW},
    "shipping_rates": {"method": "overnight", "zone": "remote", "surcharge_minor": 0, "min_days": 1, "max_days": 2},
    "variants": {"id": KEY, "product_id": KEY, "sku": "K", "price_minor": 10_000, "original_price_minor": 20_000,
                 "weight_grams": 1, "interval": "month", "trial_days": 7},
    "search_words": {"word": "k", "product_id": KEY, "weight": 4, "rank": 1, "written": "k"},
    "search_synonyms": {"id": 4711, "word": "k", "meanings": "k"},
    "search_misses": {"day": NOW.date(), "query": "k", "times": 1},
    "step_counts": {"day": NOW.date(), "step": "cart", "times": 1},
    "stock_alerts": {"id": KEY, "variant_id": KEY, "email": "k@example.com", "person": "k@example.com",
                     "language": "es", "created_at": NOW, "expires_at": LATER},
    "former_slugs": {"kind": "product", "slug": "k", "target_id": KEY},
    "cart_lines": {"id": 4711, "cart_id": 4711, "variant_id": KEY, "quantity": 1, "seen_price_minor": 1},
    "content_files": {"id": KEY, "product_id": KEY, "file_name": "k", "format": "pdf", "size_bytes": 1,
                      "storage_key": "k"},
    "order_events": {"id": 4711, **OF_ORDER, "kind": "status", "old": "pending", "new": "confirmed", "cause": "k",
                     "at": NOW},
    "order_lines": {"id": LINE, **OF_ORDER, "product_id": KEY, "slug": "k", "kind": "digital", "name": "K",
                    "image": "k", "quantity": 2, "unit_price_minor": 100, "total_minor": 200, "discount_minor": 100,
                    "tax_minor": 10, "tax_basis_points": 1900, "tax_rate": "general", "interval": "year",
                    "recurring_minor": 1, "period_start": NOW, "period_end": LATER},
    "payment_attempts": {"id": KEY, **OF_ORDER, "request": {}, "expires_at": NOW, "created_at": NOW},
    "payment_events": {"id": KEY, "type": "t", "state": "done", "payload": {}, "created_at": NOW, "received_at": NOW},
    "refunds": {"id": KEY, **OF_ORDER, "payment_id": "p", "amount_minor": 1, "status": "requested", "reason": "r",
                "created_at": NOW},
    "shipments": {**OF_ORDER, "created_at": NOW},
    "parcels": {"id": 4711, **OF_ORDER, "sequence": 1, "carrier": "tcc", "sent_at": NOW},
    "parcel_lines": {"parcel_id": 4711, "order_line_id": LINE, "quantity": 1},
    "order_notes": {"id": 4711, **OF_ORDER, "author": "k", "text": "k", "at": NOW},
    "customer_notes": {"id": 4711, "customer_id": KEY, "author": "k", "text": "k", "at": NOW},
    "data_requests": {"id": 4711, "customer_id": KEY, "kind": "access", "received_on": "2026-11-27",
                      "due_on": "2026-12-14", "author": "k", "created_at": NOW},
    "blocks": {"id": 4711, "kind": "email", "value": "k", "first_key": "k", "last_key": "k", "reason": "k",
               "author": "k", "created_at": NOW, "ends_at": LATER},
    "stock": {"variant_id": KEY, "initial": 5, "on_hand": 5, "reserved": 2},
    "stock_holds": {**OF_ORDER, "variant_id": KEY, "quantity": 2},
    "stock_movements": {"id": 4711, "variant_id": KEY, "reason": "hold", "at": NOW},
    "subscriptions": {"id": KEY, "provider_id": KEY, "customer_id": KEY, "product_id": KEY, **OF_ORDER,
                      "status": "active", "price_minor": 1, "currency": "COP", "interval": "month",
                      "current_period_end": NOW, "paid_until": NOW, "created_at": NOW},
    "failed_charges": {"id": "k", "subscription_id": KEY, "invoice_id": "k", "amount_minor": 1, "failed_at": NOW},
    "withdrawals": {"id": KEY, **OF_ORDER, "sequence": 1, "key": "k", "asked_at": NOW, "refund_due_on": "2026-12-09"},
    "product_reviews": {"id": KEY, "product_id": KEY, **OF_ORDER, "order_line_id": LINE, "stars": 5, "title": "",
                        "text": "k", "author": "K", "language": "es", "status": "pending", "reason": "", "answer": "",
                        "version": 1, "created_at": NOW, "changed_at": NOW},
    "entitlements": {"id": KEY, **OF_ORDER, "order_line_id": LINE, "file_id": KEY, "downloads_left": 1,
                     "expires_at": NOW, "created_at": NOW},
    "withdrawal_lines": {"withdrawal_id": KEY, "order_line_id": LINE, "quantity": 2, "refunded": 1},
    "downloads": {"id": KEY, "entitlement_id": KEY, "link": "k", "size_bytes": 1, "started_at": NOW,
                  "link_expires_at": NOW},
}  # fmt: skip
"""A row of each table that has CHECKs, and what it refers to, in an order in which they can be written."""

BAD: dict[str, dict[str, dict[str, Any]]] = {
    "coupons": {
        "kind_known": {"kind": "percentage"}, "value_in_range": {"value": 101}, "cap_positive": {"cap_minor": 0},
        "minimum_not_negative": {"minimum_minor": -1}, "limit_not_negative": {"max_uses": -1, "used_count": -1},
        "limit_per_customer_positive": {"max_uses_per_customer": 0}, "starts_before_end": {"starts_at": LATER},
        "limit_kept": {"used_count": 4}, "uses_not_negative": {"used_count": -1},
        "code_written": {"code": "by-hand"}, "amounts_whole_pesos": {"minimum_minor": 150},
    },
    "customers": {
        "language_known": {"language": "fr"}, "staff_role_known": {"staff_role": "boss"},
        "disabled_has_role": {"staff_disabled_at": NOW},
    },
    "audit_entries": {"action_known": {"action": "odd"}, "object_type_known": {"object_type": "odd"}},
    "jobs": {
        "kind_known": {"kind": "odd"}, "state_known": {"state": "odd"}, "running_is_claimed": {"claimed_until": NOW},
        "done_of_total": {"done": 1}, "tries_in_range": {"tries": 4},
    },
    "outbox": {"language_known": {"language": "fr"}, "tries_not_negative": {"tries": -1}},
    "reconciliation": {"only_row": {"id": 2}},
    "shipping_methods": {
        "code_known": {"code": "drone"}, "base_not_negative": {"base_minor": -100},
        "free_from_not_negative": {"free_from_minor": -100}, "amounts_whole_pesos": {"base_minor": 150},
    },
    "delivery_settings": {"only_row": {"id": 2}, "cut_off_in_range": {"cut_off_hour": 25}},
    "municipality_zones": {"code_written": {"code": "5001"}, "zone_known": {"zone": "moon"}},
    "shop_details": {
        "only_row": {"id": 2}, "banner_days_in_order": {"banner_ends_at": NOW},
        "banner_link_usable": {"banner_link": "javascript:alert(1)"}, "whatsapp_digits": {"contact_whatsapp": "+57"},
        "seller_named": {"seller_version": 1},
    },
    "customer_requests": {
        "kind_known": {"kind": "odd"}, "status_known": {"status": "odd"}, "language_known": {"language": "fr"},
        "written": {"text": ""}, "due_on_written": {"due_on": "soon"}, "closed_has_its_time": {"closed_at": NOW},
    },
    "request_answers": {"written": {"text": ""}},
    "failed_charges": {"amount_not_negative": {"amount_minor": -1}},
    "page_texts": {
        "page_known": {"page": "odd"}, "version_counted": {"version": 0}, "written": {"text_en": ""},
    },
    "carriers": {
        "named": {"name": ""}, "code_written": {"code": "Ñ"},
        "template_usable": {"tracking_template": "https://k.example/"},
    },
    "carts": {"shipping_method_known": {"shipping_method": "drone"}, "revision_positive": {"revision": 0}},
    "consents": {"purpose_known": {"purpose": "fun"}},
    "email_links": {"purpose_known": {"purpose": "login"}},
    "idempotency_keys": {"state_known": {"state": "over"}, "status_in_range": {"status": 20}},
    "second_factors": {
        "confirmed_has_secret": {"secret": None}, "offered_has_secret": {"offered_at": None},
        "step_not_negative": {"last_step": -1},
    },
    "team_rules": {"only_row": {"id": 2}},
    "logins": {"door_known": {"door": "tv"}},
    "orders": {
        "status_known": {"status": "paid"}, "payment_status_known": {"payment_status": "confirmed"},
        "language_known": {"language": "fr"}, "shipping_method_known": {"shipping_method": "drone"},
        "review_reason_known": {"review_reason": "odd"}, "terms_version_counted": {"terms_version": -1},
        "received_not_negative": {"received_minor": -1},
        "delivery_in_order": {"delivery_latest": "mañana"}, "refund_within_total": {"refunded_minor": 151},
        "total_adds_up": {"total_minor": 151}, "tax_within_total": {"tax_minor": 151},
        "total_not_negative": {"total_minor": -1, "shipping_minor": -101, "tax_minor": -1, "refunded_minor": -1},
        "discount_within_goods": {"discount_minor": 201, "shipping_minor": 151},
        "shipping_not_negative": {"shipping_minor": -1, "total_minor": 99},
        "document_type_known": {"document_type": "TI"}, "document_whole": {"document_number": None},
    },
    "products": {
        "kind_known": {"kind": "service", "interval": None}, "tax_rate_known": {"tax_rate": "standard"},
        "tax_rate_given": {"tax_rate": ""}, "interval_known": {"interval": "hour"},
        "interval_sold": {"interval": "day"}, "plan_has_interval": {"interval": None},
        "status_known": {"status": "hidden"}, "prices_in_order": {"price_max_minor": 9_900},
        "downloads_in_range": {"download_days": 36_501}, "withdrawal_exception_known": {"withdrawal_exception": "odd"},
        "price_whole_pesos": {"price_minor": 10_050}, "original_higher": {"original_price_minor": 10_000},
        "review_count_not_negative": {"review_count": -1, "review_stars": -1},
        "review_stars_in_range": {"review_count": 1, "review_stars": 6},
    },
    "product_reviews": {
        "stars_in_range": {"stars": 6}, "text_given": {"text": ""}, "language_known": {"language": "fr"},
        "refusal_has_reason": {"status": "refused"}, "version_positive": {"version": 0},
        "status_known": {"status": "lost"},
    },
    "pictures": {
        "size_positive": {"height": 0}, "position_not_negative": {"position": -1}, "described": {"alt_en": ""},
    },
    "variants": {
        "price_whole_pesos": {"price_minor": 10_050}, "original_higher": {"original_price_minor": 10_000},
        "interval_known": {"interval": "hour"}, "interval_sold": {"interval": "day"},
        "trial_in_range": {"trial_days": 731}, "weight_positive": {"weight_grams": 0},
        "low_stock_not_negative": {"low_stock_at": -1},
    },
    "stock_alerts": {"language_known": {"language": "fr"}},
    "categories": {"not_its_own_parent": {"parent_id": 4711}},
    "search_words": {"weight_known": {"weight": 5}},
    "search_synonyms": {"both_given": {"meanings": ""}},
    "search_misses": {"times_positive": {"times": 0}},
    "step_counts": {"times_positive": {"times": 0}, "step_known": {"step": "home"}},
    "former_slugs": {"kind_known": {"kind": "shop"}},
    "shipping_rates": {
        "method_known": {"method": "drone"}, "zone_known": {"zone": "moon"},
        "surcharge_not_negative": {"surcharge_minor": -1}, "days_in_order": {"max_days": 0},
    },
    "cart_lines": {"quantity_in_range": {"quantity": 101}, "seen_price_not_negative": {"seen_price_minor": -1}},
    "content_files": {"format_known": {"format": "exe"}, "size_not_negative": {"size_bytes": -1}},
    "order_events": {"kind_known": {"kind": "story"}, "moves_known": {"new": "paid"}, "code_known": {"code": "odd"}},
    "order_lines": {
        "kind_known": {"kind": "service"}, "tax_rate_known": {"tax_rate": "standard"},
        "interval_known": {"interval": "hour"}, "tax_rate_in_range": {"tax_basis_points": 10_001},
        "price_not_negative": {"unit_price_minor": -1},
        "discount_within_line": {"discount_minor": 201, "tax_minor": -1},
        "tax_within_line": {"tax_minor": 101}, "recurring_not_negative": {"recurring_minor": -1},
        "trial_in_range": {"trial_days": -1}, "period_in_order": {"period_end": datetime(2026, 1, 1, tzinfo=UTC)},
        "quantity_positive": {"quantity": 0}, "restocked_within_sold": {"restocked": 3},
        "refunded_within_sold": {"refunded": 3},
    },
    "payment_attempts": {"state_known": {"state": "lost"}},
    "payment_events": {"state_known": {"state": "lost"}},
    "refunds": {"status_known": {"status": "lost"}, "amount_positive": {"amount_minor": 0}},
    "shipments": {"state_known": {"state": "lost"}},
    "parcels": {"sequence_positive": {"sequence": 0}},
    "parcel_lines": {"quantity_positive": {"quantity": 0}},
    "order_notes": {"text_given": {"text": ""}},
    "customer_notes": {"text_given": {"text": ""}, "one_subject": {"email": "k@example.com"}},
    "data_requests": {
        "kind_known": {"kind": "odd"}, "one_subject": {"customer_id": None},
        "days_in_order": {"due_on": "2026-11-26"},
    },
    "blocks": {
        "kind_known": {"kind": "odd"}, "keys_in_order": {"last_key": "a"}, "reason_given": {"reason": ""},
    },
    "stock": {
        "initial_not_negative": {"initial": -1}, "reserved_not_negative": {"reserved": -1},
        "never_oversold": {"on_hand": 1},
    },
    "stock_holds": {"quantity_positive": {"quantity": 0}},
    "stock_movements": {"reason_known": {"reason": "theft"}},
    "subscriptions": {
        "status_known": {"status": "lost"}, "interval_known": {"interval": "hour"},
        "price_not_negative": {"price_minor": -1}, "cancelled_has_ended": {"ended_at": NOW},
    },
    "withdrawals": {
        "state_known": {"state": "lost"}, "sequence_positive": {"sequence": 0}, "due_day_given": {"refund_due_on": "?"},
    },
    "entitlements": {
        "source_known": {"source": "gift"}, "downloads_not_negative": {"downloads_left": -1},
        "loose_bytes_not_negative": {"loose_bytes": -1},
    },
    "withdrawal_lines": {"quantity_positive": {"quantity": 0}, "refunded_within_asked": {"refunded": 3}},
    "downloads": {
        "state_known": {"state": "lost"}, "bytes_not_negative": {"sent_bytes": -1},
        "streams_not_negative": {"streams": -1},
    },
}  # fmt: skip
"""By table and CHECK, what makes the row above a bad one."""


def checks_of_models() -> dict[str, dict[str, str]]:
    """Return what the code says that each table refuses."""
    checks = {
        table.name: {str(c.name): str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint)}
        for table in Base.metadata.sorted_tables
    }
    return {name: found for name, found in checks.items() if found}


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Return a shop on each database with the rows above; each test takes back what it wrote."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("checks") / "shop.sqlite"
        shutil.copy(Path(request.getfixturevalue("sqlite_template")), path)
        app = build(f"sqlite:///{path}")
    else:
        app = build(request.getfixturevalue("postgres_module_url"))
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(text("DELETE FROM shipping_rates"))
        connection.execute(text("DELETE FROM shipping_methods"))
        connection.execute(text("DELETE FROM delivery_settings"))
        for table in Base.metadata.sorted_tables:
            if table.name in ROWS:
                connection.execute(table.insert(), [ROWS[table.name]])
        connection.commit()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_every_check_has_a_row_that_it_refuses() -> None:
    refused = {(table, f"ck_{table}_{name}") for table, checks in BAD.items() for name in checks}
    assert refused == {(table, name) for table, checks in checks_of_models().items() for name in checks}


def test_every_column_of_an_enum_and_every_table_with_one_has_a_check() -> None:
    enums = {(t.name, c.name, tuple(c.type.enums)) for t in Base.metadata.sorted_tables for c in t.columns
             if hasattr(c.type, "enums")}  # fmt: skip
    assert len(enums) == 50
    for table, column, values in enums:
        known = ", ".join(f"'{value}'" for value in values)
        assert checks_of_models()[table][f"ck_{table}_{column}_known"] == f"{column} IN ({known})"


def test_models_and_migrations_have_the_same_checks(filled: Flask) -> None:
    """Alembic compares tables and columns only."""
    found = {
        name: {c["name"]: c["sqltext"] for c in inspect(db.engine).get_check_constraints(name)}
        for name in checks_of_models()
    }
    assert {name: set(checks) for name, checks in found.items()} == {
        name: set(checks) for name, checks in checks_of_models().items()
    }
    if db.engine.dialect.name == "sqlite":  # PostgreSQL words them anew
        assert found == checks_of_models()


@pytest.mark.parametrize("table", BAD)
def test_a_bad_row_is_refused(filled: Flask, table: str) -> None:
    rows = Base.metadata.tables[table]
    where = [column == ROWS[table][column.name] for column in rows.primary_key]
    for name, values in BAD[table].items():
        assignments = ", ".join(f'"{column}" = :{column}' for column in values)
        statement = text(f"UPDATE {table} SET {assignments} WHERE {in_sql(where)}")
        if table == "audit_entries":  # which refuses every UPDATE
            row = {column: f":{column}" if column in values else f'"{column}"' for column in ROWS[table]} | {"id": "0"}
            columns = ", ".join(f'"{column}"' for column in row)
            statement = text(f"INSERT INTO {table} ({columns}) SELECT {', '.join(row.values())} FROM {table}")
        with db.engine.connect() as connection, pytest.raises(IntegrityError) as refusal:
            connection.execute(statement.bindparams(**values))
        broken = {f"ck_{table}_{check}" for check in BAD[table] if f"ck_{table}_{check}" in str(refusal.value)}
        assert broken, (name, refusal.value)


def in_sql(conditions: list[ColumnElement[bool]]) -> str:
    return " AND ".join(str(part.compile(compile_kwargs={"literal_binds": True})) for part in conditions)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Return a shop of the first day, come up to the revision before the CHECKs."""
    if request.param == "sqlite":
        app = build(f"sqlite:///{tmp_path / 'shop.sqlite'}")
    else:
        app = build(request.getfixturevalue("postgres_empty_url"))
    with app.app_context():
        upgrade(revision="0001")
        with db.engine.begin() as connection:
            first.write(connection)
        upgrade(revision="0020")
        yield app
        db.session.remove()
        db.engine.dispose()


def change(statement: str) -> None:
    with db.engine.begin() as connection:
        connection.execute(text(statement))


def revision() -> str | None:
    with db.engine.connect() as connection:
        return connection.scalar(text("SELECT version_num FROM alembic_version"))


def test_migration_names_the_rows_that_do_not_fit_and_changes_nothing(
    old: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    change("UPDATE coupons SET kind = 'percentage' WHERE code = 'FIT10'")
    change("UPDATE products SET tax_rate = 'standard'")
    change("UPDATE order_lines SET tax_basis_points = 190000 WHERE id = 2")
    with caplog.at_level("ERROR"), pytest.raises(SystemExit):
        upgrade()
    told = caplog.text
    assert "coupons.kind: id 1 has kind 'percentage' -- must be: kind IN ('percent', 'fixed', 'free_shipping')" in told
    assert all(f"id {first.key(name)} has tax_rate 'standard'" in told for name in ("whey", "guide", "plan"))
    assert "order_lines.tax_basis_points: id 2 has tax_basis_points 190000 -- must be" in told
    assert told.count("-- must be") == 4, "a coupon's value goes with its kind"
    assert revision() == "0020"
    assert {c["name"] for c in inspect(db.engine).get_check_constraints("coupons")} == {
        "ck_coupons_limit_kept",
        "ck_coupons_uses_not_negative",
    }
    change("UPDATE coupons SET kind = 'percent' WHERE code = 'FIT10'")
    change("UPDATE products SET tax_rate = 'general'")
    change("UPDATE order_lines SET tax_basis_points = 1900 WHERE id = 2")
    for _ in range(2):
        upgrade()
        assert (revision() or "") > "0020"
    downgrade(revision="0020")
    upgrade()


def test_numbers_of_orders_that_are_gone_are_not_given_again(old: Flask) -> None:
    last = len(first.CASES)
    for table in ("order_events", "order_lines", "payment_attempts", "shipments", "coupon_uses"):
        change(f"DELETE FROM {table} WHERE order_id = {last}")
    for table in ("stock_holds", "stock_movements", "refunds", "payment_events"):
        change(f"DELETE FROM {table} WHERE order_id = {last}")
    change(f"DELETE FROM orders WHERE id = {last}")
    upgrade()
    if is_sqlite():
        with db.engine.connect() as connection:
            assert connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'orders'")) == last


def is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"
