"""How often the pages of a purchase were opened, by day: numbers only, and nothing of whoever opened them."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storefront.database import Base
from storefront.enums import FunnelStep


class StepCount(Base):
    """How often a step of the purchase was opened on a day in Colombia."""

    __tablename__ = "step_counts"
    __table_args__ = (CheckConstraint("times > 0", name="times_positive"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    step: Mapped[FunnelStep] = mapped_column(primary_key=True)
    times: Mapped[int]
