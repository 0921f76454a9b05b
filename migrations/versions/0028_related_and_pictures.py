"""the pictures of a variant and the latest orders of a product are found by an index

Revision: 0028
Follows: 0027
Date: 2026-11-28 17:00:00
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_index(op.f("ix_pictures_variant_id"), "pictures", ["variant_id"])
    op.create_index("ix_order_lines_product", "order_lines", ["product_id", "id"])


def downgrade() -> None:
    """Undo this revision."""
    op.drop_index("ix_order_lines_product", "order_lines")
    op.drop_index(op.f("ix_pictures_variant_id"), "pictures")
