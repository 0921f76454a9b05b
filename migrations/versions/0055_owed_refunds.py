"""refunds whose money is still owed after they failed, and refunds by their payment

Revision: 0055
Follows: 0054
Date: 2026-11-29 19:30:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_OF_OWED_ORDERS = """
UPDATE refunds SET is_owed = true WHERE (status = 'failed' OR status = 'canceled' AND provider_id IS NOT NULL)
AND order_id IN (SELECT id FROM orders WHERE is_refund_owed)
"""
# Another refund of the order cleared its mark, though this payment had not gone back.
_FORGOTTEN = """
UPDATE refunds SET is_owed = true WHERE status = 'failed' AND reason = 'paid_twice'
AND NOT EXISTS (SELECT 1 FROM refunds AS other WHERE other.payment_id = refunds.payment_id
    AND other.status NOT IN ('failed', 'canceled'))
AND NOT EXISTS (SELECT 1 FROM order_events WHERE order_events.order_id = refunds.order_id
    AND order_events.code = 'settled_otherwise')
"""


def upgrade() -> None:
    """Bring the tables to this revision, with the marks of what is owed now."""
    owed = sa.Column("is_owed", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("refunds", owed)
    op.create_index("ix_refunds_payment_id", "refunds", ["payment_id"])
    op.execute(_OF_OWED_ORDERS)
    op.execute(_FORGOTTEN)
    op.execute("UPDATE orders SET is_refund_owed = true WHERE id IN (SELECT order_id FROM refunds WHERE is_owed)")


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_index("ix_refunds_payment_id", table_name="refunds")
    op.drop_column("refunds", "is_owed")
