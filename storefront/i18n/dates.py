"""Dates as text: ``viernes 27 de noviembre``, ``Friday, November 27``."""

from datetime import date, datetime

from babel.dates import format_date, format_time

from storefront.clock import BOGOTA, day_of
from storefront.i18n.babel import current_language
from storefront.i18n.babel import translate as _

_LOCALES = {"es": "es_CO", "en": "en_US"}
# Day and month stay in one line.
_DAY = {"es": "EEEE d'\N{NO-BREAK SPACE}de\N{NO-BREAK SPACE}'MMMM", "en": "EEEE, MMMM\N{NO-BREAK SPACE}d"}
_FULL = {"es": "d'\N{NO-BREAK SPACE}de\N{NO-BREAK SPACE}'MMMM 'de' y", "en": "MMMM\N{NO-BREAK SPACE}d, y"}


def date_label(value: date | str, style: str = "day") -> str:
    """Return a date (or ISO text, or a moment seen from Bogotá) in words; ``full`` has the year, no weekday."""
    day, language = _day(value), current_language()
    pattern = (_FULL if style == "full" else _DAY)[language]
    return str(format_date(day, pattern, locale=_LOCALES[language]))


def time_label(moment: datetime) -> str:
    """Return the time of day of a moment, seen from Bogotá."""
    return str(format_time(moment.astimezone(BOGOTA).time(), "short", locale=_LOCALES[current_language()]))


def date_range_label(earliest: date | str, latest: date | str) -> str:
    """Return the first and the last day of a delivery in words, or the one day."""
    if earliest == latest:
        return _("el %(day)s", day=date_label(earliest))
    return _("entre el %(first)s y el %(last)s", first=date_label(earliest), last=date_label(latest))


def _day(value: date | str) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    return day_of(value) if isinstance(value, datetime) else value
