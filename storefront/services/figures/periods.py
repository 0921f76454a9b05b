"""The days that figures are about, which are Colombia's."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from storefront.clock import beginning_of
from storefront.enums import FigurePeriod
from storefront.errors import InvalidInput

MOST_DAYS = 366
_DAY = timedelta(days=1)
_SO_MANY = {FigurePeriod.SEVEN_DAYS: 7, FigurePeriod.THIRTY_DAYS: 30, FigurePeriod.NINETY_DAYS: 90}


@dataclass(frozen=True, slots=True)
class Span:
    """Some days, the first and the last one included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """Return the first moment of them."""
        return beginning_of(self.first)

    @property
    def end(self) -> datetime:
        """Return the first moment after them."""
        return beginning_of(self.last + _DAY)

    @property
    def days(self) -> list[date]:
        """Return each of them."""
        return [self.first + n * _DAY for n in range((self.last - self.first).days + 1)]


def span_of(period: FigurePeriod, today: date) -> Span:
    """Return the days of a period that ends today, or of the last month; `OWN` is chosen with `own_span`."""
    if period == FigurePeriod.THIS_MONTH:
        return Span(today.replace(day=1), today)
    if period == FigurePeriod.LAST_MONTH:
        end = today.replace(day=1) - _DAY
        return Span(end.replace(day=1), end)
    return Span(today - (_SO_MANY[period] - 1) * _DAY, today)


def own_span(first: date | None, last: date | None) -> Span:
    """Return the days that somebody chose, or raise `InvalidInput`: both are needed, in order, a year at most."""
    if first is None or last is None:
        raise InvalidInput({name: "required" for name, day in (("first", first), ("last", last)) if day is None})
    if last < first:
        raise InvalidInput({"last": "before_first"})
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput({"last": "too_many_days"})
    return Span(first, last)
