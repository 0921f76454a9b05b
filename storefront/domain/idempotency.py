"""Idempotency keys: what was answered to a request, so that its repetition gets the same answer."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base

KEPT_FOR = timedelta(hours=24)
"""How long an answer is repeated."""

ABANDONED_AFTER = timedelta(seconds=50)
"""After this time a request still running has lost its process; were it only slow, the order would be the same one."""


class IdempotencyRecord(Base):
    """One key of one client for one address of the API; `id` is the digest of the three.

    States: `running`, `done` (status and body are the answer), `open` (the work may be tried again).
    `owner` is the one request that may finish it.
    """

    __tablename__ = "idempotency_keys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(26))
    state: Mapped[str] = mapped_column(String(7))
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(index=True)
