"""Following every link of every page, as a search engine does, from the home page in both languages."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient

LINK = re.compile(r'<(?:a|link|img|script)\b(?![^>]*nofollow)[^>]*?\s(?:href|src)="([^"]+)"')


def listed(client: FlaskClient) -> set[str]:
    """Return the addresses of the sitemap, which are all pages that search engines are to find."""

    def places(path: str) -> list[str]:
        found = re.findall(r"<loc>([^<]+)</loc>", client.get(path).text)
        return [unescape(place).removeprefix("http://localhost") or "/" for place in found]

    return {place for part in places("/sitemap.xml") for place in places(part)}


def links_of(text: str, page: str) -> set[str]:
    """Return the addresses of this shop that a page names."""
    found = {urljoin(page, unescape(address)) for address in LINK.findall(text)}
    return {address.partition("#")[0] for address in found if not urlsplit(address).scheme}


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_link_is_broken_and_no_page_is_an_orphan(client: FlaskClient, language: str) -> None:
    ahead, broken, seen = ["/"], [], {"/": ""}
    while ahead:
        path = ahead.pop()
        with client.get(path, headers={"Accept-Language": language}, follow_redirects=True) as answer:
            if answer.status_code != 200:
                broken.append(f"{seen[path]} -> {path}: {answer.status_code}")
            text = answer.text if answer.mimetype == "text/html" else ""
        for link in sorted(links_of(text, path) - seen.keys()):
            seen[link] = path
            ahead.append(link)
    assert broken == []
    pages = listed(client)
    assert len(pages) > 20
    assert pages - seen.keys() == set()
