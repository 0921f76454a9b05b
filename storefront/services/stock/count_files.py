"""Count sheets as CSV: written with what the shop says, filled in by somebody at the shelf, and read back."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from storefront import spreadsheets
from storefront.database import db
from storefront.domain.catalogue import Product, Variant
from storefront.domain.inventory import Stock
from storefront.enums import ProductKind
from storefront.errors import InvalidInput, RowsRefused, ShopError
from storefront.services.stock.counts import Count
from storefront.text import clean

COLUMNS = ("sku", "on_hand", "counted", "name")
MAX_BYTES = 5_000_000
_MAX_REFUSED = 100
Refusal = tuple[int, str, ShopError]
"""Line, column, and why it cannot be used."""


def sheet(language: str) -> Iterator[str]:
    """Return a count sheet of all active variants of goods in parts, with nothing counted yet."""
    on_hand = select(Variant, Stock.on_hand).join(Variant.product).outerjoin(Stock, Stock.variant_id == Variant.id)
    goods = on_hand.where(Product.kind == ProductKind.PHYSICAL, Variant.is_active)
    yield spreadsheets.BEGINNING + spreadsheets.lines_of([COLUMNS])
    for variant, units in db.session.execute(goods.order_by(Product.name, Variant.position, Variant.id)).unique():
        yield spreadsheets.lines_of([(variant.sku, str(units or 0), "", variant.name_in(language))])


def read(content: bytes) -> list[Count]:
    """Return the counts of a file; a row without a figure was not counted.

    Its columns are `sku`, `counted`, and `on_hand`, what the shop said when it was counted, if it is there; others are
    for people. Raises `RowsRefused` with every line that cannot be read.
    """
    try:
        header, records = spreadsheets.read(content, MAX_BYTES)
        rows = list(records)
    except spreadsheets.UnreadableFile as refusal:
        raise RowsRefused(rows=[(refusal.line, "sku", InvalidInput({"file": refusal.code}))]) from refusal
    if wrong := list(_header_problems(header)):
        raise RowsRefused(rows=wrong)
    refused: list[Refusal] = []
    found = [count for record in rows if (count := _count_of(record, header, refused))]
    if refused:
        raise RowsRefused(rows=refused[:_MAX_REFUSED])
    return found


def _header_problems(header: Sequence[str]) -> Iterator[Refusal]:
    for name in ("sku", "counted"):
        if name not in header:
            yield 1, name, InvalidInput({name: "no_column"})
    for name in COLUMNS:
        if header.count(name) > 1:
            yield 1, name, InvalidInput({"file": "column_twice"})


def _count_of(record: spreadsheets.Record, header: Sequence[str], refused: list[Refusal]) -> Count | None:
    """Return what a row counts, or None for nothing; what cannot be read is added to `refused`."""
    if record.has_more:
        refused.append((record.line, "sku", InvalidInput({"file": "too_many_cells"})))
        return None
    named = dict(zip(header, map(clean, record.cells), strict=True))
    if not named["counted"]:
        return None
    numbers: dict[str, int] = {}
    for name in ("counted", "on_hand"):
        try:
            if typed := named.get(name, ""):
                numbers[name] = spreadsheets.whole_number(typed)
        except spreadsheets.NotWhole:
            refused.append((record.line, name, InvalidInput({name: "invalid"})))
    if "counted" not in numbers:
        return None
    return Count(named["sku"], numbers["counted"], numbers.get("on_hand"), record.line)
