"""Looking around: search without accents, filters, sorts and pages, each list in one statement or two."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from flask import Flask
from sqlalchemy import select

from storefront.clock import day_of, now
from storefront.database import db, transaction
from storefront.domain.catalogue import Product, Variant
from storefront.errors import NotFound
from storefront.i18n.labels import LOW_STOCK
from storefront.money import pesos
from storefront.services import catalogue
from storefront.services.catalogue import SORTS, Page, Search, browse, browsing
from tests import factories as make
from tests.factories import BELT, PLAN, WHEY
from tests.statements import Statements

pytestmark = pytest.mark.dialects


def found(**wanted: object) -> set[str]:
    return {product.slug for product in browse(Search(**{"limit": 100} | wanted)).items}


@pytest.mark.parametrize("text", ["proteína", "proteina", "PROTEINA", "  Proteína  de   SUERO ", "suero proteína"])
def test_search_ignores_accents_case_blanks_and_order(shop: Flask, text: str) -> None:
    assert WHEY in found(text=text)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("whey", WHEY),
        ("narino", "cafe-preentreno-narino"),
        ("Cumbre", "cafe-preentreno-narino"),
        ("nutrición", WHEY),
        ("strength plan", PLAN),
    ],
)
def test_search_looks_through_names_brands_shelves_and_both_languages(shop: Flask, text: str, slug: str) -> None:
    assert slug in found(text=text)


@pytest.mark.parametrize(
    ("signs", "same_as"),
    [("%", ""), ("_", ""), ("\\", ""), ("proteina%", "proteina"), ("prote_na", "prote na"), ("' OR 1=1 --", "or 1 1")],
)
def test_signs_mean_nothing_in_a_search(shop: Flask, signs: str, same_as: str) -> None:
    assert found(text=signs) == found(text=same_as)


def test_every_word_must_be_there(shop: Flask) -> None:
    assert found(text="proteina xyzzy") == set()


def test_filters_narrow_together(shop: Flask) -> None:
    everything = found()
    digital = found(kind="digital")
    assert 0 < len(digital) < len(everything)
    assert found(kind="digital", category="planes-y-guias") == digital
    assert found(kind="digital", category="fuerza") == set()
    assert found(brands=("Cumbre Nariño",)) == {"cafe-preentreno-narino"}
    assert BELT in everything
    assert found(in_stock=True) == everything - {BELT}
    assert found(category="nada") == found(brands=("nada",)) == set()


@pytest.mark.parametrize(("low", "high"), [(129_900, 129_900), (0, 24_900), (None, None), (10**9, None)])
def test_a_price_range_includes_its_ends(shop: Flask, low: int | None, high: int | None) -> None:
    hits = browse(
        Search(
            limit=100,
            min_price_minor=None if low is None else pesos(low),
            max_price_minor=None if high is None else pesos(high),
        )
    ).items
    assert all((low or 0) <= product.price_minor // 100 <= (high or 10**12) for product in hits)
    assert (WHEY in {product.slug for product in hits}) is ((low or 0) <= 129_900 <= (high or 10**12))


def test_sorts(shop: Flask) -> None:
    for sort, key in {
        "price_asc": lambda product: product.price_minor,
        "price_desc": lambda product: -product.price_minor,
        "popular": lambda product: -product.popularity,
        "newest": lambda product: -product.created_at.timestamp(),
    }.items():
        shown = browse(Search(limit=100, sort=sort)).items
        keys = [key(db.session.get_one(Product, product.id)) for product in shown]
        assert keys == sorted(keys), sort
    popular = [product.slug for product in browse(Search(limit=100)).items]
    assert [product.slug for product in browse(Search(limit=100, sort="nonsense")).items] == popular


@pytest.mark.parametrize("sort", SORTS)
def test_pages_show_everything_once(shop: Flask, sort: str) -> None:
    first = browse(Search(sort=sort, limit=7))
    seen = [
        product.id
        for page in range(1, first.pages + 1)
        for product in browse(Search(sort=sort, limit=7, page=page)).items
    ]
    assert len(seen) == len(set(seen)) == first.total
    beyond = browse(Search(limit=7, page=first.pages + 1))
    assert (list(beyond.items), beyond.total, beyond.pages) == ([], first.total, first.pages)


def test_what_is_not_published_is_nowhere(shop: Flask) -> None:
    make.change_product(WHEY, status="archived")
    assert WHEY not in found()
    with pytest.raises(NotFound):
        catalogue.get_product(WHEY)
    make.change_product(WHEY, status="published")
    assert catalogue.get_product(WHEY).slug == WHEY
    assert catalogue.get_product(catalogue.get_product(WHEY).id).slug == WHEY


def test_shelves_count_what_stands_on_them(shop: Flask) -> None:
    shelves = {shelf.slug: shelf.count for shelf in catalogue.categories()}
    assert shelves["planes-y-guias"] == len(found(category="planes-y-guias"))
    assert sum(shelves.values()) == len(found())


def test_a_category_has_what_stands_under_it(shop: Flask) -> None:
    upper, lower = found(category="nutricion"), found(category="planes-y-guias")
    make.put_under("planes-y-guias", "nutricion")
    browsing.forget_categories()
    assert (found(category="nutricion"), found(category="planes-y-guias")) == (upper | lower, lower)
    assert found(category="nutricion", kind="digital") == found(kind="digital")
    counts = {shelf.slug: shelf.count for shelf in catalogue.categories()}
    assert (counts["nutricion"], counts["planes-y-guias"]) == (len(upper | lower), len(lower))
    for slug in upper:
        make.change_product(slug, status="archived")
    browsing.forget_categories()
    counts = {shelf.slug: shelf.count for shelf in catalogue.categories()}
    assert counts["nutricion"] == len(lower), "without products of its own, too"


def test_a_promise_of_delivery_is_for_what_ships(shop: Flask) -> None:
    page = catalogue.get_product_page(WHEY)
    promise = page.delivery_promise(page.product.variants[0])
    assert promise is not None
    assert promise.price_minor == 2_500_000
    assert promise.window is not None
    assert day_of(now()) < promise.window.earliest <= promise.window.latest
    plan = catalogue.get_product_page(PLAN)
    assert plan.delivery_promise(plan.product.variants[0]) is None


def test_a_list_costs_one_statement_and_its_products_none(shop: Flask, statements: Statements) -> None:
    db.session.rollback()
    with statements.at_most(1):
        for product in browse(Search(limit=100)).items:
            assert product.category.name
            assert product.available >= 0


def test_a_product_without_stock_row_is_sold_out(shop: Flask) -> None:
    with transaction():
        shelf = make.some_category()
        product = make.product("sin-fila", shelf)
        product.variants[0].stock = None
        db.session.add(product)
    assert catalogue.get_product("sin-fila").available == 0


@pytest.mark.parametrize(
    ("text", "is_found"),
    [("proteí", True), ("whe prote", True), ("teina", False)],
)
def test_words_match_at_their_beginning(shop: Flask, text: str, is_found: bool) -> None:
    assert (WHEY in found(text=text)) is is_found


@pytest.mark.parametrize("text", ["½ kg", "٣", "ﬁt", "a&b|c!d:*", "<->", "x" * 90, "中文", "e\u0301", "\\:*"])
def test_no_text_breaks_the_search(shop: Flask, text: str) -> None:
    assert isinstance(found(text=text), set)


@pytest.fixture
def few(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let lists be long from six products on."""
    monkeypatch.setattr(browsing, "MOST_COUNTED", 5)
    monkeypatch.setattr(browsing, "_long", WeakKeyDictionary())
    browsing._rows.cache_clear()
    yield
    browsing._rows.cache_clear()


