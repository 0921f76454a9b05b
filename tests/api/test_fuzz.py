"""Schemathesis reads the document and tries everything it allows, and what it does not; no 5xx, no surprise.

All phases run: examples, coverage, fuzzing and stateful chains. `FUZZ_CASES` says how many requests at least.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.api.conftest import PASSWORD, Phone, registered
from tests.conftest import _opened, build

CASES = int(os.environ.get("FUZZ_CASES", "1500"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
MARK = "Bearer of-the-fuzzer"
CHECKS = {
    # What the document calls well-formed can still be refused: an unknown coupon, goods that are gone.
    "positive_data_acceptance": {"enabled": False},
    # What is too long for its field can be too long for any body.
    "negative_data_rejection": {"expected-statuses": ["400", "401", "404", "405", "409", "413", "415"]},
}
_ENDS_LOGINS = ("/api/auth/logout", "/api/auth/refresh", "/api/me/password", "/api/auth/reset-password")


MEANT = {("POST /api/orders/lookup", "Allow header mismatch")}
"""There an order may be asked for whose number is `lookup`, which no order has: the answer is 404."""


class Customer:
    """A WSGI layer that gives the fuzzer's requests a valid token and counts them."""

    def __init__(self, app: Flask) -> None:
        self.app, self.count = app, 0
        self.phone = registered(app, "fuzz@example.com")

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        self.count += 1
        path = environ["PATH_INFO"]
        if environ.get("HTTP_AUTHORIZATION") == MARK:
            token = self.phone.refresh if path == "/api/auth/refresh" else self.phone.token
            environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        answer = self.app.wsgi_app(environ, start)
        if path in _ENDS_LOGINS:
            self._sign_in_again()
        return answer

    def _sign_in_again(self) -> None:
        body = {"email": "fuzz@example.com", "password": PASSWORD}
        self.phone = self.phone.take(Phone(self.app.test_client()).post("/api/auth/login", body).json)


def config(seed: int, examples: int) -> SchemathesisConfig:
    """Return what one round does; every round has a seed of its own, which a failure shows."""
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": {"Authorization": MARK},
            "checks": CHECKS,
            "continue-on-failure": True,
            "generation": {"max-examples": examples, "database": "none"},
        }
    )


@pytest.mark.parametrize("half", [0, 1])
def test_nothing_surprises(sqlite_url: str, half: int) -> None:
    """In two halves, so that two processes can do it."""
    app = build(sqlite_url)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    customer = Customer(app)
    first, wanted, problems = SEED + 10_000 * half, CASES // 2, []
    seed = first
    with served(customer) as address:
        while customer.count < wanted and not problems:
            problems = explore(address, config(seed, examples=max(1, wanted // 500)))
            seed += 1
    print(f"{customer.count} requests, seeds {first}-{seed - 1}")
    assert not problems, f"FUZZ_SEED={seed - 1}\n" + "\n\n".join(problems[:10])
    list(_opened(app))


@contextmanager
def served(app: Customer) -> Iterator[str]:
    """Serve on this machine: the fuzzer's stateful chains cannot call WSGI directly."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(WSGIRequestHandler):
    """A handler that keeps connections open and says nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, *_args: Any) -> None:
        """Say nothing."""


def explore(address: str, settings: SchemathesisConfig) -> list[str]:
    """Run all phases once and return what went wrong, once each."""
    schema = schemathesis.openapi.from_url(f"{address}/api/openapi.json", config=settings)
    schema = schema.exclude(path="/api/checkout/webhook")  # signed by Stripe; tested where webhooks are
    found: dict[str, str] = {}
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            for case_id, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        failure = check.failure_info.failure
                        case = event.recorder.cases[case_id].value
                        if (case.operation.label, failure.title) in MEANT:
                            continue
                        found.setdefault(f"{case.operation.label} {failure.title}", _description(case, failure))
        elif isinstance(event, events.NonFatalError | events.FatalError):
            found.setdefault(str(event), str(getattr(event, "value", getattr(event, "exception", event))))
    return list(found.values())


def _description(case: Any, failure: Any) -> str:
    return f"{case.operation.label}: {failure.title}\n{failure.message}\n{case.as_curl_command()}"[:1500]
