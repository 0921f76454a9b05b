"""Every webhook is lost while buyers buy and the dashboard refunds: two rounds of the workers later all is known."""

import random
import time
from collections import Counter
from contextlib import suppress

import requests

from tests.campaigns.kills import Load, figures, finish_unanswered, under_load
from tests.campaigns.oracle import PAID, Ledger
from tests.campaigns.processes import wait_until
from tests.campaigns.report import Result
from tests.campaigns.rig import Rig, rig

NAME = "lost-webhooks"
EVERY = 5
ROUNDS = 3
"""Two whole rounds, beside the one that is under way when the load ends."""


def run(dose: int, seed: int) -> Result:
    """Lose the webhooks of `dose` seconds of load, with two workers that share the rounds."""
    result, chance = Result(NAME, dose, seed), random.Random(seed)
    with rig("postgres", web_workers=2, workers=2, RECONCILE_SECONDS=str(EVERY)) as shop:
        shop.stripe.sim("webhooks", drop=1_000_000_000)
        with under_load(shop, seed) as load:
            refunds = _refund_now_and_then(shop, load, chance, dose)
        rounds, seconds = _rounds_until_known(shop)
        finish_unanswered(shop)
        shop.settle(120)
        result.faults = load.lost(PAID) + shop.examine()
        if rounds > ROUNDS:
            result.faults.append(f"G4 all was known after {rounds} rounds only")
        result.figures = {"refunds by the dashboard": refunds, "webhooks lost": _lost(shop), "rounds": rounds}
        result.figures |= figures(load, result, seconds)
    return result.done()


def _refund_now_and_then(shop: Rig, load: Load, chance: random.Random, seconds: float) -> int:
    """Give money back at Stripe's dashboard, of any payment, in whole or in part; return how often."""
    made, ends_at = 0, time.monotonic() + seconds
    refunded: set[str] = set()
    while time.monotonic() < ends_at:
        load.stop.wait(0.3)
        intents = [key for key in shop.stripe.ledger().captured if key not in refunded]
        if not intents:
            continue
        key = chance.choice(intents)
        refunded.add(key)
        with suppress(requests.HTTPError):
            shop.stripe.sim(f"refund/{key}", **({"amount": 100_000} if chance.random() < 0.5 else {}))
            made += 1
    return made


def _rounds_until_known(shop: Rig) -> tuple[int, float]:
    """Return how many rounds ended, and how many seconds went by, before the shop knew everything."""
    began = time.monotonic()
    ends = {_last_end(shop)}

    def is_known() -> bool:
        ends.add(_last_end(shop))
        return _unknown(shop, shop.stripe.ledger()) == 0

    wait_until(is_known, "the knowledge of everything", 300)
    return len(ends) - 1, round(time.monotonic() - began, 1)


def _last_end(shop: Rig) -> object:
    return shop.books.value("SELECT max(finished_at) FROM reconciliation")


def _unknown(shop: Rig, ledger: Ledger) -> int:
    """Return how many paid orders are pending here, and how many refunds are not known."""
    rows = shop.books.rows("SELECT public_id, paid_at, refunded_minor, payment_id FROM orders")
    paid_here = {row["public_id"] for row in rows if row["paid_at"]}
    complete = [session for session in ledger.sessions.values() if session["status"] == "complete"]
    paid = {session["metadata"].get("order_id") for session in complete}
    refunded: Counter[str] = Counter({row["payment_id"]: row["refunded_minor"] for row in rows if row["payment_id"]})
    return len(paid - paid_here) + sum(refunded[key] != amount for key, amount in ledger.returned.items())


def _lost(shop: Rig) -> int:
    return sum(1 for event in shop.stripe.events() if event["pending_webhooks"])
