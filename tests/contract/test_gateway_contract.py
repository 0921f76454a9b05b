"""What the real gateway sends with the real SDK fits Stripe's schemas, and it understands what Stripe sends."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from storefront.gateways.payments import (
    Charge,
    CheckoutLine,
    CheckoutRequest,
    Dispute,
    Payment,
    PaymentRefused,
    PaymentUnknown,
    Refund,
    SessionSnapshot,
)
from storefront.gateways.stripe import StripeGateway
from storefront.money import pesos
from stripe_simulator import SimulatorSettings, start
from tests import events

FOLDER = os.environ.get("STRIPE_CONTRACT_DIR", "")
pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not FOLDER, reason="STRIPE_CONTRACT_DIR is not set: Stripe's schemas are not here"),
]

REQUEST = CheckoutRequest(
    order_id="01m86bs3yvydhpwt1p9ks89q5q",
    order_number="2026-11-0042",
    lines=(
        CheckoutLine(
            name="Proteína de suero 2 lb, vainilla",
            unit_price_minor=pesos(129_900),
            quantity=2,
            image_url="https://shop.fitaiid.example/static/img/products/whey-480.webp",
        ),
        CheckoutLine(name="Café pre-entreno Nariño 250 g", unit_price_minor=pesos(34_900), quantity=1),
    ),
    currency="COP",
    discount_minor=pesos(29_470),
    discount_name="FIT10",
    shipping_minor=pesos(45_000),
    shipping_name="Envío exprés",
    total_minor=pesos(2 * 129_900 + 34_900 - 29_470 + 45_000),
    email="ana@example.com",
    language="es",
    success_url="https://shop.fitaiid.example/checkout/success?session_id={CHECKOUT_SESSION_ID}",
    cancel_url="https://shop.fitaiid.example/checkout/cancel",
    # Made when the tests are collected, so it must be good for as long as they may run.
    expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(hours=12),
    quote_hash="0" * 64,
)


@dataclass
class Sent:
    """One call as it went over the wire, with its answer."""

    method: str
    path: str
    fields: list[tuple[str, str]]
    headers: Mapping[str, str]
    status: int
    answer: Any


@dataclass
class Wire:
    """A simulator behind something that writes down what passes."""

    gateway: StripeGateway
    simulator: str
    sent: list[Sent] = field(default_factory=list)

    def pay(self, page: SessionSnapshot) -> str:
        """Pay a page as a customer would; return the payment."""
        answer = requests.post(f"{self.simulator}/_sim/pay/{page.id}", json={"card": "4242424242424242"}, timeout=10)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["paymentIntent"])

    def fail(self, kind: object) -> None:
        """Let the next call go wrong."""
        answer = requests.post(f"{self.simulator}/_sim/fail", json={"next": kind}, timeout=10)
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads((Path(FOLDER) / "openapi-subset.json").read_text())


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    running = start(SimulatorSettings(tmp_path / "state.sqlite"))
    kept: list[Sent] = []

    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            answer = requests.request(self.command, running.url + self.path, data=body, headers=kind, timeout=20)
            url = urlsplit(self.path)
            fields = parse_qsl(body.decode() or url.query, keep_blank_values=True)
            kept.append(Sent(self.command, url.path, fields, dict(self.headers), answer.status_code, answer.json()))
            self.send_response(answer.status_code)
            for name in ("Content-Type", "Request-Id", "Idempotent-Replayed", "Stripe-Should-Retry"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_DELETE = _pass_on

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    yield Wire(StripeGateway("sk_test_contract", (events.SECRET,), url), running.url, kept)
    server.shutdown()
    server.server_close()
    thread.join()
    running.stop()


UNDESCRIBED = {("GET", "/v1/invoices")}
"""Calls that the schemas at hand do not describe."""


class Contract:
    """Stripe's schemas: where a call belongs, what it may hold, and what it answers."""

    def __init__(self, document: Any) -> None:
        self._document = document
        contents = Resource(contents=document, specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource("urn:stripe", contents)

    def check(self, sent: Sent) -> None:
        """Fail if the call or its answer does not fit."""
        if (sent.method, sent.path) in UNDESCRIBED:
            return
        operation = self._operation(sent)
        schema = self._request_schema(operation)
        assert self.errors(self._typed(_nested(sent.fields), schema), schema) == [], sent.path
        if sent.status == 200:
            answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
            assert self.errors(sent.answer, answer) == [], sent.path

    def errors(self, value: Any, schema: Any) -> list[str]:
        """Return what does not fit."""
        found = Draft202012Validator(_absolute(schema), registry=self._registry).iter_errors(value)
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}" for error in found]

    def _operation(self, sent: Sent) -> Any:
        for path, operations in self._document["paths"].items():
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), sent.path) and sent.method.lower() in operations:
                return operations[sent.method.lower()]
        raise AssertionError(f"no such operation: {sent.method} {sent.path}")

    def _request_schema(self, operation: Any) -> Any:
        if "requestBody" in operation:
            return operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        query = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
        return {
            "type": "object",
            "properties": {one["name"]: one["schema"] for one in query},
            "required": [one["name"] for one in query if one.get("required")],
            "additionalProperties": False,
        }

    def _resolved(self, schema: Any) -> Any:
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def _typed(self, value: Any, schema: Any) -> Any:
        """Return form text as what the schema says it is."""
        schema = self._resolved(schema)
        if "anyOf" in schema:
            tries = [self._typed(value, one) for one in schema["anyOf"]]
            return next((one for one in tries if not self.errors(one, schema)), value)
        kind = schema.get("type")
        if isinstance(value, dict) and kind == "array":
            return [self._typed(value[key], schema["items"]) for key in sorted(value, key=int)]
        if isinstance(value, dict):
            known, rest = schema.get("properties", {}), schema.get("additionalProperties")
            rest = rest if isinstance(rest, dict) else {}
            return {name: self._typed(one, known.get(name, rest)) for name, one in value.items()}
        if kind == "integer" and re.fullmatch(r"-?\d+", value):
            return int(value)
        return {"true": True, "false": False}.get(value, value) if kind == "boolean" else value


