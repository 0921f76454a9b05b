"""Variants whose shop was told that few units are left, until there are more again."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base


class LowStockNotice(Base):
    """The shop was told that a variant runs low; the row goes when it does not any more, so that it is told again."""

    __tablename__ = "low_stock_notices"

    variant_id: Mapped[str] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    told_at: Mapped[datetime]