def counted(statements: Statements) -> int:
    return sum("count(" in statement for statement in statements)


@pytest.mark.usefixtures("few")
def test_a_long_list_is_counted_up_to_a_limit() -> None:
    page = browse(Search(limit=2))
    assert (page.total, page.pages, page.is_more) == (5, 3, True)
    assert browse(Search(limit=2, text="whey")).is_more is False


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("look", [browse, catalogue.cards])
def test_a_long_list_is_counted_once_a_minute(
    look: Callable[[Search], Page[Any]], statements: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    for search in (Search(limit=2), Search(limit=3, page=2), Search(sort="name")):
        page = look(search)
        assert (page.total, page.is_more) == (5, True)
        assert page.items
    assert counted(statements) == 1
    later = time.monotonic() + browsing.CATEGORIES_KEPT + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert look(Search()).is_more is True
    assert counted(statements) == 2


@pytest.mark.usefixtures("few")
def test_a_short_list_is_counted_each_time(statements: Statements) -> None:
    for number in (1, 2, 3):
        assert catalogue.cards(Search(text="whey")).is_more is False
        assert counted(statements) == number


@pytest.mark.usefixtures("few")
def test_no_more_lists_are_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsing, "_MOST_REMEMBERED", 2)
    for most in (10, 20, 30):
        assert catalogue.cards(Search(max_price_minor=most * 100_000_000)).is_more is True
    assert len(browsing._long[db.engine]) == 1