def _absolute(schema: Any) -> Any:
    return json.loads(json.dumps(schema).replace('"#/components', '"urn:stripe#/components'))


def _nested(fields: list[tuple[str, str]]) -> dict[str, Any]:
    """Turn Stripe's form style, ``a[0][b]=c``, into nested dictionaries."""
    found: dict[str, Any] = {}
    for name, value in fields:
        *path, last = re.findall(r"[^\[\]]+", name)
        here = found
        for step in path:
            here = here.setdefault(step, {})
        assert last not in here, f"{name} is sent twice"
        here[last] = value
    return found


@pytest.fixture(scope="module")
def contract(document: Any) -> Contract:
    return Contract(document)


VARIANTS = {
    "everything": REQUEST,
    "nothing to ship, in English": replace(
        REQUEST, shipping_minor=None, shipping_name="", language="en", total_minor=REQUEST.total_minor - pesos(45_000)
    ),
    "free shipping, no coupon": replace(
        REQUEST,
        shipping_minor=0,
        discount_minor=0,
        discount_name="",
        total_minor=REQUEST.total_minor - pesos(45_000) + pesos(29_470),
    ),
    "a long coupon": replace(REQUEST, discount_name="X" * 60),
    "fifty lines": replace(
        REQUEST,
        lines=tuple(CheckoutLine(name=f"Cosa {n}", unit_price_minor=pesos(10_000), quantity=2) for n in range(50)),
        total_minor=pesos(50 * 20_000 - 29_470 + 45_000),
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_page_is_opened_with_what_stripe_accepts_and_costs_the_orders_total(
    wire: Wire, contract: Contract, name: str
) -> None:
    request = VARIANTS[name]
    page = wire.gateway.open_checkout(request, "attempt:1")
    assert (page.total_minor, page.currency, page.status) == (request.total_minor, "COP", "open")
    assert (page.order_id, page.quote_hash, page.expires_at) == (
        request.order_id,
        request.quote_hash,
        request.expires_at,
    )
    assert page.url
    for sent in wire.sent:
        contract.check(sent)
    keys = [sent.headers["Idempotency-Key"] for sent in wire.sent]
    assert keys == (["attempt:1:coupon"] if request.discount_minor else []) + ["attempt:1"]


def test_the_whole_life_of_a_payment_fits(wire: Wire, contract: Contract, document: Any) -> None:
    gateway = wire.gateway
    page = gateway.open_checkout(REQUEST, "attempt:1")
    assert gateway.open_checkout(REQUEST, "attempt:1") == page
    assert gateway.fetch_checkout(page.id) == page
    lines = gateway.fetch_lines(page.id)
    assert [(line.name, line.quantity, line.unit_price_minor) for line in lines] == [
        (line.name, line.quantity, line.unit_price_minor) for line in REQUEST.lines
    ]
    assert sum(line.discount_minor for line in lines) == REQUEST.discount_minor
    payment_id = wire.pay(page)
    paid = gateway.fetch_checkout(page.id)
    assert (paid.is_paid, paid.payment_id, paid.email) == (True, payment_id, REQUEST.email)
    assert gateway.close_checkout(page.id).is_paid
    first = gateway.refund(payment_id, pesos(10_000), reference="r1")
    assert gateway.refund(payment_id, pesos(10_000), reference="r1") == first
    assert (first.payment_id, first.amount_minor, first.currency, first.reference) == (
        payment_id, pesos(10_000), "COP", "r1",
    )  # fmt: skip
    with pytest.raises(PaymentRefused):
        gateway.refund(payment_id, REQUEST.total_minor, reference="r2")
    types = [event.type for event in gateway.list_events(None).events]
    expected = ("payment_intent.succeeded", "checkout.session.completed", "charge.refunded")
    assert [name for name in types if name in expected] == list(expected), "the oldest first"
    for sent in wire.sent:
        contract.check(sent)
        assert sent.headers["Stripe-Version"] == document["info"]["version"]
        assert "X-Stripe-Client-Telemetry" not in sent.headers


def test_a_closed_page_is_expired_and_closing_it_again_says_so(wire: Wire, contract: Contract) -> None:
    page = wire.gateway.open_checkout(REQUEST, "attempt:1")
    assert [wire.gateway.close_checkout(page.id).status for _ in range(2)] == ["expired", "expired"]
    assert [sent.status for sent in wire.sent if sent.path.endswith("/expire")] == [200, 400]
    for sent in wire.sent:
        contract.check(sent)


def test_events_are_read_oldest_first_from_any_of_them(wire: Wire, contract: Contract) -> None:
    for n in range(102):
        page = wire.gateway.open_checkout(replace(REQUEST, discount_minor=0, total_minor=sum_of()), f"attempt:{n}")
        wire.gateway.close_checkout(page.id)
    wire.sent.clear()
    pages = [wire.gateway.list_events(None)]
    while pages[-1].has_more:
        pages.append(wire.gateway.list_events(pages[-1].events[-1].id))
    listed = [event for page in pages for event in page.events]
    newest_first = wire.gateway.client.v1.events.list({"limit": 100}).auto_paging_iter()
    assert [event.id for event in listed] == [event.id for event in newest_first][::-1]
    assert sum(event.type == "checkout.session.expired" for event in listed) == 102
    assert [len(page.events) for page in pages[1:-1]] == [100] * (len(pages) - 2), "no page is asked for in vain"
    for sent in wire.sent:
        contract.check(sent)


def test_reading_can_begin_at_any_time(wire: Wire, contract: Contract) -> None:
    begun_at = datetime.now(UTC)
    wire.gateway.close_checkout(wire.gateway.open_checkout(REQUEST, "attempt:1").id)
    assert wire.gateway.find_event_before(begun_at - timedelta(hours=1)) is None
    last = wire.gateway.find_event_before(datetime.now(UTC) + timedelta(hours=1))
    assert last == wire.gateway.list_events(None).events[-1].id
    later = wire.gateway.list_events(last)
    assert (later.events, later.has_more) == ((), False)
    for sent in wire.sent:
        contract.check(sent)


def sum_of() -> int:
    """Return the total of the request without its coupon."""
    return REQUEST.total_minor + REQUEST.discount_minor


def test_another_total_than_the_orders_closes_the_page_and_refuses(wire: Wire) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        wire.gateway.open_checkout(replace(REQUEST, total_minor=REQUEST.total_minor + 100), "attempt:1")
    assert refusal.value.code == "total_mismatch"
    assert wire.sent[-1].path.endswith("/expire")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": (CheckoutLine(name="Poco", unit_price_minor=pesos(1_000), quantity=1),), "discount_minor": 0,
          "shipping_minor": None, "total_minor": pesos(1_000)}, "amount_too_small"),
        ({"email": "nobody"}, "email_invalid"),
    ],
)  # fmt: skip
def test_a_refusal_is_definite_and_has_stripes_word(wire: Wire, change: dict[str, Any], code: str) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        wire.gateway.open_checkout(replace(REQUEST, **change), "attempt:1")
    assert refusal.value.code == code
    assert not refusal.value.is_passing


