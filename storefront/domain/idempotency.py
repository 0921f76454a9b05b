"""Idempotency keys: the response to a request, so that its repetition gets the same response."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, delete
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base, db
from storefront.enums import IdempotencyState

KEPT_FOR = timedelta(hours=24)
"""How long an answer is repeated."""

RENEWED_EVERY = timedelta(seconds=3)
"""How often a process renews the claims of the requests that it works on."""

ABANDONED_AFTER = timedelta(seconds=12)
"""How long a claim lasts without being renewed; then its process has died, or the database was away for as long.

Were it only frozen and went on later, the same key would still lead to the same order.
"""


class IdempotencyRecord(Base):
    """One key of one client for one address of the API; `id` is the digest of the three.

    States: `running`, `done` (status and body are the answer), `open` (the work may be tried again).
    `owner` is the one request that may finish it; `renewed_at` is when it was last known to run. `customer_id` is whose
    answer it is, as far as it is anybody's.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (CheckConstraint("status BETWEEN 100 AND 599", name="status_in_range"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(26))
    state: Mapped[IdempotencyState]
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(index=True)
    renewed_at: Mapped[datetime | None]
    customer_id: Mapped[str | None] = mapped_column(ForeignKey("customers.id"), index=True)


def forget_answers(customer_id: str) -> None:
    """Drop every answer that was given to a customer, inside a transaction.

    What was bought is not bought again: an order remembers by itself which key it was made with.
    """
    is_own = IdempotencyRecord.customer_id == customer_id
    db.session.execute(delete(IdempotencyRecord).where(is_own).execution_options(synchronize_session=False))
