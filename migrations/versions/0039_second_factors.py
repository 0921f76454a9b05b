"""staff sign in with a second factor and confirm what is delicate; what a login has proved

Revision: 0039
Follows: 0038
Date: 2026-11-28 21:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "second_factors",
        sa.Column("customer_id", sa.String(length=26), nullable=False),
        sa.Column("secret", sa.String(length=255), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("new_secret", sa.String(length=255), nullable=True),
        sa.Column("offered_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "(secret IS NULL) = (confirmed_at IS NULL)", name=op.f("ck_second_factors_confirmed_has_secret")
        ),
        sa.CheckConstraint(
            "(new_secret IS NULL) = (offered_at IS NULL)", name=op.f("ck_second_factors_offered_has_secret")
        ),
        sa.CheckConstraint("last_step >= 0", name=op.f("ck_second_factors_step_not_negative")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_second_factors_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=26), nullable=False),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_recovery_codes_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
    )
    op.create_index(op.f("ix_recovery_codes_customer_id"), "recovery_codes", ["customer_id"])
    op.create_table(
        "team_rules",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("is_second_factor_required", sa.Boolean(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_team_rules_only_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_rules")),
    )
    op.add_column("logins", sa.Column("second_factor_at", UtcDateTime(timezone=True), nullable=True))
    op.add_column("logins", sa.Column("confirmed_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take the tables back to the revision before; everybody signs in with the password alone."""
    op.drop_column("logins", "confirmed_at")
    op.drop_column("logins", "second_factor_at")
    op.drop_table("team_rules")
    op.drop_index(op.f("ix_recovery_codes_customer_id"), "recovery_codes")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
