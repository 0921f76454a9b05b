"""What a list can be narrowed down by: each number is what the list then shows, on both databases."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from storefront.database import db
from storefront.domain.catalogue import Product
from storefront.domain.inventory import Stock
from storefront.domain.search import read_query
from storefront.services.catalogue import Facets, Search, cards_and_facets, facets
from tests import factories as make
from tests.statements import Statements

pytestmark = pytest.mark.dialects
SHIRT = "camiseta-secado-rapido"


@pytest.fixture(autouse=True)
def _nothing_kept(shop: Flask) -> Iterator[None]:
    facets.forget()
    yield
    facets.forget()


def facets_of(search: Search) -> Facets:
    return cards_and_facets(search)[1]


def total(search: Search) -> int:
    return cards_and_facets(search)[0].total


SEARCHES = [
    Search(),
    Search(category="accesorios"),
    Search(category="accesorios", in_stock=True),
    Search(text="fitaiid"),
    Search(text="camiseta", options=(("Talla", "M"),)),
    Search(options=(("Talla", "M"), ("Color", "negro")), in_stock=True),
    Search(brands=("FitAiid", "AndesFit"), min_price_minor=5_000_000),
]


def test_each_number_is_what_its_link_shows() -> None:
    for search in SEARCHES:
        look_at(search)


def test_a_category_counts_what_stands_under_it() -> None:
    own, all_of_lower = total(Search(category="nutricion")), total(Search(category="accesorios"))
    make.put_under("accesorios", "nutricion")
    facets.forget()
    for search in (Search(category="nutricion"), Search(text="fitaiid"), Search(text="fitaiid", category="nutricion")):
        look_at(search)
    assert total(Search(category="nutricion")) == own + all_of_lower
    counts = {one.value: one.products for one in facets_of(Search(text="fitaiid")).categories}
    assert counts["nutricion"] == total(Search(text="fitaiid", category="nutricion"))


def look_at(search: Search) -> None:
    """Follow each choice of a list and compare."""
    found = facets_of(search)
    for brand in found.brands:
        assert total(replace(search, brands=(brand.value,))) == brand.products, brand
    for kind in found.kinds:
        assert total(replace(search, kind=kind.value)) == kind.products, kind
    for category in found.categories:
        assert total(replace(search, category=category.value)) == category.products, category
    for option in found.options:
        others = tuple(pair for pair in search.options if pair[0] != option.name)
        for value in option.values:
            only = replace(search, options=(*others, (option.name, value.value)))
            assert total(only) == value.products, (option.name, value)
    for one in found.prices:
        assert total(replace(search, min_price_minor=one.min_minor, max_price_minor=one.max_minor)) == one.products
    if found.in_stock:
        assert total(replace(search, in_stock=True)) == found.in_stock


def test_sizes_stay_in_their_order_and_one_choice_is_none() -> None:
    found = facets_of(Search(text="camiseta"))
    assert [value.value for value in found.options[0].values] == ["S", "M", "L", "XL"]
    assert found.kinds == ()


def test_a_size_that_is_sold_out_is_not_there_to_buy() -> None:
    product = db.session.scalars(select(Product).where(Product.slug == SHIRT)).unique().one()
    search = Search(options=(("Talla", "M"),), in_stock=True)
    before = total(search)
    for variant in product.variants:
        if variant.option_values[0] == "M":
            stock = db.session.get_one(Stock, variant.id)
            stock.initial = stock.on_hand = stock.reserved
    db.session.commit()
    assert total(search) == before - 1
    assert total(replace(search, in_stock=False)) >= before


def test_values_are_compared_whole_and_by_case() -> None:
    assert total(Search(options=(("Color", "negro"),))) > 0
    for value in ("NEGRO", "neg", "negro%", "_egro", ""):
        assert total(Search(options=(("Color", value),))) == 0, value


def test_facets_cost_no_statement_of_their_own_and_are_kept(
    statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_query("agua")
    with statements.at_most(1):
        first = facets_of(Search(category="fuerza"))
    assert sum("json" in statement for statement in statements) == 1
    assert facets_of(Search(category="fuerza", brands=("FitAiid",))) != first
    assert sum("json" in statement for statement in statements) == 1
    later = time.monotonic() + facets.KEPT + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert facets_of(Search(category="fuerza")) == first
    assert sum("json" in statement for statement in statements) == 2


def test_an_empty_page_has_the_facets_of_its_list() -> None:
    page, found = cards_and_facets(Search(category="fuerza", brands=("Nadie",)))
    assert page.total == 0
    assert found.brands[-1] == ("Nadie", "Nadie", "Nadie", 0, True)
    assert len(found.brands) > 1
    assert cards_and_facets(Search(text="xyzzy"))[1] == Facets(in_stock=0)


def test_a_list_longer_than_is_counted_has_choices_without_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facets, "MOST_COUNTED", 20)
    found = facets_of(Search(max_price_minor=900_000_000))
    assert {brand.products for brand in found.brands} == {None}


def test_no_more_lists_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facets, "_MOST_LISTS", 2)
    for category in ("fuerza", "nutricion", "planes-y-guias"):
        facets_of(Search(category=category))
    assert not facets.is_kept(Search(category="fuerza"))
    assert facets.is_kept(Search(category="planes-y-guias"))
