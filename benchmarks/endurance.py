"""Half an hour near the maximum with every server restarted once, and then three times the maximum.

Visits are mixed: most look around, some fill a cart, one of ten buys with a coupon and pays. Each answer is looked at;
a 503 is a right answer, after which a visitor goes away, and an event of Stripe that got one comes again.
"""

import asyncio
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import sqlalchemy

from benchmarks import steps
from benchmarks.everything import is_right
from benchmarks.load import Answer, Visitor, Wrong, expect, request, run
from benchmarks.open_loop import Record, Refused, arrive
from benchmarks.rig import Process, Rig, end, machine, memory_mib, rig
from benchmarks.steps import Placed
from benchmarks.table import Goal, N
from tests.campaigns.outages import Cluster, cluster
from tests.redis_server import RedisServer, redis_server

MINUTES = float(os.environ.get("MINUTES", "30"))
LOAD = float(os.environ.get("LOAD", "0.8"))
"""How much of the measured maximum arrives for so long."""
RUSH = float(os.environ.get("RUSH", "3"))
RUSH_SECONDS = float(os.environ.get("RUSH_SECONDS", "60"))
RECOVERY_SECONDS = 10.0


@dataclass
class Shoppers:
    """Makes visits, and remembers what the shop has acknowledged."""

    tokens: Iterator[str]
    numbers: Iterator[int] = field(default_factory=itertools.count)
    placed: list[Placed] = field(default_factory=list)
    untold: list[Placed] = field(default_factory=list)
    """Orders whose event of a payment got no good answer, and comes again."""
    paid: list[Placed] = field(default_factory=list)

    def visit(self) -> Visitor:
        """Return the next visit: of ten, six look around, three fill a cart, one buys."""
        number = next(self.numbers)
        if number % 10 == 0:
            return self._buy(number)
        return _fill_cart(number) if number % 10 < 4 else _look_around(number)

    def _buy(self, number: int) -> Visitor:
        if self.untold:
            yield from self._pay(self.untold.pop())
        token, slug = next(self.tokens), f"articulo-{1 + number % min(N, 900)}"
        items = [{"productId": slug, "quantity": 1}]
        put = steps.send("PUT", f"/api/cart/items/{slug}", {"quantity": 1}, token)
        _answered((yield put), 200)
        tried = {"couponCode": "FIT10", "items": items}
        _answered((yield steps.send("POST", "/api/checkout/apply-coupon", tried, token)), 200)
        asked = {"city": "Cali", "items": items}
        _answered((yield steps.send("POST", "/api/checkout/calculate-shipping", asked, token)), 200)
        body = steps.purchase(couponCode="FIT10")
        made = _answered((yield steps.send("POST", "/api/checkout/create-session", body, token)), 201)
        order = steps.placed_order(made)
        self.placed.append(order)
        yield from self._pay(order)
        _answered((yield steps.status(order, token)), 200, b'"paid"')

    def _pay(self, order: Placed) -> Visitor:
        try:
            _answered((yield steps.payment_event(order)), 200, b'"received"')
        except (Refused, GeneratorExit):
            self.untold.append(order)
            raise
        self.paid.append(order)

    def deliver_again(self, port: int) -> list[str]:
        """Send the rest of what comes again, and return what was wrong."""
        events, self.untold = [self._pay(order) for order in self.untold], []
        return run(port, events).wrong


def _answered(answer: Answer, status: int, *parts: bytes) -> Answer:
    if answer.status == 503:
        if b"retry-after" not in answer.head.lower():
            raise Wrong("503 without Retry-After")
        raise Refused
    return expect(answer, status, *parts)


def _look_around(number: int) -> Visitor:
    address = steps.visitor_address()
    pages = ("/", "/?category=fuerza&sort=price_asc", f"/products/articulo-{1 + number % N}", "/?q=mancuerna+azul")
    for page in pages:
        _answered((yield request("GET", page, X_Forwarded_For=address)), 200, b"</html>")


