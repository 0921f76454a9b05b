"""Rows that are found by one text of folded words: every word must begin a word of it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, literal, literal_column
from sqlalchemy.orm import InstrumentedAttribute

from storefront.database import db


def has_words(column: InstrumentedAttribute[str], words: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that each of some folded words begins a word of a folded text.

    PostgreSQL looks into its index of words; SQLite, which serves small shops, reads through the texts.
    """
    if db.session.get_bind().dialect.name == "sqlite":
        return reads_words(column, words)
    # Written out, because only then the index of just this expression is used.
    indexed = func.to_tsvector(literal_column("'simple'"), column)
    wanted = func.to_tsquery(literal_column("'simple'"), " & ".join(f"{word}:*" for word in words))
    return indexed.bool_op("@@")(wanted)


def reads_words(column: InstrumentedAttribute[str], words: Sequence[str]) -> ColumnElement[bool]:
    """Return the same condition for texts that are read one after the other, without an index.

    PostgreSQL compares a text so in a tenth of the time that it takes to find its words.
    """
    padded = literal(" ").concat(column)
    return and_(*(padded.contains(f" {word}", autoescape=True) for word in words))
