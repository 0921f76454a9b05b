"""What a list of products can be narrowed down by, with how many products each choice leaves.

What the counts are made of comes as one more column of the list's statement, for at most as many products as a list is
counted to, and is kept in the process for some seconds. Each choice is counted with all other filters in force and
without those of its own kind, so that its number is what a click on it shows.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Engine, String, cast, func, select

from storefront.database import db
from storefront.domain.catalogue import Category, Product, ProductOption, Variant
from storefront.domain.catalogue.gallery import RowsAsJson
from storefront.domain.catalogue.options import SEPARATOR
from storefront.domain.inventory import Stock
from storefront.domain.search import Stems
from storefront.domain.search import best as ranked
from storefront.enums import ProductKind
from storefront.services.catalogue.facet_counts import FacetRow, Facets, count
from storefront.services.catalogue.filtering import Search, conditions

MOST_COUNTED = 1000
"""Lists are counted exactly up to here, so that counting costs the same however much there is."""

KEPT = 30.0
"""Seconds."""

_MOST_LISTS, _MOST_SEARCHES = 24, 64


class _Kept(NamedTuple):
    """The products of a list until a moment, and the facets that were counted of them."""

    until: float
    rows: tuple[FacetRow, ...]
    is_more: bool
    counted: dict[Search, Facets]


_kept: WeakKeyDictionary[Engine, dict[tuple[str, str], _Kept]] = WeakKeyDictionary()


def is_kept(search: Search) -> bool:
    """Return whether the products of a list are known already."""
    return _find(search) is not None


def forget() -> None:
    """Read the products anew with the next list of this process, because they changed."""
    _kept.pop(db.engine, None)


def column(search: Search, words: Stems) -> ColumnElement[str]:
    """Return the products that a list is about before it is narrowed down, as one column of a statement."""
    units = func.coalesce(Stock.on_hand - Stock.reserved, 0)
    own = select(RowsAsJson(Variant.option_key, units)).outerjoin(Stock, Stock.variant_id == Variant.id)
    variants = own.where(Variant.product_id == Product.id, Variant.is_active).correlate(Product).scalar_subquery()
    category, parent = _of_category(Category.slug), _of_category(Category.parent_slug)
    some = select(
        category.label("category"), parent.label("parent"), Product.brand,
        cast(Product.kind, String).label("kind"), Product.price_minor,
        cast(Product.options, String).label("options"), variants.label("variants"),
    ).where(Product.is_published, *conditions(_base(search)))  # fmt: skip
    if words:
        # The parameters of a search have their names: both lists of a statement are read equally far.
        found = ranked(words, search.text, is_narrowed=bool(conditions(search)), name="of_facets")
        some = some.join(found, found.c.product_id == Product.id)
    else:
        some = some.order_by(Product.popularity.desc(), Product.id.desc())
    few = some.limit(MOST_COUNTED + 1).subquery()
    return select(cast(RowsAsJson(*few.c), String)).correlate(None).scalar_subquery()


def _of_category(column: Any) -> ColumnElement[Any]:
    return select(column).where(Category.id == Product.category_id).correlate(Product).scalar_subquery()


def keep(search: Search, found: str | None) -> None:
    """Keep the products of `column` for some seconds."""
    lists = _kept.setdefault(db.engine, {})
    if len(lists) >= _MOST_LISTS:
        lists.pop(min(lists, key=lambda key: lists[key].until))
    rows = tuple(_row(values) for values in json.loads(found or "[]"))
    is_more = len(rows) > MOST_COUNTED
    lists[_key(search)] = _Kept(time.monotonic() + KEPT, rows[:MOST_COUNTED], is_more, {})


def facets_of(search: Search, words: Stems) -> Facets:
    """Return the choices of a list; without any product on its page, they cost a statement of their own."""
    kept = _find(search)
    if kept is None:
        keep(search, db.session.scalar(select(column(search, words))))
        kept = _find(search)
        if kept is None:
            return Facets()
    whole = replace(search, page=1, limit=0, sort="")
    if whole not in kept.counted:
        if len(kept.counted) >= _MOST_SEARCHES:
            kept.counted.clear()
        kept.counted[whole] = count(kept.rows, whole, is_more=kept.is_more)
    return kept.counted[whole]


def _find(search: Search) -> _Kept | None:
    kept = _kept.get(db.engine, {}).get(_key(search))
    return kept if kept is not None and kept.until > time.monotonic() else None


def _key(search: Search) -> tuple[str, str]:
    """Return what a list is about: the results of a text in all categories, or one category, or everything."""
    return search.text, "" if search.text else search.category


def _base(search: Search) -> Search:
    text, category = _key(search)
    return Search(text=text, category=category)


def _row(values: Sequence[Any]) -> FacetRow:
    category, parent, brand, kind, price_minor, options, variants = values
    sold = tuple(
        (tuple(key.split(SEPARATOR)), kind != ProductKind.PHYSICAL or units > 0) for key, units in _list(variants)
    )
    return FacetRow(
        (category, parent) if parent else (category,), brand, ProductKind(kind), price_minor, _options(options), sold
    )


def _list(inner: str | list[Any] | None) -> list[Any]:
    """Return a list in a list of JSON; SQLite may write the inner one as a text."""
    return json.loads(inner) if isinstance(inner, str) else inner or []


@lru_cache(1024)
def _options(text: str) -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
    found: list[ProductOption] = json.loads(text)
    return tuple(
        (one["name"], one["name_en"], tuple(zip(one["values"], one["values_en"], strict=False))) for one in found
    )
