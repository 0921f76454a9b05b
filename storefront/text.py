"""Typed and copied text: cleaned before it is checked, and made comparable for search and for names of places."""

import re
import unicodedata
from urllib.parse import quote

# Elsewhere Unicode has hardly any of them, and a look at all of it would take a second at each start.
_RANGES = ((0, 0x3100), (0xFE30, 0xFE70), (0xFEFF, 0xFF0E), (0xFFF9, 0xFFFC), (0xE0001, 0xE0080))
_LOOKED_AT = [code for first, end in _RANGES for code in range(first, end)]
_INVISIBLE = {code: None for code in _LOOKED_AT if unicodedata.category(chr(code)) == "Cf"}
_SPACES = {code: " " for code in _LOOKED_AT if unicodedata.category(chr(code)) == "Zs"}
_HYPHENS = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2212), "-")
_DASHES = {code: "-" for code in _LOOKED_AT if unicodedata.category(chr(code)) == "Pd"}
_LINES = _INVISIBLE | _SPACES | _HYPHENS
_LINE = _LINES | _DASHES
_MARKUP = re.compile(r"<\s*[A-Za-z/!]|[<>]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FIRST_PICTURE_SIGN = 0x2190  # ©, ® and ™ stand before it


def clean(text: str, *, lines: bool = False) -> str:
    """Return typed or copied text as somebody with a plain keyboard would have typed it.

    Zero-width, bidirectional and other invisible characters and soft hyphens go, every kind of space is a space, and
    hyphens and dashes are `-`; a text of several `lines` keeps its dashes. Line breaks and controls stay, for the
    checks to refuse. The work is one pass without a Python loop, whatever the text.
    """
    return text.translate(_LINES if lines else _LINE).strip()


def one_line_break(text: str) -> str:
    """Return a text of several lines with the same break between all of them, whatever system it was typed on."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


_UNSAFE = str.maketrans(dict.fromkeys('/\\:*?"<>|', "_"))
"""What no name of a file may hold on some system, or end the name in a header."""


def fold(text: str) -> str:
    """Return text in lower case without accents, punctuation as single spaces: ``Bogotá, D.C.`` is ``bogota d c``.

    One character can become eighteen, so callers check the length of what people typed before.
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(_INVISIBLE).casefold())
    bare = (char for char in decomposed if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in bare).split())


def slug_from(text: str, most: int = 80) -> str:
    """Return an address made from a name: ``Proteína 2 lb`` is ``proteina-2-lb``."""
    plain = fold(text[:400]).encode("ascii", "ignore").decode().split()
    return "-".join(plain)[:most].strip("-")


def disposition(file_name: str) -> str:
    """Return the header that saves a file under its name, whatever the name is made of (RFC 6266, RFC 8187)."""
    # No control characters, no marks of reading direction, no path separators.
    visible = "".join(filter(_is_visible, file_name))
    name = visible.translate(_UNSAFE).strip(" .") or "archivo"
    # Some characters are made of unsafe ones: "\N{CARE OF}" is "c/o", and there is a wide quotation mark.
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = ascii_only.translate(_UNSAFE).replace("%", "_").strip(" .")
    return f"attachment; filename=\"{plain or 'archivo'}\"; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"


def _is_visible(char: str) -> bool:
    return not unicodedata.category(char).startswith("C") and char not in "\u2028\u2029"


def line_problem(text: str, most: int, *, is_required: bool = True) -> str:
    """Return what is wrong with a text of one line, or an empty text."""
    if not text:
        return "required" if is_required else ""
    if len(text) > most:
        return "too_long"
    if _CONTROL.search(text):
        return "invalid"
    if _MARKUP.search(text):
        return "markup"
    return "emoji" if any(map(_is_picture, text)) else ""


def _is_picture(char: str) -> bool:
    return ord(char) >= _FIRST_PICTURE_SIGN and (ord(char) > 0xFFFF or unicodedata.category(char) in ("So", "Co", "Cn"))
