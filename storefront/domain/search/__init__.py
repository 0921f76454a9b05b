"""The search of the shop: words of products in an index, and what the words of a query may mean there."""

from storefront.domain.search.index import (
    CATEGORY_WEIGHT,
    DETAIL_WEIGHT,
    NAME_WEIGHT,
    TEXT_WEIGHT,
    SearchWord,
    index_products,
    move_category_words,
    words_of_product,
)
from storefront.domain.search.matching import MAX_TEXT, Stems, found_by, read_query, words_match
from storefront.domain.search.misses import SearchMiss
from storefront.domain.search.query import EVERYTHING, MAX_WORDS, Query, Term
from storefront.domain.search.ranking import best
from storefront.domain.search.synonyms import SearchSynonym
from storefront.domain.search.texts import has_words, reads_words
from storefront.domain.search.vocabulary import forget_vocabulary

__all__ = [
    "CATEGORY_WEIGHT",
    "DETAIL_WEIGHT",
    "EVERYTHING",
    "MAX_TEXT",
    "MAX_WORDS",
    "NAME_WEIGHT",
    "TEXT_WEIGHT",
    "Query",
    "SearchMiss",
    "SearchSynonym",
    "SearchWord",
    "Stems",
    "Term",
    "best",
    "forget_vocabulary",
    "found_by",
    "has_words",
    "index_products",
    "move_category_words",
    "read_query",
    "reads_words",
    "words_match",
    "words_of_product",
]
