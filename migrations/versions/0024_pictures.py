"""pictures of products, and the names of files that nothing refers to

Revision: 0024
Follows: 0023
Date: 2026-11-28 17:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "pictures",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("product_id", sa.String(length=26), nullable=False),
        sa.Column("variant_id", sa.String(length=26), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("alt_es", sa.String(length=300), nullable=False),
        sa.Column("alt_en", sa.String(length=300), nullable=False),
        sa.Column("is_decorative", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_pictures_size_positive")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_pictures_position_not_negative")),
        sa.CheckConstraint("is_decorative OR (alt_es <> '' AND alt_en <> '')", name=op.f("ck_pictures_described")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_pictures_product_id_products")),
        sa.ForeignKeyConstraint(["variant_id"], ["variants.id"], name=op.f("fk_pictures_variant_id_variants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
    )
    op.create_index("ix_pictures_order", "pictures", ["product_id", "position", "id"])
    op.create_index(op.f("ix_pictures_digest"), "pictures", ["digest"])
    op.create_table(
        "unused_files",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_unused_files")),
    )
    op.create_index(op.f("ix_unused_files_since"), "unused_files", ["since"])


def downgrade() -> None:
    """Undo this revision; files in the store stay."""
    op.drop_table("unused_files")
    op.drop_table("pictures")
