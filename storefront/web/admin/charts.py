"""Charts as numbers for inline SVG: how wide or high each bar is, in percent of the picture.

Lengths across are percents and those down are in `em`, so that a chart fits every window and its words keep the size
that the reader chose.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_GAP = 0.2
"""The part of a column's place that is left free."""

_MOST_BARS = 10
_NAME = 40
"""Letters of a name that fit beside each other on a narrow phone; the table has the whole name."""

_ROW = 2.6
_LEAST = 0.4


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is of, what it is worth in words, and its place and size, with units."""

    name: str
    text: str
    x: str
    y: str
    width: str
    height: str
    name_y: str = ""
    text_y: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of bars; `description` says its essence in words, `is_by_day` that the bars stand side by side."""

    bars: Sequence[Bar]
    height: str
    description: str
    is_by_day: bool
    most: str = ""


def by_day(values: Sequence[tuple[str, int, str]], description: str) -> Chart | None:
    """Return a column for each day; None where all are nothing."""
    most = max((value for _, value, _ in values), default=0)
    if most <= 0:
        return None
    step = 100 / len(values)
    bars = []
    for place, (name, value, text) in enumerate(values):
        if value > 0:
            height = max(_LEAST, 100 * value / most)
            size = (_percent(place * step + step * _GAP / 2), _percent(100 - height), _percent(step * (1 - _GAP)))
            bars.append(Bar(name, text, *size, _percent(height)))
    return Chart(bars, "12em", description, True, next(text for _, value, text in values if value == most))


def by_name(values: Sequence[tuple[str, int, str]], description: str) -> Chart | None:
    """Return a bar for each of the first names; None where all are nothing."""
    shown = [one for one in values[:_MOST_BARS] if one[1] > 0]
    if not shown:
        return None
    most, bars = max(value for _, value, _ in shown), []
    for place, (name, value, text) in enumerate(shown):
        top, short = place * _ROW, name if len(name) <= _NAME else f"{name[: _NAME - 1].rstrip()}…"
        width = _percent(max(_LEAST, 60 * value / most))
        places = (_ems(top + 1.3), width, "0.8em", _ems(top + 1), _ems(top + 2.05))
        bars.append(Bar(short, text, "0%", *places))
    return Chart(bars, _ems(len(shown) * _ROW), description, False)


def _percent(number: float) -> str:
    return f"{number:.2f}%"


def _ems(number: float) -> str:
    return f"{number:.2f}em"
