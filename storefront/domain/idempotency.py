"""Idempotency keys: what was answered to a request, so that its repetition gets the same answer."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base

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
    `owner` is the one request that may finish it; `renewed_at` is when it was last known to run.
    """

    __tablename__ = "idempotency_keys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    owner: Mapped[str] = mapped_column(String(26))
    state: Mapped[str] = mapped_column(String(7))
    status: Mapped[int | None]
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(index=True)
    renewed_at: Mapped[datetime | None]
