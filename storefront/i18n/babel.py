"""Typed wrappers of Flask-Babel, so that callers need no casts."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any, cast

from babel.support import NullTranslations, Translations
from flask_babel import force_locale, get_locale

from storefront.i18n.translations import translations_folder

LANGUAGES = ("es", "en")


def translate(text: str, **values: Any) -> str:
    """Return the translation of a Spanish source text into the user's language, with its values filled in."""
    translation = source_text(text)
    return translation % values if values else translation


def translate_number(one: str, many: str, number: int, **values: Any) -> str:
    """Return the singular or the plural of a text; ``%(num)s`` is the number."""
    return source_number(one, many, number) % {"num": number, **values}


def source_text(text: str, language: str | None = None) -> str:
    """Return a text in a language, or in the user's, with its placeholders."""
    language = language or current_language()
    return text if language == "es" else _catalogue(language).ugettext(text)


def source_number(one: str, many: str, number: int, language: str | None = None) -> str:
    """Return the singular or the plural of a text, with its placeholders."""
    language = language or current_language()
    if language == "es":
        return one if number == 1 else many
    return _catalogue(language).ungettext(one, many, number)


@cache
def _catalogue(language: str) -> NullTranslations:
    # Flask-Babel would look for it anew at each of the hundred texts of a page.
    return Translations.load(translations_folder(), [language])


def in_language(language: str) -> AbstractContextManager[None]:
    """Return a block in which texts are in a language, for what the worker writes for somebody."""
    return cast("AbstractContextManager[None]", force_locale(language))


def current_language() -> str:
    """Return ``es`` or ``en``: the language of this request or mail."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "es"
