"""The one way text is made comparable, for search and for names of places."""

import unicodedata


def fold(text: str) -> str:
    """Return text in lower case without accents, punctuation as single spaces: ``Bogotá, D.C.`` is ``bogota d c``."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = (char for char in decomposed if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in bare).split())
