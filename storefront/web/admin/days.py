"""Days in the filters of the back office."""

from datetime import date

_FIRST_YEAR = 2000


def day_of(text: str) -> date | None:
    """Return the day of a date field, or raise `ValueError` for one in which nobody sold anything."""
    if not text:
        return None
    day = date.fromisoformat(text)
    if not _FIRST_YEAR <= day.year < _FIRST_YEAR + 1000:
        raise ValueError(text)
    return day
