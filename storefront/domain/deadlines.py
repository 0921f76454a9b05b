"""What the law gives the shop a number of business days to answer: how much of it waits, is late, or is due soon."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import InstrumentedAttribute

from storefront.domain.shipping.calendar import add_business_days

SOON = 3
"""Business days before its last day, from which on something is due soon."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How many requests are open, and how many of them are past their last day or have it today or within `SOON`."""

    open: int
    overdue: int
    due_soon: int

    @property
    def is_pressing(self) -> bool:
        """Return whether somebody has to answer today or in the next days."""
        return bool(self.overdue or self.due_soon)


def counted(
    due_on: InstrumentedAttribute[str], today: date
) -> tuple[ColumnElement[int], ColumnElement[int], ColumnElement[int]]:
    """Return the columns of `Deadlines` for open rows whose last day is an ISO text."""
    soon = add_business_days(today, SOON).isoformat()
    is_overdue = due_on < today.isoformat()
    is_due_soon = due_on.between(today.isoformat(), soon)
    return func.count(), func.count().filter(is_overdue), func.count().filter(is_due_soon)
