"""orders whose buyer's data had to go: what was kept until the goods arrived goes then

Revision: 0056
Follows: 0055
Date: 2026-11-29 19:45:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_OF_CLOSED_ACCOUNTS = """
UPDATE orders SET erasure_asked_at = (SELECT closed_at FROM customers WHERE customers.id = orders.customer_id)
WHERE customer_id IN (SELECT id FROM customers WHERE closed_at IS NOT NULL)
"""


def upgrade() -> None:
    """Bring the tables to this revision; the orders of closed accounts are marked."""
    op.add_column("orders", sa.Column("erasure_asked_at", UtcDateTime(timezone=True), nullable=True))
    is_erased = sa.text("erasure_asked_at IS NOT NULL")
    op.create_index("ix_orders_erased", "orders", ["id"], postgresql_where=is_erased, sqlite_where=is_erased)
    op.execute(_OF_CLOSED_ACCOUNTS)


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_index("ix_orders_erased", table_name="orders")
    op.drop_column("orders", "erasure_asked_at")
