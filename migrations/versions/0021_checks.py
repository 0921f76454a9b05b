"""enums, rates and ranges that the tables themselves keep: a CHECK on each, and room for longer values

Revision: 0021
Follows: 0020
Date: 2026-11-28 12:45:00
"""

import re
from collections.abc import Callable, Iterator

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STATUSES = "'pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled', 'returned', 'refunded'"
_PAYMENTS = "'pending', 'processing', 'paid', 'failed', 'partially_refunded', 'refunded'"
_METHODS = "'standard', 'express', 'overnight', 'pickup'"
_INTERVALS = "'day', 'week', 'month', 'year'"
_TAX_RATES = "'general', 'reduced', 'zero', 'excluded', ''"
_CHECKS = {
    "cart_lines": {
        "seen_price_not_negative": "seen_price_minor >= 0",
    },
    "carts": {
        "revision_positive": "revision > 0",
        "shipping_method_known": f"shipping_method IN ({_METHODS})",
    },
    "consents": {
        "purpose_known": "purpose IN ('marketing')",
    },
    "coupons": {
        "cap_positive": "cap_minor > 0",
        "kind_known": "kind IN ('percent', 'fixed', 'free_shipping')",
        "limit_not_negative": "max_uses >= 0",
        "limit_per_customer_positive": "max_uses_per_customer > 0",
        "minimum_not_negative": "minimum_minor >= 0",
        "starts_before_end": "starts_at < ends_at",
        "value_in_range": "kind = 'percent' AND value BETWEEN 1 AND 100 OR kind = 'fixed' AND value > 0"
        " OR kind = 'free_shipping' AND value >= 0",
    },
    "customers": {
        "language_known": "language IN ('es', 'en')",
    },
    "downloads": {
        "bytes_not_negative": "size_bytes >= 0 AND promised_bytes >= 0 AND sent_bytes >= 0",
        "state_known": "state IN ('open', 'done', 'returned')",
        "streams_not_negative": "streams >= 0",
    },
    "email_links": {
        "purpose_known": "purpose IN ('verify', 'reset')",
    },
    "entitlements": {
        "loose_bytes_not_negative": "loose_bytes >= 0",
        "source_known": "source IN ('order', 'subscription')",
    },
    "idempotency_keys": {
        "state_known": "state IN ('running', 'done', 'open')",
        "status_in_range": "status BETWEEN 100 AND 599",
    },
    "logins": {
        "door_known": "door IN ('web', 'api')",
    },
    "order_events": {
        "kind_known": "kind IN ('status', 'payment', 'note')",
        "moves_known": f"kind = 'note' OR kind = 'status' AND old IN ({_STATUSES}) AND new IN ({_STATUSES})"
        f" OR kind = 'payment' AND old IN ({_PAYMENTS}) AND new IN ({_PAYMENTS})",
    },
    "order_lines": {
        "discount_within_line": "discount_minor >= 0 AND discount_minor <= total_minor",
        "interval_known": f"interval IN ({_INTERVALS})",
        "kind_known": "kind IN ('physical', 'digital', 'subscription')",
        "period_in_order": "period_start <= period_end",
        "price_not_negative": "unit_price_minor >= 0 AND total_minor >= 0",
        "recurring_not_negative": "recurring_minor >= 0",
        "tax_rate_in_range": "tax_basis_points BETWEEN 0 AND 10000",
        "tax_rate_known": f"tax_rate IN ({_TAX_RATES})",
        "tax_within_line": "tax_minor >= 0 AND tax_minor <= total_minor - discount_minor",
        "trial_in_range": "trial_days BETWEEN 0 AND 730",
    },
    "orders": {
        "delivery_in_order": "delivery_earliest LIKE '____-__-__' AND delivery_latest LIKE '____-__-__'"
        " AND delivery_earliest <= delivery_latest",
        "discount_within_goods": "discount_minor >= 0 AND discount_minor <= subtotal_minor",
        "language_known": "language IN ('es', 'en')",
        "payment_status_known": f"payment_status IN ({_PAYMENTS})",
        "received_not_negative": "received_minor >= 0",
        "review_reason_known": "review_reason IN ('amount_mismatch')",
        "shipping_method_known": f"shipping_method IN ({_METHODS})",
        "shipping_not_negative": "shipping_minor >= 0",
        "status_known": f"status IN ({_STATUSES})",
        "tax_within_total": "tax_minor >= 0 AND tax_minor <= total_minor",
    },
    "outbox": {
        "language_known": "language IN ('es', 'en')",
        "tries_not_negative": "tries >= 0",
    },
    "payment_attempts": {
        "state_known": "state IN ('asked', 'open', 'paid', 'closed', 'refused')",
    },
    "payment_events": {
        "state_known": "state IN ('done', 'ignored', 'failed', 'waiting')",
    },
    "products": {
        "downloads_in_range": "download_limit >= 0 AND download_days BETWEEN 0 AND 36500",
        "interval_known": f"interval IN ({_INTERVALS})",
        "interval_sold": "interval IN ('month', 'year')",
        "kind_known": "kind IN ('physical', 'digital', 'subscription')",
        "plan_has_interval": "(kind = 'subscription') = (interval IS NOT NULL)",
        "tax_rate_given": "tax_rate <> ''",
        "tax_rate_known": f"tax_rate IN ({_TAX_RATES})",
        "trial_in_range": "trial_days BETWEEN 0 AND 730",
        "withdrawal_exception_known": "withdrawal_exception IN ('personal_use', 'perishable', 'custom_made')",
    },
    "reconciliation": {
        "only_row": "id = 1",
    },
    "refunds": {
        "status_known": "status IN ('requested', 'pending', 'requires_action', 'succeeded', 'failed', 'canceled')",
    },
    "shipments": {
        "state_known": "state IN ('to_prepare', 'shipped', 'delivered', 'ready_for_pickup', 'collected')",
    },
    "shipping_methods": {
        "base_not_negative": "base_minor >= 0",
        "code_known": f"code IN ({_METHODS})",
        "free_from_not_negative": "free_from_minor >= 0",
    },
    "shipping_rates": {
        "days_in_order": "min_days >= 0 AND min_days <= max_days AND max_days <= 365",
        "method_known": f"method IN ({_METHODS})",
        "surcharge_not_negative": "surcharge_minor >= 0",
        "zone_known": "zone IN ('local', 'main', 'national', 'remote')",
    },
    "stock": {
        "initial_not_negative": "initial >= 0",
    },
    "stock_holds": {
        "quantity_positive": "quantity > 0",
    },
    "stock_movements": {
        "reason_known": "reason IN ('hold', 'sale', 'release', 'restock')",
    },
    "subscriptions": {
        "interval_known": f"interval IN ({_INTERVALS})",
        "price_not_negative": "price_minor >= 0",
    },
    "withdrawals": {
        "due_day_given": "refund_due_on LIKE '____-__-__'",
        "sequence_positive": "sequence > 0",
    },
}
"""What must hold, by table; the names begin with `ck_` and the table's."""

