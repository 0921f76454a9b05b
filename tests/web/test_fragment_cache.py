"""Cached fragments of pages: they show current data, and nothing of another user."""

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import UndefinedError

from config import ROOT
from storefront.web import fragment_cache
from tests import factories as make
from tests.factories import WHEY
from tests.web.browser import Browser

TEMPLATES = ROOT / "templates"
FRAGMENTS = sorted(
    {name for page in TEMPLATES.rglob("*.html") for name in re.findall(r'cached_fragment\("([^"]+)"', page.read_text())}
)


@pytest.mark.parametrize("path", ["/", "/?q=whey", f"/products/{WHEY}"])
@pytest.mark.parametrize(
    ("name", "value", "seen"),
    [
        ("price_minor", 12_345_600, "123.456"),
        ("original_price_minor", 99_999_900, "999.999"),
        ("name", "Proteína nueva", "Proteína nueva"),
        ("brand", "Otra marca", "Otra marca"),
    ],
)
def test_a_change_in_the_catalogue_is_seen_at_once(
    app: Flask, browser: Browser, path: str, name: str, value: object, seen: str
) -> None:
    browser.get(path)
    assert seen not in browser.text
    with app.app_context():
        make.change_product(WHEY, **{name: value})
    browser.get(path)
    assert seen in browser.text


@pytest.mark.parametrize("path", ["/?q=kettlebell", "/products/kettlebell-16kg"])
def test_another_picture_is_seen_at_once(app: Flask, browser: Browser, path: str) -> None:
    browser.get(path)
    with app.app_context():
        make.change_product("kettlebell-16kg", image="otra-imagen")
    browser.get(path)
    assert "otra-imagen-480" in browser.text


@pytest.mark.parametrize("path", ["/?q=whey+vainilla", f"/products/{WHEY}"])
def test_every_unit_less_is_seen_at_once(app: Flask, browser: Browser, path: str) -> None:
    for left, words in ((6, "Disponible"), (5, "Últimas 5 unidades"), (1, "Última unidad"), (0, "Agotado")):
        with app.app_context():
            make.set_stock(WHEY, left)
        browser.get(path)
        assert words in browser.text


def test_an_unpublished_product_is_gone_at_once(app: Flask, browser: Browser) -> None:
    browser.get("/")
    assert WHEY in browser.text
    with app.app_context():
        make.change_product(WHEY, status="archived")
    browser.get("/")
    assert WHEY not in browser.text


def test_each_browser_has_a_token_and_a_cart_of_its_own(app: Flask) -> None:
    first, second = Browser(app.test_client()), Browser(app.test_client())
    for client in (first, second):
        client.get("/")
    tokens = [re.findall(r'name="csrf_token" value="([^"]+)"', client.text) for client in (first, second)]
    assert all(tokens)
    assert not set(tokens[0]) & set(tokens[1])
    first.add(WHEY)
    first.get("/")
    second.get("/")
    assert 'id="cart-count">1<' in first.text
    assert 'id="cart-count">0<' in second.text


def test_each_language_has_fragments_of_its_own(app: Flask) -> None:
    for language, word in (("en", "Search"), ("es", "Buscar"), ("en", "Search")):
        page = app.test_client().get("/", headers={"Accept-Language": language}).text
        assert f'<button type="submit">{word}</button>' in page


def test_a_text_cannot_pass_for_a_mark(app: Flask, browser: Browser) -> None:
    with app.app_context():
        make.change_product(WHEY, description="<!--form--> <!--token-->")
    browser.get(f"/products/{WHEY}")
    assert browser.text.count('class="buy"') == 1
    assert "&lt;!--form--&gt; &lt;!--token--&gt;" in browser.text


def test_the_search_for_cached_fragments_finds_them() -> None:
    assert {"_header.html", "catalogue/_list.html", "catalogue/_product.html"} <= set(FRAGMENTS)


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_cached_fragment_uses_its_facts_only(name: str) -> None:
    """What it took from the request would be shown to the next client, too."""
    text = Path(TEMPLATES / name).read_text()
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"\{[{%].*?[}%]\}", text, re.DOTALL))))
    assert not words & {"request", "session", "g", "current_user", "csrf_token", "csp_nonce", "form", "config"}


def test_a_fact_that_is_missing_is_an_error(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(UndefinedError):
        app.jinja_env.globals["cached_fragment"]("catalogue/_card.html", language="es", eager=False)


def test_the_number_of_cached_fragments_is_limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(fragment_cache, "Markup", lambda text: made.append(text) or text)
    with app.test_request_context("/"):
        draw = app.jinja_env.globals["cached_fragment"]
        for n in range(fragment_cache._DEFAULT_SIZE + 1):
            draw("_sharing.html", language="es", path=f"/{n}", title="", description="", picture="", kind="")
        draw("_sharing.html", language="es", path="/0", title="", description="", picture="", kind="")
    assert len(made) == fragment_cache._DEFAULT_SIZE + 2
