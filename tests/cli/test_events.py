"""`flask events`: Stripe's events as they came, what became of them, and once more."""

import json

import pytest
from flask import Flask

from storefront.services.jobs import consistency
from storefront.services.payments import event_processing
from tests import events
from tests import factories as make
from tests.cli.conftest import Run
from tests.events import Event, Story
from tests.factories import WHEY
from tests.fakes import FakeGateway


@pytest.fixture
def failed(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> Event:
    """Return an event of a paid page that could not be applied."""
    started = make.begin((WHEY, 1))
    told = Story.of(make.order_of(started), started.session_id).completed()
    with monkeypatch.context() as broken:
        broken.setitem(event_processing.HANDLERS, told["type"], lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            events.send(shop.test_client(), told)
    return told


def test_events_are_listed_newest_first(shop: Flask, run: Run, failed: Event) -> None:
    strange = events.event("customer.created", {"id": "cus_1", "object": "customer"})
    assert events.send(shop.test_client(), strange).status_code == 200
    newest, oldest = (line.split()[2:] for line in run("events", "list").output.splitlines())
    assert newest == ["ignored", "customer.created", strange["id"]]
    assert oldest == ["failed", "checkout.session.completed", failed["id"]]
    assert run("events", "list", "--limit", "1").output.split()[-1] == strange["id"]
    only = run("events", "list", "--failed").output.splitlines()
    assert [line.split()[-1] for line in only] == [failed["id"]]


def test_an_event_is_shown_with_its_payload_and_what_went_wrong(shop: Flask, run: Run, failed: Event) -> None:
    output = run("events", "show", failed["id"]).output
    head, _, rest = output.partition("\n")
    assert head == f"{failed['id']} checkout.session.completed failed"
    payload, end = json.JSONDecoder().raw_decode(rest)
    assert payload == failed
    assert "ZeroDivisionError" in rest[end:]
    assert "Pérez" in rest, "letters are readable"
    run("events", "replay", failed["id"])
    output = run("events", "show", failed["id"]).output
    assert output.startswith(f"{failed['id']} checkout.session.completed done\n")
    assert "ZeroDivisionError" not in output


def test_an_event_is_applied_again_once(shop: Flask, run: Run, failed: Event) -> None:
    assert run("events", "replay", failed["id"]).output == "applied\n"
    assert run("events", "replay", failed["id"]).output == "nothing to do: it was applied before\n"
    assert run("events", "list", "--failed").output == ""
    assert make.stock_of(WHEY) == (119, 0)


def test_an_event_that_cannot_be_read_says_why_until_it_can(shop: Flask, run: Run, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    event = Story.of(make.order_of(started), started.session_id).completed()
    good = dict(event["data"]["object"])
    event["data"]["object"]["currency"] = None
    assert events.send(shop.test_client(), event).status_code == 200
    reason = "checkout.session.currency is missing; asked anew: resource_missing: "
    assert run("events", "show", event["id"]).output.endswith(f"{reason}\n")
    done = run("events", "replay", event["id"])
    assert (done.exit_code, done.output) == (1, f"Error: failed again: {reason}\n")
    assert run("events", "list", "--failed").output.split()[-1] == event["id"]
    gateway.objects[good["id"]] = good
    assert run("events", "replay", event["id"]).output == "applied\n"
    assert make.state_of(started) == ("confirmed", "paid")


def test_an_event_that_does_not_matter_says_why(shop: Flask, run: Run) -> None:
    body = b"hello"
    assert events.post(shop.test_client(), body, events.sign_bytes(body)).status_code == 200
    (event_id,) = make.ledger()
    assert run("events", "replay", event_id).output == "ignored: the body is no JSON object\n"


def test_an_event_that_can_never_be_applied_is_left_alone_with_a_note(shop: Flask, run: Run) -> None:
    event = events.event("invoice.paid", {"object": "invoice"})
    assert events.send(shop.test_client(), event).status_code == 200
    assert [finding.area for finding in consistency.examine()] == ["events"]
    assert run("events", "ignore", event["id"]).exit_code == 2, "a note is asked for"
    refused = run("events", "ignore", event["id"], "--note", "x", "--as", "nobody@example.com")
    assert "not_staff" in refused.output
    assert run("events", "ignore", event["id"], "--note", "del banco de pruebas").output == "ignored\n"
    assert run("events", "list", "--failed").output == ""
    assert run("events", "show", event["id"]).output.endswith(
        "staff eva: del banco de pruebas\ninvoice.id is missing\n"
    )
    assert consistency.examine() == []
    assert run("events", "ignore", event["id"], "--note", "x").output == "nothing to do: it has not failed\n"
    assert events.send(shop.test_client(), event).status_code == 200


@pytest.mark.parametrize("command", ["show", "replay"])
def test_an_event_that_never_came_is_one_sentence(shop: Flask, run: Run, command: str) -> None:
    done = run("events", command, "evt_nothing")
    assert done.exit_code == 1
    assert done.output == "Error: We could not find what you are looking for. (not_found event_id=evt_nothing)\n"
