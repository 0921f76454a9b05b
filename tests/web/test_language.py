"""Two languages: which one a page speaks, and that none of its words is missing."""

import subprocess
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from config import ROOT
from tests.web.browser import Browser

ENGLISH = ROOT / "storefront" / "translations" / "en" / "LC_MESSAGES" / "messages.po"


def test_spanish_unless_the_browser_asks_for_english(client: FlaskClient) -> None:
    asked = {"": "es", "en-GB,en;q=0.9": "en", "fr": "es", "es-CO,en;q=0.5": "es", "de,en;q=0.5": "en"}
    for header, language in asked.items():
        answer = client.get("/", headers={"Accept-Language": header})
        assert f'<html lang="{language}">' in answer.text


def test_the_switch_keeps_page_and_cart(browser: Browser) -> None:
    browser.add("kettlebell-16kg")
    browser.get("/cart")
    browser.send("/language")
    assert browser.title == "Cart – FitAiid"
    assert "COP\N{NO-BREAK SPACE}219,900" in browser.text
    assert 'id="cart-count">1<' in browser.text


def test_an_unknown_language_changes_nothing(browser: Browser) -> None:
    browser.get("/")
    browser.send("/language", lang="xx")
    assert '<html lang="es">' in browser.text


def test_the_switch_on_an_error_leads_to_a_page_that_opens(browser: Browser) -> None:
    browser.get("/products/kettlebell-16kg")
    browser.send("/cart/items", quantity="x")
    assert browser.send("/language").status_code == 200


def test_every_text_is_translated_and_none_is_left_over(tmp_path: Path) -> None:
    used, translated = extracted(tmp_path), catalogue()
    assert {message.id for message in used if message.id} == {message.id for message in translated if message.id}
    for message in translated:
        parts = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(parts), message.id
        assert not message.fuzzy or not message.id, message.id
        assert not list(message.check(translated)), message.id


def catalogue() -> Catalog:
    """Return the English catalogue."""
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


def extracted(folder: Path) -> Catalog:
    """Return what the code and the templates say now."""
    target = folder / "messages.pot"
    mapping = ROOT / "storefront" / "translations" / "babel.cfg"
    command = [str(Path(sys.executable).parent / "pybabel"), "-q", "extract", "-F", str(mapping)]
    subprocess.run([*command, "-k", "_l", "-k", "_n:1,2", "-o", str(target), "."], cwd=ROOT, check=True)
    with target.open("rb") as file:
        return read_po(file)


def test_a_language_that_is_refused_is_not_spoken(client: FlaskClient) -> None:
    """`fr, en;q=0` wants French and not English, so it gets the shop's own language."""
    page = client.get("/", headers={"Accept-Language": "fr, en;q=0"}).get_data(as_text=True)
    assert '<html lang="es">' in page
    assert client.get("/api/products/x", headers={"Accept-Language": "en;q=0, fr"}).json["title"].startswith("No")
