"""figures: openings of pages by day, the accountant's file as a job, and who gets the daily mail

Revision: 0047
Follows: 0046
Date: 2026-12-06 09:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_KINDS = ("product_check", "product_import", "packing_slips")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "step_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("times > 0", name=op.f("ck_step_counts_times_positive")),
        sa.CheckConstraint("step IN ('product', 'cart', 'address')", name=op.f("ck_step_counts_step_known")),
        sa.PrimaryKeyConstraint("day", "step", name=op.f("pk_step_counts")),
    )
    # Whether somebody bought before some day is one look into the index, however often they did.
    op.drop_index("ix_orders_person", table_name="orders")
    op.create_index("ix_orders_person", "orders", ["person", "paid_at"])
    op.add_column("customers", sa.Column("has_daily_mail", sa.Boolean(), server_default=sa.true(), nullable=False))
    _know((*_KINDS, "accounting_export"))


def downgrade() -> None:
    """Take the tables back to the revision before; files that were asked for are lost."""
    op.execute("DELETE FROM jobs WHERE kind = 'accounting_export'")
    _know(_KINDS)
    op.drop_column("customers", "has_daily_mail")
    op.drop_index("ix_orders_person", table_name="orders")
    op.create_index("ix_orders_person", "orders", ["person"])
    op.drop_table("step_counts")


def _know(kinds: tuple[str, ...]) -> None:
    """Let a job be of these kinds."""
    known = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("jobs") as table:
        table.drop_constraint(op.f("ck_jobs_kind_known"), type_="check")
        table.create_check_constraint(op.f("ck_jobs_kind_known"), f"kind IN ({known})")