@pytest.mark.parametrize("language", ["es", "en"])
def test_a_card_says_what_the_product_says(shop: Flask, language: str) -> None:
    search = Search(limit=100)
    for card, shown in zip(catalogue.cards(search).items, browse(search).items, strict=True):
        assert card.id == shown.id
        product = db.session.get_one(Product, card.id)
        for name in ("slug", "brand", "picture", "price_minor", "original_price_minor", "tax_basis_points", "interval"):
            assert getattr(card, name) == getattr(product, name)
        assert (card.kind, card.is_physical) == (product.kind, product.is_physical)
        assert card.name_in(language) == product.name_in(language)
        if product.is_physical:
            assert card.available == min(product.available, LOW_STOCK + 1)


def test_a_list_shows_of_a_product_what_its_row_and_its_variants_say(shop: Flask) -> None:
    listed = browse(Search(limit=100)).items
    assert any(len(product.variants) > 1 for product in listed)
    assert any(variant.interval for product in listed for variant in product.variants)
    for shown in listed:
        assert catalogue.get_product(shown.slug) == catalogue.get_product_page(shown.id).product == shown
        stored = db.session.get_one(Product, shown.id)
        same = ("slug", "kind", "price_minor", "price_max_minor", "original_price_minor", "brand", "interval", "image",
                "withdrawal_exception", "is_physical", "is_plan", "available", "rating", "tax_basis_points",
                "gallery")  # fmt: skip
        assert [getattr(shown, name) for name in same] == [getattr(stored, name) for name in same]
        assert (shown.category.id, shown.category.slug) == (stored.category.id, stored.category.slug)
        for language in ("es", "en"):
            assert shown.name_in(language) == stored.name_in(language)
            assert shown.category.name_in(language) == stored.category.name_in(language)
            assert shown.description_in(language) == stored.description_in(language)
            assert shown.facts_in(language) == stored.facts_in(language)
            assert shown.options_in(language) == stored.options_in(language)
        for variant, row in zip(shown.variants, stored.active_variants, strict=True):
            same = ("id", "sku", "option_values", "price_minor", "original_price_minor", "interval", "trial_days",
                    "image", "available")  # fmt: skip
            assert [getattr(variant, name) for name in same] == [getattr(row, name) for name in same]
            for language in ("es", "en"):
                assert variant.name_in(language) == row.name_in(language)
                assert variant.options_in(language) == row.options_in(language)


def test_a_variant_that_is_not_sold_any_more_is_not_shown(shop: Flask) -> None:
    with transaction():
        gone = db.session.scalars(select(Variant).where(Variant.sku == "CAM-SEC-NEG-L")).one()
        gone.is_active, product = False, gone.product_id
    assert len(catalogue.get_product(product).variants) == 7
    assert [variant for variant in catalogue.get_product(product).variants if variant.id == gone.id] == []
