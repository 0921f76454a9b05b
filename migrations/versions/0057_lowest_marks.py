"""an index of the marks below which few units are left, whose highest bounds what can run low

Revision: 0057
Follows: 0056
Date: 2026-11-29 20:20:00
"""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_index("ix_variants_low_stock_at", "variants", ["low_stock_at"])


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_index("ix_variants_low_stock_at", table_name="variants")
