"""account: saved addresses, consents, closed accounts, withdrawals

Revision: 0005
Follows: 0004
Date: 2026-11-24 12:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_DEFAULT_TO_TABLE = """
INSERT INTO saved_addresses (id, customer_id, address, is_default, created_at)
SELECT id, id, address, true, created_at FROM customers WHERE address IS NOT NULL AND CAST(address AS TEXT) <> 'null'
"""
_DEFAULT_TO_CUSTOMER = """
UPDATE customers SET address =
    (SELECT address FROM saved_addresses WHERE customer_id = customers.id AND saved_addresses.is_default)
"""
# The demonstration's food and supplements; whoever sells other things marks them.
_OF_PERSONAL_USE = """
UPDATE products SET withdrawal_exception = 'personal_use' WHERE slug IN ('whey-protein-2lb', 'proteina-vegetal-1kg',
    'creatina-monohidratada-300g', 'cafe-preentreno-narino', 'cubos-panela-limon')
"""


def upgrade() -> None:
    """Bring the tables to this revision."""
    # Not in batches: copying a table on SQLite would lose its CHECKs.
    op.add_column("products", sa.Column("withdrawal_exception", sa.String(length=12), nullable=True))
    op.execute(_OF_PERSONAL_USE)
    op.add_column("customers", sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True))
    _create_addresses()
    op.execute(_DEFAULT_TO_TABLE)
    op.drop_column("customers", "address")
    _create_consents()
    _create_withdrawals()


def _create_addresses() -> None:
    op.create_table(
        "saved_addresses",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("customer_id", sa.String(length=26), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_saved_addresses_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_addresses")),
    )
    op.create_index(op.f("ix_saved_addresses_customer_id"), "saved_addresses", ["customer_id"])
    is_default = sa.text("is_default")
    op.create_index(
        "uq_saved_addresses_default",
        "saved_addresses",
        ["customer_id"],
        unique=True,
        sqlite_where=is_default,
        postgresql_where=is_default,
    )


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("customer_id", sa.String(length=26), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_consents_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_customer_id"), "consents", ["customer_id"])
    is_standing = sa.text("withdrawn_at IS NULL")
    op.create_index(
        "uq_consents_standing",
        "consents",
        ["customer_id", "purpose"],
        unique=True,
        sqlite_where=is_standing,
        postgresql_where=is_standing,
    )


def _create_withdrawals() -> None:
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("refund_due_on", sa.String(length=10), nullable=False),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'refunded', 'closed')", name=op.f("ck_withdrawals_state_known")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_withdrawals_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sa.UniqueConstraint("order_id", "sequence", name=op.f("uq_withdrawals_order_id_sequence")),
        sa.UniqueConstraint("order_id", "key", name=op.f("uq_withdrawals_order_id_key")),
    )
    op.create_index("ix_withdrawals_due", "withdrawals", ["state", "refund_due_on"])
    op.create_table(
        "withdrawal_lines",
        sa.Column("withdrawal_id", sa.String(length=26), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("refunded", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_withdrawal_lines_quantity_positive")),
        sa.CheckConstraint(
            "refunded >= 0 AND refunded <= quantity", name=op.f("ck_withdrawal_lines_refunded_within_asked")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_withdrawal_lines_order_line_id_order_lines")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawal_id"], ["withdrawals.id"], name=op.f("fk_withdrawal_lines_withdrawal_id_withdrawals")
        ),
        sa.PrimaryKeyConstraint("withdrawal_id", "order_line_id", name=op.f("pk_withdrawal_lines")),
    )
    op.create_index(op.f("ix_withdrawal_lines_order_line_id"), "withdrawal_lines", ["order_line_id"])


def downgrade() -> None:
    """Undo this revision."""
    op.drop_table("withdrawal_lines")
    op.drop_table("withdrawals")
    op.drop_table("consents")
    op.add_column("customers", sa.Column("address", sa.JSON(), nullable=True))
    op.execute(_DEFAULT_TO_CUSTOMER)
    op.drop_table("saved_addresses")
    op.drop_column("customers", "closed_at")
    op.drop_column("products", "withdrawal_exception")
