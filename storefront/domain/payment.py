"""Payments: checkout sessions, the provider's events, and refunds."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, bindparam, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, Minor, db
from storefront.enums import CheckoutSessionState, PaymentEventState, RefundStatus
from storefront.ids import new_id


class CheckoutSession(Base):
    """One Checkout Session of Stripe, a hosted payment page, for an order.

    `request` holds the exact parameters, so that the same key is always sent with the same body.
    States: `asked` (sent or about to be, answer unknown), `open`, `paid`, `closed`, `refused`. `checked_at` is
    when the provider was last asked about it by the reconciliation.
    """

    __tablename__ = "payment_attempts"

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    state: Mapped[CheckoutSessionState] = mapped_column(default=CheckoutSessionState.ASKED, index=True)
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    session_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    url: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]

    @property
    def key(self) -> str:
        """Return the idempotency key: it belongs to the checkout session, not to the order."""
        return f"attempt:{self.id}"


DECLINED, PAID = "payment_intent.payment_failed", "payment_intent.succeeded"
"""What the provider calls a try to pay that failed, and one that did not."""

_IS_TRY = text(f"type IN ('{DECLINED}', '{PAID}')")


class EventRecord(Base):
    """An event of the provider, in the shop's event log: `done`, `ignored` or `failed`, written with its effects.

    A refund or dispute of a payment that the shop does not know yet is `waiting` for it. `error` says why an event is
    anything but done.
    """

    __tablename__ = "payment_events"
    __table_args__ = (Index("ix_payment_events_tries", "created_at", sqlite_where=_IS_TRY, postgresql_where=_IS_TRY),)

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
    `is_restocked` is the staff's answer whether its goods return to stock; None where nobody was asked.
    """

    __tablename__ = "refunds"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount_positive"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    provider_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    payment_id: Mapped[str] = mapped_column(String(255))
    amount_minor: Mapped[Minor]
    status: Mapped[RefundStatus] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(40))
    lines: Mapped[list[Any]] = mapped_column(JSON, default=list)
    uses_taken: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, server_default="{}")
    is_restocked: Mapped[bool | None]
    created_at: Mapped[datetime]


def has_open_session(order_id: int) -> bool:
    """Return whether a checkout session of the order can still be paid, as far as the shop knows."""
    open_states = CheckoutSession.state.in_((CheckoutSessionState.ASKED, CheckoutSessionState.OPEN))
    statement = select(CheckoutSession.id).where(CheckoutSession.order_id == order_id, open_states)
    return db.session.scalar(statement.limit(1)) is not None


def find_latest_session(order_id: int) -> CheckoutSession | None:
    """Return the newest checkout session of an order, if it has any."""
    statement = select(CheckoutSession).where(CheckoutSession.order_id == order_id)
    return db.session.scalar(statement.order_by(CheckoutSession.id.desc()).limit(1))


def finish_session(session_id: str, state: CheckoutSessionState) -> None:
    """Set how a session ended, inside a transaction; one that was paid stays paid."""
    db.session.flush()
    db.session.connection().execute(_FINISH, {"session": session_id, "end": state})


_FINISH = (
    update(CheckoutSession)
    .where(CheckoutSession.session_id == bindparam("session"), CheckoutSession.state != CheckoutSessionState.PAID)
    .values(state=bindparam("end"))
)
