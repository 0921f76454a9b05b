"""The only reader of the wall clock."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

BOGOTA = ZoneInfo("America/Bogota")
"""The shop's own time zone; Colombia has no summer time."""


def now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)


def day_of(moment: datetime) -> date:
    """Return the day of a moment in Colombia, which ends five hours after the day in UTC."""
    return moment.astimezone(BOGOTA).date()


def beginning_of(day: date) -> datetime:
    """Return the first moment of a day in Colombia."""
    return datetime.combine(day, time(), tzinfo=BOGOTA)
