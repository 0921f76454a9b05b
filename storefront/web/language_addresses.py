"""Addresses by language: the plain address of a public page, and its twin under `/en/`, made from the same rule.

This is Flask's pattern of internationalised URLs: a value preprocessor takes the language out of the address, and a
default puts it into the links of a page that is in that language. Pages of the cart, the checkout, the account and the
staff have no twins; they follow the reader (`web/language.py`).
"""

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask, current_app, request, session, url_for
from werkzeug.routing import Rule

from storefront.i18n import current_language
from storefront.i18n.babel import LANGUAGES

PLAIN = "es"
"""The language of plain addresses."""

TAGS = {"es": "es-CO", "en": "en"}
"""By language, its tag in `hreflang`."""

_PREFIXED = tuple(language for language in LANGUAGES if language != PLAIN)
_PREFIX = re.compile(rf"^/({'|'.join(_PREFIXED)})(?=[/?#]|$)")
_PATH = re.compile(r"[^?#]*")
_BLUEPRINTS = frozenset({"catalogue", "help", "requests"})
_SITEMAPS = frozenset({"site.sitemap", "site.sitemap_pages", "site.sitemap_products"})
_UNNOTED = _SITEMAPS | {"catalogue.recent"}
"""What is no page that somebody reads, or a part of one that is asked for without cookies."""


class _TwinRule(Rule):
    """The rule of a page under the prefix of a language; an address is built by it only for that language."""

    def suitable_for(self, values: Mapping[str, Any], method: str | None = None) -> bool:
        """Return whether an address with these values can be built by this rule."""
        is_meant = values.get("language") == (self.defaults or {})["language"]
        return is_meant and super().suitable_for(values, method)


def register(app: Flask) -> None:
    """Give every public page of the app its twins; runs when all blueprints are registered."""
    for rule in [rule for rule in app.url_map.iter_rules() if _has_twins(rule.endpoint)]:
        for language in _PREFIXED:
            address, named = f"/{language}{rule.rule}", {"language": language}
            twin = _TwinRule(address, endpoint=rule.endpoint, methods=rule.methods, defaults=named)
            twin.provide_automatic_options = True  # type: ignore[attr-defined]
            app.url_map.add(twin)
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_keep_language)
    app.jinja_env.globals["language_addresses"] = language_addresses


def language_of(path: str) -> str | None:
    """Return the language that a path names, or None."""
    found = _PREFIX.match(path)
    return found[1] if found else None


def in_language(address: str, language: str) -> str:
    """Return the address of a page of the shop in a language; the address itself if it is of another page."""
    if not address.startswith("/"):
        return address
    twin = _twin(address, language)
    if current_app.url_map.bind("").test(_PATH.findall(twin)[0], "GET"):
        return twin
    # An unknown page that names another language would go on in that one.
    return address if language_of(address) in (None, language) else _twin(address, PLAIN)


def language_addresses(address: str) -> list[tuple[str, str]]:
    """Return the addresses of a public page by their tag in `hreflang`, with the one for all other languages."""
    tagged = [(TAGS[language], _twin(address, language)) for language in LANGUAGES]
    return [*tagged, ("x-default", _twin(address, PLAIN))]


def _twin(address: str, language: str) -> str:
    plain = "/" + _PREFIX.sub("", address, count=1).lstrip("/")  # two slashes would name another host
    return plain if language == PLAIN else f"/{language}{plain}"


def url_in(language: str, endpoint: str, **values: Any) -> str:
    """Return the address of a public page in a language, whatever the language of this request is."""
    return url_for(endpoint, language=None if language == PLAIN else language, **values)


def _has_twins(endpoint: str) -> bool:
    return endpoint in _SITEMAPS or endpoint.partition(".")[0] in _BLUEPRINTS


def _take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Take the language out of the values of a view, and note it for the pages without twins that come next."""
    if endpoint is None or not _has_twins(endpoint):
        return
    language = (values or {}).pop("language", None)
    if request.method != "GET" or endpoint in _UNNOTED or session.get("read_in") == language:
        return
    if language:
        session["read_in"] = language
    else:
        del session["read_in"]


def _keep_language(endpoint: str, values: dict[str, Any]) -> None:
    """Let the links of a page in English lead to twins; the API's answers have plain addresses."""
    if "language" in values or not _has_twins(endpoint) or not request or request.path.startswith("/api/"):
        return
    language = current_language()
    if language != PLAIN:
        values["language"] = language
