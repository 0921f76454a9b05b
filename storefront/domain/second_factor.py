"""The second factor of staff: a secret that an app on their phone shares with the shop, and codes for a lost phone."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base


class SecondFactor(Base):
    """What somebody's app computes its codes from, encrypted; it counts from `confirmed_at` on.

    `last_step` is the time step of the last accepted code: that step and those before it are never accepted again.
    `new_secret` is shown on the page since `offered_at`, and takes the place of `secret` when a code of it arrives.
    `salt` belongs to the digests of the recovery codes.
    """

    __tablename__ = "second_factors"
    __table_args__ = (
        CheckConstraint("(secret IS NULL) = (confirmed_at IS NULL)", name="confirmed_has_secret"),
        CheckConstraint("(new_secret IS NULL) = (offered_at IS NULL)", name="offered_has_secret"),
        CheckConstraint("last_step >= 0", name="step_not_negative"),
    )

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    secret: Mapped[str | None] = mapped_column(String(255))
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    new_secret: Mapped[str | None] = mapped_column(String(255))
    offered_at: Mapped[datetime | None]
    salt: Mapped[str] = mapped_column(String(64))


class RecoveryCode(Base):
    """A code that stands once for the app's; `id` is its digest."""

    __tablename__ = "recovery_codes"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    used_at: Mapped[datetime | None]


class TeamRule(Base):
    """What owners decided for everybody who works here; there is one row at most."""

    __tablename__ = "team_rules"
    __table_args__ = (CheckConstraint("id = 1", name="only_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_second_factor_required: Mapped[bool] = mapped_column(default=False)
