"""what happened to an order as a code; until now it was read from the English notes of its history

Revision: 0022
Follows: 0021
Date: 2026-11-28 13:00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_KNOWN = (
    "code IN ('moved', 'noted', 'placed', 'renewed', 'rebuilt', 'cancelled', 'expired', 'page_refused', 'out_of_stock',"
    " 'declined', 'invoice_paid', 'paid_late', 'amount_differs', 'payment_accepted', 'payment_rejected',"
    " 'goods_released', 'refund_requested', 'refund_refused', 'refund_failed', 'refund_undone', 'settled_otherwise',"
    " 'disputed', 'ready_for_pickup', 'collected', 'restocked', 'downloads_renewed', 'withdrawal_asked',"
    " 'withdrawal_closed', 'plan_changed', 'plan_ended', 'plan_duplicate', 'trial_refused')"
)
_NOTES = (
    ("placed", "placed"),
    ("renewed", "renewal of %"),
    ("rebuilt", "rebuilt from the payment page"),
    ("refund_requested", "refund of % requested (%"),
    ("refund_requested", "refund requested: %"),
    ("refund_refused", "refund of % refused: %"),
    ("refund_failed", "refund % at the bank"),
    ("settled_otherwise", "money settled otherwise: %"),
    ("disputed", "dispute %: %"),
    ("payment_accepted", "payment of % accepted for %"),
    ("goods_released", "goods released; %"),
    ("amount_differs", "paid % due %"),
    ("restocked", "back on the shelf: %"),
    ("downloads_renewed", "downloads issued again"),
    ("withdrawal_closed", "withdrawal R% closed: %"),
    ("withdrawal_asked", "withdrawal% asked%"),
    ("plan_ended", "plan ended at once"),
    ("trial_refused", "plan ends: %"),
    ("plan_duplicate", "plan paid for beside %"),
    ("plan_changed", "plan %"),
)
_STATUS_NOTES = (
    ("ready_for_pickup", "ready for pickup"),
    ("collected", "collected"),
    ("page_refused", "payment page refused: %"),
    ("out_of_stock", "no stock left"),
)
_PAYMENT_NOTES = (
    ("invoice_paid", "invoice %"),
    ("paid_late", "paid after cancellation, no stock left"),
    ("amount_differs", "paid % due %"),
    ("payment_rejected", "another amount was due; it goes back"),
)
_events = sa.table("order_events", *(sa.column(name, sa.String()) for name in ("kind", "new", "cause", "note", "code")))


def upgrade() -> None:
    """Bring the tables to this revision, and say of each line of a history what it was."""
    check = sa.CheckConstraint(_KNOWN, name=op.f("ck_order_events_code_known"))
    # With a default, so that the code of before goes on writing while this one comes up.
    code = sa.Column("code", sa.String(length=40), check, server_default="moved", nullable=False)
    op.add_column("order_events", code)
    row = _events.c
    is_of_person = row.cause.like("customer%") | row.cause.like("staff%")
    known = [
        (row.note.like("refund % did not arrive"), "refund_undone"),
        *_by_note("note", _NOTES),
        (row.kind == "note", "noted"),
        *_by_note("status", _STATUS_NOTES),
        ((row.kind == "status") & (row.new == "cancelled") & is_of_person, "cancelled"),
        ((row.kind == "status") & (row.new == "cancelled"), "expired"),
        *_by_note("payment", _PAYMENT_NOTES),
        ((row.kind == "payment") & (row.new == "failed"), "declined"),
    ]
    op.execute(_events.update().values(code=sa.case(*known, else_="moved")))


def downgrade() -> None:
    """Take the tables back to the revision before; the notes are still there."""
    with op.batch_alter_table("order_events") as table:
        # A later revision wrote the rule anew, as one of the table, with which SQLite drops no column.
        table.drop_constraint(op.f("ck_order_events_code_known"), type_="check")
        table.drop_column("code")


def _by_note(kind: str, notes: tuple[tuple[str, str], ...]) -> list[tuple[sa.ColumnElement[bool], str]]:
    return [((_events.c.kind == kind) & _events.c.note.like(pattern), code) for code, pattern in notes]
