"""search: an index of words on PostgreSQL, and lists that cost the same however much there is

Revision: 0006
Follows: 0005
Date: 2026-11-24 12:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_LISTS = {
    "ix_products_popular": ["popularity", "id"],
    "ix_products_newest": ["created_at", "id"],
    "ix_products_price": ["price_minor", "id"],
    "ix_products_name": ["name", "id"],
    "ix_products_shelf": ["category_id", "popularity", "id"],
    "ix_products_brand": ["brand", "popularity", "id"],
    "ix_products_kind": ["kind", "popularity", "id"],
}
_ONE_COLUMN = {
    "ix_products_popularity": ["popularity"],
    "ix_products_created_at": ["created_at"],
    "ix_products_category_id": ["category_id"],
}
_HOLDS = {"ix_orders_hold_email": ["email"], "ix_orders_hold_network": ["network"]}
_IS_HELD = sa.text("hold_until IS NOT NULL")


def upgrade() -> None:
    """Bring the tables to this revision."""
    for name, columns in _LISTS.items():
        op.create_index(name, "products", columns)
    for name in _ONE_COLUMN:
        op.drop_index(name, "products")
    for name, columns in _HOLDS.items():
        op.create_index(name, "orders", columns, postgresql_where=_IS_HELD, sqlite_where=_IS_HELD)
    op.drop_index("ix_orders_network", "orders")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_products_words ON products USING gin (to_tsvector('simple', search_text))")


def downgrade() -> None:
    """Take the tables back to the revision before."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_products_words", "products")
    op.create_index("ix_orders_network", "orders", ["network"])
    for name in _HOLDS:
        op.drop_index(name, "orders")
    for name, columns in _ONE_COLUMN.items():
        op.create_index(name, "products", columns)
    for name in _LISTS:
        op.drop_index(name, "products")
