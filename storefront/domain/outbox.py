"""The outbox: emails as rows, written in the transaction that causes them and sent afterwards."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, CheckConstraint, Index, String, Text, insert
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, db, insert_once
from storefront.enums import PaymentStatus
from storefront.ids import new_id

MAX_TRIES = 20

TO_STAFF = (
    "warehouse_new_order",
    "payment_held",
    "payment_held",
    "warehouse_return_asked",
    "warehouse_return_due",
    "dispute_opened",
    "dispute_closed",
)
"""Mails about an order that go to the shop's own people, and are no data of its buyer's."""

WHILE_PLAN_RUNS = ("subscription_payment_failed", "subscription_charge_soon", "subscription_resumed")
"""Mails about a plan that do not leave any more once it is over."""

WHILE_PAYMENT_IS = {"payment_awaited": PaymentStatus.PROCESSING, "payment_not_received": PaymentStatus.FAILED}
"""Mails about a payment that takes days, by the status with which they leave; later ones say what became of it."""


class OutboxMail(Base):
    """One email to send; `key` names the occasion, so that each occasion causes one email.

    `context` holds ids and values that the template needs; the text is written when it is sent.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "sent_at", "available_at"),
        CheckConstraint("language IN ('es', 'en')", name="language_known"),
        CheckConstraint("tries >= 0", name="tries_not_negative"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    template: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    order_id: Mapped[int | None] = mapped_column(index=True)
    context: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    dead_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")


class Occasion(NamedTuple):
    """An email of many that are written at once."""

    key: str
    recipient: str
    language: str
    context: dict[str, Any]
    order_id: int | None = None


def enqueue_all(template: str, occasions: Sequence[Occasion], *, now: datetime) -> None:
    """Write mails of one template into the outbox in one statement; their occasions must be new."""
    rows = [occasion._asdict() | {"id": new_id(), "template": template} for occasion in occasions]
    if rows:
        db.session.execute(insert(OutboxMail), [row | {"created_at": now, "available_at": now} for row in rows])


def enqueue(
    key: str,
    template: str,
    *,
    recipient: str,
    language: str,
    now: datetime,
    order_id: int | None = None,
    **context: Any,
) -> bool:
    """Write a mail into the outbox and return True; the same key a second time writes nothing."""
    values = {
        "id": new_id(),
        "key": key,
        "template": template,
        "recipient": recipient,
        "language": language,
        "order_id": order_id,
        "context": context,
        "created_at": now,
        "available_at": now,
    }
    return insert_once(OutboxMail, values, unique="key")
