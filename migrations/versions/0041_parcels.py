"""several parcels for an order, each with its units, and notes of staff about an order

What was sent until now becomes one parcel with all the goods of its order.

Revision: 0041
Follows: 0040
Date: 2026-12-03 09:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_CODES = (
    "code IN ('moved', 'noted', 'placed', 'renewed', 'rebuilt', 'cancelled', 'expired', 'page_refused', 'out_of_stock',"
    " 'declined', 'invoice_paid', 'paid_late', 'amount_differs', 'payment_accepted', 'payment_rejected',"
    " 'goods_released', 'refund_requested', 'refund_refused', 'refund_failed', 'refund_undone', 'settled_otherwise',"
    " 'disputed', 'ready_for_pickup', 'collected', 'restocked', 'downloads_renewed', 'withdrawal_asked',"
    " 'withdrawal_closed', 'plan_changed', 'plan_ended', 'plan_duplicate', 'trial_refused'"
)
_NEW_CODES = ("parcel_sent", "tracking_changed", "address_changed", "mail_sent_again")
_IS_FAILED = sa.text("state = 'failed'")


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "parcels",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(length=20), nullable=False),
        sa.Column("tracking_number", sa.String(length=60), nullable=True),
        sa.Column("tracking_url", sa.String(length=300), nullable=True),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_parcels_sequence_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_parcels_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcels")),
        sa.UniqueConstraint("order_id", "sequence", name=op.f("uq_parcels_order_id_sequence")),
    )
    op.create_table(
        "parcel_lines",
        sa.Column("parcel_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_parcel_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcels.id"], name=op.f("fk_parcel_lines_parcel_id_parcels")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_parcel_lines_order_line_id_order_lines")
        ),
        sa.PrimaryKeyConstraint("parcel_id", "order_line_id", name=op.f("pk_parcel_lines")),
    )
    op.create_table(
        "order_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=254), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("text <> ''", name=op.f("ck_order_notes_text_given")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_notes_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_notes")),
    )
    op.create_index(op.f("ix_order_notes_order_id"), "order_notes", ["order_id"])
    op.add_column("shipments", sa.Column("is_partial", sa.Boolean(), server_default=sa.false(), nullable=False))
    _fill()
    _know(*_NEW_CODES)
    op.create_index(
        "ix_payment_events_failed",
        "payment_events",
        ["received_at"],
        postgresql_where=_IS_FAILED,
        sqlite_where=_IS_FAILED,
    )


def downgrade() -> None:
    """Take the tables back to the revision before; notes and all parcels but the newest of an order are gone."""
    op.drop_index("ix_payment_events_failed", "payment_events")
    names = ", ".join(f"'{code}'" for code in _NEW_CODES)
    op.execute(f"UPDATE order_events SET code = 'noted' WHERE code IN ({names})")  # noqa: S608 - our own constants
    _know()
    op.drop_column("shipments", "is_partial")
    for table in ("order_notes", "parcel_lines", "parcels"):
        op.drop_table(table)


def _fill() -> None:
    op.execute(
        "INSERT INTO parcels (order_id, sequence, carrier, tracking_number, tracking_url, sent_at)"
        " SELECT order_id, 1, carrier, guide, tracking_url, COALESCE(shipped_at, created_at) FROM shipments"
        " WHERE state IN ('shipped', 'delivered') AND carrier IS NOT NULL AND carrier <> 'pickup'"
    )
    op.execute(
        "INSERT INTO parcel_lines (parcel_id, order_line_id, quantity)"
        " SELECT parcels.id, order_lines.id, order_lines.quantity FROM parcels"
        " JOIN order_lines ON order_lines.order_id = parcels.order_id AND order_lines.kind = 'physical'"
    )


def _know(*codes: str) -> None:
    """Let the history know these codes, too."""
    known = _CODES + "".join(f", '{code}'" for code in codes) + ")"
    with op.batch_alter_table("order_events") as table:
        table.drop_constraint(op.f("ck_order_events_code_known"), type_="check")
        table.create_check_constraint(op.f("ck_order_events_code_known"), known)
