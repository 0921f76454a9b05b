"""Payments: the provider's events, and the money given back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, Minor, db
from storefront.enums import PaymentEventState, RefundStatus
from storefront.ids import new_id

DECLINED, PAID = "payment_intent.payment_failed", "payment_intent.succeeded"
"""What the provider calls a try to pay that failed, and one that did not."""

_IS_FAILED = text("state = 'failed'")
_IS_TRY = text(f"type IN ('{DECLINED}', '{PAID}')")


class EventRecord(Base):
    """An event of the provider, in the shop's event log: `done`, `ignored` or `failed`, written with its effects.

    A refund or dispute of a payment that the shop does not know yet is `waiting` for it. `error` says why an event is
    anything but done.
    """

    __tablename__ = "payment_events"
    __table_args__ = (
        Index("ix_payment_events_tries", "created_at", sqlite_where=_IS_TRY, postgresql_where=_IS_TRY),
        Index("ix_payment_events_failed", "received_at", sqlite_where=_IS_FAILED, postgresql_where=_IS_FAILED),
    )

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    type: Mapped[str] = mapped_column(String(80))
    state: Mapped[PaymentEventState] = mapped_column(index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    received_at: Mapped[datetime]


class RefundRecord(Base):
    """Money given back; `id` is ours, `provider_id` (re_...) the provider's.

    `lines` are the units that it pays for, as pairs of line and number, and `uses_taken` what it took of downloads.
    `is_restocked` is the staff's answer whether its goods return to stock; None where nobody was asked. `is_owed` says
    that it failed and staff have still to decide about its money.
    """

    __tablename__ = "refunds"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    provider_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    payment_id: Mapped[str] = mapped_column(String(255), index=True)
    amount_minor: Mapped[Minor]
    status: Mapped[RefundStatus] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(40))
    lines: Mapped[list[Any]] = mapped_column(JSON, default=list)
    uses_taken: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, server_default="{}")
    is_restocked: Mapped[bool | None]
    is_owed: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


def add_refund(
    order_id: int,
    payment_id: str | None,
    amount_minor: int,
    reason: str,
    now: datetime,
    *,
    lines: Sequence[Any] = (),
    is_restocked: bool | None = None,
) -> RefundRecord:
    """Write down a refund that is to be sent, inside the caller's transaction, and return it with its id.

    `lines` and `is_restocked` are as in `RefundRecord`.
    """
    refund = RefundRecord(
        order_id=order_id,
        payment_id=payment_id,
        amount_minor=amount_minor,
        status=RefundStatus.REQUESTED,
        reason=reason,
        lines=list(lines),
        is_restocked=is_restocked,
        created_at=now,
    )
    db.session.add(refund)
    db.session.flush()  # the row's id is the provider's key
    return refund