def test_the_same_key_with_other_parameters_is_refused(wire: Wire) -> None:
    wire.gateway.open_checkout(REQUEST, "attempt:1")
    with pytest.raises(PaymentRefused):
        wire.gateway.open_checkout(replace(REQUEST, cancel_url="https://shop.fitaiid.example/other"), "attempt:1")


def test_too_many_requests_are_refused_for_now(wire: Wire) -> None:
    page = wire.gateway.open_checkout(REQUEST, "attempt:1")
    wire.fail("429")
    with pytest.raises(PaymentRefused) as refusal:
        wire.gateway.fetch_checkout(page.id)
    assert refusal.value.is_passing


def test_where_nobody_listens_the_outcome_is_unknown() -> None:
    with pytest.raises(PaymentUnknown):
        StripeGateway("sk_test_contract", (), "http://127.0.0.1:9").fetch_checkout("cs_test_1")


# Stripe's own events.


def samples() -> list[dict[str, Any]]:
    if not FOLDER:
        return []
    scenarios = json.loads((Path(FOLDER) / "events-samples.json").read_text())["scenarios"]
    return [event for scenario in scenarios.values() for event in scenario["events"]]


SUBJECTS: dict[str, type[Any]] = {
    "checkout.session": SessionSnapshot,
    "payment_intent": Payment,
    "charge": Charge,
    "refund": Refund,
    "dispute": Dispute,
}


