"""Browsing the catalogue: search, and the categories."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Engine, Row, Select, String, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from storefront.database import db
from storefront.domain.catalogue import Category, FormerSlug, Product
from storefront.domain.search import EVERYTHING, Query, Stems, read_query
from storefront.domain.search import best as ranked
from storefront.enums import PageKind
from storefront.services.catalogue import facets
from storefront.services.catalogue.facet_counts import Facets
from storefront.services.catalogue.facets import MOST_COUNTED
from storefront.services.catalogue.filtering import Search, conditions, filtered, is_available
from storefront.services.catalogue.product_cards import CARD_COLUMNS, ProductCard, card_of
from storefront.services.catalogue.shown_products import SHOWN_COLUMNS, ProductShown, product_of

T = TypeVar("T")

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


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a longer list; with `is_more`, there are more than the `total` that were counted.

    `query` is how the words of a search were understood.
    """

    items: Sequence[T]
    page: int
    limit: int
    total: int
    is_more: bool = False
    query: Query = EVERYTHING

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // self.limit))


@dataclass(frozen=True, slots=True)
class CategoryCount:
    """A category and its number of products, with those that stand in categories under it."""

    slug: str
    name: str
    name_en: str
    count: int

    def name_in(self, language: str) -> str:
        """Return the name in a language of the shop."""
        return self.name_en if language == "en" else self.name


def browse(search: Search) -> Page[ProductShown]:
    """Return the published products that match, one page of them, in a statement; `total` ends at `MOST_COUNTED`."""
    query = read_query(search.text)
    rows, is_long = _read(search, query, _Columns.WHOLE)
    return _page(search, query, [product_of(row[:-1]) for row in rows], rows[0][-1] if rows else None, is_long=is_long)


def cards(search: Search) -> Page[ProductCard]:
    """Return the same list as cards, which are much cheaper to read."""
    return _read_cards(search, read_query(search.text), with_facets=False)


def cards_named(slugs: Sequence[str]) -> tuple[ProductCard, ...]:
    """Return the products on sale that have these addresses, in their order."""
    statement = select(*CARD_COLUMNS).where(Product.slug.in_(slugs), Product.is_published)
    found = {card.slug: card for card in map(card_of, db.session.execute(statement))}
    return tuple(found[slug] for slug in slugs if slug in found)


def cards_and_facets(search: Search) -> tuple[Page[ProductCard], Facets]:
    """Return the same list, and what it can be narrowed down by, which comes with its statement twice a minute."""
    query = read_query(search.text)
    with_facets = not facets.is_kept(search)
    page = _read_cards(search, query, with_facets=with_facets)
    return page, facets.facets_of(search, query.stems)


def _read_cards(search: Search, query: Query, *, with_facets: bool) -> Page[ProductCard]:
    rows, is_long = _read(search, query, _Columns.CARDS_AND_FACETS if with_facets else _Columns.CARDS)
    if with_facets and rows:
        facets.keep(search, rows[0][-2])
    end = -2 if with_facets else -1
    found = tuple(card_of(row[:end]) for row in rows)
    return _page(search, query, found, rows[0][-1] if rows else None, is_long=is_long)


class _Columns(Enum):
    """What is read of each product of a list."""

    CARDS = "cards"
    CARDS_AND_FACETS = "cards and facets"
    WHOLE = "whole"


def _read(search: Search, query: Query, columns: _Columns) -> tuple[Sequence[Row[*tuple[Any, ...]]], bool]:
    """Return the rows of a page, with the count as the last column, and whether the list is known to be long."""
    is_long = _is_long(search)
    statement = _rows(search, query.stems, db.engine.dialect.name, is_long, columns)
    return db.session.connection().execute(statement).all(), is_long


@lru_cache(64)
def _rows(search: Search, stems: Stems, _dialect: str, is_long: bool, columns: _Columns) -> Select[*tuple[Any, ...]]:
    """Return the statement, whose making costs as much as its sending, for what was looked for lately."""
    statement = _statement(search, stems, is_long=is_long)
    total = list(statement.selected_columns)[-1]
    if columns is _Columns.WHOLE:
        return statement.join(Product.category).with_only_columns(*SHOWN_COLUMNS, total)
    more = [facets.column(search, stems)] if columns is _Columns.CARDS_AND_FACETS else []
    return statement.with_only_columns(*CARD_COLUMNS, *more, total)


