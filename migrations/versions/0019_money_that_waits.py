"""money that waits for staff: refunds that failed, payments of another amount, disputes that ended

Revision: 0019
Follows: 0018
Date: 2026-11-29 12:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_BOOLEAN, _TEXT, _MINOR = sa.Boolean(), sa.String(), sa.BigInteger()
_orders = sa.table(
    "orders",
    sa.column("id", sa.Integer()),
    sa.column("status", _TEXT),
    sa.column("payment_status", _TEXT),
    sa.column("review_reason", _TEXT),
    sa.column("is_disputed", _BOOLEAN),
    sa.column("is_refund_owed", _BOOLEAN),
    sa.column("received_minor", _MINOR),
    sa.column("received_currency", _TEXT),
    sa.column("dispute_status", _TEXT),
)
_refunds = sa.table("refunds", sa.column("order_id", sa.Integer()), sa.column("status", _TEXT))
_events = sa.table(
    "order_events", sa.column("id", sa.Integer()), sa.column("order_id", sa.Integer()), sa.column("note", _TEXT)
)


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.add_column("orders", sa.Column("is_refund_owed", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("orders", sa.Column("received_minor", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("received_currency", sa.String(length=3), nullable=True))
    op.add_column("orders", sa.Column("dispute_id", sa.String(length=255), nullable=True))
    op.add_column("orders", sa.Column("dispute_status", sa.String(length=30), nullable=True))
    op.add_column("refunds", sa.Column("is_restocked", sa.Boolean(), nullable=True))
    _note_what_is_owed()
    _note_what_was_received()
    _end_disputes()


def downgrade() -> None:
    """Undo this revision."""
    op.drop_column("refunds", "is_restocked")
    for name in ("dispute_status", "dispute_id", "received_currency", "received_minor", "is_refund_owed"):
        op.drop_column("orders", name)


def _note_what_is_owed() -> None:
    """Owed is what a failed refund should have given back, and the money of returned goods that nobody sent."""
    failed = _orders.c.id.in_(sa.select(_refunds.c.order_id).where(_refunds.c.status == "failed"))
    owed = failed | (_orders.c.status == "returned") & (_orders.c.payment_status == "paid")
    op.execute(_orders.update().where(owed).values(is_refund_owed=True))


def _note_what_was_received() -> None:
    """Read what was paid for a held order from its history, where it was written as `paid 100 COP, due 200 COP`."""
    connection = op.get_bind()
    held = sa.select(_orders.c.id, _events.c.note).join(_events, _events.c.order_id == _orders.c.id)
    held = held.where(_orders.c.review_reason.is_not(None), _events.c.note.like("paid % due %"))
    for order_id, note in connection.execute(held.order_by(_events.c.id)).all():
        words = note.split()
        if len(words) > 2 and words[1].isdigit() and len(words[2].rstrip(",")) == 3:
            values = {"received_minor": int(words[1]), "received_currency": words[2].rstrip(",")}
            connection.execute(_orders.update().where(_orders.c.id == order_id).values(values))


def _end_disputes() -> None:
    """Take the mark from disputes that the history says are over."""
    for status in ("won", "lost", "warning_closed"):
        said = sa.select(_events.c.order_id).where(_events.c.note.like(f"dispute {status}:%"))
        over = _orders.c.is_disputed & _orders.c.id.in_(said)
        op.execute(_orders.update().where(over).values(is_disputed=False, dispute_status=status))
