"""Rushes: a thousand buyers at once for a hundred units, and a Stripe that takes its time."""

import os
import threading
import time
from itertools import cycle

import sqlalchemy

from benchmarks import steps
from benchmarks.everything import measured_speed
from benchmarks.goods import FIRST_SLUG, item
from benchmarks.load import Result, Visitor, request, run
from benchmarks.rig import Rig, machine, rig
from benchmarks.steps import Placed
from benchmarks.table import SECONDS, Goal, N


def flash() -> int:
    """Let a thousand buyers at once ask for the last hundred units of one product."""
    print(machine())
    buyers, units = int(os.environ.get("BUYERS", "1000")), int(os.environ.get("UNITS", "100"))
    milliseconds = float(os.environ.get("STRIPE_MS", "0"))
    with rig(100, milliseconds=milliseconds, customers=buyers) as shop:
        engine = sqlalchemy.create_engine(shop.url)
        with engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE stock SET on_hand = {units}, initial = {units} WHERE variant_id = "
                                       f"(SELECT id FROM products WHERE slug = '{FIRST_SLUG}')")  # fmt: skip
        speed = measured_speed(shop)
        answers: list[tuple[int, bytes]] = []

        def buyer(token: str) -> Visitor:
            visitor = steps.order(iter([token]), iter([item(1)]), [], 1)
            answer = yield next(visitor)
            answers.append((answer.status, answer.body))

        result = run(shop.port, [buyer(token) for token in shop.tokens])
        won = sum(status == 201 for status, _ in answers)
        told = sum(status == 400 and b"out_of_stock" in body for status, body in answers)
        with engine.connect() as connection:
            held = connection.exec_driver_sql("SELECT sum(quantity) FROM stock_holds h JOIN products p ON "
                                              f"p.id = h.variant_id WHERE slug = '{FIRST_SLUG}'").scalar()  # fmt: skip
        engine.dispose()
        print(f"{buyers} buyers, {units} units: {won} won, {told} were told that it is sold out, {held} units held")
        print(Goal("winners", won, units))
        print(Goal("winners", won, units, at_most=True))
        print(Goal("everybody answered, s", max(result.times, default=99), 5, at_most=True, speed=speed))
        print(Goal("served within the shop, p99 ms", 1000 * _served_p99(shop), 250, at_most=True))
        return 0 if won == units == held and won + told == buyers else 1


def _served_p99(shop: Rig) -> float:
    """Return the bucket of the shop's own clock under which 99 of 100 create-sessions were served."""
    said: list[bytes] = []

    def visitor() -> Visitor:
        answer = yield request("GET", "/metrics", Authorization="Bearer " + "m" * 20)
        said.append(answer.body)

    run(shop.port, [visitor()])
    buckets: dict[float, float] = {}
    for line in said[0].decode().splitlines():
        if line.startswith("shop_request_seconds_bucket") and "create-session" in line:
            edge, value = line.split('le="')[1].split('"')[0], float(line.rsplit(" ", 1)[1])
            buckets[float(edge)] = buckets.get(float(edge), 0) + value
    whole = buckets.get(float("inf"), 0)
    return next((edge for edge in sorted(buckets) if buckets[edge] >= 0.99 * whole), 99.0)


def stripe_latency() -> int:
    """Open pages while Stripe takes its time, and look whether the catalogue suffers."""
    print(machine())
    with rig(N, milliseconds=float(os.environ.get("STRIPE_MS", "300")), customers=3000) as shop:
        tokens, items = cycle(shop.tokens), cycle([item(n) for n in range(3, 900)])
        placed: list[Placed] = []
        speed = measured_speed(shop)
        calm = run(shop.port, [steps.read("/", b"articulo-") for _ in range(2)], SECONDS)
        most = {"used": 0, "idle in transaction": 0}
        done = threading.Event()
        watcher = threading.Thread(target=_watch_database, args=(shop, most, done))
        watcher.start()
        kept: list[Result] = []
        beside = threading.Thread(
            target=lambda: kept.append(run(shop.port, [_paced(steps.read("/", b"articulo-"), 0.02)] * 1, 2 * SECONDS))
        )
        beside.start()
        buyers = int(os.environ.get("BUYERS", "48"))
        opened = run(shop.port, [steps.order(tokens, items, placed) for _ in range(buyers)], 2 * SECONDS)
        beside.join()
        done.set()
        watcher.join()
        for said in opened.wrong[:2] + kept[0].wrong[:2]:
            print("wrong:", said[:300])
        print(
            f"{buyers} buyers; catalogue p99 alone {calm.percentile(0.99):.0f} ms, "
            f"beside {kept[0].percentile(0.99):.0f} ms"
        )
        print(Goal("create-session, per second", opened.rate, 100, speed=speed))
        print(Goal("create-session, p99 ms", opened.percentile(0.99), 600, at_most=True, speed=speed))
        print(
            Goal("catalogue p99, of its baseline", kept[0].percentile(0.99) / calm.percentile(0.99), 1.5, at_most=True)
        )
        print(Goal("database connections in use", most["used"], 40, at_most=True))
        print(Goal("idle in transaction for 100 ms", most["idle in transaction"], 0, at_most=True))
        return 1 if opened.wrong or kept[0].wrong else 0


def _paced(visitor: Visitor, pause: float) -> Visitor:
    """Let a visitor look at each page for a moment."""
    asked = next(visitor)
    while True:
        answer = yield asked
        time.sleep(pause)
        asked = visitor.send(answer)


def _watch_database(shop: Rig, most: dict[str, int], done: threading.Event) -> None:
    engine = sqlalchemy.create_engine(shop.url, isolation_level="AUTOCOMMIT")
    sql = """SELECT count(*) FILTER (WHERE state <> 'idle'), count(*) FILTER (WHERE state = 'idle in transaction'
        AND now() - state_change > interval '100 ms') FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()"""
    with engine.connect() as connection:
        while not done.wait(0.05):
            used, idle = connection.exec_driver_sql(sql).one()
            most["used"] = max(most["used"], used)
            most["idle in transaction"] = max(most["idle in transaction"], idle)
    engine.dispose()
