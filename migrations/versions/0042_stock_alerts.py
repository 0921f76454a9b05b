"""alerts of sold-out variants: who wants to be told when they are back

Revision: 0042
Follows: 0041
Date: 2026-11-30 13:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "stock_alerts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("variant_id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("person", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('es', 'en')", name=op.f("ck_stock_alerts_language_known")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_stock_alerts_variant_id_variants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_alerts")),
        sa.UniqueConstraint("variant_id", "email", name=op.f("uq_stock_alerts_variant_id_email")),
    )
    for column in ("email", "person", "expires_at"):
        op.create_index(op.f(f"ix_stock_alerts_{column}"), "stock_alerts", [column])


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("stock_alerts")
