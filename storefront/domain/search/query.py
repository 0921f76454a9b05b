"""What somebody typed into the search, word by word: the stems of the catalogue that each word may mean."""

from dataclasses import dataclass
from functools import cached_property

from storefront.domain.search.vocabulary import Vocabulary
from storefront.domain.search.words import Word, is_stop_word, stems, words_of

MAX_WORDS = 8


@dataclass(frozen=True)
class Term:
    """A word of a query: a product must have one of the stems; `instead` is what was taken for a typing error."""

    typed: str
    stems: tuple[str, ...]
    instead: str = ""
    is_known: bool = True


@dataclass(frozen=True)
class Query:
    """The words of a query; none of them is a query for everything."""

    terms: tuple[Term, ...] = ()

    @property
    def stems(self) -> tuple[tuple[str, ...], ...]:
        """Return what decides which products are found."""
        return tuple(term.stems for term in self.terms)

    @cached_property
    def corrected(self) -> str:
        """Return the query as it was understood, or an empty text if it was understood as it was typed."""
        if not any(term.instead for term in self.terms):
            return ""
        return " ".join(term.instead or term.typed for term in self.terms)

    @cached_property
    def nearest(self) -> str:
        """Return the nearest query whose words the catalogue has, or an empty text."""
        known = " ".join(term.instead or term.typed for term in self.terms if term.is_known)
        return known if known != " ".join(term.typed for term in self.terms) else ""


EVERYTHING = Query()


def read(text: str, vocabulary: Vocabulary, *, with_hidden: bool = False) -> Query:
    """Return what a text asks for, with words of drafts for staff (`with_hidden`)."""
    words = list(words_of(text))
    telling = [word for word in words if not is_stop_word(word)] or words
    unique = list(dict.fromkeys(telling))[:MAX_WORDS]
    return Query(tuple(_term(word, vocabulary, with_hidden=with_hidden) for word in unique))


def _term(word: Word, vocabulary: Vocabulary, *, with_hidden: bool) -> Term:
    own = stems(word.plain)
    meant = tuple(meaning for stem in own for meaning in vocabulary.meanings.get(stem, ()))
    every = tuple(dict.fromkeys((*own, *meant)))
    if word.is_code or any(vocabulary.has(stem, with_hidden=with_hidden) for stem in every):
        return Term(word.written, every)
    longer = vocabulary.beginning_with(word.plain, with_hidden=with_hidden) if len(word.plain) > 1 else []
    if longer:
        return Term(word.written, (*every, *longer))
    if near := vocabulary.nearest(word.plain):
        return Term(word.written, (*every, *near), instead=vocabulary.written[near[0]])
    return Term(word.written, every, is_known=False)
