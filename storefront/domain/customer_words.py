"""The words by which an account is found: folded e-mail, names, phone and document, kept in one text."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine.default import DefaultExecutionContext

from storefront.text import fold

_CALLING_CODE = "57"


def of_new_row(context: DefaultExecutionContext) -> str:
    """Return the words of an account about to be written; a column's default."""
    values: dict[str, Any] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return words_of(values)


def words_of(values: Mapping[str, Any]) -> str:
    """Return the words of an account with these values of its columns."""
    phone = fold(values.get("phone") or "")
    document = values.get("document")
    number = fold(document.get("number", "")) if isinstance(document, Mapping) else ""
    texts = [values.get(name) or "" for name in ("email", "first_name", "last_name")]
    words = [*fold(" ".join(texts)).split(), phone, phone.removeprefix(_CALLING_CODE), number.replace(" ", "")]
    return " ".join(word for word in dict.fromkeys(words) if word)
