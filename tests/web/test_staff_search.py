"""Staff see what was looked for in vain and teach the search another word; shoppers find with it."""

import pytest
from flask import Flask

from storefront import clock
from storefront.services.catalogue import misses, synonyms
from tests.web.browser import Browser
from tests.web.test_staff_products import PASSWORD, errors, words


@pytest.fixture
def staff(browser: Browser) -> Browser:
    """Return the browser of somebody who works here."""
    browser.get("/login?next=/staff/search")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    assert browser.page.status_code == 200
    return browser


def test_a_search_in_vain_becomes_a_synonym_that_shoppers_find_by(app: Flask, staff: Browser) -> None:
    with app.app_context():
        misses.count("Batimóvil", now=clock.now())
    assert "0 productos" in app.test_client().get("/?q=tortuguita").text
    staff.get("/staff/search")
    assert 'href="/staff/search?word=batimovil#synonym"' in staff.text
    staff.get("/staff/search?word=tortuguita")
    assert staff.form("/staff/search/synonyms").fields["synonym"] == "tortuguita"
    staff.send("/staff/search/synonyms", meanings="Proteína, creatina  proteína")
    assert "Guardamos tortuguita." in words(staff)
    assert "proteína creatina" in staff.text
    assert "/products/whey-protein-2lb" in app.test_client().get("/?q=tortuguita").text


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"synonym": "", "meanings": "pesa"}, "Escribe la palabra"),
        ({"synonym": "dos palabras", "meanings": "pesa"}, "una sola palabra"),
        ({"synonym": "!!", "meanings": "pesa"}, "una sola palabra"),
        ({"synonym": "x" * 41, "meanings": "pesa"}, "menos caracteres"),
        ({"synonym": "nueva", "meanings": " , "}, "al menos una palabra"),
        ({"synonym": "nueva", "meanings": "a b c d e f g h i j k"}, "hasta 10 palabras"),
        ({"synonym": "nueva", "meanings": "pesa ??"}, "con letras o números"),
        ({"synonym": "pesa", "meanings": "Pesa"}, "a sí misma"),
        ({"synonym": "Gym", "meanings": "pesa"}, "ya está en la lista"),
    ],
)
def test_what_cannot_be_a_synonym_is_refused_at_its_field(staff: Browser, typed: dict[str, str], problem: str) -> None:
    staff.get("/staff/search")
    assert staff.send("/staff/search/synonyms", **typed).status_code == 422
    assert any(problem in message for message in errors(staff).values())
    assert staff.form("/staff/search/synonyms").fields["meanings"] == " ".join(typed["meanings"].split())


def test_whoever_saves_second_is_told_and_may_insist(app: Flask, staff: Browser) -> None:
    with app.app_context():
        row = next(row for row in synonyms.list_all() if row.word == "gym")
        address = f"/staff/search/synonyms/{row.id}"
    staff.get(address)
    other = staff.form(address).fields
    staff.send(address, meanings="gimnasio banco")
    staff.get(address)
    assert staff.client.post(address, data=other | {"meanings": "salón"}).status_code == 409
    staff.page = staff.client.post(address, data=other | {"meanings": "salón"})
    assert "gimnasio banco" in staff.text
    staff.send(address)
    assert "Guardamos gym." in words(staff)
    staff.get(address)
    staff.send(f"{address}/remove")
    assert "Eliminamos gym." in words(staff)
    assert staff.get(address).status_code == 404


def test_there_is_a_most(staff: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synonyms, "MOST", 5)
    staff.get("/staff/search")
    staff.send("/staff/search/synonyms", synonym="nueva", meanings="pesa")
    assert any("500" in message for message in errors(staff).values())
