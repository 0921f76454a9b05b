"""devices: what each login is and when it was last seen, keys spent a moment ago, and whose an answer is

Revision: 0014
Follows: 0013
Date: 2026-11-29 12:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Until now the answer to a registration was kept for a day with the person's name and address in it.
_ABOUT_PEOPLE = "DELETE FROM idempotency_keys WHERE CAST(body AS TEXT) LIKE '%\"emailVerified\"%'"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.execute(_ABOUT_PEOPLE)
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("customer_id", sa.String(length=26), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_idempotency_keys_customer_id_customers"), "customers", ["customer_id"], ["id"]
        )
        batch_op.create_index(op.f("ix_idempotency_keys_customer_id"), ["customer_id"])
    op.add_column("logins", sa.Column("spent_keys", sa.JSON(), nullable=True))
    op.add_column("logins", sa.Column("browser", sa.String(length=40), nullable=True))
    op.add_column("logins", sa.Column("system", sa.String(length=40), nullable=True))
    op.add_column("logins", sa.Column("network", sa.String(length=64), nullable=True))
    op.add_column("logins", sa.Column("last_seen_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for column in ("last_seen_at", "network", "system", "browser", "spent_keys"):
        op.drop_column("logins", column)
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_idempotency_keys_customer_id"))
        batch_op.drop_constraint(op.f("fk_idempotency_keys_customer_id_customers"), type_="foreignkey")
        batch_op.drop_column("customer_id")
