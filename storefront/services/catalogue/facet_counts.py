"""Counting how many products each choice of a list leaves, of products that were read."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from storefront.money import PESO
from storefront.services.catalogue.filtering import Search

_PRICE_RANGES = 4
_STEPS = (1, 2, 5)


class FacetValue(NamedTuple):
    """A choice and how many `products` it leaves, or None where there are more than are counted."""

    value: str
    label: str
    label_en: str
    products: int | None
    is_chosen: bool

    def label_in(self, language: str) -> str:
        """Return its name in a language of the shop."""
        return self.label_en if language == "en" else self.label


class FacetOption(NamedTuple):
    """An option such as *Talla* with its values; `value` of each is what a link names it by."""

    name: str
    name_en: str
    values: tuple[FacetValue, ...]

    def name_in(self, language: str) -> str:
        """Return its name in a language of the shop."""
        return self.name_en if language == "en" else self.name


class PriceRange(NamedTuple):
    """Prices from one amount to another, either of which may be open, and how many products have one of them."""

    min_minor: int | None
    max_minor: int | None
    products: int | None

    @property
    def min_pesos(self) -> int | None:
        """Return the lower end as people type it."""
        return None if self.min_minor is None else self.min_minor // PESO

    @property
    def max_pesos(self) -> int | None:
        """Return the upper end as people type it."""
        return None if self.max_minor is None else self.max_minor // PESO


class Facets(NamedTuple):
    """The choices of a list; a kind of choice with only one is left out. `categories` are those of a text's results."""

    categories: tuple[FacetValue, ...] = ()
    brands: tuple[FacetValue, ...] = ()
    options: tuple[FacetOption, ...] = ()
    kinds: tuple[FacetValue, ...] = ()
    prices: tuple[PriceRange, ...] = ()
    in_stock: int | None = None


class FacetRow(NamedTuple):
    """A product as far as facets need it; a variant is its values in the order of the options, and its units.

    `categories` are the one that it stands in and the one above that.
    """

    categories: tuple[str, ...]
    brand: str
    kind: str
    price_minor: int
    options: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
    variants: tuple[tuple[tuple[str, ...], bool], ...]


def count(products: Sequence[FacetRow], search: Search, *, is_more: bool) -> Facets:
    """Return the choices of a list; with `is_more` there are more products than these, and no numbers."""

    def choices(
        without: Search, values_of: Callable[[FacetRow], Iterable[str]], chosen: Iterable[str]
    ) -> tuple[FacetValue, ...]:
        rows = [row for row in products if _fits(row, without)]
        return _choices(Counter(value for row in rows for value in values_of(row)), {}, chosen, is_more=is_more)

    in_stock = sum(_fits(row, replace(search, in_stock=True)) for row in products)
    return Facets(
        categories=choices(replace(search, category=""), _categories_of, [search.category]) if search.text else (),
        brands=choices(replace(search, brands=()), _brands_of, search.brands),
        options=_count_options(products, search, is_more=is_more),
        kinds=choices(replace(search, kind=""), _kinds_of, [search.kind]),
        prices=_count_prices(products, search, is_more=is_more),
        in_stock=None if is_more else in_stock,
    )


def _choices(
    counts: Counter[str], labels: dict[str, tuple[str, str]], chosen: Iterable[str], *, is_more: bool
) -> tuple[FacetValue, ...]:
    """Return the choices in the order of their names, or those of most products first; nothing with only one."""
    picked = {value for value in chosen if value}
    counts.pop("", None)
    if len(counts) < 2 and not picked:
        return ()
    every = {**dict.fromkeys(picked, 0), **counts}
    places = {value: place for place, value in enumerate(labels)}
    ordered = sorted(every, key=lambda value: (places.get(value, -1), -every[value], value))
    return tuple(
        FacetValue(value, *labels.get(value, (value, value)), None if is_more else every[value], value in picked)
        for value in ordered
    )


