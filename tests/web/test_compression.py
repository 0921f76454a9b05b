"""How answers travel: kept by browsers where that is safe, packed for whoever can unpack."""

import gzip

import pytest
from flask.testing import FlaskClient

from tests.factories import WHEY
from tests.web.browser import Browser
from tests.web.test_account import register


@pytest.mark.parametrize("address", ["/", "/terms", "/returns"])
def test_a_page_that_did_not_change_is_not_sent_again(client: FlaskClient, address: str) -> None:
    client.get(address)  # from here on there is a session
    first = client.get(address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert {"Cookie", "Accept-Language"} <= set(first.vary.as_set(preserve_casing=True))
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Content-Security-Policy" not in again.headers


def test_what_a_page_shows_is_part_of_its_mark(browser: Browser) -> None:
    browser.get("/")
    marks = [browser.get("/").headers["ETag"], browser.get("/", **{"Accept-Language": "en"}).headers["ETag"]]
    browser.add(WHEY)
    marks.append(browser.get("/").headers["ETag"])
    register(browser)
    marks.append(browser.get("/").headers["ETag"])
    assert len(set(marks)) == 4


def test_another_session_has_another_mark(app, client: FlaskClient) -> None:  # type: ignore[no-untyped-def]
    """A kept page's form would not be accepted in it."""
    client.get("/")
    assert client.get("/").headers["ETag"] != app.test_client().get("/").headers["ETag"]


def test_pages_with_one_time_words_are_never_kept(client: FlaskClient) -> None:
    assert "ETag" not in client.get(f"/products/{WHEY}").headers
    assert "ETag" not in client.get("/cart").headers


@pytest.mark.parametrize("address", ["/", "/static/css/shop.css", "/static/js/app.js", "/api/products"])
def test_texts_are_packed_for_whoever_can_unpack(client: FlaskClient, address: str) -> None:
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    plain = client.get(address)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    unpacked = gzip.decompress(packed.data)
    assert len(packed.data) < len(unpacked) / 2
    assert address == "/" or unpacked == plain.data
    packed.close()
    plain.close()


def test_a_packed_file_is_not_sent_again_either(client: FlaskClient) -> None:
    first = client.get("/static/css/shop.css?v=1", headers={"Accept-Encoding": "gzip"})
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    kept = {"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]}
    again = client.get("/static/css/shop.css?v=1", headers=kept)
    assert again.status_code == 304
    first.close()
    again.close()


def test_pictures_are_kept_and_not_packed_again(client: FlaskClient) -> None:
    address = "/static/img/hero-480.webp?v=1"
    first = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in first.headers
    assert "immutable" in first.headers["Cache-Control"]
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    first.close()
    again.close()


def test_a_browser_that_knows_zstd_gets_it(client: FlaskClient) -> None:
    packed = client.get("/terms", headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert packed.headers["Content-Encoding"] == "zstd"
    assert packed.data.startswith(b"\x28\xb5\x2f\xfd")  # RFC 8878, 3.1.1


def test_a_part_of_a_file_is_a_part_of_the_file_as_it_is(client: FlaskClient) -> None:
    whole = client.get("/static/css/shop.css")
    part = client.get("/static/css/shop.css", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-4999"})
    assert (part.status_code, part.data) == (206, whole.data[:5000])
    assert "Content-Encoding" not in part.headers
    assert "Accept-Encoding" in part.headers["Vary"]
    whole.close()
    part.close()


def test_short_texts_are_not_packed(client: FlaskClient) -> None:
    answer = client.get("/healthz", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
