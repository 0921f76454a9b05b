"""an index over the tries to pay, by time, to notice when cards are tried out

Revision: 0016
Follows: 0015
Date: 2026-11-29 12:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_IS_TRY = sa.text("type IN ('payment_intent.payment_failed', 'payment_intent.succeeded')")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_index(
        "ix_payment_events_tries", "payment_events", ["created_at"], sqlite_where=_IS_TRY, postgresql_where=_IS_TRY
    )


def downgrade() -> None:
    """Undo this revision."""
    op.drop_index("ix_payment_events_tries", "payment_events")
