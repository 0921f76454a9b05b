"""Charges of plans that failed, one row for each try that the provider told of."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, Minor, insert_once


class FailedCharge(Base):
    """A try to charge an invoice of a plan that failed; `id` is the invoice with the number of the try.

    `next_attempt_at` is when the provider tries again, None if it does not. The invoice may have been paid later.
    """

    __tablename__ = "failed_charges"
    __table_args__ = (CheckConstraint("amount_minor >= 0", name="amount_not_negative"),)

    id: Mapped[str] = mapped_column(String(280), primary_key=True)
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    invoice_id: Mapped[str] = mapped_column(String(255))
    amount_minor: Mapped[Minor]
    failed_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None]


def note(
    subscription_id: str,
    *,
    invoice_id: str,
    attempt: int,
    amount_minor: int,
    failed_at: datetime,
    next_attempt_at: datetime | None,
) -> None:
    """Write a failed try down inside the caller's transaction, once however often it is told."""
    values = {
        "id": f"{invoice_id}:{attempt}",
        "subscription_id": subscription_id,
        "invoice_id": invoice_id,
        "amount_minor": amount_minor,
        "failed_at": failed_at,
        "next_attempt_at": next_attempt_at,
    }
    insert_once(FailedCharge, values, unique="id")
