"""Words as the index and a query have them: without accents and case, units in one spelling, stems of two languages.

Both sides use the same functions, so they agree on every database. Nothing here reads one.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

import snowballstemmer

from storefront.text import fold

MAX_WORD = 40
LANGUAGES = ("es", "en")

_STOP_WORDS = frozenset(
    [
        "a",
        "al",
        "con",
        "de",
        "del",
        "el",
        "en",
        "la",
        "las",
        "lo",
        "los",
        "o",
        "para",
        "por",
        "que",
        "se",
        "su",
        "tu",
        "un",
        "una",
        "unos",
        "unas",
        "y",
        "e",
        "and",
        "at",
        "for",
        "from",
        "in",
        "is",
        "my",
        "of",
        "on",
        "or",
        "the",
        "to",
        "with",
        "your",
    ]
)
"""Words that say nothing of a product."""

_UNITS = {
    "kg": ("kg", "kgs", "kilo", "kilos", "kilogramo", "kilogramos"),
    "g": ("g", "gr", "grs", "gramo", "gramos", "gram", "grams"),
    "lb": ("lb", "lbs", "libra", "libras", "pound", "pounds"),
    "ml": ("ml", "mls", "mililitro", "mililitros"),
    "l": ("l", "lt", "lts", "litro", "litros", "liter", "liters", "litre", "litres"),
    "mm": ("mm", "milimetro", "milimetros"),
    "cm": ("cm", "cms", "centimetro", "centimetros"),
    "m": ("m", "mts", "metro", "metros", "meter", "meters"),
    "km": ("km", "kms", "k", "kilometro", "kilometros"),
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words}
_SMALLER = {"kg": ("g", 1000), "l": ("ml", 1000), "cm": ("mm", 10), "m": ("mm", 1000)}
_MEASURE = re.compile(
    rf"(?<![\w.,])(\d{{1,6}}(?:[.,]\d{{1,3}})?)[ -]?({'|'.join(sorted(_UNIT_OF, key=len)[::-1])})(?!\w)"
)

_HYPHENATED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")

_lock = Lock()
_stemmers = {language: snowballstemmer.stemmer({"es": "spanish", "en": "english"}[language]) for language in LANGUAGES}


class Word(NamedTuple):
    """A word as somebody wrote it, in lower case, and the form without accents that is compared."""

    written: str
    plain: str

    @property
    def is_code(self) -> bool:
        """Return whether it has a digit, so that it has no stem and no typing error is looked for."""
        return any(char.isdigit() for char in self.plain)


def words_of(text: str, *, with_variants: bool = False) -> Iterator[Word]:
    """Yield the words of a text; a number with its unit is one word, for ``2 lb`` and ``2lb`` are the same.

    The index is made `with_variants`: the number alone, because people leave the unit out, and hyphenated words in one.
    """
    rest = unicodedata.normalize("NFC", text).casefold()
    for measure in _MEASURE.finditer(_without_accents(rest)):
        yield Word(f"{measure[1]} {measure[2]}", _measure(measure[1], _UNIT_OF[measure[2]]))
        if with_variants:
            yield Word(measure[1], fold(measure[1]).replace(" ", ""))
    if with_variants:
        for hyphenated in _HYPHENATED.findall(rest):
            yield Word(hyphenated[:MAX_WORD], fold(hyphenated).replace(" ", "")[:MAX_WORD])
    for written in re.split(r"[^\w]+", _without_measures(rest)):
        for plain in fold(written).split():
            yield Word(written[:MAX_WORD], plain[:MAX_WORD])


def is_stop_word(word: Word) -> bool:
    """Return whether a word says nothing of a product."""
    return word.plain in _STOP_WORDS


@lru_cache(65536)
def stem(plain: str, language: str) -> str:
    """Return what the plural, the gender and the cases of a word have in common in a language."""
    if len(plain) <= 2 or any(char.isdigit() for char in plain):
        return plain
    with _lock:  # a stemmer keeps the word that it works on
        return str(_stemmers[language].stemWord(plain))


def stems(plain: str) -> tuple[str, ...]:
    """Return the stems that a word has in the languages of the shop; whoever searches does not say in which."""
    return tuple(dict.fromkeys(stem(plain, language) for language in LANGUAGES))


def _without_measures(text: str) -> str:
    spans = [measure.span() for measure in _MEASURE.finditer(_without_accents(text))]
    for start, end in reversed(spans):
        text = f"{text[:start]} {text[end:]}"
    return text


def _without_accents(text: str) -> str:
    """Return the text with its length kept, so that positions in both are the same."""
    return "".join(unicodedata.normalize("NFD", char)[0] for char in text)


def _measure(number: str, unit: str) -> str:
    amount = float(number.replace(",", "."))
    smaller, factor = _SMALLER.get(unit, (unit, 1))
    return f"{round(amount * factor, 3):g}{smaller}" if amount * factor < 1e6 else f"{amount:g}{unit}"
