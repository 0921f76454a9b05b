"""plans: subscriptions, invoices, what comes with a plan

Revision: 0004
Follows: 0003
Date: 2026-11-24 10:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    # Not in batches: copying a table on SQLite would lose its CHECKs.
    op.add_column("products", sa.Column("trial_days", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("customers", sa.Column("provider_id", sa.String(length=255), nullable=True))
    op.create_index(op.f("ix_customers_provider_id"), "customers", ["provider_id"], unique=True)
    op.add_column("orders", sa.Column("invoice_id", sa.String(length=255), nullable=True))
    op.create_index(op.f("ix_orders_invoice_id"), "orders", ["invoice_id"], unique=True)
    op.add_column("order_lines", sa.Column("interval", sa.String(length=5), nullable=True))
    op.add_column("order_lines", sa.Column("recurring_minor", sa.BigInteger(), nullable=True))
    op.add_column("order_lines", sa.Column("trial_days", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "plan_contents",
        sa.Column("plan_id", sa.String(length=26), nullable=False),
        sa.Column("product_id", sa.String(length=26), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["products.id"], name=op.f("fk_plan_contents_plan_id_products")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_plan_contents_product_id_products")),
        sa.PrimaryKeyConstraint("plan_id", "product_id", name=op.f("pk_plan_contents")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("provider_id", sa.String(length=255), nullable=False),
        sa.Column("customer_id", sa.String(length=26), nullable=False),
        sa.Column("product_id", sa.String(length=26), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("interval", sa.String(length=5), nullable=False),
        sa.Column("current_period_end", UtcDateTime(timezone=True), nullable=False),
        sa.Column("paid_until", UtcDateTime(timezone=True), nullable=False),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("trial_ends_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("card_id", sa.String(length=255), nullable=True),
        sa.Column("card_brand", sa.String(length=20), nullable=True),
        sa.Column("card_last4", sa.String(length=4), nullable=True),
        sa.Column("is_surplus", sa.Boolean(), nullable=False),
        sa.Column("must_end", sa.Boolean(), nullable=False),
        sa.Column("state_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('trialing', 'active', 'past_due', 'paused', 'cancelled')",
            name=op.f("ck_subscriptions_status_known"),
        ),
        sa.CheckConstraint(
            "(status = 'cancelled') = (ended_at IS NOT NULL)", name=op.f("ck_subscriptions_cancelled_has_ended")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_subscriptions_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_subscriptions_order_id_orders")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_subscriptions_product_id_products")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_subscriptions_provider_id")),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriptions_must_end"), ["must_end"], unique=False)
        batch_op.create_index(batch_op.f("ix_subscriptions_order_id"), ["order_id"], unique=False)
        batch_op.create_index(
            "uq_subscriptions_running",
            ["customer_id", "product_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )


def downgrade() -> None:
    """Undo this revision."""
    op.drop_table("subscriptions")
    op.drop_table("plan_contents")
    for column in ("trial_days", "recurring_minor", "interval"):
        op.drop_column("order_lines", column)
    op.drop_index(op.f("ix_orders_invoice_id"), "orders")
    op.drop_column("orders", "invoice_id")
    op.drop_index(op.f("ix_customers_provider_id"), "customers")
    op.drop_column("customers", "provider_id")
    op.drop_column("products", "trial_days")
