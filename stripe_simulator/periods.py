"""Billing periods: months have different lengths, and the 31st becomes the last day."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from typing import Any

DAYS = {"day": 1, "week": 7}


def after(anchor: int, recurring: dict[str, Any], periods: int) -> int:
    """Return the moment that lies so many periods after the anchor."""
    start = datetime.fromtimestamp(anchor, UTC)
    count = recurring["interval_count"] * periods
    if recurring["interval"] in DAYS:
        return int((start + timedelta(days=DAYS[recurring["interval"]] * count)).timestamp())
    months = start.month - 1 + count * (12 if recurring["interval"] == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def next_end(anchor: int, recurring: dict[str, Any], start: int) -> int:
    """Return the end of the period that starts at a moment, counted from the anchor so that no day gets lost."""
    periods = 1
    while after(anchor, recurring, periods) <= start:
        periods += 1
    return after(anchor, recurring, periods)
