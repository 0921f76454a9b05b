"""the audit: an entry for each change by staff, which nobody can change or remove afterwards

Revision: 0025
Follows: 0024
Date: 2026-11-29 12:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ACTIONS = (
    "action IN ('created', 'changed', 'removed', 'published', 'archived', 'imported', 'received', 'counted',"
    " 'damaged', 'corrected', 'shipped', 'ready_for_pickup', 'delivered', 'returned', 'return_closed', 'restocked',"
    " 'cancelled', 'refunded', 'payment_accepted', 'payment_rejected', 'settled', 'plan_ended', 'downloads_renewed',"
    " 'replayed', 'ignored', 'retried', 'added', 'role_changed', 'disabled', 'left')"
)
_OBJECTS = (
    "object_type IN ('order', 'event', 'mail', 'staff', 'product', 'variant', 'picture', 'category', 'file', 'stock',"
    " 'coupon', 'shipping', 'customer', 'text')"
)
_SQLITE = (
    "CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries"
    " BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END",
    "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries"
    " BEGIN SELECT RAISE(ABORT, 'audit_entries is append-only'); END",
)
_POSTGRES = (
    "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " RAISE EXCEPTION 'audit_entries is append-only' USING ERRCODE = 'restrict_violation'; END $$",
    "CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries"
    " FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
    "CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries"
    " FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
)


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.String(length=26), nullable=True),
        sa.Column("actor_name", sa.String(length=254), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=255), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.CheckConstraint(_ACTIONS, name=op.f("ck_audit_entries_action_known")),
        sa.CheckConstraint(_OBJECTS, name=op.f("ck_audit_entries_object_type_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("at", ["at", "id"]),
        ("actor", ["actor_name", "at", "id"]),
        ("action", ["action", "at", "id"]),
        ("object", ["object_id", "at", "id"]),
    ):
        op.create_index(f"ix_audit_entries_{name}", "audit_entries", columns)
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    """Take the tables back to the revision before; the audit is gone with its table."""
    op.drop_table("audit_entries")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_audit_change()")
