"""the card that an order was paid with: its brand and last four digits

Revision: 0053
Follows: 0049
Date: 2026-12-07 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision; nobody knows the cards of older orders."""
    op.add_column("orders", sa.Column("card_brand", sa.String(length=20), nullable=True))
    op.add_column("orders", sa.Column("card_last4", sa.String(length=4), nullable=True))


def downgrade() -> None:
    """Take the tables back; the cards are forgotten."""
    op.drop_column("orders", "card_last4")
    op.drop_column("orders", "card_brand")
