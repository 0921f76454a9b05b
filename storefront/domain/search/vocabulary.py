"""The words that the catalogue has, kept in each process for a minute: typing errors and beginnings of words need all.

The words come from the index, one step of a recursion for each, however many products have it. A word that only
products have which shoppers do not see yet is marked, and nothing is suggested of it.
"""

import time
from bisect import bisect_left
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from rapidfuzz import process
from rapidfuzz.distance import OSA
from sqlalchemy import Engine, RowMapping, bindparam, text

from storefront import clock
from storefront.database import UtcDateTime, db
from storefront.domain.search.words import stems, words_of

KEPT = 60.0
"""Seconds, or `_PATIENCE` times as long as reading took, for a large catalogue."""

_PATIENCE = 200
_MOST_WIDER = 40
_kept: WeakKeyDictionary[Engine, tuple[float, "Vocabulary"]] = WeakKeyDictionary()

# From the first letter on: numbers and measures are looked up as they are typed, and a large shop has many.
_READ = text(
    """
    WITH RECURSIVE steps (word) AS (
        SELECT min(word) FROM search_words WHERE word >= 'a'
        UNION ALL
        SELECT (SELECT min(search_words.word) FROM search_words WHERE search_words.word > steps.word)
        FROM steps WHERE steps.word IS NOT NULL
    )
    SELECT word, (
        SELECT search_words.written FROM search_words JOIN products ON products.id = search_words.product_id
        WHERE search_words.word = steps.word AND products.status = 'published'
            AND (products.published_from IS NULL OR products.published_from <= :now)
        ORDER BY search_words.product_id LIMIT 1
    ) AS written, NULL AS meanings FROM steps WHERE word IS NOT NULL
    UNION ALL
    SELECT word, NULL, meanings FROM search_synonyms
    """
).bindparams(bindparam("now", type_=UtcDateTime))


@dataclass(frozen=True)
class Vocabulary:
    """The words of the catalogue by stem, as they are written; and for each stem of a synonym the stems it means."""

    written: dict[str, str]
    hidden: frozenset[str]
    meanings: dict[str, tuple[str, ...]]
    sorted: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sorted", sorted(self.written))

    def has(self, word: str, *, with_hidden: bool) -> bool:
        """Return whether a stem is a word of the catalogue."""
        return word in self.written or (with_hidden and word in self.hidden)

    def beginning_with(self, plain: str, *, with_hidden: bool) -> list[str]:
        """Return some stems that begin like this."""
        start, found = bisect_left(self.sorted, plain), []
        for word in self.sorted[start : start + _MOST_WIDER]:
            if not word.startswith(plain):
                break
            found.append(word)
        return found + ([word for word in self.hidden if word.startswith(plain)] if with_hidden else [])

    def nearest(self, plain: str) -> list[str]:
        """Return the stems that a typing error may have been, the nearest only."""
        best: list[tuple[str, float]] = []
        for stem in stems(plain):
            most = 0 if len(stem) < 4 else 1 if len(stem) < 7 else 2
            if most:
                found = process.extract(stem, self.sorted, scorer=OSA.distance, score_cutoff=most, limit=5)
                best += [(word, distance) for word, distance, _ in found]
        least = min((distance for _, distance in best), default=0)
        return sorted({word for word, distance in best if distance == least})


def read_vocabulary() -> Vocabulary:
    """Return the words of the catalogue as they were a short time ago."""
    kept = _kept.get(db.engine)
    if kept is None or kept[0] < time.monotonic():
        began = time.monotonic()
        found = _vocabulary()
        took = time.monotonic() - began
        kept = _kept[db.engine] = (time.monotonic() + max(KEPT, _PATIENCE * took), found)
    return kept[1]


def forget_vocabulary() -> None:
    """Read the words again with the next search of this process, because they changed."""
    _kept.pop(db.engine, None)


def _vocabulary() -> Vocabulary:
    rows = db.session.execute(_READ, {"now": clock.now()}).mappings().all()
    words = [row for row in rows if row["meanings"] is None]
    return Vocabulary(
        {row["word"]: row["written"] for row in words if row["written"] is not None},
        frozenset(row["word"] for row in words if row["written"] is None),
        _meanings([row for row in rows if row["meanings"] is not None]),
    )


def _meanings(rows: list[RowMapping]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        meant = _stems_of(row["meanings"])
        for stem in _stems_of(row["word"]):
            found[stem] = tuple(dict.fromkeys((*found.get(stem, ()), *meant)))
    return found


def _stems_of(text: str) -> tuple[str, ...]:
    return tuple(stem for word in words_of(text) for stem in stems(word.plain))
