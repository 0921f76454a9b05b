"""digital content: files, entitlements, downloads

Revision: 0003
Follows: 0002
Date: 2026-11-24 09:45:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.add_column(sa.Column("download_limit", sa.Integer(), nullable=False, server_default="5"))
        batch_op.add_column(sa.Column("download_days", sa.Integer(), nullable=False, server_default="365"))
    op.create_table(
        "content_files",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("product_id", sa.String(length=26), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("format", sa.String(length=3), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        sa.CheckConstraint("format IN ('pdf', 'mp4', 'zip')", name=op.f("ck_content_files_format_known")),
        sa.CheckConstraint("size_bytes >= 0", name=op.f("ck_content_files_size_not_negative")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_content_files_product_id_products")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_files")),
        sa.UniqueConstraint("product_id", "file_name", name=op.f("uq_content_files_product_id_file_name")),
        sa.UniqueConstraint("storage_key", name=op.f("uq_content_files_storage_key")),
    )
    op.create_table(
        "entitlements",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.String(length=26), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("downloads_left", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("downloads_left >= 0", name=op.f("ck_entitlements_downloads_not_negative")),
        sa.ForeignKeyConstraint(["file_id"], ["content_files.id"], name=op.f("fk_entitlements_file_id_content_files")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_entitlements_order_id_orders")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_entitlements_order_line_id_order_lines")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entitlements")),
        sa.UniqueConstraint("order_line_id", "file_id", name=op.f("uq_entitlements_order_line_id_file_id")),
    )
    with op.batch_alter_table("entitlements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entitlements_file_id"), ["file_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_entitlements_order_id"), ["order_id"], unique=False)
    op.create_table(
        "downloads",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("entitlement_id", sa.String(length=26), nullable=False),
        sa.Column("link", sa.String(length=26), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("streams", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("link_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["entitlement_id"], ["entitlements.id"], name=op.f("fk_downloads_entitlement_id_entitlements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_downloads")),
    )
    with op.batch_alter_table("downloads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_downloads_entitlement_id"), ["entitlement_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_downloads_link"), ["link"], unique=False)
        batch_op.create_index("ix_downloads_open", ["state", "link_expires_at"], unique=False)


def downgrade() -> None:
    """Undo this revision."""
    op.drop_table("downloads")
    op.drop_table("entitlements")
    op.drop_table("content_files")
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.drop_column("download_days")
        batch_op.drop_column("download_limit")
