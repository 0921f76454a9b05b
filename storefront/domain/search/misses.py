"""Searches that found nothing, counted by day so that staff learn what is missing; nobody's name is kept."""

from datetime import date

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base

MAX_QUERY = 60


class SearchMiss(Base):
    """How often a query found nothing on a day."""

    __tablename__ = "search_misses"
    __table_args__ = (CheckConstraint("times > 0", name="times_positive"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    query: Mapped[str] = mapped_column(String(MAX_QUERY), primary_key=True)
    times: Mapped[int]
