"""The best products for a query, at a cost that does not grow with the catalogue.

The rarest word's best rows are read from the end of an index (`SearchWord.rank`: its place, then the popularity of the
product), at most `_WALK` of them, and the other words are looked up for each. So a search is exact as long as one of
its words is in no more products than that, and otherwise knows the best ones of that word. This is text and not
SQLAlchemy's expressions, whose making took longer than the statement (docs/performance.md).
"""

from sqlalchemy import CTE, Integer, String, column, text

from storefront.domain.search.matching import Stems, spellings_of_code

_WALK, _WALK_ALONE, _COUNTED = 5000, 1500, 10_000


def best(stems: Stems, typed: str, *, is_narrowed: bool, name: str = "best") -> CTE:
    """Return ids with `place`, 1 if the name has every word, and `score`, the sum of the best places of all words.

    A product whose article number was typed comes first. With `is_narrowed` some will be taken out of it. A second
    one in a statement needs another `name`.
    """
    values: dict[str, str | int] = {"walk": _WALK if is_narrowed or len(stems) > 1 else _WALK_ALONE}
    names = []
    for place, alternatives in enumerate(stems):
        of_term = {f"t{place}_{number}": stem for number, stem in enumerate(alternatives)}
        values |= of_term
        names.append([f":{name}" for name in of_term])
    words = _of_one_term(names[0]) if len(names) == 1 else _of_terms(names)
    codes = {f"code_{number}": code for number, code in enumerate(spellings_of_code(typed))}
    if codes:
        listed = ", ".join(f":{name}" for name in codes)
        words += f" UNION ALL SELECT product_id, 1, 100 FROM variants WHERE sku IN ({listed}) AND is_active"  # nosec B608
    every = f"SELECT product_id, max(place) AS place, max(score) AS score FROM ({words}) AS parts GROUP BY product_id"  # nosec B608
    columns = column("product_id", String), column("place", Integer), column("score", Integer)
    return text(every).bindparams(**values, **codes).columns(*columns).cte(name)


def _of_one_term(names: list[str]) -> str:
    rows = " UNION ALL ".join(_walk(name, ":walk") for name in names)
    weighted = f"SELECT product_id, max(weight) AS score FROM ({rows}) AS every GROUP BY product_id"  # nosec B608
    place = "CASE WHEN score >= 4 THEN 1 ELSE 0 END AS place"
    return f"SELECT product_id, {place}, score FROM ({weighted}) AS weighted"  # nosec B608


def _of_terms(terms: list[list[str]]) -> str:
    every = range(len(terms))
    counts = ", ".join(f"({_count(names)}) AS c{place}" for place, names in enumerate(terms))
    rows = " UNION ALL ".join(_walk(name, _limit(place, every)) for place, names in enumerate(terms) for name in names)
    scores = ", ".join(
        f"(SELECT max(weight) FROM search_words WHERE word IN ({', '.join(names)})"  # nosec B608
        f" AND search_words.product_id = ids.product_id) AS w{place}"
        for place, names in enumerate(terms)
    )
    in_name = " AND ".join(f"w{place} >= 4" for place in every)
    total = " + ".join(f"w{place}" for place in every)
    ids = f"SELECT DISTINCT product_id FROM ({rows}) AS every"  # nosec B608
    return (
        f"SELECT product_id, place, score FROM (WITH counts AS (SELECT {counts}), "  # nosec B608
        f"scored AS MATERIALIZED (SELECT product_id, {scores} FROM ({ids}) AS ids) "
        f"SELECT product_id, CASE WHEN {in_name} THEN 1 ELSE 0 END AS place, {total} AS score FROM scored "
        f"WHERE {total} IS NOT NULL) AS best_of_terms"
    )


def _count(names: list[str]) -> str:
    some = f"SELECT 1 FROM search_words WHERE word IN ({', '.join(names)}) LIMIT {_COUNTED}"  # nosec B608
    return f"SELECT count(*) FROM ({some}) AS few"  # nosec B608


def _limit(place: int, every: range) -> str:
    """Return how many rows of a term are read: none, unless it is the rarest or the first of several."""
    others = [f"c{place} {'<' if other < place else '<='} c{other}" for other in every if other != place]
    return f"(SELECT CASE WHEN {' AND '.join(others)} THEN :walk ELSE 0 END FROM counts)"  # nosec B608


def _walk(name: str, limit: str) -> str:
    rows = f"SELECT product_id, weight FROM search_words WHERE word = {name} ORDER BY rank DESC LIMIT {limit}"  # nosec B608
    return f"SELECT product_id, weight FROM ({rows}) AS walk_{name[1:]}"  # nosec B608
