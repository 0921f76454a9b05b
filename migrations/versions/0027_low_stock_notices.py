"""notices of low stock: which variants the shop was told of, until they are filled up again

Revision: 0027
Follows: 0026
Date: 2026-11-29 18:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "low_stock_notices",
        sa.Column("variant_id", sa.String(length=26), nullable=False),
        sa.Column("told_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variants.id"], name=op.f("fk_low_stock_notices_variant_id_variants")
        ),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_low_stock_notices")),
    )


def downgrade() -> None:
    """Take the tables back."""
    op.drop_table("low_stock_notices")
