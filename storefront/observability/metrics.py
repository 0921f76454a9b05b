"""Metrics of the shop: counted by each process, shown for all of them at `/metrics`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

requests = Histogram("shop_request_seconds", "Answers, by route and status", ["route", "status"], buckets=_SECONDS)
steps = Counter("shop_checkout_steps", "Orders that came to a step: placed, page_opened, paid, cancelled", ["step"])
stripe_calls = Histogram("shop_stripe_call_seconds", "Calls to Stripe, by outcome", ["outcome"], buckets=_SECONDS)


@contextmanager
def stripe_call() -> Iterator[None]:
    """Time a call to Stripe; one that raises is counted by its error's name."""
    began, outcome = time.perf_counter(), "ok"
    try:
        yield
    except Exception as error:
        outcome = type(error).__name__
        raise
    finally:
        stripe_calls.labels(outcome).observe(time.perf_counter() - began)
