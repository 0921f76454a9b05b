"""The texts of the shop and its contact by the API, as its pages show them."""

import pytest
from flask import Flask

from storefront.enums import ShopPart, TextPage
from storefront.services.audit import Actor
from storefront.services.texts import details, pages
from storefront.services.texts.drafts import SellerDraft
from tests.api.conftest import Phone, assert_problem


@pytest.mark.parametrize("page", list(TextPage))
def test_each_text_is_there_with_its_words_filled_in(stranger: Phone, page: TextPage) -> None:
    spanish, english = (stranger.get(f"/api/texts/{page}", Accept_Language=one).json for one in ("es", "en"))
    assert (spanish["page"], spanish["version"], spanish["savedAt"]) == (page, 0, None)
    assert spanish["text"] != english["text"]
    assert spanish["title"] != english["title"]
    for text in (spanish["text"], english["text"], spanish["html"]):
        assert "{" not in text
    assert spanish["html"].startswith("<")
    assert 'href="/' not in spanish["html"], "links lead to the shop from wherever they are shown"


def test_a_new_version_is_shown_and_the_old_one_stays(app: Flask, stranger: Phone) -> None:
    with app.app_context():
        pages.save(TextPage.TERMS, "Vende {vendedor}. <b>", "Sold by {vendedor}.", 0, staff=Actor("eva"))
    newest = stranger.get("/api/texts/terms").json
    assert (newest["version"], newest["text"]) == (1, "Vende FitAiid S.A.S.. <b>")
    assert newest["html"] == "<p>Vende FitAiid S.A.S.. &lt;b&gt;</p>"
    assert newest["savedAt"].endswith("Z")
    assert stranger.get("/api/texts/terms?version=0").json["version"] == 0
    assert_problem(stranger.get("/api/texts/terms?version=2"), 404, "not_found")
    assert_problem(stranger.get("/api/texts/terms?version=x"), 400, "invalid_request", "version")
    assert_problem(stranger.get("/api/texts/recipes"), 404, "not_found")


def test_an_older_version_names_who_sold_then(app: Flask, stranger: Phone) -> None:
    later = SellerDraft(
        name="Peso S.A.S.", nit="800.197.268-4", address="Calle 1", phone="601 555 0199", email="a@b.co"
    )
    with app.app_context():
        pages.save(TextPage.TERMS, "Vende {vendedor}.", "Sold by {vendedor}.", 0, staff=Actor("eva"))
        details.save(ShopPart.SELLER, later, 0, staff=Actor("eva"))
    assert stranger.get("/api/texts/terms").json["text"] == "Vende Peso S.A.S.."
    assert stranger.get("/api/texts/terms?version=1").json["text"] == "Vende FitAiid S.A.S.."


def test_the_shop_says_who_sells_and_how_to_reach_it(stranger: Phone) -> None:
    shop = stranger.get("/api/shop").json
    assert shop["seller"]["nit"] == "901.234.567-7"
    assert shop["contact"]["email"] == "hola@fitaiid.example"
    assert shop["contact"]["hours"] == "De lunes a viernes, de 8 a. m. a 5 p. m."
    assert shop["pickup"]["address"]
    assert shop["pickup"]["hours"] != stranger.get("/api/shop", Accept_Language="en").json["pickup"]["hours"]
