"""The small things around the pages."""

import gzip
import html
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import ROOT
from storefront.gateways.email import FolderMailer, RenderedEmail
from tests.conftest import build
from tests.web.browser import Browser


@pytest.mark.parametrize("address", ["/terms", "/privacy", "/returns", "/about", "/contact"])
def test_help_pages_name_the_seller(browser: Browser, address: str) -> None:
    browser.get(address)
    assert "NIT 901.234.567-7" in browser.text
    assert browser.text.count("<h1>") == 1


def test_municipalities_of_a_department(client: FlaskClient) -> None:
    answer = client.get("/addresses/municipalities?department=05")
    assert "Medellín" in answer.get_json()
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert client.get("/addresses/municipalities?department=x").get_json() == []


def test_robots_keep_out_of_private_pages(client: FlaskClient) -> None:
    assert "Disallow: /account/" in client.get("/robots.txt").text


def test_static_addresses_change_with_their_content(client: FlaskClient) -> None:
    page = client.get("/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    with client.get(address) as answer:
        assert "?v=" in address
        assert "immutable" in answer.headers["Cache-Control"]


def test_styles_and_script_stay_small() -> None:
    sizes = {name: len(gzip.compress((ROOT / "static" / name).read_bytes())) for name in ("css/shop.css", "js/app.js")}
    assert sizes["css/shop.css"] <= 12 * 1024
    assert sizes["js/app.js"] <= 5 * 1024


@pytest.mark.parametrize("address", ["/dev/mailbox", "/dev/mailbox/previews/shipped", "/dev/styleguide"])
def test_what_is_for_demonstrations_is_nowhere_else(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_every_mail_can_be_looked_at_in_both_languages(sqlite_url: str) -> None:
    client = build(sqlite_url, IS_DEMO=True).test_client()
    listed = re.findall(r'href="(/dev/mailbox/previews/[^"]+)"', client.get("/dev/mailbox").text)
    assert len(listed) == 4 * len(list((ROOT / "templates" / "mail").glob("*.subject.txt")))
    for address in listed:
        answer = client.get(html.unescape(address))
        assert answer.status_code == 200, address
        assert ("sandbox" in answer.headers["Content-Security-Policy"]) == ("/html" in address)
    assert client.get("/dev/mailbox/previews/nada").status_code == 404


def test_the_styleguide_shows_both_sets_of_colours(sqlite_url: str) -> None:
    client = build(sqlite_url, IS_DEMO=True).test_client()
    for address, mark in {"": "<div>", "?theme=dark": '<div class="theme-dark">', "?theme=x": "<div>"}.items():
        page = client.get(f"/dev/styleguide{address}")
        assert page.status_code == 200
        assert mark in page.text
    colours = client.get("/dev/styleguide/themes.css").text
    assert ".theme-light { color-scheme: light;" in colours
    assert re.search(r"\.theme-dark \{[^}]*--paper: #151312;", colours)


def test_the_mailbox_shows_mails_without_running_them(sqlite_url: str, tmp_path: Path) -> None:
    app: Flask = build(sqlite_url, IS_DEMO=True)
    box = FolderMailer(tmp_path)
    app.extensions["mailer"] = box
    letter = "<script>alert(1)</script><p>hola</p>"
    box.send(
        RenderedEmail(
            message_id="<uno@x>",
            sender="a@b.co",
            to="c@d.co",
            subject="Hola",
            text="hola http://localhost/x",
            html=letter,
        )
    )
    client = app.test_client()
    assert "Hola" in client.get("/dev/mailbox").text
    assert 'href="http://localhost/x"' in client.get("/dev/mailbox/uno").text
    answer = client.get("/dev/mailbox/uno/html")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert client.get("/dev/mailbox/dos").status_code == 404
