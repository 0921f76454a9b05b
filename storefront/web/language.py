"""The choice of a page's language."""

from flask import g, has_request_context, request, session
from flask_login import current_user

from storefront.i18n.babel import LANGUAGES
from storefront.web.language_addresses import language_of


def choose_language() -> str:
    """Return the address' language, else the session's, else the customer's, else what the browser accepts.

    A guest who chose none and comes from an English address reads on in English where pages have no addresses by
    language. Who accepts neither language gets Spanish.
    """
    if not has_request_context():
        return "es"
    if request.path.startswith("/api/"):
        return _accepted_language()
    if named := language_of(request.path):
        return named
    chosen = session.get("lang")
    if chosen in LANGUAGES:
        return str(chosen)
    if g.get("is_degraded"):
        return _accepted_language()
    if current_user.is_authenticated and current_user.language in LANGUAGES:
        return str(current_user.language)
    read_in = session.get("read_in")
    return str(read_in) if read_in in LANGUAGES else _accepted_language()


def _accepted_language() -> str:
    """Return the first accepted language that the shop has; `es-CO` is Spanish, and `en;q=0` refuses English."""
    languages = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((language for language in languages if language in LANGUAGES), "es")
