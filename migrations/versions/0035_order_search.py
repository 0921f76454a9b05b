"""the search of orders: the words by which an order is found, and indexes for what staff look for

Revision: 0035
Follows: 0028
Date: 2026-12-01 09:00:00
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storefront.text import fold

revision = "0035"
down_revision = "0028"
branch_labels = None
depends_on = None

_NEEDS_DECISION = sa.text("review_reason IS NOT NULL OR is_disputed OR is_refund_owed")
_AT_ONCE = 1000
_ORDERS = sa.table(
    "orders",
    *(sa.column(name) for name in ("id", "email")),
    sa.column("address", sa.JSON()),
    sa.column("search_text"),
)
_LINES = sa.table("order_lines", sa.column("order_id"), sa.column("sku"))
_SHIPMENTS = sa.table("shipments", sa.column("order_id"), sa.column("guide"))


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("orders", sa.Column("search_text", sa.Text(), server_default="", nullable=False))
    _fill()
    op.create_index("ix_orders_placed_at", "orders", ["placed_at", "id"])
    op.create_index("ix_orders_paid_at", "orders", ["paid_at"])
    op.create_index(
        "ix_orders_to_decide", "orders", ["id"], postgresql_where=_NEEDS_DECISION, sqlite_where=_NEEDS_DECISION
    )
    op.create_index("ix_shipments_state", "shipments", ["state", "order_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE INDEX ix_orders_words ON orders USING gin (to_tsvector('simple', search_text))")


def downgrade() -> None:
    """Take the tables back to the revision before."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_orders_words", "orders")
    op.drop_index("ix_shipments_state", "shipments")
    for name in ("ix_orders_to_decide", "ix_orders_paid_at", "ix_orders_placed_at"):
        op.drop_index(name, "orders")
    op.drop_column("orders", "search_text")


def _fill() -> None:
    """Write the words of the orders that are there already, a thousand at a time."""
    connection, last = op.get_bind(), 0
    chosen = sa.select(_ORDERS.c.id, _ORDERS.c.email, _ORDERS.c.address).order_by(_ORDERS.c.id).limit(_AT_ONCE)
    own = sa.update(_ORDERS).where(_ORDERS.c.id == sa.bindparam("own")).values(search_text=sa.bindparam("words"))
    while rows := connection.execute(chosen.where(_ORDERS.c.id > last)).all():
        between = (rows[0].id, rows[-1].id)
        skus = _by_order(connection, _LINES.c.order_id, _LINES.c.sku, between)
        guides = _by_order(connection, _SHIPMENTS.c.order_id, _SHIPMENTS.c.guide, between)
        words = [
            {"own": row.id, "words": _words(row, skus.get(row.id, []), guides.get(row.id, []))} for row in rows
        ]
        connection.execute(own, words)
        last = rows[-1].id


def _by_order(
    connection: sa.Connection, key: sa.ColumnClause[Any], text: sa.ColumnClause[Any], between: tuple[int, int]
) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for order_id, value in connection.execute(sa.select(key, text).where(key.between(*between), text.is_not(None))):
        found.setdefault(order_id, []).append(value)
    return found


def _words(row: Any, skus: list[str], guides: list[str]) -> str:
    address = row.address or {}
    phone = fold(address.get("phone") or "")
    names = [row.email, address.get("first_name") or "", address.get("last_name") or ""]
    words = fold(" ".join([*names, *skus, *guides])).split()
    words += [phone, phone.removeprefix("57"), *(fold(guide).replace(" ", "") for guide in guides)]
    return " ".join(word for word in dict.fromkeys(words) if word)
