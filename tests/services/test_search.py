"""What people type, and what they find."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from storefront.clock import now
from storefront.database import db, transaction
from storefront.domain.search import SearchWord
from storefront.services.audit import Actor
from storefront.services.catalogue import Search, browse, cards, category_editing, misses
from storefront.services.jobs import consistency
from tests import factories as make
from tests.factories import BELT, WHEY
from tests.services.search_queries import QUERIES

STAFF = Actor("eva")

pytestmark = pytest.mark.dialects


def first(text: str) -> str:
    items = cards(Search(text=text, limit=5)).items
    return items[0].slug if items else ""


def found(text: str, **filters: object) -> list[str]:
    return [card.slug for card in cards(Search(text=text, limit=100, **filters)).items]


def test_every_query_has_the_expected_product_first(shop: Flask) -> None:
    assert len({text for text, _ in QUERIES}) >= 150
    wrong = [(text, expected, first(text)) for text, expected in QUERIES if first(text) != expected]
    assert not wrong, "\n".join(map(str, wrong))


def test_a_name_comes_before_a_text_and_what_is_in_stock_before_what_is_sold_out(shop: Flask) -> None:
    knee = found("tapete")
    assert knee.index("tapete-yoga-6mm") < knee.index("rueda-abdominal") < knee.index("cuerda-saltar-rodamientos")
    assert found("condor strength")[-1] == BELT
    assert first("cinturon") == BELT


def test_the_interfaces_find_the_same_in_the_same_order_and_any_sort_finds_as_much(shop: Flask) -> None:
    for text in ("proteina", "pesas", "5 kg", "mancurna", "FZA-MANC-HEX5"):
        assert [product.slug for product in browse(Search(text=text, limit=100)).items] == found(text)
        assert set(found(text, sort="price_asc")) == set(found(text))
        assert set(found(text, in_stock=True)) == set(found(text)) - {BELT}


def test_a_query_is_understood_as_the_nearest_words(shop: Flask) -> None:
    query = cards(Search(text="Protiena  vegtal")).query
    assert query.corrected == "proteína vegetal"
    assert cards(Search(text="proteina")).query.corrected == ""
    assert cards(Search(text="proteina xyzzy")).query.nearest == "proteina"
    assert cards(Search(text="xyzzy")).query.nearest == ""


def test_nothing_is_suggested_of_what_shoppers_do_not_see(shop: Flask) -> None:
    make.change_product("cubos-panela-limon", status="draft")
    assert cards(Search(text="panella")).query.corrected != "panela"


def test_the_words_of_a_category_move_with_its_name(shop: Flask) -> None:
    row = next(row for row in category_editing.list_all() if row.category.slug == "nutricion")
    draft = category_editing.CategoryDraft(name="Alimentos", name_en="Food")
    category_editing.change(row.category.id, draft, staff=STAFF)
    assert WHEY in found("alimento")
    assert WHEY not in found("nutrición")


def test_the_doctor_compares_the_index_and_writes_it_anew(shop: Flask) -> None:
    assert not [finding for finding in consistency.examine() if finding.area == "search"]
    make.change_product(WHEY, name="Suero de leche")
    with transaction():
        db.session.execute(delete(SearchWord).where(SearchWord.word == "creatin"))
    wrong = {finding.what.split(":")[0] for finding in consistency.examine() if finding.area == "search"}
    assert WHEY in wrong
    assert "creatina-monohidratada-300g" in wrong
    assert consistency.repair() == len(wrong)
    assert not [finding for finding in consistency.examine() if finding.area == "search"]
    assert first("creatina") == "creatina-monohidratada-300g"


def test_the_index_has_no_words_of_no_product(shop: Flask) -> None:
    assert db.session.scalar(select(func.count()).select_from(SearchWord)) > 1000


def test_a_query_without_a_result_is_counted_once_a_day_and_query_and_nothing_personal_is(shop: Flask) -> None:
    for text in (
        "Bicicleta  Estática",
        "bicicleta estatica",
        "ana@example.com",
        "300 123 4567",
        "1.032.456.789",
        "x" * 80,
    ):
        misses.count(text, now=now())
    assert misses.most_frequent() == [misses.Miss("bicicleta estatica", 2)]


def test_the_days_queries_have_a_limit_and_old_ones_go(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misses, "MOST_OF_A_DAY", 2)
    misses.count("vieja", now=now() - misses.KEPT - timedelta(days=2))
    for text in ("uno", "dos", "tres", "dos"):
        misses.count(text, now=now())
    assert misses.most_frequent() == [misses.Miss("dos", 2), misses.Miss("uno", 1)]
