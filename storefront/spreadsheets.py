"""CSV files for spreadsheets; what one would run as a formula is defused on the way out and restored on the way in."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

BEGINNING = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""The byte order mark, without which Excel does not know the encoding."""

_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r\n]")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:,[0-9]{3})+)")
_DECIMALS = re.compile(r"([0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+(?=,)|[0-9]{1,3}(?:,[0-9]{3})+(?=\.))[.,]([0-9]+)")
_NOT_DIGITS = str.maketrans("", "", ".,")


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


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a file with its cells in the order of the header, as many as that has; `row` counts the header as 1.

    `line` is where the row begins in the text. `has_more` says that it has filled cells beyond the header's.
    """

    row: int
    line: int
    cells: list[str]
    has_more: bool = False


class UnreadableFile(Exception):
    """A file, or the rest of it from a row on, cannot be read as CSV: `not_utf8`, `file_empty`, `broken_quotes` or
    `file_too_large`."""

    def __init__(self, code: str, row: int = 1, line: int = 1) -> None:
        super().__init__(code)
        self.code, self.row, self.line = code, row, line


class NotWhole(ValueError):
    """A cell is `not_a_number`, or one that is `not_whole`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(content: bytes, most_bytes: int) -> tuple[list[str], Iterator[Record]]:
    """Return the names of a file's columns in small letters, and its rows; blank ones only count.

    The file is UTF-8 with or without a byte order mark, separated by `;`, `,` or tab as its header is. What was defused
    is restored. Raises `UnreadableFile`; the rows raise it, too, when they come to what cannot be read.
    """
    if len(content) > most_bytes:
        raise UnreadableFile("file_too_large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFile("not_utf8", line, line) from error
    records = _records(text)
    header = next(records, None)
    if header is None:
        raise UnreadableFile("file_empty")
    names = [name.strip().casefold() for name in header.cells]
    return names, (_fitted(record, len(names)) for record in records)


def _records(text: str) -> Iterator[Record]:
    header = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=header.count), strict=True)
    row, line = 0, 1
    while True:
        row, line = row + 1, reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise UnreadableFile("broken_quotes", row, line) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield Record(row, line, cells)


def _fitted(record: Record, count: int) -> Record:
    more = any(cell.strip() for cell in record.cells[count:])
    cells = [restore(cell) for cell in record.cells[:count]]
    return Record(record.row, record.line, cells + [""] * (count - len(cells)), more)


def whole_number(text: str) -> int:
    """Return an integer, also with separators of thousands or with decimals that are zero: `1.200`, `1200,00`.

    Raises `NotWhole`.
    """
    bare = text.replace("\N{NO-BREAK SPACE}", "").replace(" ", "")
    if len(bare) > 30:
        raise NotWhole("not_a_number")
    if bare.isascii() and bare.isdigit():
        return int(bare)
    if _THOUSANDS.fullmatch(bare):
        return int(bare.translate(_NOT_DIGITS))
    decimals = _DECIMALS.fullmatch(bare)
    if decimals is None:
        raise NotWhole("not_a_number")
    if decimals[2].strip("0"):
        raise NotWhole("not_whole")
    return int(decimals[1].translate(_NOT_DIGITS))
