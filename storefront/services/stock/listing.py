"""What there is of each variant, and what moved it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all
from sqlalchemy.orm import contains_eager

from storefront.database import db
from storefront.domain import stock_changes
from storefront.domain.catalogue import Product, Variant
from storefront.domain.inventory import Stock, StockMovement
from storefront.domain.order import Order
from storefront.domain.order_numbers import number_of
from storefront.domain.search import read_query, words_match
from storefront.domain.stock_changes import Counters
from storefront.enums import ProductKind, ProductStatus, StockReason
from storefront.errors import NotFound

LOW, OUT = "low", "out"
"""What a list can be narrowed down to: few units left, or none."""

PAGE = 25
_MAX_TEXT = 100
_FREE = Stock.on_hand - Stock.reserved
_AVAILABLE = func.coalesce(_FREE, 0)
_IS_SOLD = (Variant.is_active, Product.status == ProductStatus.PUBLISHED)
_MOST_LOW, _MOST_SHOWN = 10_000, 1_000
# Only what has fewer units than the highest mark is looked up, row by row: a join would read all variants and products.
_MARK = select(Variant.low_stock_at).join(Variant.product).where(Variant.id == Stock.variant_id, *_IS_SOLD)
_FEWEST = (
    select(Stock.variant_id, _FREE.label("free"), _MARK.correlate(Stock).scalar_subquery().label("mark"))
    .where(select(func.max(Variant.low_stock_at)).scalar_subquery() >= _FREE)
    .order_by(_FREE, Stock.variant_id)
    .limit(_MOST_LOW)
    .subquery()
)
_LOW = (
    select(_FEWEST.c.variant_id)
    .where(_FEWEST.c.mark >= _FEWEST.c.free)
    .order_by(_FEWEST.c.free, _FEWEST.c.variant_id)
    .limit(_MOST_SHOWN)
)
# Written so, PostgreSQL expects few; never are more reserved than there are.
_OUT = select(Stock.variant_id).where(Stock.on_hand == Stock.reserved)
_OF_HOLDS = (StockReason.HOLD, StockReason.RELEASE)


@dataclass(frozen=True, slots=True)
class Row:
    """A variant with its units; one without a row of stock has none. `seen` is the newest change of it by staff."""

    variant: Variant
    counters: Counters
    seen: int

    @property
    def is_low(self) -> bool:
        """Return whether few are left."""
        return self.counters.available <= self.variant.low_stock_at


@dataclass(frozen=True, slots=True)
class Page:
    """One page of variants."""

    items: list[Row]
    page: int
    total: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the ledger with what was on hand after it, and its order's number if it is one's."""

    row: StockMovement
    on_hand: int
    order_number: str | None


@dataclass(frozen=True, slots=True)
class Movements:
    """Some lines of a variant's ledger, newest first; `next` is where the older ones begin, 0 if there are none."""

    items: list[Movement]
    next: int


def find(text: str = "", *, show: str = "", page: int = 1) -> Page:
    """Return the variants of goods whose product's words, SKU or barcode match, those that run out first.

    Of those with few units there are `_MOST_SHOWN` at most, from among the `_MOST_LOW` with the fewest.
    """
    matching = _matching(text, show)
    total = db.session.scalar(matching.with_only_columns(func.count()))
    order = (_AVAILABLE, Product.name, Variant.position) if show else (Product.name, Variant.position)
    some = matching.order_by(*order, Variant.id).limit(PAGE).offset((page - 1) * PAGE)
    return Page(_rows(some), page, total or 0)


def running_low(limit: int = 5) -> tuple[int, Sequence[Variant]]:
    """Return how many variants on sale have few units left, and those that run out first, in one statement.

    They are looked for among the `_MOST_LOW` variants with the fewest units, and counted up to `_MOST_SHOWN`.
    """
    few = goods().where(Variant.id.in_(_LOW)).add_columns(func.count().over())
    loaded = few.options(contains_eager(Variant.product), contains_eager(Variant.stock))
    rows = db.session.execute(loaded.order_by(_AVAILABLE, Product.name, Variant.id).limit(limit)).unique().all()
    return (rows[0][1] if rows else 0), [row[0] for row in rows]


