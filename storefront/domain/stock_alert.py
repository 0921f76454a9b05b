"""Who wants to be told when a variant can be bought again."""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base
from storefront.domain.persons import of_new_row
from storefront.ids import new_id
from storefront.settings import settings


class StockAlert(Base):
    """An address that waits for a variant; the row goes with its one mail, when it expires, or when it is ended.

    It waits for a click in a mail until `confirmed_at`, so that nobody is mailed who did not ask.
    """

    __tablename__ = "stock_alerts"
    __table_args__ = (
        UniqueConstraint("variant_id", "email"),
        CheckConstraint("language IN ('es', 'en')", name="language_known"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"))
    email: Mapped[str] = mapped_column(String(254), index=True)
    person: Mapped[str] = mapped_column(String(254), index=True, default=of_new_row)
    language: Mapped[str] = mapped_column(String(2))
    confirmed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


def token_of(alert_id: str) -> str:
    """Return the secret of the links in an alert's mails: its id with a signature, so that nothing is stored."""
    return f"{alert_id}.{_sign(settings().SECRET_KEY, alert_id)}"


def id_of(token: str) -> str | None:
    """Return the id of the alert that a token is for, or None for one that the shop did not make."""
    alert_id, _, signature = token.partition(".")
    keys = (settings().SECRET_KEY, *settings().SECRET_KEY_FALLBACKS)
    known = (_sign(key, alert_id) for key in keys)
    return alert_id if any(hmac.compare_digest(one.encode(), signature.encode()) for one in known) else None


def _sign(key: str, alert_id: str) -> str:
    signature = hmac.digest(key.encode(), f"stock-alert:{alert_id}".encode(), "sha256")
    return urlsafe_b64encode(signature).rstrip(b"=").decode()