def _fill_cart(number: int) -> Visitor:
    going = steps.cart_page(number, N)
    asked = next(going)
    for _ in range(4):
        answer = yield asked
        if answer.status == 503:
            raise Refused
        asked = going.send(answer)


@dataclass
class Servers:
    """Everything that is restarted once while visitors are there."""

    shop: Rig
    postgres: Cluster
    redis: RedisServer
    worker: Process

    def restart_worker(self) -> None:
        """Stop the worker and start another one."""
        end(self.worker)
        self.worker = self.shop.start_worker()

    def restart_redis(self) -> None:
        """Cut Redis's power and start it again, empty."""
        self.redis.kill()
        self.redis.start()

    def restarts(self) -> list[tuple[str, Callable[[], None]]]:
        """Return what is restarted, in this order."""
        return [
            ("worker", self.restart_worker),
            ("Redis", self.restart_redis),
            ("PostgreSQL", self.postgres.restart_at_once),
        ]


@dataclass
class Watch:
    """A thread that restarts each server once and notes what web processes and worker take of memory."""

    servers: Servers
    seconds: float
    restarted: dict[str, float] = field(default_factory=dict)
    memory: list[tuple[float, float, float]] = field(default_factory=list)
    """When, and how many MiB web processes and worker took."""

    def run(self) -> None:
        """Go on for as long as the phase lasts."""
        began = time.monotonic()
        due = [(self.seconds * (n + 1) / 4, *what) for n, what in enumerate(self.servers.restarts())]
        while (passed := time.monotonic() - began) < self.seconds or due:
            if due and passed >= due[0][0]:
                _, name, restart = due.pop(0)
                restart()
                self.restarted[name] = time.monotonic() - began
            self._note_memory(passed)
            time.sleep(min(5.0, self.seconds / 20))
        self._note_memory(passed)

    def _note_memory(self, passed: float) -> None:
        assert self.servers.shop.shop
        web, worker = memory_mib(self.servers.shop.shop.pid), memory_mib(self.servers.worker.pid)
        self.memory.append((passed, web, worker))


def endurance() -> int:
    """Measure the maximum, stay near it with restarts, exceed it, and look at every order in the end."""
    print(machine())
    with (
        cluster() as postgres,
        redis_server() as counts,
        rig(N, customers=3000, postgres=postgres.url, counted_in=counts.url) as shop,
    ):
        shoppers = Shoppers(itertools.cycle(shop.tokens))
        servers = Servers(shop, postgres, counts, shop.start_worker())
        try:
            return _measured(shop, shoppers, servers)
        finally:
            end(servers.worker)


