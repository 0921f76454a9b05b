"""Reading a file of products: its text, its separator, its header and its rows, before anything is compared."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from storefront.services.catalogue.product_csv.cells import tidy
from storefront.services.catalogue.product_csv.columns import COLUMNS
from storefront.services.catalogue.product_csv.report import Place, Problem
from storefront.spreadsheets import restore
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
    """Return the rows of a file in UTF-8, separated by `;`, `,` or tab as its header is."""
    if len(content) > MAX_BYTES:
        return _refused("file_too_large", most=MAX_BYTES // 1024 // 1024)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Sheet(frozenset(), [], [Problem(Place(line, line), "", "not_utf8")])
    records = _records(text)
    first = next(records, None)
    if first is None:
        return _refused("file_empty")
    if isinstance(first, Problem):
        return Sheet(frozenset(), [], [first])
    header = [name.strip().casefold() for name in first[1]]
    problems = list(_header_problems(header))
    return Sheet(frozenset(header), [], problems) if problems else _rows(header, records)


def _refused(code: str, **facts: int) -> Sheet:
    return Sheet(frozenset(), [], [Problem(_HEADER, "", code, facts)])


def _records(text: str) -> Iterator[tuple[Place, list[str]] | Problem]:
    """Yield each record with its place, or the problem that ends the reading; blank ones only count."""
    header = text.partition("\n")[0]
    separator = max(";,\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number, line = 0, 1
    while True:
        number, line = number + 1, reader.line_num + 1
        try:
            record = next(reader, None)
        except csv.Error:
            yield Problem(Place(number, line), "", "broken_quotes")
            return
        if record is None:
            return
        if any(cell.strip() for cell in record):
            yield Place(number, line), record


def _header_problems(header: list[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(header):
        if name not in COLUMNS:
            yield Problem(_HEADER, name, "unknown_column")
        elif header.count(name) > 1:
            yield Problem(_HEADER, name, "column_twice")
    if "sku" not in header:
        yield Problem(_HEADER, "sku", "column_missing")


def _rows(header: list[str], records: Iterator[tuple[Place, list[str]] | Problem]) -> Sheet:
    rows: list[Row] = []
    problems: list[Problem] = []
    for found in records:
        if isinstance(found, Problem):
            problems.append(found)
            break
        place, record = found
        if any(cell.strip() for cell in record[len(header) :]):
            problems.append(Problem(place, "", "too_many_cells", {"most": len(header)}))
            continue
        padded = record + [""] * (len(header) - len(record))
        cells = {name: tidy(restore(cell)) for name, cell in zip(header, padded, strict=False)}
        rows.append(Row(place, cells | {"sku": clean(cells["sku"], lines=True)}))
    return Sheet(frozenset(header), rows, problems)
