"""charges of plans that failed, and packing slips as a job of the worker, with the file that it made

Revision: 0046
Follows: 0042
Date: 2026-12-05 09:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0046"
down_revision = "0042"
branch_labels = None
depends_on = None

_KINDS = "kind IN ('product_check', 'product_import'"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "failed_charges",
        sa.Column("id", sa.String(length=280), nullable=False),
        sa.Column("subscription_id", sa.String(length=26), nullable=False),
        sa.Column("invoice_id", sa.String(length=255), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("next_attempt_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_failed_charges_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_failed_charges_subscription_id_subscriptions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_charges")),
    )
    op.create_index(op.f("ix_failed_charges_subscription_id"), "failed_charges", ["subscription_id"])
    op.add_column("jobs", sa.Column("output", sa.LargeBinary(), nullable=True))
    _know(", 'packing_slips'")


def downgrade() -> None:
    """Take the tables back to the revision before; slips that were made or wait are gone."""
    op.execute("DELETE FROM jobs WHERE kind = 'packing_slips'")
    _know("")
    op.drop_column("jobs", "output")
    op.drop_index(op.f("ix_failed_charges_subscription_id"), "failed_charges")
    op.drop_table("failed_charges")


def _know(kinds: str) -> None:
    """Let a job be of these kinds, too."""
    with op.batch_alter_table("jobs") as table:
        table.drop_constraint(op.f("ck_jobs_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_jobs_kind_known"), f"{_KINDS}{kinds})")
