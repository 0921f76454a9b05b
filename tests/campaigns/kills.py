"""Web and worker processes killed at random under load: no order and no mail is lost, all is well within a minute."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException

from tests.campaigns.databases import set_stock
from tests.campaigns.processes import wait_until
from tests.campaigns.report import Result
from tests.campaigns.rig import Client, Rig, rig
from tests.factories import COFFEE, CUBES, WHEY

NAME = "kills"
BUYERS = 4
BACKLOG = 100
"""Buyers wait while so many events are still to be delivered: the simulator delivers one after the other."""


@dataclass
class Load:
    """Buyers who buy and pay until they are told to stop, and remember what the shop promised them."""

    shop: Rig
    chance: random.Random
    promised: dict[str, str] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)
    headers: Callable[[], dict[str, str]] = dict

    def buy(self, who: int, token: str) -> None:
        """Buy again and again; without an answer, ask again with the same key, as a phone would."""
        client, n = self.shop.client(token), 0
        while not self.stop.is_set():
            if self.shop.stripe.undelivered() > BACKLOG:
                self.stop.wait(0.1)
                continue
            n += 1
            cart = [(slug, self.chance.choice([1, 2])) for slug in self.chance.sample((WHEY, CUBES, COFFEE), 2)]
            if self._until_answered(client, f"{who}-{n}", cart) == 401:
                client.close()
                with suppress(OSError, HTTPException, KeyError):
                    client = self.shop.client(self.shop.login(who, **self.headers()))
        client.close()

    def _until_answered(self, client: Client, key: str, cart: list[tuple[str, int]]) -> int:
        """Return the status of the last answer, 0 if there was none; a person starts over before a key is freed."""
        status = 0
        for _ in range(8):
            try:
                said = {"Idempotency_Key": key} | self.headers()
                answer = client.ask("POST", "/api/checkout/create-session", self.shop.purchase(cart), **said)
            except (OSError, HTTPException):
                self.answers["no answer"] += 1
                if self.stop.wait(0.2):
                    return 0
                continue
            status = answer.status
            self.answers[f"{answer.status} {answer.body.get('code', '')}".strip()] += 1
            if answer.status == 201:
                self.promised[answer.body["orderId"]] = answer.body["sessionId"]
                if self.chance.random() < 0.8 and self.shop.stripe.pay(answer.body["sessionId"]):
                    self.paid.add(answer.body["orderId"])
                break
            if self.stop.wait(0.3) or status not in (409, 500, 503):
                break
        return status

    def lost(self, ends: tuple[str, ...] = ("paid",)) -> list[str]:
        """Return what was promised, or paid, and is not in the books; `ends` are where the latter may stand."""
        rows = self.shop.books.rows("SELECT public_id, status, payment_status FROM orders")
        kept = {row["public_id"]: row for row in rows}
        faults = [f"I4 order {key} was promised and is not there" for key in self.promised if key not in kept]
        for key in self.paid:
            if kept[key]["payment_status"] not in ends:
                faults.append(f"I4 order {key} was paid and is {kept[key]['status']}/{kept[key]['payment_status']}")
        return faults


@contextmanager
def under_load(shop: Rig, seed: int, headers: Callable[[], dict[str, str]] = dict) -> Iterator[Load]:
    """Keep buyers at work meanwhile."""
    set_stock(shop.books, {WHEY: 100_000, CUBES: 100_000, COFFEE: 100_000})
    load = Load(shop, random.Random(seed), headers=headers)
    tokens = shop.customers(BUYERS)
    with ThreadPoolExecutor(BUYERS) as crowd:
        buyers = [crowd.submit(load.buy, *one) for one in enumerate(tokens)]
        try:
            yield load
        finally:
            load.stop.set()
    for buyer in buyers:
        buyer.result()


def run(dose: int, seed: int) -> Result:
    """Kill `dose` times: one of the web workers, the whole web, or the mail worker; and start it again."""
    result, chance = Result(NAME, dose, seed), random.Random(seed)
    killed: Counter[str] = Counter()
    with rig("postgres", web_workers=2) as shop:
        with under_load(shop, seed) as load:
            for _ in range(dose):
                killed[_kill(shop, chance)] += 1
            load.stop.wait(1)
        recovered = recover(shop)
        result.faults = load.lost() + shop.examine(drops=killed["mail worker"])
        if recovered > 60:
            result.faults.append(f"G4 recovered after {recovered} s only")
        result.figures = {f"kills of a {name}": n for name, n in killed.items()}
        result.figures |= figures(load, result, recovered)
    return result.done()


def figures(load: Load, result: Result, recovered: float) -> dict[str, object]:
    """Return what every campaign under load tells."""
    return {
        "orders acknowledged": len(load.promised),
        "paid": len(load.paid),
        "mails": len(set(load.shop.sink.arrived)),
        "orders or mails lost": sum(fault.startswith(("I4", "I6")) for fault in result.faults),
        "s until all was well": recovered,
        **{f"x {name}": n for name, n in sorted(load.answers.items())},
    }


def recover(shop: Rig) -> float:
    """Return how long it took until every event was delivered and every mail sent, then end what nobody waits for."""
    began = time.monotonic()
    shop.stripe.hurry()
    shop.settle(120)
    recovered = round(time.monotonic() - began, 1)
    finish_unanswered(shop)
    shop.settle(60)
    return recovered


def finish_unanswered(shop: Rig) -> None:
    """Let the two minutes pass after which nobody waits for a page any more, and sweep."""
    moment = "datetime('now', '-3 minutes')" if shop.books.is_sqlite else "now() - interval '3 minutes'"
    shop.books.run(f"UPDATE payment_attempts SET created_at = {moment} WHERE state = 'asked'")
    asked = """SELECT count(*) FROM payment_attempts a JOIN orders o ON o.id = a.order_id
               WHERE a.state = 'asked' AND o.status = 'pending'"""

    def is_swept() -> bool:
        shop.flask("orders", "expire")
        return bool(shop.books.value(asked) == 0)

    wait_until(is_swept, "the end of unanswered attempts", 60)


def _kill(shop: Rig, chance: random.Random) -> str:
    time.sleep(chance.random() * 0.8)  # the moment is what is random here
    port = shop.ports[0]
    what = chance.choice(["web worker"] * 3 + ["web", "mail worker"])
    if what == "mail worker":
        shop.kill_workers()
        shop.start_worker()
    elif what == "web":
        shop.kill_web(port)
        shop.start_web(port)
    else:
        wait_until(lambda: shop.kill_one_worker_of(port, chance.random()), "a web worker to kill")
    return what
