"""CSV files for spreadsheets; what one would run as a formula is defused on the way out and restored on the way in."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

BEGINNING = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""The byte order mark, without which Excel does not know the encoding."""

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r\n]")


class Number(str):
    """A cell that this program made of a number; where it is negative it begins like a formula and is none."""


def defuse(text: str) -> str:
    """Return a cell that no spreadsheet runs: an apostrophe goes before what begins like a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def restore(text: str) -> str:
    """Return the text of a cell that was defused."""
    return text[1:] if _DEFUSED.match(text) else text


def lines_of(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as lines of a file, separated by `;`, which is what Excel opens as it is in Colombia."""
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=";").writerows([_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def _cell(text: str) -> str:
    return text if isinstance(text, Number) else defuse(text)