def _measured(shop: Rig, shoppers: Shoppers, servers: Servers) -> int:
    most = _maximum(shop, shoppers)
    print(f"maximum: {most:.1f} visits a second of 4 to 6 requests, with sixteen visitors at a time")
    calm = asyncio.run(arrive(shop.port, shoppers.visit, LOAD * most, min(30.0, 10 * MINUTES)))
    watch = Watch(servers, 60 * MINUTES)
    watching = threading.Thread(target=watch.run)
    watching.start()
    long = asyncio.run(arrive(shop.port, shoppers.visit, LOAD * most, 60 * MINUTES))
    watching.join()
    wrong = shoppers.deliver_again(shop.port)
    _show(f"{LOAD:.0%} of it, nothing restarted", calm)
    _show(f"{LOAD:.0%} of it for {MINUTES:g} min", long)
    for name, at in watch.restarted.items():
        times = [when for when, _ in long.refusals if at - 30 <= when < at + 60]
        last = f", the last {max(times) - at:.1f} s after it was back" if times else ""
        print(f"  {name} restarted after {at:.0f} s: {len(times)} refused{last}")
    for when, web, worker in watch.memory[:: max(1, len(watch.memory) // 10)]:
        print(f"  after {when:5.0f} s: web {web:.0f} MiB, worker {worker:.0f} MiB")
    rush = asyncio.run(arrive(shop.port, shoppers.visit, RUSH * most, RUSH_SECONDS))
    after = asyncio.run(arrive(shop.port, shoppers.visit, LOAD * most, 3 * RECOVERY_SECONDS))
    wrong += shoppers.deliver_again(shop.port)
    _show(f"{RUSH:g} times the maximum for {RUSH_SECONDS:g} s", rush)
    _show(f"{LOAD:.0%} again", after)
    phases = (calm, long, rush, after)
    wrong += [said for phase in phases for said in phase.wrong]
    late = [when for when, _ in after.refusals if when > RECOVERY_SECONDS]
    half = [web + worker for when, web, worker in watch.memory if when > 30 * MINUTES]
    goals = [
        Goal("wrong answers", len(wrong), 0, at_most=True),
        Goal("memory in the end, of its second half's mean", half[-1] / (sum(half) / len(half)), 1.05, at_most=True),
        Goal("slowest refusal in the rush, ms", rush.slowest_refusal(), 1000, at_most=True),
        Goal("slowest answer in the rush, s", rush.percentile(1) / 1000, 15, at_most=True),
        Goal("refused 10 s after the rush", len(late), 0, at_most=True),
        Goal("p95 10 s after the rush, of the calm one",
             after.percentile(0.95, RECOVERY_SECONDS) / calm.percentile(0.95), 2, at_most=True),
    ]  # fmt: skip
    print(*goals, sep="\n")
    for said in wrong[:5]:
        print("wrong:", said[:300])
    return 1 if wrong or not _kept(shop, shoppers) else 0


def _maximum(shop: Rig, shoppers: Shoppers) -> float:
    """Return how many visits a second sixteen visitors make who come again at once."""
    seconds, visits = min(20.0, 20 * MINUTES), itertools.count()

    def again() -> Visitor:
        while True:
            yield from shoppers.visit()
            next(visits)

    done = run(shop.port, [again() for _ in range(16)], seconds)
    if done.wrong:
        raise AssertionError(done.wrong[:3])
    return next(visits) / done.seconds


def _show(name: str, phase: Record) -> None:
    rate = len(phase.answers) / max((at for at, _ in phase.answers), default=1)
    print(
        f"{name}: {phase.visits} visits, {len(phase.answers)} answers ({rate:.0f} a second), "
        f"p50 {phase.percentile(0.5):.0f}, p95 {phase.percentile(0.95):.0f}, p99 {phase.percentile(0.99):.0f} ms, "
        f"slowest {phase.percentile(1):.0f} ms; {len(phase.refusals)} refused, the slowest in "
        f"{phase.slowest_refusal():.0f} ms; {len(phase.wrong)} wrong"
    )


def _kept(shop: Rig, shoppers: Shoppers) -> bool:
    """Return whether the database has every order and payment that was acknowledged, and the books agree."""
    engine = sqlalchemy.create_engine(shop.url)
    with engine.connect() as connection:
        orders = set(connection.exec_driver_sql("SELECT public_id FROM orders").scalars())
        paid = set(connection.exec_driver_sql("SELECT public_id FROM orders WHERE paid_at IS NOT NULL").scalars())
        deadline = time.monotonic() + 120
        while waiting := connection.exec_driver_sql("SELECT count(*) FROM outbox WHERE sent_at IS NULL").scalar_one():
            connection.commit()
            if time.monotonic() > deadline:
                break
            time.sleep(1)
    engine.dispose()
    lost = [order for order in shoppers.placed if order.order_id not in orders]
    unpaid = [order for order in shoppers.paid if order.order_id not in paid]
    print(
        f"{len(shoppers.placed)} orders acknowledged, {len(lost)} lost; {len(shoppers.paid)} payments acknowledged, "
        f"{len(unpaid)} not booked; {shop.mails()} mails sent, {waiting} not"
    )
    return not lost and not unpaid and not waiting and is_right(shop)
