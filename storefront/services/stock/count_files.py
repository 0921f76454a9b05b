"""Count sheets as CSV: written with what the shop says, filled in by somebody at the shelf, and read back."""

import csv
import io
from collections.abc import Iterator

from sqlalchemy import select

from storefront.database import db
from storefront.domain.catalogue import Product, Variant
from storefront.domain.inventory import Stock
from storefront.enums import ProductKind
from storefront.errors import InvalidInput, RowsRefused, ShopError
from storefront.services.stock.counts import Count
from storefront.spreadsheets import defuse, restore
from storefront.text import clean

COLUMNS = ("sku", "on_hand", "counted", "name")
MAX_BYTES = 5_000_000
_MAX_REFUSED = 100


def sheet(language: str) -> Iterator[str]:
    """Return a count sheet of all active variants of goods, line by line, with nothing counted yet."""
    on_hand = select(Variant, Stock.on_hand).join(Variant.product).outerjoin(Stock, Stock.variant_id == Variant.id)
    goods = on_hand.where(Product.kind == ProductKind.PHYSICAL, Variant.is_active)
    yield _line(COLUMNS)
    for variant, units in db.session.execute(goods.order_by(Product.name, Variant.position, Variant.id)).unique():
        yield _line((variant.sku, str(units or 0), "", variant.name_in(language)))


def read(content: bytes) -> list[Count]:
    """Return the counts of a file; a row without a figure was not counted.

    The file is UTF-8 with or without a byte order mark, with `,` or `;` between its columns: `sku`, `counted`, and
    `on_hand`, what the shop said when it was counted, if it is there. Raises `RowsRefused` with every line that
    cannot be read.
    """
    rows = _rows(content)
    header = [clean(cell).lower() for cell in next(rows, (0, []))[1]]
    missing = [(1, name, InvalidInput({name: "no_column"})) for name in ("sku", "counted") if name not in header]
    if missing:
        raise RowsRefused(rows=missing)
    found: list[Count] = []
    refused: list[tuple[int, str, ShopError]] = []
    for line, cells in rows:
        named = dict(zip(header, (restore(clean(cell)) for cell in cells), strict=False))
        if not named.get("counted"):
            continue
        numbers: dict[str, int] = {}
        for name in ("counted", "on_hand"):
            typed = named.get(name, "")
            if typed.isascii() and typed.isdigit() and len(typed) <= 9:
                numbers[name] = int(typed)
            elif typed:
                refused.append((line, name, InvalidInput({name: "invalid"})))
        if "counted" in numbers:
            found.append(Count(named.get("sku", ""), numbers["counted"], numbers.get("on_hand"), line))
    if refused:
        raise RowsRefused(rows=refused[:_MAX_REFUSED])
    return found


def _rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Return the rows that are not empty, each with the line that it ends on."""
    if len(content) > MAX_BYTES:
        raise RowsRefused(rows=[(1, "sku", InvalidInput({"file": "count_too_large"}))])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RowsRefused(rows=[(line, "sku", InvalidInput({"file": "not_utf8"}))]) from error
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise RowsRefused(rows=[(reader.line_num, "sku", InvalidInput({"file": "invalid"}))]) from error


def _line(cells: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([defuse(cell) for cell in cells])
    return buffer.getvalue()