def is_low() -> ColumnElement[bool]:
    """Return the condition that a variant on sale, joined with its stock, has few units left."""
    return and_(Variant.low_stock_at >= _AVAILABLE, *_IS_SOLD)


def goods() -> Select[Any]:
    """Return the variants of goods with their products and stock, as a statement."""
    joined = select(Variant).join(Variant.product).outerjoin(Variant.stock)
    return joined.where(Product.kind == ProductKind.PHYSICAL)


def get(variant_id: str) -> Row:
    """Return a variant of goods with its units, or raise `NotFound`."""
    return _get(Variant.id == variant_id, variant_id)


def get_by_sku(sku: str) -> Row:
    """Return a variant of goods by its SKU, or raise `NotFound`."""
    return _get(Variant.sku == sku, sku)


def get_all(variant_ids: Sequence[str]) -> list[Row]:
    """Return those of some variants of goods that there are, in this order."""
    by_id = {row.variant.id: row for row in _rows(goods().where(Variant.id.in_(variant_ids)))}
    return [by_id[variant_id] for variant_id in variant_ids if variant_id in by_id]


def movements(variant_id: str, *, before: int = 0, with_holds: bool = False, limit: int = 50) -> Movements:
    """Return the newest lines of a variant's ledger, or those before one, in one statement.

    Units that are reserved and released again move nothing; they are left out unless asked for.
    """
    stock = select(Stock.initial).where(Stock.variant_id == variant_id).scalar_subquery()
    moved = func.sum(StockMovement.on_hand_delta).over(order_by=StockMovement.id)
    every = (
        select(StockMovement.id, (stock + moved).label("on_hand"))
        .where(StockMovement.variant_id == variant_id)
        .subquery()
    )
    statement = (
        select(StockMovement, every.c.on_hand, Order.placed_at)
        .join(every, every.c.id == StockMovement.id)
        .outerjoin(Order, Order.id == StockMovement.order_id)
        .order_by(StockMovement.id.desc())
    )
    if before:
        statement = statement.where(StockMovement.id < before)
    if not with_holds:
        statement = statement.where(StockMovement.reason.not_in(_OF_HOLDS))
    rows = db.session.execute(statement.limit(limit + 1)).all()
    found = [
        Movement(row, on_hand, number_of(row.order_id, placed_at) if row.order_id else None)
        for row, on_hand, placed_at in rows[:limit]
    ]
    return Movements(found, found[-1].row.id if len(rows) > limit else 0)


def _get(condition: ColumnElement[bool], key: str) -> Row:
    found = _rows(goods().where(condition))
    if not found:
        raise NotFound(variant=key)
    return found[0]


def _rows(statement: Select[Any]) -> list[Row]:
    fresh = statement.options(contains_eager(Variant.product), contains_eager(Variant.stock))
    variants = db.session.scalars(fresh.execution_options(populate_existing=True)).unique().all()
    seen = stock_changes.latest_changes([variant.id for variant in variants])
    return [Row(variant, _counters(variant.stock), seen.get(variant.id, 0)) for variant in variants]


def _counters(stock: Stock | None) -> Counters:
    return Counters(stock.on_hand, stock.reserved) if stock else Counters(0, 0)


def _matching(text: str, show: str) -> Select[Any]:
    statement = goods()
    if show in (LOW, OUT):
        statement = statement.where(Variant.id.in_(_LOW if show == LOW else _OUT))
    typed = text.strip()[:_MAX_TEXT]
    if not typed:
        return statement
    by_code = select(Variant.id).where(
        or_(Variant.barcode == typed, func.lower(Variant.sku).startswith(typed.lower(), autoescape=True))
    )
    words = words_match(read_query(typed, with_hidden=True).stems)
    by_name = select(Variant.id).join(Variant.product).where(*words)
    return statement.where(Variant.id.in_(union_all(by_code, by_name) if words else by_code))
