"""Single cells: numbers as Excel writes them, choices, and texts."""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from storefront import spreadsheets
from storefront.money import PESO, pesos
from storefront.services.catalogue.checking import BARCODE, MAX_DESCRIPTION
from storefront.text import clean

MOST_PESOS = 1_000_000_000
"""The highest price."""

_E = TypeVar("_E", bound=StrEnum)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROLS_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_YES = frozenset({"yes", "y", "1", "true", "si", "sí", "verdadero", "x"})
_NO = frozenset({"no", "n", "0", "false", "falso"})


class CellRefused(Exception):
    """A cell holds what cannot be; `code` says why, with `facts` for the message."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def tidy(text: str) -> str:
    """Return a text with plain line breaks and without space around it, so that two can be compared."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def whole_number(text: str) -> int:
    """Return an integer as spreadsheets write it."""
    try:
        return spreadsheets.whole_number(text)
    except spreadsheets.NotWhole as refusal:
        raise CellRefused(refusal.code) from None


def price(text: str) -> int:
    """Return a price in minor units."""
    try:
        amount = whole_number(text.replace("$", ""))
    except CellRefused as refusal:
        raise CellRefused("price_with_centavos" if refusal.code == "not_whole" else "not_a_price") from None
    if not 0 < amount <= MOST_PESOS:
        raise CellRefused("price_zero" if amount == 0 else "price_too_high")
    return pesos(amount)


def price_text(amount_minor: int | None) -> str:
    """Return a price in whole pesos without separators, which every spreadsheet reads as a number."""
    return "" if amount_minor is None else str(amount_minor // PESO)


def number(least: int, most: int) -> Callable[[str], int]:
    """Return what reads an integer of a range."""

    def read(text: str) -> int:
        found = whole_number(text)
        if not least <= found <= most:
            raise CellRefused("out_of_range", least=least, most=most)
        return found

    return read


def line(most: int) -> Callable[[str], str]:
    """Return what reads a text of one line."""

    def read(text: str) -> str:
        return _checked(clean(text, lines=True), most, _CONTROLS)

    return read


def paragraphs(text: str) -> str:
    """Return a text of several lines; markup stays text."""
    return _checked(clean(text, lines=True), MAX_DESCRIPTION, _CONTROLS_IN_TEXT)


def choice(kind: type[_E], *names: _E) -> Callable[[str], _E]:
    """Return what reads one of the names of an enum."""

    def read(text: str) -> _E:
        wanted = text.casefold()
        if wanted not in names:
            raise CellRefused("unknown_choice", choices=", ".join(names))
        return kind(wanted)

    return read


def yes_or_no(text: str) -> bool:
    """Return a truth in Spanish, English, or as Excel writes it."""
    wanted = text.casefold()
    if wanted not in _YES | _NO:
        raise CellRefused("unknown_choice", choices="yes, no")
    return wanted in _YES


def slug(most: int) -> Callable[[str], str]:
    """Return what reads an address: small letters, digits and hyphens."""

    def read(text: str) -> str:
        if len(text) > most:
            raise CellRefused("too_long", most=most)
        if not _SLUG.fullmatch(text):
            raise CellRefused("not_a_slug")
        return text

    return read


def barcode(text: str) -> str:
    """Return a barcode; Excel turns long ones into 7.7E+12 and loses their digits."""
    if not BARCODE.fullmatch(text):
        raise CellRefused("not_a_barcode")
    return text


def _checked(text: str, most: int, unwanted: re.Pattern[str]) -> str:
    if len(text) > most:
        raise CellRefused("too_long", most=most)
    if unwanted.search(text):
        raise CellRefused("control_character")
    return text