_LENGTHS = {
    "carts": {"shipping_method": 10},
    "consents": {"purpose": 12},
    "content_files": {"format": 3},
    "coupons": {"kind": 13},
    "customers": {"staff_role": 10},
    "downloads": {"state": 8},
    "email_links": {"purpose": 6},
    "entitlements": {"source": 12},
    "idempotency_keys": {"state": 7},
    "logins": {"door": 4},
    "order_events": {"kind": 8},
    "order_lines": {"kind": 12, "tax_rate": 10, "interval": 5},
    "orders": {"status": 12, "payment_status": 20, "shipping_method": 10, "review_reason": 40},
    "payment_attempts": {"state": 8},
    "payment_events": {"state": 8},
    "products": {"kind": 12, "tax_rate": 10, "interval": 5, "withdrawal_exception": 12},
    "refunds": {"status": 16},
    "shipments": {"state": 16},
    "shipping_methods": {"code": 10},
    "shipping_rates": {"method": 10, "zone": 8},
    "stock_movements": {"reason": 10},
    "subscriptions": {"status": 10, "interval": 5},
    "withdrawals": {"state": 8},
}
"""Columns of enums, and how long their values could be before."""

_ROOM = 40
_SHOWN = 10
_OLD_NAME, _NAME = "ck_customers_staffrole", "ck_customers_staff_role_known"


def upgrade() -> None:
    """Bring the tables to this revision, or stop with every row that does not fit before anything has changed."""
    found = [text for table, checks in _CHECKS.items() for text in _misfits(table, checks)]
    if found:
        raise CommandError("\n".join(["Correct these rows and migrate again; nothing has changed:", *found]))
    for table in sorted({*_CHECKS, *_LENGTHS}):
        lengths = {column: (length, _ROOM) for column, length in _LENGTHS.get(table, {}).items()}
        _change(table, lengths, added=_CHECKS.get(table, {}))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for table in sorted({*_CHECKS, *_LENGTHS}):
        lengths = {column: (_ROOM, length) for column, length in _LENGTHS.get(table, {}).items()}
        _change(table, lengths, dropped=_CHECKS.get(table, {}))


