"""what returns tell and when, late parcels asked about, the kind of rate of a line, downloads that a refund took

Revision: 0018
Follows: 0016
Date: 2026-11-28 11:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None

_TIMES = {"withdrawals": ("told_at", "reminded_at"), "shipments": ("asked_at",)}


def upgrade() -> None:
    """Bring the tables to this revision."""
    for table, names in _TIMES.items():
        for name in names:
            op.add_column(table, sa.Column(name, UtcDateTime(timezone=True), nullable=True))
    # With a default, so that the code of before goes on writing while this one comes up.
    op.add_column("order_lines", sa.Column("tax_rate", sa.String(length=10), server_default="", nullable=False))
    op.add_column("refunds", sa.Column("uses_taken", sa.JSON(), server_default="{}", nullable=False))
    _tell_no_old_ends()
    _freeze_rates()


def downgrade() -> None:
    """Take the tables back to the revision before."""
    op.drop_column("refunds", "uses_taken")
    op.drop_column("order_lines", "tax_rate")
    for table, names in reversed(_TIMES.items()):
        for name in reversed(names):
            op.drop_column(table, name)


def _tell_no_old_ends() -> None:
    """Requests that ended before are told: a refund of something else would name them otherwise."""
    rows = sa.table("withdrawals", sa.column("told_at"), sa.column("closed_at"))
    op.get_bind().execute(sa.update(rows).values(told_at=rows.c.closed_at))


def _freeze_rates() -> None:
    """Give each line its product's kind of rate where the rate is still the one that was paid."""
    lines = sa.table("order_lines", sa.column("product_id"), sa.column("tax_rate"), sa.column("tax_basis_points"))
    products = sa.table("products", sa.column("id"), sa.column("tax_rate"))
    connection = op.get_bind()
    for basis_points, rates in ((1900, ("general",)), (500, ("reduced",)), (0, ("zero", "excluded"))):
        for rate in rates:
            of_rate = sa.select(products.c.id).where(products.c.tax_rate == rate)
            mine = (lines.c.tax_basis_points == basis_points, lines.c.product_id.in_(of_rate))
            connection.execute(sa.update(lines).where(*mine).values(tax_rate=rate))
