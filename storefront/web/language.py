"""The choice of a page's language."""

from flask import g, has_request_context, request, session
from flask_login import current_user

from storefront.i18n.babel import LANGUAGES


def choose_language() -> str:
    """Return the session's language, else the customer's, else that of `Accept-Language`, else Spanish."""
    if not has_request_context():
        return "es"
    if request.path.startswith("/api/"):
        return _accepted_language()
    chosen = session.get("lang")
    if chosen in LANGUAGES:
        return str(chosen)
    if g.get("is_degraded"):
        return _accepted_language()
    has_language = current_user.is_authenticated and current_user.language in LANGUAGES
    return str(current_user.language) if has_language else _accepted_language()


def _accepted_language() -> str:
    """Return the first accepted language that the shop has; `es-CO` is Spanish, and `en;q=0` refuses English."""
    languages = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((language for language in languages if language in LANGUAGES), "es")