def test_every_event_of_stripes_flows_is_understood_through_the_door() -> None:
    gateway = StripeGateway("sk_test_contract", (events.SECRET,))
    seen = set()
    for payload in samples():
        body = events.raw(payload)
        event = gateway.read_event(body, events.sign(body))
        subject = payload["data"]["object"]
        assert (event.id, event.type, event.is_live) == (payload["id"], payload["type"], False)
        if (wanted := SUBJECTS.get(subject["object"])) is not None:
            assert isinstance(event.subject, wanted), payload["type"]
            seen.add(wanted)
    assert seen == set(SUBJECTS.values())


def test_what_stripe_says_of_money_is_read_to_the_centavo() -> None:
    gateway = StripeGateway("sk_test_contract", (events.SECRET,))
    for payload in samples():
        subject, data = gateway.translate_event(payload).subject, payload["data"]["object"]
        match subject:
            case SessionSnapshot():
                assert (subject.total_minor, subject.payment_status) == (data["amount_total"], data["payment_status"])
                assert (subject.order_id, subject.payment_id) == (
                    data["metadata"].get("order_id"),
                    data["payment_intent"],
                )
            case Payment():
                assert (subject.received_minor, subject.currency) == (data["amount_received"], "COP")
            case Charge():
                assert (subject.amount_minor, subject.refunded_minor) == (data["amount"], data["amount_refunded"])
            case Refund():
                assert (subject.amount_minor, subject.status) == (data["amount"], data["status"])
            case Dispute():
                assert (subject.amount_minor, subject.reason) == (data["amount"], data["reason"])
            case _:
                continue


@pytest.mark.parametrize(
    "wrong",
    [
        ("payment_method_types[0]", "card"),  # removed from the API in 2026
        ("locale", "es-CO"),
        ("line_items[0][price_data][unit_amount]", "12.5"),
        ("metadata_", "x"),
    ],
)
def test_control_the_contract_refuses_what_stripe_would(wire: Wire, contract: Contract, wrong: tuple[str, str]) -> None:
    wire.gateway.open_checkout(REQUEST, "attempt:1")
    sent = wire.sent[-1]
    spoilt = [one for one in sent.fields if one[0] != wrong[0]] + [wrong]
    with pytest.raises(AssertionError):
        contract.check(replace(sent, fields=spoilt))
