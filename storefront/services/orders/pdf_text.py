"""Text for PDF files, whose standard fonts have the characters of Latin-1 only."""

import unicodedata

_LOOK_ALIKES = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "…": "...", "•": "-", "ł": "l", "Ł": "L"}
)


def plain(text: str) -> str:
    """Return text in Latin-1: other letters without their accents, and what is left as a question mark."""
    return "".join(map(_in_latin_1, text.translate(_LOOK_ALIKES)))


def _in_latin_1(char: str) -> str:
    if ord(char) < 256:
        return char
    bare = unicodedata.normalize("NFKD", char).encode("latin-1", "ignore").decode("latin-1")
    return bare or ("" if unicodedata.combining(char) else "?")
