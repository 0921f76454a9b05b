"""What is signed is signed: whatever the body holds it is taken, written down with the reason, and taken once."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from storefront.database import db
from storefront.domain.payment import EventRecord
from storefront.services.audit import Actor
from storefront.services.jobs import consistency
from storefront.services.payments import webhook_events
from tests import events
from tests import factories as make
from tests.events import Story
from tests.factories import WHEY

THIN = {"object": "v2.core.event", "id": "evt_thin", "created": "2026-11-20T10:00:00.000Z", "livemode": False}


def known(**changes: Any) -> bytes:
    """Return an event about nothing that the shop handles."""
    return events.raw(events.event("customer.created", {"id": "cus_1", "object": "customer"}, **changes))


def without(name: str) -> bytes:
    event = json.loads(known())
    del event[name]
    return events.raw(event)


NOT_JSON = "the body is no JSON object"
NO_EVENT = "the body is no event"
UNHANDLED = "customer.created is no type that the shop handles"
NAMELESS = "unknown is no type that the shop handles"

BODIES: dict[str, tuple[bytes, str]] = {
    "not utf-8": (b"\xff\xfe" + known(), NOT_JSON),
    "empty": (b"", NOT_JSON),
    "no json": (b"hello", NOT_JSON),
    "NUL": (b"\0", NOT_JSON),
    "half of it": (known()[:60], NOT_JSON),
    "an array": (b"[" + known() + b"]", NOT_JSON),
    "a number": (b"42", NOT_JSON),
    "null": (b"null", NOT_JSON),
    "nested without end": (b'{"a":' * 30_000, NOT_JSON),
    "nested to the end": (b'{"object": "event", "a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", NOT_JSON),
    "an empty object": (b"{}", NO_EVENT),
    "a page instead of an event": (b'{"object": "checkout.session", "id": "cs_1", "created": 1}', NO_EVENT),
    "an object that is a list": (known(object=["event"]), NO_EVENT),
    "a thin event": (events.raw({**THIN, "type": "v1.checkout.session.completed"}), "a thin event"),
    "a thin event of a type that matters": (events.raw({**THIN, "type": "invoice.paid"}), "a thin event"),
    "a v2 event": (events.raw({**THIN, "type": "v2.core.account.updated", "data": {"a": 1}}), "a thin event"),
    "a v2 ping": (events.raw({**THIN, "type": "v2.core.event_destination.ping"}), "a thin event"),
    "no id": (without("id"), UNHANDLED),
    "an id that is a number": (known(id=7), UNHANDLED),
    "an id of 300 characters": (known(id="evt_" + "x" * 300), UNHANDLED),
    "an id that is no word": (known(id="../evt_1\n\0"), UNHANDLED),
    "no type": (without("type"), NAMELESS),
    "a type that is an object": (known(type={"a": 1}), NAMELESS),
    "a type of 300 characters": (known(type="x" * 300), f"{'x' * 80} is no type"),
    "a type with an escape sequence": (known(type="\x1b[2J"), NAMELESS),
    "a type that the shop does not know": (known(type="something.new"), "something.new is no type"),
    "no time": (without("created"), UNHANDLED),
    "a time in words": (known(created="2026-11-20T10:00:00Z"), UNHANDLED),
    "a time beyond all clocks": (known(created=10**17), UNHANDLED),
    "no data": (without("data"), UNHANDLED),
    "data that is a list": (known(data=[]), UNHANDLED),
    "no mode": (without("livemode"), UNHANDLED),
    "an invoice to come, without an id": (
        events.raw(events.event("invoice.upcoming", {"object": "invoice", "amount_due": 1})),
        "invoice.upcoming is no type",
    ),
    "a type that is not handled, in an odd shape": (
        events.raw(events.event("invoice.created", {"object": 3, "currency": None, "lines": "x"})),
        "invoice.created is no type",
    ),
    "NUL and half a pair": (
        json.dumps({**json.loads(known()), "note": "a\0b", "\ud800": ["\udfff"]}).encode(),
        UNHANDLED,
    ),
    "numbers beyond all columns": (known()[:-2] + b', "a": 1e999, "b": NaN, "c": ' + b"9" * 9000 + b"}", UNHANDLED),
    "nested deeper than is kept": (known()[:-2] + b', "a": ' + b"[" * 300 + b"]" * 300 + b"}", UNHANDLED),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_signed_body_of_any_shape_is_taken_and_ignored_with_the_reason(shop: Flask, name: str) -> None:
    body, reason = BODIES[name]
    client = shop.test_client()
    for _ in range(2):
        answer = events.post(client, body, events.sign_bytes(body))
        assert (answer.status_code, answer.json) == (200, {"received": True})
    ((event_id, state),) = make.ledger().items()
    assert state == "ignored"
    row = webhook_events.get(event_id)
    assert row.error.startswith(reason)
    assert webhook_events.retry(event_id, staff=Actor("ana")).state == "ignored", "looking again changes nothing"
    assert make.ledger() == {event_id: "ignored"}
    inside = select(EventRecord.payload["data"]["object"]["id"].as_string())
    assert len(db.session.scalars(inside).all()) == 1, "the database can read what it keeps"
    assert consistency.examine() == []


def test_what_has_no_id_is_named_by_what_it_holds(shop: Flask) -> None:
    for body in (b"hello", b"hello", b"hallo", b'{"a": 1}', b'{ "a": 1 }'):
        assert events.post(shop.test_client(), body, events.sign_bytes(body)).status_code == 200
    assert len(make.ledger()) == 3
    assert all(event_id.startswith("digest_") and len(event_id) == 71 for event_id in make.ledger())
    assert {row.payload["body"] for row in webhook_events.latest() if "body" in row.payload} == {"hello", "hallo"}


def test_without_the_right_signature_no_shape_is_looked_at(shop: Flask) -> None:
    for body, _ in BODIES.values():
        answer = events.post(shop.test_client(), body, events.sign_bytes(body + b" "))
        assert answer.status_code == 400
        assert answer.json
        assert answer.json["code"] == "invalid_signature"
    assert make.ledger() == {}


def test_a_thin_event_does_not_stand_in_for_the_snapshot_of_the_same_name(shop: Flask) -> None:
    """Two endpoints at Stripe may lead here; the one that tells what happened must not be taken for a duplicate."""
    started = make.begin((WHEY, 1))
    event = Story.of(make.order_of(started), started.session_id).completed()
    client = shop.test_client()
    assert events.send(client, {**THIN, "id": event["id"], "type": "v1.checkout.session.completed"}).status_code == 200
    assert make.ledger() == {event["id"]: "ignored"}
    assert events.send(client, event).status_code == 200
    assert make.ledger() == {event["id"]: "done"}
    assert make.state_of(started) == ("confirmed", "paid")


def test_an_event_of_the_other_mode_says_so(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    event = Story.of(make.order_of(started), started.session_id).completed() | {"livemode": True}
    assert events.send(shop.test_client(), event).status_code == 200
    assert webhook_events.get(event["id"]).error == "an event of live mode, which this shop is not in"
    shop.extensions["settings"].STRIPE_SECRET_KEY = "sk_live_1"
    assert webhook_events.retry(event["id"], staff=Actor("ana")).state == "done", "the right key is in place now"
    assert make.state_of(started) == ("confirmed", "paid")


def test_while_the_database_is_away_stripe_is_asked_to_come_again(shop: Flask) -> None:
    shop.config["PROPAGATE_EXCEPTIONS"] = False
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE payment_events RENAME TO payment_events_away")
    for body, _ in (BODIES["no json"], BODIES["no id"]):
        assert events.post(shop.test_client(), body, events.sign_bytes(body)).status_code in (500, 503)
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE payment_events_away RENAME TO payment_events")
    assert make.count_of(EventRecord) == 0
