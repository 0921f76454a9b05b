"""Browsing the catalogue: search, one product, the categories, and when a delivery would arrive."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Engine, Select, bindparam, func, literal, or_, select
from sqlalchemy.orm import aliased, contains_eager

from storefront.clock import now
from storefront.database import db
from storefront.domain.catalogue import TAX_BASIS_POINTS, Category, Product
from storefront.domain.inventory import Stock
from storefront.domain.search import words_match
from storefront.domain.shipping import ShippingOption, load_tariff
from storefront.enums import BillingInterval, Method, ProductKind, TaxRate, Zone
from storefront.errors import NotFound
from storefront.i18n.labels import as_sent
from storefront.settings import settings

T = TypeVar("T")

MOST_COUNTED = 1000
"""Lists are counted exactly up to here, so that counting costs the same however much there is."""

CATEGORIES_KEPT = 60.0
"""For how many seconds a process shows the same categories and counts, and remembers which lists are long."""

_MOST_REMEMBERED = 1000
_long: WeakKeyDictionary[Engine, dict["Search", float]] = WeakKeyDictionary()
_category_counts: WeakKeyDictionary[Engine, tuple[float, tuple["CategoryCount", ...]]] = WeakKeyDictionary()

SORTS = ("popular", "newest", "price_asc", "price_desc", "name")

_ORDERS: dict[str, tuple[Any, ...]] = {
    "popular": (Product.popularity.desc(), Product.id.desc()),
    "newest": (Product.created_at.desc(), Product.id.desc()),
    "price_asc": (Product.price_minor, Product.id),
    "price_desc": (Product.price_minor.desc(), Product.id.desc()),
    "name": (Product.name, Product.id),
}

_CARD = (
    Product.slug, Product.name, Product.name_en, Product.brand, Product.image, Product.price_minor,
    Product.original_price_minor, Product.tax_rate, Product.interval, Product.kind,
    func.coalesce(Stock.on_hand - Stock.reserved, 0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Search:
    """A search; empty fields do not filter. Prices are minor units."""

    text: str = ""
    category: str = ""
    brand: str = ""
    kind: str = ""
    min_price_minor: int | None = None
    max_price_minor: int | None = None
    in_stock: bool = False
    sort: str = "popular"
    page: int = 1
    limit: int = 24


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a longer list; with `is_more`, there are more than the `total` that were counted."""

    items: Sequence[T]
    page: int
    limit: int
    total: int
    is_more: bool = False

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // self.limit))


class ProductCard(NamedTuple):
    """What a list shows of a product, as it was read just now; `available` stops at the number that is shown."""

    slug: str
    name: str
    name_en: str
    brand: str
    image: str
    price_minor: int
    original_price_minor: int | None
    tax_rate: TaxRate
    interval: BillingInterval | None
    kind: ProductKind
    available: int

    @property
    def is_physical(self) -> bool:
        """Return whether it has stock and ships."""
        return self.kind == ProductKind.PHYSICAL

    @property
    def tax_basis_points(self) -> int:
        """Return the IVA rate: 1900 is 19 %."""
        return TAX_BASIS_POINTS[self.tax_rate]

    def name_in(self, language: str) -> str:
        """Return the name in a language of the shop."""
        return self.name_en if language == "en" else self.name


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """A category and its number of products."""

    slug: str
    name: str
    name_en: str
    count: int

    def name_in(self, language: str) -> str:
        """Return the name in a language of the shop."""
        return self.name_en if language == "en" else self.name


def browse(search: Search) -> Page[Product]:
    """Return the published products that match, one page of them, in one statement; `total` ends at `MOST_COUNTED`."""
    matching, is_long = _filtered(search), _is_long(search)
    statement = (
        matching.add_columns(_total(matching, is_long=is_long))
        .join(Product.category)
        .outerjoin(Product.stock)
        .options(contains_eager(Product.category), contains_eager(Product.stock))
    )
    rows = db.session.execute(_one_page(statement, search)).all()
    return _page(search, [row[0] for row in rows], rows[0][1] if rows else None, is_long=is_long)


def cards(search: Search) -> Page[ProductCard]:
    """Return the same list as cards, which are much cheaper to read."""
    is_long = _is_long(search)
    rows = db.session.connection().execute(_cards(search, db.engine.dialect.name, is_long)).all()
    found = tuple(ProductCard._make((*row[:-2], as_sent(row[-2]))) for row in rows)
    return _page(search, found, rows[0][-1] if rows else None, is_long=is_long)


