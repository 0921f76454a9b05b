"""reviews of products by their buyers: what they wrote, whom to ask, and what lists show of them

Revision: 0036
Follows: 0035
Date: 2026-11-30 12:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_STATES = "status IN ('pending', 'approved', 'refused')"


def upgrade() -> None:
    """Bring the tables to this revision."""
    _add_columns()
    op.create_table(
        "product_reviews",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("product_id", sa.String(length=26), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=70), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_product_reviews_stars_in_range")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_product_reviews_text_given")),
        sa.CheckConstraint("language IN ('es', 'en')", name=op.f("ck_product_reviews_language_known")),
        sa.CheckConstraint(
            "status <> 'refused' OR reason <> ''", name=op.f("ck_product_reviews_refusal_has_reason")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_product_reviews_version_positive")),
        sa.CheckConstraint(_STATES, name=op.f("ck_product_reviews_status_known")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_reviews_product_id_products")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_product_reviews_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_product_reviews_order_line_id_order_lines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_reviews")),
        sa.UniqueConstraint("order_line_id", name=op.f("uq_product_reviews_order_line_id")),
    )
    op.create_index(op.f("ix_product_reviews_order_id"), "product_reviews", ["order_id"])
    op.create_index("ix_product_reviews_product", "product_reviews", ["product_id", "status", "created_at", "id"])
    op.create_index("ix_product_reviews_status", "product_reviews", ["status", "changed_at", "id"])
    op.create_table(
        "review_requests",
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_review_requests_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_review_requests")),
    )
    op.create_index(op.f("ix_review_requests_due_at"), "review_requests", ["due_at"])
    op.create_table(
        "review_mail_stops",
        sa.Column("person", sa.String(length=254), nullable=False),
        sa.Column("stopped_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_review_mail_stops")),
    )


def _add_columns() -> None:
    """Add the sums of approved reviews, whose CHECKs come with the columns so that no table is copied."""
    count = sa.CheckConstraint("review_count >= 0", name=op.f("ck_products_review_count_not_negative"))
    stars = sa.CheckConstraint(
        "review_stars BETWEEN review_count AND 5 * review_count", name=op.f("ck_products_review_stars_in_range")
    )
    op.add_column("products", sa.Column("review_count", sa.Integer(), count, server_default="0", nullable=False))
    op.add_column("products", sa.Column("review_stars", sa.Integer(), stars, server_default="0", nullable=False))


def downgrade() -> None:
    """Take the tables back; the reviews are gone with theirs."""
    for name in ("review_mail_stops", "review_requests", "product_reviews"):
        op.drop_table(name)
    with op.batch_alter_table("products") as table:
        table.drop_constraint(op.f("ck_products_review_stars_in_range"), type_="check")
        table.drop_constraint(op.f("ck_products_review_count_not_negative"), type_="check")
        table.drop_column("review_stars")
        table.drop_column("review_count")
