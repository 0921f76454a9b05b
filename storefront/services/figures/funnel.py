"""The way to a purchase: how often its pages were opened, and how many orders came to the payment page and were paid.

Openings are counted in this process and written together every few seconds (`write`), so that no page waits for a
statement. They are numbers by day: nothing is kept of whoever opened a page, no cookie is set, and whoever opens a
page twice counts twice. Orders need no counting; those are counted that were placed in the days and got a page to pay
on, which neither free orders nor renewals of plans do.
"""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, literal_column, select

from storefront.clock import day_of
from storefront.database import db, transaction, upsert
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.order import Order
from storefront.domain.step_count import StepCount
from storefront.enums import FunnelStep
from storefront.services.figures.periods import Span


@dataclass(frozen=True, slots=True)
class Funnel:
    """How often each page was opened, and how many orders got a page to pay on and were paid."""

    openings: Mapping[FunnelStep, int]
    placed: int
    paid: int


class _Openings:
    """What was counted in this process and is not written yet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[date, FunnelStep]] = Counter()

    def add(self, counts: Mapping[tuple[date, FunnelStep], int]) -> None:
        with self._lock:
            self._counts.update(counts)

    def take(self) -> Counter[tuple[date, FunnelStep]]:
        with self._lock:
            taken, self._counts = self._counts, Counter()
        return taken


_openings = _Openings()


def count(step: FunnelStep, *, now: datetime) -> None:
    """Count that a page was opened."""
    _openings.add({(day_of(now), step): 1})


def write() -> int:
    """Add what this process counted to the days' rows, and return how much it was; what fails is kept for later."""
    counts = _openings.take()
    if not counts:
        return 0
    rows = [{"day": day, "step": step, "times": times} for (day, step), times in sorted(counts.items())]
    added = StepCount.times + literal_column("excluded.times")
    try:
        with transaction():
            db.session.execute(upsert(StepCount, rows, unique=("day", "step"), again={"times": added}))
    except BaseException:
        _openings.add(counts)
        raise
    return counts.total()


def funnel(span: Span) -> Funnel:
    """Return the steps of the purchases in some days, in one statement."""
    in_days = (StepCount.day >= span.first, StepCount.day <= span.last)
    times = [
        select(func.coalesce(func.sum(StepCount.times), 0)).where(*in_days, StepCount.step == step).scalar_subquery()
        for step in FunnelStep
    ]
    has_page = select(CheckoutSession.id).where(CheckoutSession.order_id == Order.id).correlate(Order).exists()
    orders = (func.count(Order.id), func.count(Order.paid_at))
    placed_in = (Order.placed_at >= span.begin, Order.placed_at < span.end)
    *openings, placed, paid = db.session.execute(select(*times, *orders).where(*placed_in, has_page)).one()
    return Funnel({step: int(number) for step, number in zip(FunnelStep, openings, strict=True)}, placed, paid)
