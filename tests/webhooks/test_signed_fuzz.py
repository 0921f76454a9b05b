"""Stripe's own events, spoilt in every way: each is taken with 200 and a row in the ledger, and breaks nothing.

`FUZZ_EVENTS` says how many are tried.
"""

import json
import os
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storefront.database import db
from storefront.domain.order import Order
from storefront.domain.payment import EventRecord
from storefront.services.payments import event_processing
from tests import events, plans
from tests import factories as make
from tests.events import Event, Story
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.plans import PlanStory

FOLDER = os.environ.get("STRIPE_CONTRACT_DIR", "")
pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not FOLDER, reason="STRIPE_CONTRACT_DIR is not set: Stripe's events are not here"),
]

CASES = int(os.environ.get("FUZZ_EVENTS", "150"))
DROPPED = object()
ODD = st.sampled_from(
    [None, "", 0, -1, 1, True, 1.5, 10**17, -(10**30), 10**400, float("inf"), float("nan"), [], {}, [None], {"id": 7},
     {"data": []}, {"id": "x" * 300}, "x" * 300, "\0", "\ud800", "../..", "cop", "usd", "paid", "active", "expired",
     "evt_1", "invoice", DROPPED, DROPPED, DROPPED]
)  # fmt: skip
DEEP = st.integers(2, 3000).map(
    lambda depth: json.loads("[" * (depth % 400) + "]" * (depth % 400)) if depth % 400 else 0
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=4,
)
SPOILT = st.lists(st.tuples(st.integers(0, 10**6), ODD | JUNK | DEEP), max_size=4)


def samples() -> list[Event]:
    if not FOLDER:
        return []
    scenarios = json.loads((Path(FOLDER) / "events-samples.json").read_text())["scenarios"]
    return [event for scenario in scenarios.values() for event in scenario["events"]]


def of_ours(gateway: FakeGateway) -> list[Event]:
    """Return Stripe's samples as if they were about an order and a plan of ours, and each event of ours."""
    bought = [make.begin((WHEY, 1), email=f"{n}@example.com") for n in range(3)]
    shopper, planned = plans.begin()
    gateway.pay(planned.session_id)
    names = {
        "ord_1001": bought[0].order_id,
        "ord_2001": planned.order_id,
        "cus_SampleCust0001": plans.payer_of(shopper),
    }
    text = json.dumps(samples())
    for name, ours in names.items():
        text = text.replace(name, ours)
    found: list[Event] = json.loads(text)
    for one in bought[1:]:
        told = Story.of(make.order_of(one), one.session_id)
        found += [told.completed(), told.succeeded(), told.failed(), told.expired(), told.refunded(), told.disputed(),
                  told.delayed_failed(), told.refund("created", 100, "succeeded", key=one.session_id[-1])]  # fmt: skip
    life = PlanStory.of(planned, customer_id=plans.payer_of(shopper))
    return [*found, *life.first(), life.declined(), life.changed("updated", 60, status="past_due"),
            *(life.invoice(kind, 99, period=1) for kind in ("paid", "payment_failed")), *samples()]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every (object or list, key) inside."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield value, key
        if isinstance(inner, (dict, list)):
            yield from places(inner)


def spoil(event: Event, changes: list[tuple[int, Any]]) -> Event:
    """Change values of an event, anywhere."""
    event = deepcopy(event)
    for number, value in changes:
        found = list(places(event))
        if not found:
            break
        holder, key = found[number % len(found)]
        if value is DROPPED:
            del holder[key]
        else:
            holder[key] = deepcopy(value)
    return event


def test_no_signed_event_is_refused(shop: Flask, gateway: FakeGateway) -> None:
    bases, numbers, client = of_ours(gateway), count(), shop.test_client()
    seen: dict[str, int] = {}

    @settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 10**6), SPOILT, st.booleans())
    def send(base: int, changes: list[tuple[int, Any]], is_new: bool) -> None:
        event = deepcopy(bases[base % len(bases)])
        if is_new:
            event["id"] = f"evt_fuzz{next(numbers)}"
        body = json.dumps(spoil(event, changes)).encode()
        signature = events.sign_bytes(body)
        answer = events.post(client, body, signature)
        assert answer.status_code == 200, (answer.text, body)
        db.session.rollback()
        row = db.session.get(EventRecord, gateway.read_event(body, signature).id, populate_existing=True)
        assert row is not None, body
        assert (row.state == "done") or row.error, (row.state, body)
        seen[row.state] = seen.get(row.state, 0) + 1

    send()
    assert set(seen) >= {"done", "ignored", "failed"}, seen
    event_processing.apply_waiting()
    assert make.count_of(Order) >= 4
