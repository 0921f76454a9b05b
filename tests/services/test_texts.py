"""Texts that staff write: versions, the seller everywhere, the banner's days, and the terms of an order."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from storefront.database import db
from storefront.domain.audit import AuditEntry
from storefront.domain.shop_text import PageText
from storefront.enums import ShopPart, TextPage
from storefront.errors import EditConflict, InvalidInput, NotFound
from storefront.services import shop_texts
from storefront.services.audit import Actor
from storefront.services.mail.shop_details import shop_context
from storefront.services.texts import details, pages
from storefront.services.texts.drafts import (
    BannerDraft,
    ContactDraft,
    SellerDraft,
    problems_of,
    whatsapp_digits,
    written_nit,
)
from storefront.settings import Banner, contact, seller
from tests import factories as make
from tests.factories import WHEY

pytestmark = pytest.mark.dialects

EVA = Actor("eva")
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SELLER = SellerDraft(
    name="Peso y Fuerza S.A.S.", nit="800.197.268-4", address="Calle 1 # 2-3", phone="601 555 0199", email="a@b.co"
)


def test_the_seller_is_the_environment_s_until_it_is_saved(shop: Flask) -> None:
    draft, version = details.get(ShopPart.SELLER)
    assert isinstance(draft, SellerDraft)
    assert (draft.name, draft.nit, version) == ("FitAiid S.A.S.", "901.234.567-7", 0)
    details.save(ShopPart.SELLER, SELLER, 0, staff=EVA)
    assert seller().nit == "800.197.268-4"
    assert shop_context()["seller"] == "Peso y Fuerza S.A.S."
    assert contact().email == "a@b.co"
    assert details.get(ShopPart.SELLER) == (SELLER, 1)


def test_the_contact_is_the_seller_s_where_it_says_nothing(shop: Flask) -> None:
    details.save(ShopPart.CONTACT, ContactDraft(email="ayuda@b.co", whatsapp="573001234567"), 0, staff=EVA)
    assert (contact().email, contact().phone) == ("ayuda@b.co", seller().phone)
    assert contact().whatsapp == "573001234567"
    assert seller().name == "FitAiid S.A.S.", "another part stays as it was"


def test_the_second_of_two_editors_gets_both_versions(shop: Flask) -> None:
    details.save(ShopPart.BANNER, BannerDraft(text="Uno", text_en="One"), 0, staff=EVA)
    with pytest.raises(EditConflict) as refusal:
        details.save(ShopPart.BANNER, BannerDraft(text="Dos", text_en="Two"), 0, staff=EVA)
    assert refusal.value.data["stored"].text == "Uno"
    assert refusal.value.data["version"] == 1
    assert details.get(ShopPart.BANNER)[0].text == "Uno"  # type: ignore[union-attr]


def test_each_saving_of_a_page_is_a_version_and_none_changes(shop: Flask) -> None:
    first = pages.standard(TextPage.TERMS)
    assert pages.newest(TextPage.TERMS) == first
    assert pages.save(TextPage.TERMS, "Uno", "One", 0, staff=EVA) == 1
    assert pages.save(TextPage.TERMS, "Dos", "Two", 1, staff=EVA) == 2
    assert [pages.get(TextPage.TERMS, version).text for version in (1, 2)] == ["Uno", "Dos"]
    assert pages.get(TextPage.TERMS, 0).text == first.text
    assert [one.version for one in pages.history(TextPage.TERMS)] == [2, 1, 0]
    assert pages.latest()[TextPage.TERMS].version == 2
    assert pages.latest()[TextPage.ABOUT].version == 0
    for unknown in (3, 2**40):
        with pytest.raises(NotFound):
            pages.get(TextPage.TERMS, unknown)
    db.session.rollback()
    told = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.object_id, entry.after) for entry in told] == [("terms", {"version": 1}), ("terms", {"version": 2})]


def test_a_version_keeps_the_seller_that_it_was_saved_under(shop: Flask) -> None:
    first = seller()
    pages.save(TextPage.TERMS, "Vende {vendedor}.", "Sold by {vendedor}.", 0, staff=EVA)
    details.save(ShopPart.SELLER, SELLER, 0, staff=EVA)
    pages.save(TextPage.TERMS, "Vende y envía {vendedor}.", "Sold and sent by {vendedor}.", 1, staff=EVA)
    sellers = [pages.get(TextPage.TERMS, version).seller for version in (0, 1, 2)]
    assert sellers == [None, first, seller()]
    names = [pages.words(sold_by)["vendedor"] for sold_by in sellers]
    assert names == [SELLER.name, "FitAiid S.A.S.", SELLER.name]


@pytest.mark.parametrize("seen", [0, 5])
def test_whoever_read_another_version_is_told(shop: Flask, seen: int) -> None:
    pages.save(TextPage.TERMS, "Uno", "One", 0, staff=EVA)
    with pytest.raises(EditConflict) as refusal:
        pages.save(TextPage.TERMS, "Dos", "Two", seen, staff=EVA)
    assert refusal.value.data["stored"].text == "Uno"
    assert pages.newest(TextPage.TERMS).version == 1


def test_of_two_at_once_one_makes_the_version(shop: Flask) -> None:
    told: list[str] = []

    def save(name: str) -> None:
        with shop.app_context():
            try:
                pages.save(TextPage.TERMS, name, name, 0, staff=Actor(name))
                told.append("saved")
            except EditConflict:
                told.append("told")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=save, args=(name,)) for name in ("ana", "eva", "leo")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["saved", "told", "told"]
    assert len(db.session.scalars(select(PageText)).all()) == 1


def test_an_order_remembers_the_terms_that_it_was_made_under(shop: Flask) -> None:
    before = make.begin((WHEY, 1))
    pages.save(TextPage.TERMS, "Uno", "One", 0, staff=EVA)
    db.session.rollback()
    after = make.begin((WHEY, 1), email="otra@example.com")
    db.session.rollback()
    assert make.order_of(before).terms_version == 0
    assert make.order_of(after).terms_version == 1


def test_another_process_reads_it_after_some_seconds(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shop_texts.current().banner is None
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO shop_details (id, banner_text, banner_text_en) VALUES (1, 'Hoy', 'Today')"
        )
    assert shop_texts.current().banner is None, "kept"
    shop_texts.forget()
    db.session.rollback()
    monkeypatch.setattr(shop_texts, "KEPT_SECONDS", 0.0)
    assert shop_texts.current().banner == Banner(("Hoy", "Today"))


def test_what_was_read_last_needs_no_database(shop: Flask) -> None:
    assert shop_texts.last().seller is None
    details.save(ShopPart.SELLER, SELLER, 0, staff=EVA)
    shop_texts.current()
    assert seller(shop_texts.last()).name == SELLER.name


@pytest.mark.parametrize(
    ("starts", "ends", "is_shown"),
    [(None, None, True), (0, None, True), (1, None, False), (None, 0, False), (None, 1, True), (-1, 1, True)],
)
def test_a_banner_shows_from_its_first_moment_until_its_last(
    starts: int | None, ends: int | None, is_shown: bool
) -> None:
    hours = [None if offset is None else NOW + timedelta(hours=offset) for offset in (starts, ends)]
    assert Banner(("a", "b"), "", *hours).is_shown(NOW) is is_shown


@pytest.mark.parametrize(
    ("draft", "problems"),
    [
        (BannerDraft(), {}),
        (BannerDraft(text="a", text_en="b", link="/returns", starts_at=NOW), {}),
        (BannerDraft(text="a"), {"text_en": "required"}),
        (BannerDraft(link="/returns"), {"text": "required"}),
        (BannerDraft(text="a" * 201, text_en="b"), {"text": "too_long"}),
        (BannerDraft(text="a", text_en="<b>"), {"text_en": "markup"}),
        (BannerDraft(text="a", text_en="b", link="javascript:x"), {"link": "invalid"}),
        (BannerDraft(text="a", text_en="b", link="//mal.example"), {"link": "invalid"}),
        (BannerDraft(text="a", text_en="b", link="http://mal.example"), {"link": "invalid"}),
        (BannerDraft(text="a", text_en="b", starts_at=NOW, ends_at=NOW), {"ends_at": "before_start"}),
        (ContactDraft(), {}),
        (ContactDraft(email="no", phone="x", whatsapp="12"),
         {"email": "invalid_email", "phone": "invalid", "whatsapp": "invalid"}),
        (ContactDraft(hours_en="Mon"), {"hours": "required"}),
        (SELLER, {}),
        (SellerDraft(), dict.fromkeys(("name", "nit", "address", "phone", "email"), "required")),
        (SellerDraft(name="A", nit="901.234.567-8", address="B", phone="6015550199", email="a@b.co"),
         {"nit": "wrong_check_digit"}),
        (SellerDraft(name="A", nit="hola", address="B", phone="6015550199", email="a@b.co"), {"nit": "invalid_nit"}),
    ],
)  # fmt: skip
def test_what_is_refused(draft: BannerDraft, problems: dict[str, str]) -> None:
    assert problems_of(draft) == problems


def test_what_cannot_be_is_not_saved(shop: Flask) -> None:
    with pytest.raises(InvalidInput):
        details.save(ShopPart.SELLER, SellerDraft(), 0, staff=EVA)
    with pytest.raises(InvalidInput) as refusal:
        pages.save(TextPage.TERMS, "{cedula}", "", 0, staff=EVA)
    assert refusal.value.problems == {"page_text": "unknown_word", "page_text_en": "required"}


@pytest.mark.parametrize("page", list(TextPage))
def test_the_texts_that_the_shop_comes_with_can_be_saved(shop: Flask, page: TextPage) -> None:
    found = pages.standard(page)
    assert pages.problems_of(found.text, found.text_en) == {}


@pytest.mark.parametrize(
    ("typed", "written"),
    [("9012345677", "901.234.567-7"), ("901234567-7", "901.234.567-7"), ("901.234.567-8", "901.234.567-8"), ("", "")],
)
def test_a_nit_is_written_with_points(typed: str, written: str) -> None:
    assert written_nit(typed) == written


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("300 123 4567", "573001234567"),
        ("+57 300-123-4567", "573001234567"),
        ("+1 (212) 555 0100", "12125550100"),
        ("", ""),
    ],
)
def test_a_whatsapp_number_has_its_country(typed: str, digits: str) -> None:
    assert whatsapp_digits(typed) == digits