def _count_options(products: Sequence[FacetRow], search: Search, *, is_more: bool) -> tuple[FacetOption, ...]:
    names: Counter[str] = Counter(name for row in products for name, _, _ in row.options)
    first = {name: (place, name_en) for row in products for place, (name, name_en, _) in enumerate(row.options)}
    chosen, found = search.options_by_name, []
    for name in sorted(names, key=lambda name: (-names[name], first[name])):
        without = replace(search, options=tuple(pair for pair in search.options if pair[0] != name))
        counts, labels = _values_of(name, products, without)
        values = _choices(counts, labels, chosen.get(name, ()), is_more=is_more)
        if values:
            found.append(FacetOption(name, first[name][1], values))
    return tuple(found)


def _values_of(name: str, rows: Iterable[FacetRow], search: Search) -> tuple[Counter[str], dict[str, tuple[str, str]]]:
    """Return how many products have a variant with each value of an option that fits a search, and its names."""
    counts: Counter[str] = Counter()
    labels: dict[str, tuple[str, str]] = {}
    for row in rows:
        if not _fits(row, search):
            continue
        for place, (own, _, values) in enumerate(row.options):
            if own == name:
                labels.update({value: (value, value_en) for value, value_en in values if value not in labels})
                counts.update({values_of[place] for values_of, _ in _fitting_variants(row, search)})
    return counts, labels


def _count_prices(products: Sequence[FacetRow], search: Search, *, is_more: bool) -> tuple[PriceRange, ...]:
    without = replace(search, min_price_minor=None, max_price_minor=None)
    prices = sorted(row.price_minor for row in products if _fits(row, without))
    bounds = _bounds(prices)
    if not bounds:
        return ()
    ends: list[int | None] = [None, *bounds, None]
    ranges = []
    for least, most in pairwise(ends):
        count = sum((least is None or price >= least) and (most is None or price <= most) for price in prices)
        if count:
            ranges.append(PriceRange(least, most, None if is_more else count))
    return tuple(ranges)


def _bounds(prices: Sequence[int]) -> list[int]:
    """Return round amounts that part sorted prices into some ranges of about as many products each."""
    if len(prices) < _PRICE_RANGES:
        return []
    quarters = (prices[len(prices) * part // _PRICE_RANGES] for part in range(1, _PRICE_RANGES))
    return sorted({bound for price in quarters if prices[0] < (bound := _round(price)) < prices[-1]})


def _round(price_minor: int) -> int:
    """Return the nearest of 1, 2 and 5 with zeros behind, in whole pesos."""
    pesos = max(1, price_minor // PESO)
    power: int = 10 ** (len(str(pesos)) - 1)
    amounts: list[int] = [step * zeros for zeros in (power, power * 10) for step in _STEPS]
    return PESO * min(amounts, key=lambda amount: abs(amount - pesos))


def _fits(row: FacetRow, search: Search) -> bool:
    """Return whether a product meets the filters of a search, as `filtering.conditions` says it to the database."""
    if search.category and search.category not in row.categories:
        return False
    if search.brands and row.brand not in search.brands:
        return False
    if search.kind and row.kind != search.kind:
        return False
    if search.min_price_minor is not None and row.price_minor < search.min_price_minor:
        return False
    if search.max_price_minor is not None and row.price_minor > search.max_price_minor:
        return False
    return bool(_fitting_variants(row, search)) if search.options or search.in_stock else True


def _fitting_variants(row: FacetRow, search: Search) -> list[tuple[tuple[str, ...], bool]]:
    names = [name for name, _, _ in row.options]
    chosen = search.options_by_name
    if not chosen.keys() <= set(names):
        return []
    places = {names.index(name): values for name, values in chosen.items()}
    return [
        (values, is_left)
        for values, is_left in row.variants
        if (is_left or not search.in_stock)
        and len(values) >= len(names)
        and all(values[place] in wanted for place, wanted in places.items())
    ]


def _categories_of(row: FacetRow) -> tuple[str, ...]:
    return row.categories


def _brands_of(row: FacetRow) -> tuple[str, ...]:
    return (row.brand,)


def _kinds_of(row: FacetRow) -> tuple[str, ...]:
    return (row.kind,)
