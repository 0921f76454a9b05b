"""plan periods: until when a plan was paid, why it ended, what its owner was reminded of

Revision: 0020
Follows: 0019
Date: 2026-11-28 10:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_MOMENTS = ("charged_until", "cancelled_at", "reminded_of")


def upgrade() -> None:
    """Bring the tables to this revision; what running plans say of their paid end was heard of as paid."""
    for name in ("period_start", "period_end"):
        op.add_column("order_lines", sa.Column(name, UtcDateTime(timezone=True), nullable=True))
    for name in _MOMENTS:
        op.add_column("subscriptions", sa.Column(name, UtcDateTime(timezone=True), nullable=True))
    op.add_column("subscriptions", sa.Column("end_reason", sa.String(length=40), nullable=False, server_default=""))
    op.execute("UPDATE subscriptions SET charged_until = paid_until WHERE status IN ('active', 'past_due')")


def downgrade() -> None:
    """Undo this revision."""
    for name in (*_MOMENTS, "end_reason"):
        op.drop_column("subscriptions", name)
    for name in ("period_start", "period_end"):
        op.drop_column("order_lines", name)
