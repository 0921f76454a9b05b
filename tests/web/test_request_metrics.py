"""Being watched: numbers behind a token, and lines of JSON that name nobody."""

import json
import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import Config
from storefront.observability import logs
from storefront.observability.logs import JsonFormatter
from tests import factories as make
from tests.factories import WHEY

TOKEN = "a-word-for-prometheus"


@pytest.fixture
def watcher(app: Flask, client: FlaskClient) -> FlaskClient:
    app.extensions["settings"].METRICS_TOKEN = TOKEN
    return client


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer ñ"])
def test_without_the_token_there_are_no_numbers(watcher: FlaskClient, given: str) -> None:
    assert watcher.get("/metrics", headers={"Authorization": given} if given else {}).status_code == 404


def test_where_no_token_is_set_there_are_no_numbers(client: FlaskClient) -> None:
    for given in ("", "Bearer ", "Bearer None"):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404


def test_the_numbers_tell_of_requests_steps_holds_and_mail(app: Flask, watcher: FlaskClient) -> None:
    watcher.get("/")
    with app.app_context():
        make.begin((WHEY, 3))
    output = watcher.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert output.headers["Content-Type"].startswith("text/plain")
    lines = dict(line.rsplit(" ", 1) for line in output.text.splitlines() if line and not line.startswith("#"))
    assert float(lines['shop_request_seconds_count{route="/",status="200"}']) >= 1
    assert float(lines['shop_checkout_steps_total{step="placed"}']) >= 1
    assert float(lines["shop_holds_units"]) == 3
    assert float(lines["shop_orders_open"]) == 1
    assert {"shop_outbox_lag_seconds", "shop_outbox_dead", "shop_events_failed"} <= set(lines)


def test_a_line_tells_what_happened_and_of_which_order() -> None:
    record = logging.LogRecord("storefront.x", logging.INFO, __file__, 1, "order %s", ("placed",), None)
    record.order, record.email = "2026-11-0001", "ana@example.com"
    token = logs.request_id.set("req-1")
    try:
        output = json.loads(JsonFormatter().format(record))
    finally:
        logs.request_id.reset(token)
    assert (output["message"], output["order"], output["request_id"]) == ("order placed", "2026-11-0001", "req-1")
    assert "ana@example.com" not in json.dumps(output)


def test_requests_and_orders_are_logged_without_anybodys_data(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="storefront")
    client.get("/account/orders/2026-11-0001?token=secret-of-a-guest")
    with app.app_context():
        started = make.begin((WHEY, 1))
    lines = [JsonFormatter().format(record) for record in caplog.records]
    answered = [json.loads(line) for line in lines if '"answered"' in line]
    assert answered[0]["status"] in (302, 303, 404)
    assert "<" in answered[0]["route"]
    assert any(started.order_number in line for line in lines)
    for private in ("secret-of-a-guest", make.EMAIL, "Pérez", "300123"):
        assert private not in "".join(lines)


def test_production_needs_a_long_token_and_the_package_for_sentry() -> None:
    faults = Config.faults(type("Half", (Config,), {"check": lambda self: None})({"METRICS_TOKEN": "short"}))
    assert "METRICS_TOKEN is shorter than 16 characters" in faults
