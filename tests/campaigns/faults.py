"""Stripe out of order: errors, limits, silence, cut lines, half a minute of thought; others look around."""

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from http.client import HTTPException

import psycopg

from tests.campaigns.databases import set_stock
from tests.campaigns.kills import finish_unanswered
from tests.campaigns.report import Result, percentile
from tests.campaigns.rig import Answer, Rig, rig
from tests.factories import CUBES, WHEY

NAME = "stripe-faults"
FAULTS = ("500", "429", "409", "drop", "timeout")
"""Each once, so that our retry helps, and for good; silence for good is the half minute of thought."""

FULL = 4
SLOW_MS = 30_000
PAGE = "/api/products?limit=20"
IDLE = 0.1
STARVED = WAITED = 1.0
"""On a machine with more work than processors a process waits for its turn, also in the middle of a transaction.
Whoever waits for Stripe here waits for many seconds; less is judged only where the machine has nothing else to do."""


class Watch:
    """Looks every few milliseconds for transactions that are open and do nothing."""

    def __init__(self, url: str) -> None:
        self.worst, self.looks, self.last = 0.0, 0, ""
        self._url, self._stop = url, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        query = """SELECT extract(epoch FROM clock_timestamp() - state_change), query FROM pg_stat_activity
                   WHERE state = 'idle in transaction' AND datname = current_database() ORDER BY 1 DESC LIMIT 1"""
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stop.wait(0.01):
                row = connection.execute(query).fetchone()
                self.looks += 1
                if row and float(row[0]) > self.worst:
                    self.worst, self.last = float(row[0]), str(row[1])


def run(dose: int, seed: int, module: str = "wsgi:app") -> Result:
    """Let each fault meet `dose` purchases, then let Stripe think for half a minute about some more."""
    result = Result(NAME, dose, seed)
    with ExitStack() as cleanup:
        shop = cleanup.enter_context(rig("postgres", web_workers=2, threads=16, module=module))
        set_stock(shop.books, {WHEY: 10_000, CUBES: 10_000})
        (token,) = shop.customers(1)
        with ThreadPoolExecutor(8) as crowd:  # what a process does for the first time takes its time
            for path in [PAGE] * 60 + [""] * 60:
                crowd.submit(_warm, shop, token, path)
        watch = cleanup.enter_context(Watch(shop.books.url))
        calm = _browse(shop, threading.Event(), 150)
        answers = {
            f"{fault}-{n}": _buy_with(shop, token, fault, n) for n in range(dose) for fault in FAULTS[: 5 - n % 2]
        }
        slow, busy = _buy_slowly(shop, token, random.Random(seed).randrange(4, 7))
        again = [_ask(shop, token, key).status for key in [*answers, *slow]]
        finish_unanswered(shop)
        shop.settle(90)
        result.faults = shop.examine()
    _judge(result, answers, slow, again, calm, busy, watch)
    return result.done()


def _warm(shop: Rig, token: str, path: str) -> None:
    client = shop.client(token)
    client.ask(*(("GET", path) if path else ("POST", "/api/checkout/create-session", shop.purchase([(WHEY, 1)]))))
    client.close()


def _judge(
    result: Result,
    answers: dict[str, int],
    slow: dict[str, int],
    again: list[int],
    calm: list[float],
    busy: list[float],
    watch: Watch,
) -> None:
    before, during = percentile(calm, 0.99), percentile(busy, 0.99)
    is_alone = result.dose >= FULL and os.getloadavg()[0] <= 1.5 * (os.cpu_count() or 1)
    if watch.worst > (IDLE if is_alone else STARVED):
        result.faults.append(f"G7 a transaction was open and idle for {watch.worst:.3f} s after {watch.last[:200]}")
    # Below a few milliseconds the ratio measures the scheduler of the machine.
    if during > (max(1.5 * before, before + 0.05) if is_alone else before + WAITED):
        result.faults.append(
            f"G7 catalogue p99 {during * 1000:.0f} ms, {before * 1000:.0f} ms without Stripe's trouble"
        )
    result.faults += [f"I9 {name} was answered {n}" for name, n in (answers | slow).items() if n not in (201, 500)]
    result.faults += [f"asked again, {n}" for n in again if n not in (201, 500)]
    result.figures = {
        "faults met": len(answers) + len(slow),
        "purchases that went through at once": [*answers.values(), *slow.values()].count(201),
        "when asked again": again.count(201),
        "ms of the longest idle transaction": round(watch.worst * 1000),
        "looks": watch.looks,
        "ms catalogue p99 in calm": round(before * 1000),
        "ms with Stripe silent": round(during * 1000),
    }


def _buy_with(shop: Rig, token: str, fault: str, n: int) -> int:
    """Buy while the next calls to Stripe fail in this way: once, so that our retry helps, or for good."""
    shop.stripe.sim("fail", next=fault, times=1 if n % 2 == 0 else 3)
    status = _ask(shop, token, f"{fault}-{n}").status
    shop.stripe.sim("reset")
    return status


def _buy_slowly(shop: Rig, token: str, buyers: int) -> tuple[dict[str, int], list[float]]:
    """Let several buy at once while Stripe takes half a minute; meanwhile others browse."""
    shop.stripe.sim("latency", ms=SLOW_MS)
    done = threading.Event()
    with ThreadPoolExecutor(buyers + 1) as crowd:
        browsing = crowd.submit(_browse, shop, done, 10_000)
        keys = [f"slow-{n}" for n in range(buyers)]
        statuses = list(crowd.map(lambda key: _ask(shop, token, key).status, keys))
        done.set()
    shop.stripe.sim("reset")
    return dict(zip(keys, statuses, strict=True)), browsing.result()


def _ask(shop: Rig, token: str, key: str) -> Answer:
    client = shop.client(token)
    try:
        with suppress(HTTPException):
            return client.ask(
                "POST", "/api/checkout/create-session", shop.purchase([(WHEY, 1), (CUBES, 2)]), Idempotency_Key=key
            )
        return Answer(0, {})
    finally:
        client.close()


def _browse(shop: Rig, done: threading.Event, count: int) -> list[float]:
    client, took = shop.client(), []
    while not done.is_set() and len(took) < count:
        began = time.monotonic()
        assert client.ask("GET", PAGE).status == 200
        took.append(time.monotonic() - began)
        done.wait(0.02)
    client.close()
    return took