@lru_cache(64)
def _cards(search: Search, _dialect: str, is_long: bool) -> Select[*tuple[Any, ...]]:
    """Return the statement, whose making costs as much as its sending, for what was looked for lately."""
    matching = _filtered(search)
    columns = (*_CARD, _total(matching, is_long=is_long))
    return _one_page(matching.with_only_columns(*columns).outerjoin(Product.stock), search)


def _one_page(statement: Select[*tuple[Any, ...]], search: Search) -> Select[*tuple[Any, ...]]:
    order = _ORDERS.get(search.sort, _ORDERS["popular"])
    return statement.order_by(*order).limit(search.limit).offset((search.page - 1) * search.limit)


def _page(search: Search, found: Sequence[T], total: int | None, *, is_long: bool) -> Page[T]:
    if total is None:  # a page past the end does not contain the total
        total = 0 if search.page == 1 else db.session.scalar(_count(_filtered(search))) or 0
    if total > MOST_COUNTED and not is_long:
        known = _long.setdefault(db.engine, {})
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        known[_whole(search)] = time.monotonic() + CATEGORIES_KEPT
    return Page(found, search.page, search.limit, min(total, MOST_COUNTED), is_more=total > MOST_COUNTED)


def _is_long(search: Search) -> bool:
    """Return whether more than `MOST_COUNTED` matched within the last minute; what is shown of that changes slowly."""
    return _long.get(db.engine, {}).get(_whole(search), 0.0) > time.monotonic()


def _whole(search: Search) -> Search:
    return replace(search, page=1, limit=0, sort="")


def _total(matching: Select[Any], *, is_long: bool) -> ColumnElement[int]:
    """Count, unless it is known that one would stop counting: in a large shop that costs more than the list."""
    return literal(MOST_COUNTED + 1) if is_long else _count(matching).scalar_subquery()


def _count(matching: Select[Any]) -> Select[int]:
    """Count what matches, but no further than one can see."""
    some = matching.with_only_columns(Product.id).limit(MOST_COUNTED + 1).subquery()
    return select(func.count()).select_from(some)


def _filtered(search: Search) -> Select[Any]:
    statement = select(Product).where(Product.is_published)
    for condition in words_match(search.text) + _conditions(search):
        statement = statement.where(condition)
    return statement


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.category:
        category_id = select(Category.id).where(Category.slug == search.category).scalar_subquery()
        found.append(Product.category_id == category_id)
    if search.brand:
        found.append(Product.brand == search.brand)
    if search.kind:
        found.append(Product.kind == search.kind)
    if search.min_price_minor is not None:
        found.append(Product.price_minor >= search.min_price_minor)
    if search.max_price_minor is not None:
        found.append(Product.price_minor <= search.max_price_minor)
    if search.in_stock:
        # A subquery for each product: with EXISTS beside OR, PostgreSQL would read the whole table of stock.
        its = aliased(Stock)
        left = select(its.on_hand - its.reserved).where(its.product_id == Product.id).correlate(Product)
        found.append(or_(Product.kind != ProductKind.PHYSICAL, left.scalar_subquery() > 0))
    return found


_ONE = select(Product).where(
    or_(Product.slug == bindparam("key"), Product.id == bindparam("key")), Product.is_published
)


def get_product(key: str) -> Product:
    """Return a published product by its slug or id, or raise `NotFound`."""
    product = db.session.scalar(_ONE, {"key": key})
    if product is None:
        raise NotFound(product_id=key)
    return product


def categories() -> tuple[CategoryCount, ...]:
    """Return the categories that have products, by name; a recent result is not read again.

    Counting grows with the catalogue, and a count that is a minute old misleads nobody. Nothing else is
    kept: prices and stock are read each time.
    """
    kept = _category_counts.get(db.engine)
    if kept is None or kept[0] < time.monotonic():
        kept = _category_counts[db.engine] = (time.monotonic() + CATEGORIES_KEPT, _count_categories())
    return kept[1]


def _count_categories() -> tuple[CategoryCount, ...]:
    rows = db.session.execute(
        select(Category.slug, Category.name, Category.name_en, func.count())
        .join(Product, Product.category_id == Category.id)
        .where(Product.is_published)
        .group_by(Category.id, Category.slug, Category.name, Category.name_en)
        .order_by(Category.name)
    )
    return tuple(CategoryCount(*row) for row in rows)


def delivery_promise(product: Product) -> ShippingOption | None:
    """Return what standard delivery of one unit to a main city would cost, and when it would arrive, ordered now."""
    if not product.is_physical:
        return None
    offers = load_tariff().offers(Zone.MAIN, product.price_minor, now(), settings().CUT_OFF_HOUR)
    return next((offer for offer in offers if offer.method is Method.STANDARD), None)
