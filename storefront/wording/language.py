"""Typed doors to Flask-Babel, so that the rest of the wording needs no casts."""

from typing import Any

from flask_babel import get_locale, gettext, ngettext

LANGUAGES = ("es", "en")


def translate(text: str, **values: Any) -> str:
    """Return a Spanish source text in the reader's language, with its values filled in."""
    return str(gettext(text, **values))


def translate_number(one: str, many: str, number: int, **values: Any) -> str:
    """Return the singular or the plural of a text; ``%(num)s`` is the number."""
    return str(ngettext(one, many, number, **values))


def current_language() -> str:
    """Return ``es`` or ``en``: the language of this request or mail."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "es"
