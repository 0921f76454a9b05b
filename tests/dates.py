"""Dates on which a shop is easily wrong. CI runs `make test-dates` under one of them each day; this prints today's."""

from datetime import UTC, date, datetime

# Moments in UTC; Bogotá is five hours behind. An order before 14:00 there is prepared on the same business day.
DATES = (
    "2026-12-02 18:58",  # a Wednesday, two minutes before the cut-off hour
    "2026-12-05 15:00",  # a Saturday before a week with a holiday
    "2026-12-23 15:00",  # the days before Christmas
    "2026-12-31 23:30",  # the last evening of a year, here and there
    "2027-01-01 00:30",  # the next year in UTC, the old one in Bogotá
    "2027-01-01 04:57",  # midnight in Bogotá comes while the tests run
    "2027-01-01 05:30",  # the new year everywhere, and a holiday
    "2027-01-31 20:00",  # a Sunday, after which the next month has no such day
    "2027-03-25 15:00",  # Maundy Thursday
    "2027-03-31 19:30",  # a Wednesday, half an hour after the cut-off hour
    "2028-02-29 15:00",  # the leap day
    "2028-03-01 03:00",  # the leap day's evening in Bogotá, the first of March in UTC
)


def date_of(day: date) -> str:
    """Return the moment whose turn it is on a day."""
    return DATES[day.toordinal() % len(DATES)]


if __name__ == "__main__":
    print(date_of(datetime.now(UTC).date()))
