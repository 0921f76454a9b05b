"""Stripe's door opens to Stripe's own signature over the very bytes, made just now, and to nothing else."""

import json
import time
from collections.abc import Callable

import pytest
import stripe
from flask import Flask

from tests import events
from tests import factories as make
from tests.events import PREVIOUS_SECRET, SECRET, Story
from tests.factories import WHEY

Forgery = Callable[[bytes], tuple[bytes, str | None]]

FORGERIES: dict[str, Forgery] = {
    "no header": lambda body: (body, None),
    "empty header": lambda body: (body, ""),
    "nonsense": lambda body: (body, "nonsense"),
    "no time": lambda body: (body, events.sign(body).split(",")[1]),
    "no signature": lambda body: (body, events.sign(body).split(",")[0]),
    "only the old scheme": lambda body: (body, events.sign(body).replace("v1=", "v0=")),
    "not ascii": lambda body: (body, f"t={int(time.time())},v1=ñ"),
    "a time that is none": lambda body: (body, events.sign(body).replace("t=", "t=x")),
    "another secret": lambda body: (body, events.sign(body, "whsec_another")),
    "an empty secret": lambda body: (body, events.sign(body, "")),
    "six minutes old": lambda body: (body, events.sign(body, at=int(time.time()) - 360)),
    "six minutes ahead": lambda body: (body, events.sign(body, at=int(time.time()) + 360)),
    "another time than signed": lambda body: (body, events.sign(body).replace("t=", "t=1")),
    "one byte more": lambda body: (body + b" ", events.sign(body)),
    "parsed and written again": lambda body: (json.dumps(json.loads(body)).encode(), events.sign(body)),
    "a time of too many digits": lambda body: (body, events.sign(body).replace("t=", "t=" + "0" * 5000)),
    "not utf-8": lambda body: (b"\xff\xfe" + body, events.sign(body)),
    "empty": lambda body: (b"", events.sign(body)),
    "too much": lambda body: (large := body + b" " * (600 * 1024), events.sign(large)),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_event_is_refused_and_nothing_is_written(shop: Flask, name: str) -> None:
    started = make.begin((WHEY, 1))
    body = events.raw(Story.of(make.order_of(started), started.session_id).completed())
    answer = events.post(shop.test_client(), *FORGERIES[name](body))
    assert answer.status_code == (413 if name == "too much" else 400)
    assert make.ledger() == {}
    assert make.state_of(started) == ("pending", "pending")
    assert make.mails_of(started) == []


@pytest.mark.parametrize("secret", [SECRET, PREVIOUS_SECRET])
def test_while_a_secret_is_rolled_both_are_good(shop: Flask, secret: str) -> None:
    started = make.begin((WHEY, 1))
    event = Story.of(make.order_of(started), started.session_id).completed()
    assert events.send(shop.test_client(), event, secret=secret).status_code == 200
    assert make.state_of(started) == ("confirmed", "paid")


@pytest.mark.parametrize("drift", [-280, 0, 280])
def test_clocks_may_differ_by_five_minutes_both_ways(shop: Flask, drift: int) -> None:
    started = make.begin((WHEY, 1))
    body = events.raw(Story.of(make.order_of(started), started.session_id).completed())
    signature = events.sign(body, at=int(time.time()) + drift)
    assert events.post(shop.test_client(), body, signature).status_code == 200


def test_several_signatures_and_the_old_scheme_beside_them_are_read(shop: Flask) -> None:
    body = events.raw(events.event("customer.created", {"id": "cus_1", "object": "customer"}))
    stamp = int(time.time())
    good = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, stamp).split("v1=")[1]
    header = f"t={stamp},v1={'0' * 64},v1={good},v0={'1' * 64}"
    assert events.post(shop.test_client(), body, header).status_code == 200


def test_unusual_blanks_and_letters_survive_because_the_bytes_are_checked(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    event = Story.of(make.order_of(started), started.session_id).completed()
    event["data"]["object"]["customer_details"]["name"] = "Ñandú 😀"
    body = json.dumps(event, indent=7, ensure_ascii=False).encode() + b"\r\n\t "
    assert events.post(shop.test_client(), body, events.sign(body)).status_code == 200
    assert make.state_of(started) == ("confirmed", "paid")


def test_the_door_takes_nothing_but_posts(shop: Flask) -> None:
    for method in ("get", "put", "delete", "patch"):
        assert getattr(shop.test_client(), method)(events.URL).status_code == 405
