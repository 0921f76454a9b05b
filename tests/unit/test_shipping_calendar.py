"""Delivery is promised in Colombian business days."""

from datetime import UTC, date, datetime

import pytest

from storefront.clock import BOGOTA
from storefront.domain.shipping import DateRange, add_business_days, delivery_window, is_business_day


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        (date(2026, 11, 24), True),
        (date(2026, 11, 28), False),  # Saturday
        (date(2026, 11, 29), False),  # Sunday
        (date(2026, 1, 12), False),  # Epiphany, moved to Monday
        (date(2026, 4, 1), True),  # Wednesday of the Holy Week
        (date(2026, 4, 2), False),  # Maundy Thursday
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 7, 20), False),  # Independence
        (date(2026, 12, 8), False),  # Immaculate Conception
        (date(2026, 12, 25), False),
        (date(2027, 1, 1), False),
    ],
)
def test_is_business_day(day: date, is_working: bool) -> None:
    assert is_business_day(day) is is_working


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
        (date(2026, 11, 28), 0, date(2026, 11, 30)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 11, 28), 1, date(2026, 11, 30)),
        (date(2026, 12, 4), 5, date(2026, 12, 14)),
        (date(2026, 4, 1), 1, date(2026, 4, 6)),
        (date(2026, 12, 31), 1, date(2027, 1, 4)),
    ],
)
def test_add_business_days(day: date, count: int, expected: date) -> None:
    assert add_business_days(day, count) == expected


def test_days_are_not_counted_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_business_days(date(2026, 11, 24), -1)


@pytest.mark.parametrize(
    ("ordered_at", "earliest", "latest"),
    [
        (datetime(2026, 11, 24, 9, 0, tzinfo=BOGOTA), date(2026, 11, 25), date(2026, 11, 27)),
        (datetime(2026, 11, 24, 14, 59, 59, tzinfo=BOGOTA), date(2026, 11, 25), date(2026, 11, 27)),
        (datetime(2026, 11, 24, 15, 0, tzinfo=BOGOTA), date(2026, 11, 26), date(2026, 11, 30)),
        (datetime(2026, 11, 27, 16, 0, tzinfo=BOGOTA), date(2026, 12, 1), date(2026, 12, 3)),
        (datetime(2026, 11, 28, 8, 0, tzinfo=BOGOTA), date(2026, 12, 1), date(2026, 12, 3)),
        (datetime(2026, 11, 28, 20, 0, tzinfo=BOGOTA), date(2026, 12, 1), date(2026, 12, 3)),
        (datetime(2026, 4, 1, 10, 0, tzinfo=BOGOTA), date(2026, 4, 6), date(2026, 4, 8)),
        (datetime(2026, 4, 1, 18, 0, tzinfo=BOGOTA), date(2026, 4, 7), date(2026, 4, 9)),
        # 02:00 UTC is still the evening before in Bogotá, 19:30 UTC is 14:30 there
        (datetime(2026, 11, 25, 2, 0, tzinfo=UTC), date(2026, 11, 26), date(2026, 11, 30)),
        (datetime(2026, 11, 24, 19, 30, tzinfo=UTC), date(2026, 11, 25), date(2026, 11, 27)),
    ],
)
def test_delivery_window(ordered_at: datetime, earliest: date, latest: date) -> None:
    assert delivery_window(ordered_at, 1, 3, 15) == DateRange(earliest, latest)


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        delivery_window(datetime(2026, 11, 24), 1, 3, 15)
