"""what one client may hold and fetch: persons, forms, bytes of downloads, cards of trials

Revision: 0015
Follows: 0014
Date: 2026-11-29 12:00:00
"""

import sqlalchemy as sa
from alembic import op

from storefront.database import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_PERSONS = ("customers", "orders", "coupon_uses")
_BYTES = {"entitlements": ("loose_bytes",), "downloads": ("size_bytes", "promised_bytes", "sent_bytes")}
_HOLDS = {"ix_orders_hold_person": ["person"], "ix_orders_hold_customer": ["customer_id"]}
_IS_HELD = sa.text("hold_until IS NOT NULL")

# As domain/persons.py has them today; a migration does not change with the code.
_SAME_MAILBOX = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
}
_IGNORED = {"gmail.com": ".", "proton.me": "._-"}


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "cart_deeds",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("done_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_deeds")),
    )
    op.create_index(op.f("ix_cart_deeds_done_at"), "cart_deeds", ["done_at"])
    op.create_table(
        "trial_cards",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.String(length=255), nullable=False),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_cards")),
    )
    op.add_column(
        "subscriptions", sa.Column("is_trial_refused", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    for table, names in _BYTES.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    for table in _PERSONS:
        # With a default, so that the code of before goes on writing while this one comes up.
        op.add_column(table, sa.Column("person", sa.String(length=254), server_default="", nullable=False))
        _fill(table)
        op.create_index(op.f(f"ix_{table}_person"), table, ["person"])
    op.drop_index("ix_coupon_uses_email", "coupon_uses")
    op.drop_index("ix_orders_hold_email", "orders")
    for name, columns in _HOLDS.items():
        op.create_index(name, "orders", columns, postgresql_where=_IS_HELD, sqlite_where=_IS_HELD)


def downgrade() -> None:
    """Take the tables back to the revision before."""
    for name in _HOLDS:
        op.drop_index(name, "orders")
    op.create_index("ix_orders_hold_email", "orders", ["email"], postgresql_where=_IS_HELD, sqlite_where=_IS_HELD)
    op.create_index("ix_coupon_uses_email", "coupon_uses", ["email"])
    for table in reversed(_PERSONS):
        op.drop_index(op.f(f"ix_{table}_person"), table)
        op.drop_column(table, "person")
    for table, names in _BYTES.items():
        for name in names:
            op.drop_column(table, name)
    op.drop_column("subscriptions", "is_trial_refused")
    op.drop_table("trial_cards")
    op.drop_table("cart_deeds")


def _fill(table: str) -> None:
    """Write the person of each row: most are their address, so only the others are looked at one by one."""
    rows, connection = sa.table(table, sa.column("email"), sa.column("person")), op.get_bind()
    connection.execute(sa.update(rows).values(person=sa.func.lower(rows.c.email)))
    is_other = [rows.c.email.contains("+", autoescape=True)]
    is_other += [rows.c.email.ilike(f"%@{domain}") for domain in {*_SAME_MAILBOX, *_IGNORED}]
    emails = connection.scalars(sa.select(rows.c.email).where(sa.or_(*is_other)).distinct()).all()
    changed = [{"known": email, "whose": _canonical(email)} for email in emails]
    if changed:
        change = sa.update(rows).where(rows.c.email == sa.bindparam("known")).values(person=sa.bindparam("whose"))
        connection.execute(change, changed)


def _canonical(email: str) -> str:
    name, at, domain = email.strip().lower().rpartition("@")
    domain = _SAME_MAILBOX.get(domain, domain)
    plain = name.partition("+")[0].translate(dict.fromkeys(map(ord, _IGNORED.get(domain, ""))))
    return f"{plain or name}{at}{domain}"
