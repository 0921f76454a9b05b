"""Many buyers over HTTP who all want the same few units: as many are sold as there are, to the unit."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Queue

from tests.campaigns.databases import set_stock
from tests.campaigns.report import Result, percentile
from tests.campaigns.rig import Client, Rig, rig
from tests.factories import COFFEE, CUBES, WHEY

ON_POSTGRES, ON_SQLITE = "buyers", "buyers-sqlite"
GOODS = (WHEY, CUBES, COFFEE, "cinturon-levantamiento-cuero", "barra-dominadas-puerta")
CROWD = 32


@dataclass
class Seen:
    """What the buyers saw."""

    answers: Counter[str] = field(default_factory=Counter)
    sold: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)


def run(dose: int, seed: int, module: str = "wsgi:app") -> Result:
    """Two instances of four workers on PostgreSQL, 500 units."""
    with rig("postgres", instances=2, web_workers=4, threads=6, module=module) as shop:
        return _run(ON_POSTGRES, shop, dose, seed, 500)


def run_sqlite(dose: int, seed: int, module: str = "wsgi:app") -> Result:
    """One process of the embedded shop, 100 units."""
    with rig("sqlite", web_workers=1, threads=16, module=module) as shop:
        return _run(ON_SQLITE, shop, dose, seed, 100)


def _run(name: str, shop: Rig, dose: int, seed: int, units: int) -> Result:
    set_stock(shop.books, dict.fromkeys(GOODS, units // len(GOODS)))
    chance, seen, result = random.Random(seed), Seen(), Result(name, dose, seed)
    carts = [_cart(chance) for _ in range(dose)]
    tokens = shop.customers(16)
    free: Queue[Client] = Queue()
    for n in range(CROWD):
        free.put(shop.client(tokens[n % len(tokens)]))

    def buy(n: int) -> None:
        client = free.get()
        try:
            _buy(shop, client, n, carts[n], seen)
        finally:
            free.put(client)

    result.began = time.monotonic()
    with ThreadPoolExecutor(CROWD) as crowd:
        list(crowd.map(buy, range(dose)))
    for _ in range(CROWD):
        free.get().close()
    shop.settle(120)
    result.faults = shop.examine()
    _count(shop, seen, units, result)
    return result.done()


def _cart(chance: random.Random) -> list[tuple[str, int]]:
    """One to three products in any order, so that two carts meet from opposite ends."""
    return [(slug, chance.choice([1, 1, 2])) for slug in chance.sample(GOODS, chance.choice([1, 1, 2, 3]))]


def _buy(shop: Rig, client: Client, n: int, cart: list[tuple[str, int]], seen: Seen) -> None:
    began = time.monotonic()
    answer = client.ask("POST", "/api/checkout/create-session", shop.purchase(cart), n=n)
    took = time.monotonic() - began
    is_paid = answer.status == 201 and shop.stripe.pay(answer.body["sessionId"])
    with seen.turn:
        seen.seconds.append(took)
        seen.answers[f"{answer.status} {answer.body.get('code', '')}".strip()] += 1
        if is_paid:
            seen.sold.update(dict(cart))


def _count(shop: Rig, seen: Seen, units: int, result: Result) -> None:
    sold, over = sum(seen.sold.values()), sum(n - units // len(GOODS) for n in seen.sold.values())
    slugs = ", ".join(f"'{slug}'" for slug in GOODS)
    left = shop.books.value(
        f"SELECT sum(on_hand) FROM stock s JOIN variants v ON v.id = s.variant_id"
        f" JOIN products p ON p.id = v.product_id WHERE p.slug IN ({slugs})"
    )
    if (sold, left) != (units, 0) or over:
        result.faults.append(f"I1 {sold} of {units} units sold, {left} left: {dict(seen.sold)}")
    strange = {answer: n for answer, n in seen.answers.items() if answer not in ("201", "400 out_of_stock")}
    if strange:
        result.faults.append(f"I9 answers that nobody should see: {strange}")
    if not shop.books.is_sqlite and (deadlocks := _deadlocks(shop)):
        result.faults.append(f"I9 {deadlocks} deadlocks in the database")
    result.figures = {
        "units sold": sold,
        "orders": seen.answers["201"],
        "told that it is sold out": seen.answers["400 out_of_stock"],
        "other answers": sum(strange.values()),
        "s for 99 % of the answers": round(percentile(seen.seconds, 0.99), 2),
    }


def _deadlocks(shop: Rig) -> int:
    return int(shop.books.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
