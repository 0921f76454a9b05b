"""Stripe's events in every order: random ones, each up to five times and in parallel pairs, and all orders of few.

The end must depend on the set of events alone, and be the one that the rules name for it.
"""

import multiprocessing
import os
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import permutations
from typing import TypeVar

from tests.campaigns import oracle, stories
from tests.campaigns.databases import KINDS, set_stock
from tests.campaigns.inside import Inside, shop
from tests.campaigns.report import Result
from tests.campaigns.stories import Tale
from tests.events import Event, Story
from tests.factories import CUBES, WHEY

NAME, NAME_OF_ALL = "permutations", "every-order"
T = TypeVar("T")


@dataclass
class Tally:
    """What one process saw."""

    tales: int = 0
    deliveries: int = 0
    again: int = 0
    faults: tuple[str, ...] = ()


def run(dose: int, seed: int, *, processes: int | None = None) -> Result:
    """Tell `dose` random stories in a random order; half of them on each database."""
    result = Result(NAME, dose, seed)
    workers = processes or min(2, os.cpu_count() or 1)
    shares = [(kind, dose // (2 * workers), f"{seed}:{kind}:{n}") for kind in KINDS for n in range(workers)]
    tallies = _spread(_tell_many, shares, workers)
    result.faults = [fault for tally in tallies for fault in tally.faults]
    result.figures = {
        "orders of events": sum(tally.tales for tally in tallies),
        "deliveries": sum(tally.deliveries for tally in tallies),
        "delivered again after a 5xx": sum(tally.again for tally in tallies),
        "wrong ends": len(result.faults),
    }
    return result.done()


def run_all(dose: int, seed: int, *, processes: int | None = None) -> Result:
    """Deliver every order of each of the sets with at most `dose` events."""
    result = Result(NAME_OF_ALL, dose, seed)
    names = [name for name, length in _lengths().items() if length <= dose]
    workers = processes or min(2, os.cpu_count() or 1)
    shares = [("sqlite" if n % 4 else "postgres", name, str(seed)) for n, name in enumerate(names)]
    tallies = _spread(_tell_all, shares, workers)
    result.faults = [fault for tally in tallies for fault in tally.faults]
    result.figures = {
        "sets": len(names),
        "orders of events": sum(tally.tales for tally in tallies),
        "deliveries": sum(tally.deliveries for tally in tallies),
        "delivered again after a 5xx": sum(tally.again for tally in tallies),
        "wrong ends": len(result.faults),
    }
    return result.done()


def _spread(work: Callable[..., T], shares: Sequence[tuple[object, ...]], workers: int) -> list[T]:
    if workers == 1:
        return [work(*share) for share in shares]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        return list(pool.map(work, *zip(*shares, strict=True)))


def _tell_many(kind: str, count: int, seed: str) -> Tally:
    tally, chance = Tally(), random.Random(seed)
    with _open(kind) as (inside, pair):
        faults: list[str] = []
        for _ in range(count):
            tale = stories.invent(inside, chance)
            deliveries = [told for told in tale.events for _ in range(chance.choice([1, 1, 1, 2, 2, 3, 5]))]
            chance.shuffle(deliveries)
            faults += _deliver(inside, tale, deliveries, pair, tally)
            tally.tales, tally.deliveries = tally.tales + 1, tally.deliveries + len(deliveries)
        tally.faults = tuple(faults + oracle.examine(inside.books, is_quiet=False))
    return tally


def _tell_all(kind: str, name: str, seed: str) -> Tally:
    tally, faults = Tally(), list[str]()
    with _open(kind) as (inside, _):
        for places in permutations(range(_lengths()[name])):
            tale = stories.place(inside)
            tale.events = SETS[name](tale.pages[0])
            told = [tale.events[place] for place in places]
            faults += _deliver(inside, tale, told, None, tally)
            tally.tales, tally.deliveries = tally.tales + 1, tally.deliveries + len(told)
        tally.faults = tuple(faults + oracle.examine(inside.books, is_quiet=False))
    return tally


@contextmanager
def _open(kind: str) -> Iterator[tuple[Inside, ThreadPoolExecutor]]:
    with shop(kind) as inside, ThreadPoolExecutor(2) as pair, inside.books.kept():
        set_stock(inside.books, {WHEY: 10_000_000, CUBES: 10_000_000})
        yield inside, pair


def _deliver(
    inside: Inside, tale: Tale, deliveries: list[Event], pair: ThreadPoolExecutor | None, tally: Tally
) -> list[str]:
    if pair is None:
        statuses = [inside.deliver(told) for told in deliveries]
    else:
        pairs = [deliveries[n : n + 2] for n in range(0, len(deliveries), 2)]
        statuses = [status for both in pairs for status in pair.map(inside.deliver, both)]
    # Stripe delivers again what was not taken, as after a lock that was waited for too long.
    again = [told for told, status in zip(deliveries, statuses, strict=True) if status != 200]
    tally.again += len(again)
    refused = [f"I5 {told['type']} is never taken" for told in again if inside.deliver(told) != 200]
    return refused + stories.differences(inside, tale, deliveries)


def _refund(page: Story, amount: int, so_far: int, key: str, status: str = "succeeded") -> list[Event]:
    return [
        page.refund("created", amount, status, key=f"{page.session_id.removeprefix('cs_test_fake')}x{key}"),
        page.refunded(so_far),
    ]


SETS: dict[str, Callable[[Story], list[Event]]] = {
    "paid": lambda page: [page.completed(), page.succeeded()],
    "declined, paid": lambda page: [page.failed(), page.failed(), page.completed(), page.succeeded()],
    "declined, expired": lambda page: [page.failed(), page.expired()],
    "slow, paid": lambda page: [page.failed(), page.completed("unpaid"), page.succeeded(), page.delayed_succeeded()],
    "slow, failed": lambda page: [page.completed("unpaid"), page.failed(), page.delayed_failed()],
    "declined, slow": lambda page: [page.failed(), page.completed("unpaid")],
    "expired, yet paid": lambda page: [page.expired(), page.completed(), page.succeeded()],
    "paid, refunded": lambda page: [
        page.completed(),
        page.succeeded(),
        *_refund(page, page.total_minor, page.total_minor, "a", "pending"),
        page.refund("updated", page.total_minor, "succeeded", key=f"{page.session_id.removeprefix('cs_test_fake')}xa"),
    ],
    "paid, refunded in two parts": lambda page: [
        page.completed(),
        page.succeeded(),
        *_refund(page, 1_000_000, 1_000_000, "a"),
        *_refund(page, 500_000, 1_500_000, "b"),
    ],
    "declined, paid, refunded, disputed": lambda page: [
        page.failed(),
        page.completed(),
        *_refund(page, page.total_minor, page.total_minor, "a"),
        page.disputed(),
        page.disputed("closed", "won"),
    ],
}
"""What Stripe really sends together, at most six events each."""


def _lengths() -> dict[str, int]:
    page = Story(session_id="cs_test_fake1", total_minor=10_000_000, metadata={})
    return {name: len(tell(page)) for name, tell in SETS.items()}
