"""The only reader of the wall clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

BOGOTA = ZoneInfo("America/Bogota")
"""The shop's own time zone; Colombia has no summer time."""


def now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)
