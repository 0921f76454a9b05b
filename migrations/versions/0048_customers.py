"""customers in the back office: their search, notes and requests about them, and blocks

Revision: 0048
Follows: 0047
Date: 2026-12-08 09:00:00
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime
from storefront.text import fold

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_AT_ONCE = 1000
_CUSTOMERS = sa.table(
    "customers",
    *(sa.column(name) for name in ("id", "email", "first_name", "last_name", "phone", "search_text")),
    sa.column("document", sa.JSON()),
)
_ONE_SUBJECT = "(customer_id IS NULL) <> (email IS NULL)"


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("customers", sa.Column("search_text", sa.Text(), server_default="", nullable=False))
    _fill()
    op.create_index("ix_customers_created", "customers", ["created_at", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_customers_words ON customers USING gin (to_tsvector('simple', search_text))")
    for name, column, condition in _ORDERS:
        where = sa.text(condition)
        op.create_index(name, "orders", [column], postgresql_where=where, sqlite_where=where)
    _create_notes()
    _create_requests()
    _create_blocks()


def downgrade() -> None:
    """Take the tables back to the revision before; notes, requests and blocks are gone."""
    for table in ("blocks", "data_requests", "customer_notes"):
        op.drop_table(table)
    for name, *_more in _ORDERS:
        op.drop_index(name, "orders")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_customers_words", "customers")
    op.drop_index("ix_customers_created", "customers")
    op.drop_column("customers", "search_text")


_ORDERS = (
    ("ix_orders_guests", "id", "customer_id IS NULL"),
    ("ix_orders_document", "document_number", "document_number IS NOT NULL"),
)


def _create_notes() -> None:
    op.create_table(
        "customer_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(length=26), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("author", sa.String(length=254), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_customer_notes_text_given")),
        sa.CheckConstraint(_ONE_SUBJECT, name=op.f("ck_customer_notes_one_subject")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_customer_notes_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_notes")),
    )
    for column in ("customer_id", "email"):
        op.create_index(op.f(f"ix_customer_notes_{column}"), "customer_notes", [column])


def _create_requests() -> None:
    op.create_table(
        "data_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(length=26), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("received_on", sa.String(length=10), nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=False),
        sa.Column("author", sa.String(length=254), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("done_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(_ONE_SUBJECT, name=op.f("ck_data_requests_one_subject")),
        sa.CheckConstraint(
            "received_on LIKE '____-__-__' AND due_on LIKE '____-__-__' AND received_on <= due_on",
            name=op.f("ck_data_requests_days_in_order"),
        ),
        sa.CheckConstraint("kind IN ('access', 'correction', 'erasure')", name=op.f("ck_data_requests_kind_known")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_data_requests_customer_id_customers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_requests")),
    )
    for column in ("customer_id", "email", "due_on"):
        op.create_index(op.f(f"ix_data_requests_{column}"), "data_requests", [column])


def _create_blocks() -> None:
    op.create_table(
        "blocks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("first_key", sa.String(length=254), nullable=False),
        sa.Column("last_key", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("author", sa.String(length=254), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_key <> '' AND first_key <= last_key", name=op.f("ck_blocks_keys_in_order")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_blocks_reason_given")),
        sa.CheckConstraint("kind IN ('email', 'phone', 'network')", name=op.f("ck_blocks_kind_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("kind", "first_key", "last_key", name=op.f("uq_blocks_kind_first_key_last_key")),
    )
    op.create_index(op.f("ix_blocks_ends_at"), "blocks", ["ends_at"])


def _fill() -> None:
    """Write the words of the accounts that are there already, a thousand at a time."""
    connection, last = op.get_bind(), ""
    columns = [column for column in _CUSTOMERS.c if column.name != "search_text"]
    chosen = sa.select(*columns).order_by(_CUSTOMERS.c.id).limit(_AT_ONCE)
    own = sa.update(_CUSTOMERS).where(_CUSTOMERS.c.id == sa.bindparam("own"))
    while rows := connection.execute(chosen.where(_CUSTOMERS.c.id > last)).all():
        words = [{"own": row.id, "words": _words(row)} for row in rows]
        connection.execute(own.values(search_text=sa.bindparam("words")), words)
        last = rows[-1].id


def _words(row: Any) -> str:
    phone = fold(row.phone or "")
    number = fold((row.document or {}).get("number") or "").replace(" ", "")
    texts = fold(" ".join([row.email, row.first_name, row.last_name])).split()
    words = [*texts, phone, phone.removeprefix("57"), number]
    return " ".join(word for word in dict.fromkeys(words) if word)
