"""Reading a file of products: its header and its rows, before anything is compared."""

from collections.abc import Iterator
from dataclasses import dataclass

from storefront import spreadsheets
from storefront.services.catalogue.product_csv.cells import tidy
from storefront.services.catalogue.product_csv.columns import COLUMNS
from storefront.services.catalogue.product_csv.report import Place, Problem
from storefront.text import clean

MAX_BYTES = 20 * 1024 * 1024
"""The largest file."""

_HEADER = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its cells by column; `cells` has every column of the header."""

    place: Place
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file, and what is wrong with it as a file."""

    columns: frozenset[str]
    rows: list[Row]
    problems: list[Problem]


def read(content: bytes) -> Sheet:
    """Return the rows of a file, as far as it can be read."""
    try:
        header, records = spreadsheets.read(content, MAX_BYTES)
    except spreadsheets.UnreadableFile as refusal:
        return Sheet(frozenset(), [], [_problem_of(refusal)])
    problems = list(_header_problems(header))
    return Sheet(frozenset(header), [], problems) if problems else _rows(header, records)


def _problem_of(refusal: spreadsheets.UnreadableFile) -> Problem:
    facts = {"most": MAX_BYTES // 1024 // 1024} if refusal.code == "file_too_large" else {}
    return Problem(Place(refusal.row, refusal.line), "", refusal.code, facts)


def _header_problems(header: list[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(header):
        if name not in COLUMNS:
            yield Problem(_HEADER, name, "unknown_column")
        elif header.count(name) > 1:
            yield Problem(_HEADER, name, "column_twice")
    if "sku" not in header:
        yield Problem(_HEADER, "sku", "column_missing")


def _rows(header: list[str], records: Iterator[spreadsheets.Record]) -> Sheet:
    sheet = Sheet(frozenset(header), [], [])
    try:
        for record in records:
            place = Place(record.row, record.line)
            if record.has_more:
                sheet.problems.append(Problem(place, "", "too_many_cells", {"most": len(header)}))
                continue
            cells = dict(zip(header, map(tidy, record.cells), strict=True))
            sheet.rows.append(Row(place, cells | {"sku": clean(cells["sku"], lines=True)}))
    except spreadsheets.UnreadableFile as refusal:
        sheet.problems.append(_problem_of(refusal))
    return sheet
