"""staff roles: a role instead of a mark, and people who were disabled

Revision: 0007
Follows: 0006
Date: 2026-11-25 12:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_IS_STAFF = sa.text("staff_role IS NOT NULL")
_KNOWN = "staff_role IN ('owner', 'manager', 'warehouse', 'support', 'accountant')"


def upgrade() -> None:
    """Bring the tables to this revision; whoever was staff could do everything, so they become owners."""
    op.add_column(
        "customers",
        sa.Column(
            "staff_role", sa.String(length=10), sa.CheckConstraint(_KNOWN, name=op.f("ck_customers_staffrole"))
        ),
    )
    op.add_column(
        "customers",
        sa.Column(
            "staff_disabled_at",
            UtcDateTime(timezone=True),
            sa.CheckConstraint(
                "staff_disabled_at IS NULL OR staff_role IS NOT NULL", name=op.f("ck_customers_disabled_has_role")
            ),
        ),
    )
    op.execute("UPDATE customers SET staff_role = 'owner' WHERE is_staff")
    op.drop_column("customers", "is_staff")
    op.create_index(
        "ix_customers_staff", "customers", ["staff_role"], sqlite_where=_IS_STAFF, postgresql_where=_IS_STAFF
    )


def downgrade() -> None:
    """Take the tables back to the revision before; only an owner may do there what staff could."""
    # The default stays, for SQLite cannot take it away without copying the table.
    op.add_column("customers", sa.Column("is_staff", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute("UPDATE customers SET is_staff = true WHERE staff_role = 'owner' AND staff_disabled_at IS NULL")
    op.drop_index("ix_customers_staff", "customers")
    op.drop_column("customers", "staff_disabled_at")
    op.drop_column("customers", "staff_role")
