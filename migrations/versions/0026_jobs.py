"""jobs of the worker: files of products that are checked and applied

Revision: 0026
Follows: 0025
Date: 2026-11-28 17:30:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.String(length=26), nullable=True),
        sa.Column("actor_name", sa.String(length=254), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('product_check', 'product_import')", name=op.f("ck_jobs_kind_known")),
        sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_jobs_state_known")),
        sa.CheckConstraint(
            "(state = 'running') = (claimed_until IS NOT NULL)", name=op.f("ck_jobs_running_is_claimed")
        ),
        sa.CheckConstraint("done >= 0 AND done <= total", name=op.f("ck_jobs_done_of_total")),
        sa.CheckConstraint("tries BETWEEN 0 AND 3", name=op.f("ck_jobs_tries_in_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_state", "jobs", ["state", "created_at"])


def downgrade() -> None:
    """Take the tables back to the revision before; imports that wait are lost."""
    op.drop_table("jobs")
