"""What a client meets after a process was killed in the middle of its request, on real processes."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import pytest

from tests.campaigns.processes import children, wait_until
from tests.campaigns.rig import Answer, Rig, rig
from tests.factories import WHEY

SESSION = "/api/checkout/create-session"
SOON = 15
"""Seconds after which the key of a killed process has to be free."""

pytestmark = [pytest.mark.postgres, pytest.mark.concurrency]


@pytest.fixture(params=["postgres", "sqlite"])
def shop(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with rig(request.param, web_workers=1, workers=0) as started:
        yield started


def buy(shop: Rig, token: str) -> Answer | None:
    """Buy with the one key; None where the line was cut."""
    client = shop.client(token)
    try:
        return client.ask("POST", SESSION, shop.purchase([(WHEY, 1)]), Idempotency_Key="k-1")
    except (OSError, HTTPException):
        return None
    finally:
        client.close()


def test_the_key_of_a_killed_process_is_free_soon_and_the_same_request_buys(shop: Rig) -> None:
    (token,) = shop.customers(1)
    shop.stripe.sim("latency", ms=8_000)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(buy, shop, token)
        wait_until(lambda: shop.books.value("SELECT count(*) FROM payment_attempts"), "the question to Stripe")
        time.sleep(4)  # so that the claim has been renewed
        (worker,) = children(shop.webs[shop.ports[0]].pid)
        os.kill(worker, signal.SIGKILL)
        assert first.result() is None
    shop.stripe.sim("latency", ms=0)
    answer = wait_until(lambda: buy(shop, token), "an answer of the next process")
    assert (answer.status, answer.body["code"]) == (409, "idempotency_conflict")
    wait = int(answer.headers["Retry-After"])
    assert 1 <= wait <= SOON
    time.sleep(wait)
    bought = buy(shop, token)
    assert bought is not None
    assert bought.status == 201, bought.body
    again = buy(shop, token)
    assert again is not None
    assert again.body == bought.body
    assert shop.books.value("SELECT count(*) FROM orders") == 1
    assert len(shop.stripe.ledger().sessions) == 1
