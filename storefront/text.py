"""Typed and copied text: cleaned before it is checked, and made comparable for search and for names of places."""

import unicodedata

# Elsewhere Unicode has hardly any of them, and a look at all of it would take a second at each start.
_RANGES = ((0, 0x3100), (0xFE30, 0xFE70), (0xFEFF, 0xFF0E), (0xFFF9, 0xFFFC), (0xE0001, 0xE0080))
_LOOKED_AT = [code for first, end in _RANGES for code in range(first, end)]
_INVISIBLE = {code: None for code in _LOOKED_AT if unicodedata.category(chr(code)) == "Cf"}
_SPACES = {code: " " for code in _LOOKED_AT if unicodedata.category(chr(code)) == "Zs"}
_HYPHENS = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2212), "-")
_DASHES = {code: "-" for code in _LOOKED_AT if unicodedata.category(chr(code)) == "Pd"}
_LINES = _INVISIBLE | _SPACES | _HYPHENS
_LINE = _LINES | _DASHES


def clean(text: str, *, lines: bool = False) -> str:
    """Return typed or copied text as somebody with a plain keyboard would have typed it.

    Zero-width, bidirectional and other invisible characters and soft hyphens go, every kind of space is a space, and
    hyphens and dashes are `-`; a text of several `lines` keeps its dashes. Line breaks and controls stay, for the
    checks to refuse. The work is one pass without a Python loop, whatever the text.
    """
    return text.translate(_LINES if lines else _LINE).strip()


def fold(text: str) -> str:
    """Return text in lower case without accents, punctuation as single spaces: ``Bogotá, D.C.`` is ``bogota d c``.

    One character can become eighteen, so callers check the length of what people typed before.
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(_INVISIBLE).casefold())
    bare = (char for char in decomposed if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in bare).split())
