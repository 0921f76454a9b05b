"""Colombian business days: when the promised days begin and end."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

import holidays

from storefront.clock import BOGOTA

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DateRange:
    """Two dates, both included, in order."""

    earliest: date
    latest: date


@cache
def _holidays_of(year: int) -> frozenset[date]:
    """Return Colombia's public holidays of a year, those moved to Monday (Ley 51 de 1983) included."""
    return frozenset(holidays.country_holidays("CO", years=year))


def is_business_day(day: date) -> bool:
    """Return whether carriers work on this day: neither weekend nor holiday in Colombia."""
    return day.weekday() < _SATURDAY and day not in _holidays_of(day.year)


def add_business_days(day: date, count: int) -> date:
    """Return the business day ``count`` business days after a date; with 0 the date itself or the next business day."""
    if count < 0:
        raise ValueError("business days are counted forward only")
    while not is_business_day(day) and count == 0:
        day += _ONE_DAY
    for _ in range(count):
        day += _ONE_DAY
        while not is_business_day(day):
            day += _ONE_DAY
    return day


def delivery_window(ordered_at: datetime, min_days: int, max_days: int, cut_off_hour: int) -> DateRange:
    """Return the dates of delivery, in Bogotá, for something ordered at an aware moment.

    An order at or after the cut-off hour, or on a day nobody works, counts as placed on the next business day.
    """
    if ordered_at.tzinfo is None:
        raise ValueError("the moment of the order must know its time zone")
    local = ordered_at.astimezone(BOGOTA)
    placed_on = local.date() + _ONE_DAY if local.hour >= cut_off_hour else local.date()
    start = add_business_days(placed_on, 0)
    return DateRange(add_business_days(start, min_days), add_business_days(start, max_days))
