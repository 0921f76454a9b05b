"""reconciliation: how far Stripe's list of events was read, and when each open page was asked about

Revision: 0009
Follows: 0007
Date: 2026-11-25 12:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("events_until", UtcDateTime(timezone=True), nullable=False),
        sa.Column("next_round_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
    )
    op.add_column("payment_attempts", sa.Column("checked_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_column("payment_attempts", "checked_at")
    op.drop_table("reconciliation")
