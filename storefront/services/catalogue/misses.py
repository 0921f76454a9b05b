"""Counting searches that found nothing: by day, a bounded number of them, and nothing that may be about a person."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from storefront.clock import day_of
from storefront.database import db, rows_changed, transaction
from storefront.domain.search import SearchMiss
from storefront.domain.search.misses import MAX_QUERY
from storefront.text import fold

KEPT = timedelta(days=90)
MOST_OF_A_DAY = 500
_MOST_SHOWN = 50
_PERSONAL = re.compile(r"@|(?:\d[ .-]?){6}")
"""What an address, a phone number or a document looks like."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A query that found nothing, and how often in the days that are kept."""

    query: str
    times: int


def count(text: str, *, now: datetime) -> None:
    """Count a query that found nothing."""
    query = fold(text)
    if not query or len(query) > MAX_QUERY or _PERSONAL.search(text):
        return
    today = day_of(now)
    try:
        with transaction():
            seen = update(SearchMiss).where(SearchMiss.day == today, SearchMiss.query == query)
            is_new = rows_changed(seen.values(times=SearchMiss.times + 1)) == 0
            if is_new and _is_below_limit(today):
                db.session.execute(delete(SearchMiss).where(SearchMiss.day < today - KEPT))
                db.session.add(SearchMiss(day=today, query=query, times=1))
    except IntegrityError:  # somebody else was the first with it at the same moment
        return


def most_frequent() -> Sequence[Miss]:
    """Return the queries that found nothing most often."""
    times = func.sum(SearchMiss.times)
    statement = select(SearchMiss.query, times).group_by(SearchMiss.query)
    rows = db.session.execute(statement.order_by(times.desc(), SearchMiss.query).limit(_MOST_SHOWN))
    return [Miss(query, int(number)) for query, number in rows]


def _is_below_limit(today: object) -> bool:
    queries = select(func.count()).select_from(SearchMiss).where(SearchMiss.day == today)
    return (db.session.scalar(queries) or 0) < MOST_OF_A_DAY
