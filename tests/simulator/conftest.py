"""A simulator on a free port, the real SDK pointed at it, and a tiny shop that takes its webhooks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
import stripe

from stripe_simulator import RunningSimulator, SimulatorSettings, start

SECRET = "whsec_simulator_tests"
SUCCESS = "https://shop.example/ok?session_id={CHECKOUT_SESSION_ID}"


@dataclass
class Shop:
    """Takes webhooks, verifies each with the SDK and keeps what it got; `answers` are its next statuses."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    pause: float = 0.0
    events: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    secret: str = SECRET

    def take(self, raw: bytes, header: str) -> int:
        time.sleep(self.pause)
        self.headers.append(header)
        try:
            event = stripe.Webhook.construct_event(raw, header, self.secret)
        except stripe.SignatureVerificationError as refusal:
            self.refused.append(str(refusal))
            return 400
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.events.append(event.to_dict())
        return status

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, (self.types, self.refused)
            time.sleep(0.005)


@dataclass
class Bench:
    """What a test works with."""

    running: RunningSimulator
    shop: Shop
    settings: SimulatorSettings
    client: stripe.StripeClient

    @property
    def url(self) -> str:
        return self.running.url

    @property
    def v1(self) -> Any:
        return self.client.v1

    def sim(self, path: str, body: Any = None, status: int = 200) -> Any:
        """Call a control endpoint."""
        response = requests.post(f"{self.url}/_sim/{path}", json={} if body is None else body, timeout=15)
        assert response.status_code == status, response.text
        return response.json()

    def pay(self, session: Any, card: str = "4242424242424242", **more: Any) -> Any:
        return self.sim(f"pay/{session.id}", {"card": card, **more})

    def session(self, **changes: Any) -> Any:
        """Open a session for two dumbbells of 100 000 pesos."""
        options = changes.pop("options", {})
        return self.v1.checkout.sessions.create(session_params(**changes), options)

    def read(self, session: Any, *expand: str) -> Any:
        return self.v1.checkout.sessions.retrieve(session.id, {"expand": list(expand)})

    def log(self) -> list[dict[str, Any]]:
        response = requests.get(f"{self.url}/_sim/events", timeout=5)
        events: list[dict[str, Any]] = response.json()["events"]
        return events

    def types(self) -> list[str]:
        return [event["type"] for event in self.log()]

    def post(self, path: str, **more: Any) -> requests.Response:
        """Call the API as raw HTTP."""
        more.setdefault("headers", {"Authorization": "Bearer sk_test_raw"})
        return requests.post(self.url + path, timeout=5, **more)

    def restart(self) -> None:
        self.running.stop()
        self.running = start(self.settings)
        self.client = sdk(self.running.url)


def session_params(**changes: Any) -> dict[str, Any]:
    params = {
        "mode": "payment",
        "success_url": SUCCESS,
        "cancel_url": "https://shop.example/cart",
        "line_items": [line(10_000_000, 2)],
        "client_reference_id": "ord_1",
        "metadata": {"order_id": "ord_1"},
        "payment_intent_data": {"metadata": {"order_id": "ord_1"}},
        "allowed_payment_method_types": ["card"],
        "customer_email": "ana@example.com",
        "locale": "es-419",
        "adaptive_pricing": {"enabled": False},
    } | changes
    return {name: value for name, value in params.items() if value is not None}


def line(unit_amount: int, quantity: int = 1, currency: str = "cop") -> dict[str, Any]:
    data = {"currency": currency, "unit_amount": unit_amount, "product_data": {"name": "Mancuerna"}}
    return {"price_data": data, "quantity": quantity}


def shipping(amount: int, name: str = "Estándar") -> dict[str, Any]:
    data = {
        "display_name": name,
        "type": "fixed_amount",
        "fixed_amount": {"amount": amount, "currency": "cop"},
        "delivery_estimate": {"minimum": {"unit": "business_day", "value": 2}},
    }
    return {"shipping_rate_data": data}


def sdk(url: str, timeout: Any = (3, 10), retries: int = 0) -> stripe.StripeClient:
    return stripe.StripeClient(
        "sk_test_simulator",
        base_addresses={"api": url},
        http_client=stripe.RequestsClient(timeout=timeout),
        max_network_retries=retries,
    )


@pytest.fixture(scope="session")
def receiver() -> Iterator[tuple[str, list[Shop]]]:
    """One HTTP server for all tests; it hands each webhook to the shop of the test that runs."""
    current: list[Shop] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status = current[-1].take(raw, self.headers["Stripe-Signature"])
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", current
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def shop(receiver: tuple[str, list[Shop]]) -> Shop:
    url, current = receiver
    made = Shop(url)
    current.append(made)
    return made


@pytest.fixture
def settings(tmp_path: Path, shop: Shop) -> SimulatorSettings:
    return SimulatorSettings(
        tmp_path / "state.sqlite",
        webhook_url=shop.url,
        webhook_secrets=(SECRET,),
        retry_seconds=(0.02, 0.02),
        hold_seconds=0.4,
    )


@pytest.fixture
def bench(settings: SimulatorSettings, shop: Shop, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A running simulator; parametrise indirectly to change its settings."""
    settings = replace(settings, **getattr(request, "param", {}))
    running = start(settings)
    made = Bench(running, shop, settings, sdk(running.url))
    yield made
    made.running.stop()


@pytest.fixture
def helpers() -> Any:
    """The functions of this file, for tests that need them."""
    return Helpers


class Helpers:
    line = staticmethod(line)
    shipping = staticmethod(shipping)
    params = staticmethod(session_params)
    sdk = staticmethod(sdk)


@pytest.fixture(scope="module")
def plain_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One simulator without a shop for all the tests of a file that change nothing."""
    settings = SimulatorSettings(tmp_path_factory.mktemp("simulator") / "state.sqlite")
    running = start(settings)
    yield Bench(running, Shop(), settings, sdk(running.url))
    running.stop()
