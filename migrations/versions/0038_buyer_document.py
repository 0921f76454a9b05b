"""the buyer's document: on orders, in carts and profiles

Revision: 0038
Follows: 0037
Date: 2026-11-28 21:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_KNOWN = "CONSTRAINT ck_orders_document_type_known CHECK (document_type IN ('CC', 'CE', 'NIT', 'PAS'))"
_WHOLE = "CONSTRAINT ck_orders_document_whole CHECK ((document_type IS NULL) = (document_number IS NULL))"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("carts", sa.Column("document", sa.JSON(), nullable=True))
    op.add_column("customers", sa.Column("document", sa.JSON(), nullable=True))
    # The CHECKs come with the columns: so SQLite need not copy the table of orders.
    op.execute(f"ALTER TABLE orders ADD COLUMN document_type VARCHAR(40) {_KNOWN}")
    op.execute(f"ALTER TABLE orders ADD COLUMN document_number VARCHAR(20) {_WHOLE}")


def downgrade() -> None:
    """Undo this revision."""
    op.drop_column("orders", "document_number")
    op.drop_column("orders", "document_type")
    op.drop_column("customers", "document")
    op.drop_column("carts", "document")