def _statement(search: Search, stems: Stems, *, is_long: bool) -> Select[*tuple[Any, ...]]:
    """Return the products of one page in their order, and as the last column how many there are of all pages."""
    if stems and search.sort == "popular":
        return _ranked(search, stems, is_long=is_long)
    matching = filtered(search, stems)
    statement = matching.add_columns(_total(matching, is_long=is_long))
    return _one_page(statement.order_by(*_ORDERS.get(search.sort, _ORDERS["popular"])), search)


def _ranked(search: Search, stems: Stems, *, is_long: bool) -> Select[*tuple[Any, ...]]:
    """Return the same for a search, the best first: named like this, in stock, with all words at good places, popular.

    What is compared ends at as many as one can see, so that it does not grow with the catalogue.
    """
    narrowing = conditions(search)
    best = ranked(stems, search.text, is_narrowed=bool(narrowing))
    found = select(best.c.product_id, best.c.place, best.c.score).join(Product, Product.id == best.c.product_id)
    found = found.where(Product.is_published, *narrowing).order_by(best.c.place.desc(), *_ORDERS["popular"])
    some = found.limit(MOST_COUNTED + 1).cte("some")
    total = literal(MOST_COUNTED + 1) if is_long else select(func.count()).select_from(some).scalar_subquery()
    statement = select(Product).add_columns(total).join(some, some.c.product_id == Product.id)
    order = some.c.place.desc(), is_available().desc(), some.c.score.desc(), *_ORDERS["popular"]
    return _one_page(statement.order_by(*order), search)


def _one_page(statement: Select[*tuple[Any, ...]], search: Search) -> Select[*tuple[Any, ...]]:
    return statement.limit(search.limit).offset((search.page - 1) * search.limit)


def _page(search: Search, query: Query, found: Sequence[T], total: int | None, *, is_long: bool) -> Page[T]:
    if total is None:  # a page past the end does not contain the total
        total = 0 if search.page == 1 else db.session.scalar(_count(filtered(search, query.stems))) or 0
    if total > MOST_COUNTED and not is_long:
        known = _long.setdefault(db.engine, {})
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        known[_whole(search)] = time.monotonic() + CATEGORIES_KEPT
    is_more = total > MOST_COUNTED
    return Page(found, search.page, search.limit, min(total, MOST_COUNTED), is_more=is_more, query=query)


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


def categories() -> tuple[CategoryCount, ...]:
    """Return the visible categories that have products, in their order; a recent result is not read again.

    Counting grows with the catalogue, and a count that is a minute old misleads nobody. Nothing else is
    kept: prices and stock are read each time.
    """
    kept = _category_counts.get(db.engine)
    if kept is None or kept[0] < time.monotonic():
        kept = _category_counts[db.engine] = (time.monotonic() + CATEGORIES_KEPT, _count_categories())
    return kept[1]


def count_published() -> int:
    """Return how many products shoppers see, all of them."""
    return db.session.scalar(select(func.count()).select_from(Product).where(Product.is_published)) or 0


def published_slugs(*, first: int, limit: int) -> Sequence[str]:
    """Return the addresses of some of the products that shoppers see, oldest first."""
    statement = select(Product.slug).where(Product.is_published).order_by(Product.id)
    return db.session.scalars(statement.offset(first).limit(limit)).all()


def forget_categories() -> None:
    """Read the categories again with the next page of this process, because they changed."""
    _category_counts.pop(db.engine, None)


def current_slug(kind: PageKind, former: str) -> str | None:
    """Return the present address of a page that had another one before, if shoppers can see it."""
    before = FormerSlug.kind == kind, FormerSlug.slug == former
    if kind == PageKind.PRODUCT:
        slug = select(Product.slug).join(FormerSlug, FormerSlug.target_id == Product.id).where(Product.is_published)
    else:
        slug = select(Category.slug).join(FormerSlug, FormerSlug.target_id == cast(Category.id, String))
    return db.session.scalar(slug.where(*before))


def _count_categories() -> tuple[CategoryCount, ...]:
    inside = aliased(Category)
    rows = db.session.execute(
        select(Category.slug, Category.name, Category.name_en, func.count())
        .join(inside, or_(inside.id == Category.id, inside.parent_id == Category.id))
        .join(Product, Product.category_id == inside.id)
        .where(Product.is_published, Category.is_visible)
        .group_by(Category.id, Category.slug, Category.name, Category.name_en, Category.position)
        .order_by(Category.position, Category.name)
    )
    return tuple(CategoryCount(*row) for row in rows)
