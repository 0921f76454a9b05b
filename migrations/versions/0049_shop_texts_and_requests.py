"""texts that staff write, in versions that orders remember, and petitions and complaints with their answers

Revision: 0049
Follows: 0048
Date: 2026-11-30 15:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_LINK = "banner_link = '' OR substr(banner_link, 1, 8) = 'https://' OR substr(banner_link, 1, 1) = '/'"
_SELLER = "seller_version = 0 OR (seller_name <> '' AND seller_nit <> '')"
_TEXTS = (
    *(("banner_text", 200), ("banner_text_en", 200), ("banner_link", 300)),
    *(("contact_email", 254), ("contact_phone", 40), ("contact_whatsapp", 15)),
    *(("contact_hours", 160), ("contact_hours_en", 160)),
    *(("seller_name", 160), ("seller_nit", 20), ("seller_address", 160), ("seller_phone", 40), ("seller_email", 254)),
)


def upgrade() -> None:
    """Bring the tables to this revision."""
    texts = [sa.Column(name, sa.String(length=most), server_default="", nullable=False) for name, most in _TEXTS]
    days = [sa.Column(f"banner_{name}", UtcDateTime(timezone=True), nullable=True) for name in ("starts_at", "ends_at")]
    parts = ("banner", "contact", "seller")
    op.create_table(
        "shop_details",
        sa.Column("id", sa.Integer(), nullable=False),
        *texts,
        *days,
        *(sa.Column(f"{part}_version", sa.Integer(), server_default="0", nullable=False) for part in parts),
        sa.CheckConstraint("id = 1", name=op.f("ck_shop_details_only_row")),
        sa.CheckConstraint("banner_starts_at < banner_ends_at", name=op.f("ck_shop_details_banner_days_in_order")),
        sa.CheckConstraint(_LINK, name=op.f("ck_shop_details_banner_link_usable")),
        sa.CheckConstraint("ltrim(contact_whatsapp, '0123456789') = ''", name=op.f("ck_shop_details_whatsapp_digits")),
        sa.CheckConstraint(_SELLER, name=op.f("ck_shop_details_seller_named")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_details")),
    )
    op.create_table(
        "page_texts",
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("saved_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.String(length=254), nullable=False),
        sa.CheckConstraint("page IN ('terms', 'privacy', 'returns', 'about')", name=op.f("ck_page_texts_page_known")),
        sa.CheckConstraint("version > 0", name=op.f("ck_page_texts_version_counted")),
        sa.CheckConstraint("text <> '' AND text_en <> ''", name=op.f("ck_page_texts_written")),
        sa.PrimaryKeyConstraint("page", "version", name=op.f("pk_page_texts")),
    )
    is_counted = sa.CheckConstraint("terms_version >= 0", name=op.f("ck_orders_terms_version_counted"))
    op.add_column("orders", sa.Column("terms_version", sa.Integer(), is_counted, nullable=True))
    _create_requests()


def downgrade() -> None:
    """Take the tables back; what staff wrote is lost, and so are petitions and complaints."""
    for table in ("request_answers", "customer_requests"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":  # which drops the check of a column with it
        op.drop_constraint("ck_orders_terms_version_counted", "orders")
    op.drop_column("orders", "terms_version")
    for table in ("page_texts", "shop_details"):
        op.drop_table(table)


def _create_requests() -> None:
    kinds, statuses = "kind IN ('petition', 'complaint', 'claim', 'suggestion')", "status IN ('open', 'answered', 'closed')"
    op.create_table(
        "customer_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), server_default="open", nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("person", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=True),
        sa.Column("order_number", sa.String(length=40), server_default="", nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=False),
        sa.Column("closed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("closing_note", sa.String(length=300), server_default="", nullable=False),
        sa.Column("erasure_asked_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(kinds, name=op.f("ck_customer_requests_kind_known")),
        sa.CheckConstraint(statuses, name=op.f("ck_customer_requests_status_known")),
        sa.CheckConstraint("language IN ('es', 'en')", name=op.f("ck_customer_requests_language_known")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_customer_requests_written")),
        sa.CheckConstraint("due_on LIKE '____-__-__'", name=op.f("ck_customer_requests_due_on_written")),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_customer_requests_closed_has_its_time")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_requests")),
        sa.UniqueConstraint("digest", name=op.f("uq_customer_requests_digest")),
        sqlite_autoincrement=True,
    )
    for column in ("email", "person"):
        op.create_index(op.f(f"ix_customer_requests_{column}"), "customer_requests", [column])
    op.create_index("ix_customer_requests_status", "customer_requests", ["status", "due_on", "id"])
    op.create_table(
        "request_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=254), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_request_answers_written")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["customer_requests.id"], name=op.f("fk_request_answers_request_id_customer_requests")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_answers")),
    )
    op.create_index(op.f("ix_request_answers_request_id"), "request_answers", ["request_id"])