def _misfits(table: str, checks: dict[str, str]) -> Iterator[str]:
    """Yield a line for each rule that rows break, with their keys and values; nothing breaks a rule by being NULL."""
    inspector = sa.inspect(op.get_bind())
    known = [column["name"] for column in inspector.get_columns(table)]
    keys = inspector.get_pk_constraint(table)["constrained_columns"]
    for rule in checks.values():
        columns = [name for name in known if re.search(rf"\b{name}\b", re.sub(r"'[^']*'", "", rule))]
        rows = op.get_bind().execute(
            sa.select(*(sa.column(name) for name in keys), *(sa.column(name) for name in columns))
            .select_from(sa.table(table))
            .where(sa.text(f"NOT ({rule})"))
            .order_by(*(sa.column(name) for name in keys))
            .limit(_SHOWN + 1)
        ).all()
        if rows:
            shown = [_row(keys, columns, tuple(row)) for row in rows[:_SHOWN]] + ["and more"] * (len(rows) > _SHOWN)
            yield f"{table}.{', '.join(columns)}: {'; '.join(shown)} -- must be: {rule}"


def _row(keys: list[str], columns: list[str], values: tuple[object, ...]) -> str:
    key = ", ".join(f"{name} {value}" for name, value in zip(keys, values, strict=False))
    facts = zip(columns, values[len(keys) :], strict=True)
    return f"{key} has {', '.join(f'{name} {value!r}' for name, value in facts)}"


def _change(
    table: str,
    lengths: dict[str, tuple[int, int]],
    *,
    added: dict[str, str] | None = None,
    dropped: dict[str, str] | None = None,
) -> None:
    """Change a table: columns from a length to another, and CHECKs that come or go."""
    is_up = added is not None
    old_name, name = (_OLD_NAME, _NAME) if is_up else (_NAME, _OLD_NAME)
    if op.get_bind().dialect.name != "sqlite":
        steps = [f"ALTER COLUMN {column} TYPE VARCHAR({to})" for column, (_, to) in lengths.items()]
        steps += [f"ADD CONSTRAINT ck_{table}_{check} CHECK ({rule})" for check, rule in (added or {}).items()]
        steps = [f"DROP CONSTRAINT ck_{table}_{check}" for check in dropped or {}] + steps
        op.execute(f"ALTER TABLE {table} {', '.join(steps)}")
        if table == "customers":
            op.execute(f"ALTER TABLE customers RENAME CONSTRAINT {old_name} TO {name}")
        return

    def changed(sql: str) -> str:
        for column, (length, to) in lengths.items():
            sql = re.sub(rf'(?<!\w)({column}"? VARCHAR)\({length}\)', rf"\1({to})", sql, count=1)
        for check, rule in (dropped or {}).items():
            # A later revision may have written the table anew, on lines of their own.
            sql = re.sub(rf",\s*CONSTRAINT ck_{table}_{check} CHECK \({re.escape(rule)}\)", "", sql)
        clauses = [_clause(table, check, rule) for check, rule in (added or {}).items()]
        return f"{sql[: sql.rindex(')')]}{''.join(clauses)})".replace(old_name, name)

    _rebuild(table, changed)


def _clause(table: str, check: str, rule: str) -> str:
    return f", CONSTRAINT ck_{table}_{check} CHECK ({rule})"


def _rebuild(table: str, changed: Callable[[str], str]) -> None:
    """Copy a table of SQLite into one whose statement is changed; keys, other checks and indexes stay as they are.

    Alembic's own way reads the table first and would lose its CHECKs. Foreign keys are off while migrations run.
    """
    execute = op.get_bind().exec_driver_sql
    described = "FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL AND type"
    sql = execute(f"SELECT sql {described} = 'table'", (table,)).scalar_one()
    others = execute(f"SELECT sql {described} <> 'table'", (table,)).scalars().all()
    columns = ", ".join(f'"{row[1]}"' for row in execute(f"PRAGMA table_info({table})"))
    is_counted = "AUTOINCREMENT" in sql
    last_id = execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).scalar() if is_counted else None
    execute(re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE _new_{table}", changed(sql), count=1))
    execute(f"INSERT INTO _new_{table} ({columns}) SELECT {columns} FROM {table}")
    execute(f"DROP TABLE {table}")
    execute(f"ALTER TABLE _new_{table} RENAME TO {table}")
    for other in others:
        execute(other)
    if last_id is not None:  # a number is never given twice, not even that of an order that is gone
        execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last_id))
