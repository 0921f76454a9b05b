"""the seller as it was on orders and texts, and words of their own for requests in the audit

Revision: 0054
Follows: 0053
Date: 2026-11-29 07:30:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_ACTIONS = (
    *("created", "changed", "removed", "published", "archived", "imported", "received", "counted", "damaged"),
    *("corrected", "shipped", "ready_for_pickup", "delivered", "returned", "return_closed", "restocked", "cancelled"),
    *("refunded", "payment_accepted", "payment_rejected", "settled", "plan_ended", "downloads_renewed", "replayed"),
    *("ignored", "retried", "added", "role_changed", "disabled", "left"),
)
_NEW_ACTIONS = ("noted", "answered", "closed", "data_requested", "data_answered", "data_exported")
_OBJECTS = (
    *("order", "event", "mail", "staff", "product", "variant", "picture", "category", "file", "stock", "coupon"),
    *("shipping", "customer", "text"),
)
_NEW_OBJECTS = ("request",)
_TRIGGERS = (
    "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries"
    " BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END",
    "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries"
    " BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END",
)
"""SQLite's, which go with the table that is written anew."""


def upgrade() -> None:
    """Bring the tables to this revision; orders and versions that are there already have today's seller."""
    for table in ("orders", "page_texts"):
        op.add_column(table, sa.Column("seller", sa.JSON(), nullable=True))
    _know((*_ACTIONS, *_NEW_ACTIONS), (*_OBJECTS, *_NEW_OBJECTS))


def downgrade() -> None:
    """Take the tables back to the revision before; what has words of its own is a change of a customer again."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    if is_postgres:
        op.execute("ALTER TABLE audit_entries DISABLE TRIGGER USER")
    else:
        op.execute("DROP TRIGGER audit_entries_no_update")
    for column, new, old in (("action", _NEW_ACTIONS, "changed"), ("object_type", _NEW_OBJECTS, "customer")):
        entries = sa.table("audit_entries", sa.column(column))
        op.execute(entries.update().where(entries.c[column].in_(new)).values({column: old}))
    if is_postgres:
        op.execute("ALTER TABLE audit_entries ENABLE TRIGGER USER")
    _know(_ACTIONS, _OBJECTS)
    for table in ("page_texts", "orders"):
        op.drop_column(table, "seller")


def _know(actions: tuple[str, ...], objects: tuple[str, ...]) -> None:
    """Let an entry of the audit be of these actions and objects."""
    with op.batch_alter_table("audit_entries", table_kwargs={"sqlite_autoincrement": True}) as table:
        for column, values in (("action", actions), ("object_type", objects)):
            known = ", ".join(f"'{value}'" for value in values)
            name = op.f(f"ck_audit_entries_{column}_known")
            table.drop_constraint(name, type_="check")
            table.create_check_constraint(name, f"{column} IN ({known})")
    if op.get_bind().dialect.name == "sqlite":
        for trigger in _TRIGGERS:
            op.execute(trigger)
