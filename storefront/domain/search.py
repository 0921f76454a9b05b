"""Which products the words of a search find: every word must begin a word of the product, accents and case aside."""

from sqlalchemy import ColumnElement, func, literal, literal_column

from storefront.database import db
from storefront.domain.catalogue import Product
from storefront.text import fold

MAX_TEXT = 100
MAX_WORDS = 8


def words_match(text: str) -> list[ColumnElement[bool]]:
    """Return what a product must meet; nothing for a text without words.

    PostgreSQL looks into its index of words; SQLite, which serves small shops, reads through the texts.
    """
    words = fold(text[:MAX_TEXT]).split()[:MAX_WORDS]
    if not words:
        return []
    if db.session.get_bind().dialect.name == "sqlite":
        padded = literal(" ").concat(Product.search_text)
        return [padded.contains(f" {word}", autoescape=True) for word in words]
    # Written out, because only then the index of just this expression is used.
    indexed = func.to_tsvector(literal_column("'simple'"), Product.search_text)
    wanted = func.to_tsquery(literal_column("'simple'"), " & ".join(f"{word}:*" for word in words))
    return [indexed.bool_op("@@")(wanted)]
