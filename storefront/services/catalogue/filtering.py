"""What a list of products is narrowed down by, as conditions of a statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from storefront.domain.catalogue import Category, Product, has_units_left
from storefront.domain.catalogue.option_filter import has_variant_with
from storefront.domain.search import DETAIL_WEIGHT, SearchWord, Stems, found_by
from storefront.domain.search.words import is_stop_word, stems, words_of
from storefront.enums import ProductKind


@dataclass(frozen=True, slots=True)
class Search:
    """A search; empty fields do not filter. Prices are minor units.

    One of the `brands` is enough; so is one value of each option in `options`, which are pairs of both in Spanish.
    """

    text: str = ""
    category: str = ""
    brands: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    kind: str = ""
    min_price_minor: int | None = None
    max_price_minor: int | None = None
    in_stock: bool = False
    sort: str = "popular"
    page: int = 1
    limit: int = 24

    @property
    def options_by_name(self) -> Mapping[str, frozenset[str]]:
        """Return the values of each option."""
        return {name: frozenset(value for other, value in self.options if other == name) for name, _ in self.options}


def filtered(search: Search, words: Stems) -> Select[Any]:
    """Return the published products that match, in no order."""
    statement = select(Product).where(Product.is_published)
    for condition in found_by(words, search.text) + conditions(search):
        statement = statement.where(condition)
    return statement


def conditions(search: Search) -> list[ColumnElement[bool]]:
    """Return what a product must meet, the words aside."""
    found: list[ColumnElement[bool]] = []
    if search.category:
        own = select(Category.id).where(Category.slug == search.category).scalar_subquery()
        found.append(is_in_category(own))
    if search.brands:
        found.append(Product.brand.in_(search.brands))
    if search.kind:
        found.append(Product.kind == search.kind)
    if search.min_price_minor is not None:
        found.append(Product.price_minor >= search.min_price_minor)
    if search.max_price_minor is not None:
        found.append(Product.price_minor <= search.max_price_minor)
    for name, values in search.options_by_name.items():
        found += [condition for texts in ({name}, values) if (condition := _has_detail(texts)) is not None]
    if search.options:
        found.append(has_variant_with(search.options_by_name, in_stock=search.in_stock))
    elif search.in_stock:
        found.append(is_available())
    return found


class IsOneOf(GenericFunction[bool]):
    """Whether a column is one of the few values of a subquery.

    Unlike IN, which PostgreSQL joins, reading the whole table for it, this one leaves it the indexes of a list.
    """

    type = Boolean()
    name = "is_one_of"
    inherit_cache = True


@compiles(IsOneOf)
def _for_sqlite(element: IsOneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, few = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN {few}"


@compiles(IsOneOf, "postgresql")
def _for_postgresql(element: IsOneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, few = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY (ARRAY{few})"


def is_in_category(category_id: ColumnElement[int] | int) -> ColumnElement[bool]:
    """Return the condition that a product stands in a category or in one under it."""
    some = select(Category.id).where(or_(Category.id == category_id, Category.parent_id == category_id))
    return IsOneOf(Product.category_id, some.scalar_subquery())


def is_available() -> ColumnElement[bool]:
    """Return the condition that there is something left to buy."""
    # A subquery for each product: with EXISTS beside OR, PostgreSQL would read the whole table of stock.
    return or_(Product.kind != ProductKind.PHYSICAL, has_units_left())


def _has_detail(texts: frozenset[str] | set[str]) -> ColumnElement[bool] | None:
    """Return the condition that the index of words has one of some names or values of options, by their first words.

    It finds the few products that are looked at closely. None is for a text like a size A, which has no such word.
    """
    first: list[str] = []
    for text in texts:
        word = next((word for word in words_of(text) if not is_stop_word(word)), None)
        if word is None:
            return None
        first += stems(word.plain)
    detail = select(SearchWord.product_id).where(SearchWord.word.in_(sorted(set(first))))
    return Product.id.in_(detail.where(SearchWord.weight == DETAIL_WEIGHT))
