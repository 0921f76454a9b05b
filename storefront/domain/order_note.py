"""Notes of the people who work here about an order; its buyer never sees them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base

MAX_NOTE = 1000


class OrderNote(Base):
    """What somebody wrote about an order; `author` is their name as it was then."""

    __tablename__ = "order_notes"
    __table_args__ = (CheckConstraint("text <> ''", name="text_given"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    author: Mapped[str] = mapped_column(String(254))
    text: Mapped[str] = mapped_column(String(MAX_NOTE))
    at: Mapped[datetime]
