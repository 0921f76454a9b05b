"""Which products a query finds, as conditions of a statement that are the same on every database."""

import re

from sqlalchemy import ColumnElement, select, union_all

from storefront.domain.catalogue import Product, Variant
from storefront.domain.search import query
from storefront.domain.search.index import SearchWord
from storefront.domain.search.query import EVERYTHING, Query
from storefront.domain.search.vocabulary import read_vocabulary

MAX_TEXT = 100
Stems = tuple[tuple[str, ...], ...]
"""For each word of a query the stems one of which a product must have."""

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*")


def read_query(text: str, *, with_hidden: bool = False) -> Query:
    """Return what a text asks for; staff also find words that only drafts have (`with_hidden`)."""
    if not text.strip():
        return EVERYTHING
    return query.read(text[:MAX_TEXT], read_vocabulary(), with_hidden=with_hidden)


def spellings_of_code(text: str) -> list[str]:
    """Return what a text may be as an article number; nothing for what cannot be one."""
    code = text.strip()
    if not _CODE.fullmatch(code) or code.isalpha():
        return []
    return sorted({code, code.upper(), code.lower()})


def found_by(stems: Stems, text: str) -> list[ColumnElement[bool]]:
    """Return what a product must meet to be found by words or by its article number; nothing for no words."""
    words, codes = words_match(stems), spellings_of_code(text)
    if not words or not codes:
        return words
    by_words = select(Product.id).where(*words)
    by_code = select(Variant.product_id).where(Variant.sku.in_(codes), Variant.is_active)
    return [Product.id.in_(union_all(by_words, by_code))]


def words_match(stems: Stems) -> list[ColumnElement[bool]]:
    """Return what a product must meet to have every word."""
    return [
        Product.id.in_(select(SearchWord.product_id).where(SearchWord.word.in_(alternatives))) for alternatives in stems
    ]
