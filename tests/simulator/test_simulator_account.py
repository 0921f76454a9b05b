"""Settings of the account: webhook endpoints that really receive, and configurations of the billing portal."""

from __future__ import annotations

import html
import re
import sqlite3
from typing import Any

import pytest
import requests
import stripe

from stripe_simulator import SimulatorSettings, start
from stripe_simulator.settings import API_VERSION

EXPIRED, COMPLETED = "checkout.session.expired", "checkout.session.completed"


only_the_api = pytest.mark.parametrize("bench", [{"webhook_url": None}], indirect=True)


def listen(bench: Any, *types: str, **more: Any) -> Any:
    """Make an endpoint at the tests' shop, which from now on knows its secret."""
    endpoint = bench.v1.webhook_endpoints.create({"url": bench.shop.url, "enabled_events": list(types), **more})
    bench.shop.secret = endpoint.secret
    return endpoint


def expire(bench: Any) -> None:
    bench.v1.checkout.sessions.expire(bench.session().id)


@only_the_api
def test_an_endpoint_gets_its_types_signed_with_its_secret_that_is_shown_once(bench: Any) -> None:
    endpoint = listen(bench, COMPLETED, "charge.refunded", api_version=API_VERSION)
    assert re.fullmatch(r"whsec_[A-Za-z0-9]{32}", endpoint.secret)
    assert (endpoint.status, endpoint.api_version) == ("enabled", API_VERSION)
    again = bench.v1.webhook_endpoints.retrieve(endpoint.id)
    listed = bench.v1.webhook_endpoints.list().data[0]
    changed = bench.v1.webhook_endpoints.update(endpoint.id, {"description": "Tienda"})
    for answer in (again, listed, changed):
        assert "secret" not in answer.to_dict()
    bench.pay(bench.session())
    assert (bench.shop.types, bench.shop.refused) == ([COMPLETED], [])
    assert bench.shop.events[0]["api_version"] == API_VERSION


@only_the_api
def test_types_state_and_address_of_an_endpoint_can_be_changed(bench: Any) -> None:
    endpoint = listen(bench, COMPLETED)
    update = bench.v1.webhook_endpoints.update
    update(endpoint.id, {"enabled_events": [EXPIRED]})
    expire(bench)
    bench.shop.wait_for(lambda: bench.shop.types == [EXPIRED])
    assert update(endpoint.id, {"disabled": True}).status == "disabled"
    expire(bench)
    assert bench.log()[-1]["deliveries"] == []
    assert update(endpoint.id, {"disabled": False}).status == "enabled"
    update(endpoint.id, {"url": bench.shop.url + "?other"})
    expire(bench)
    bench.shop.wait_for(lambda: len(bench.shop.events) == 2)


@only_the_api
def test_the_version_of_an_endpoint_is_what_its_events_name_and_stays(bench: Any) -> None:
    endpoint = listen(bench, EXPIRED, api_version="2025-01-27.acacia")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        bench.v1.webhook_endpoints.update(endpoint.id, {"api_version": API_VERSION})
    assert (refusal.value.code, refusal.value.param) == ("parameter_unknown", "api_version")
    expire(bench)
    bench.shop.wait_for(lambda: bool(bench.shop.events))
    assert bench.shop.events[0]["api_version"] == "2025-01-27.acacia"
    assert bench.log()[0]["payload"]["api_version"] == API_VERSION


def test_two_endpoints_of_one_address_each_get_their_own_delivery(bench: Any) -> None:
    started_with = bench.v1.webhook_endpoints.list().data[0]
    assert (started_with.enabled_events, started_with.url) == (["*"], bench.shop.url)
    old = bench.shop.secret
    listen(bench, EXPIRED)
    expire(bench)
    bench.shop.wait_for(lambda: len(bench.shop.refused) >= 1 and bench.shop.types == [EXPIRED])
    assert bench.log()[0]["payload"]["pending_webhooks"] == 2
    bench.shop.secret = old
    bench.shop.wait_for(lambda: [d["status"] for d in bench.log()[0]["deliveries"]] == ["delivered"] * 2)
    assert len({event["id"] for event in bench.shop.events}) == 1


@only_the_api
def test_what_waits_for_an_endpoint_that_is_gone_is_given_up(bench: Any) -> None:
    endpoint = listen(bench, EXPIRED)
    bench.sim("webhooks", {"delay": 0.2})
    expire(bench)
    deleted = bench.v1.webhook_endpoints.delete(endpoint.id)
    assert (deleted.id, deleted.deleted) == (endpoint.id, True)
    bench.shop.wait_for(lambda: bench.log()[0]["deliveries"][0]["status"] == "failed")
    assert bench.shop.headers == []
    bench.sim(f"events/{bench.log()[0]['id']}/deliver", status=400)
    with pytest.raises(stripe.InvalidRequestError, match="No such webhook endpoint"):
        bench.v1.webhook_endpoints.retrieve(endpoint.id)


def test_there_are_sixteen_endpoints_at_most(bench: Any) -> None:
    for _ in range(15):
        bench.v1.webhook_endpoints.create({"url": "https://shop.example/hook", "enabled_events": ["*"]})
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16"):
        bench.v1.webhook_endpoints.create({"url": "https://shop.example/hook", "enabled_events": ["*"]})


def test_the_endpoint_of_the_start_keeps_its_types_and_follows_the_settings(bench: Any) -> None:
    (endpoint,) = bench.v1.webhook_endpoints.list().data
    bench.v1.webhook_endpoints.update(endpoint.id, {"enabled_events": [EXPIRED], "disabled": True})
    bench.restart()
    (again,) = bench.v1.webhook_endpoints.list().data
    assert (again.id, again.enabled_events, again.status) == (endpoint.id, [EXPIRED], "enabled")


def test_a_file_of_an_older_simulator_delivers_what_waits(settings: SimulatorSettings, shop: Any) -> None:
    running = start(settings)
    running.simulator.dispatcher.stop()
    running.stop()
    with sqlite3.connect(settings.database) as file:
        file.execute("DELETE FROM objects")
        body = '{"id": "evt_old", "object": "event", "type": "invoice.paid", "data": {"object": {}}, "created": 1}'
        file.execute("INSERT INTO objects VALUES (1, 'evt_old', 'event', NULL, 1, NULL, ?, '{}')", (body,))
        file.execute("ALTER TABLE deliveries DROP COLUMN endpoint")
        file.execute("INSERT INTO deliveries (event_id, due) VALUES ('evt_old', 0)")
    file.close()
    running = start(settings)
    shop.wait_for(lambda: shop.types == ["invoice.paid"])
    running.stop()


GOOD = {"url": "https://shop.example/hook", "enabled_events": ["invoice.paid"]}
OFF = {"payment_method_update": {"enabled": False}}


@pytest.mark.parametrize(
    ("service", "params", "param", "code"),
    [
        ("webhook_endpoints", GOOD | {"url": None}, "url", "parameter_missing"),
        ("webhook_endpoints", GOOD | {"url": "shop.example"}, "url", "url_invalid"),
        ("webhook_endpoints", GOOD | {"enabled_events": None}, "enabled_events", "parameter_missing"),
        ("webhook_endpoints", GOOD | {"enabled_events": ["invoice.payed"]}, "enabled_events[0]", None),
        ("webhook_endpoints", GOOD | {"enabled_events": "*"}, "enabled_events", None),
        ("webhook_endpoints", GOOD | {"api_version": "tomorrow"}, "api_version", None),
        ("webhook_endpoints", GOOD | {"secret": "whsec_mine"}, "secret", "parameter_unknown"),
        ("billing_portal.configurations", {}, "features", "parameter_missing"),
        ("billing_portal.configurations", {"features": {"refunds": OFF}}, "features[refunds]", "parameter_unknown"),
        (
            "billing_portal.configurations",
            {"features": {"subscription_cancel": {"mode": "at_period_end"}}},
            "features[subscription_cancel][enabled]",
            "parameter_missing",
        ),
        (
            "billing_portal.configurations",
            {"features": OFF, "business_profile": {"privacy_policy_url": "/privacy"}},
            "business_profile[privacy_policy_url]",
            "url_invalid",
        ),
        ("billing_portal.configurations", {"features": OFF, "is_default": True}, "is_default", "parameter_unknown"),
    ],
)
def test_refused_settings(plain_bench: Any, service: str, params: dict[str, Any], param: str, code: str | None) -> None:
    create = plain_bench.v1
    for name in service.split("."):
        create = getattr(create, name)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        create.create({name: value for name, value in params.items() if value is not None})
    assert (refusal.value.param, refusal.value.code) == (param, code), refusal.value.user_message


@pytest.mark.parametrize("bench", [{"default_portal": False}], indirect=True)
def test_the_portal_needs_a_configuration_until_its_settings_are_saved(bench: Any) -> None:
    visit = {"customer": bench.v1.customers.create({"email": "a@example.com"}).id, "return_url": "https://shop.example"}
    sessions, configurations = bench.v1.billing_portal.sessions, bench.v1.billing_portal.configurations
    assert configurations.list().data == []
    with pytest.raises(
        stripe.InvalidRequestError, match="No configuration provided and your test mode default"
    ) as none:
        sessions.create(visit)
    assert none.value.http_status == 400
    made = configurations.create({"features": {"payment_method_update": {"enabled": True}}})
    assert (made.is_default, made.active) == (False, True)
    with pytest.raises(stripe.InvalidRequestError, match="No configuration provided"):
        sessions.create(visit)
    assert sessions.create(visit | {"configuration": made.id}).configuration == made.id
    with pytest.raises(stripe.InvalidRequestError, match="No such configuration: 'bpc_x'") as unknown:
        sessions.create(visit | {"configuration": "bpc_x"})
    assert (unknown.value.code, unknown.value.param) == ("resource_missing", "configuration")
    configurations.update(made.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="not active"):
        sessions.create(visit | {"configuration": made.id})


def test_an_account_whose_owner_saved_the_portal_has_a_default(bench: Any) -> None:
    configurations = bench.v1.billing_portal.configurations
    (default,) = configurations.list({"is_default": True}).data
    assert default.features.payment_method_update.enabled
    configurations.create({"features": OFF})
    assert [c.is_default for c in configurations.list({"active": True}).data] == [False, True]
    with pytest.raises(stripe.InvalidRequestError):
        configurations.update(default.id, {"active": False})
    configurations.update(default.id, {"features": {"subscription_cancel": {"mode": "immediately"}}})
    bench.restart()
    kept = bench.v1.billing_portal.configurations.retrieve(default.id).features.subscription_cancel
    assert (kept.enabled, kept.mode) == (True, "immediately")


def subscribed(bench: Any, helpers: Any) -> Any:
    customer = bench.v1.customers.create({"email": "a@example.com"}).id
    line = helpers.line(3_990_000)
    line["price_data"]["recurring"] = {"interval": "month"}
    params = {"customer_email": None, "payment_intent_data": None, "mode": "subscription", "customer": customer}
    session = bench.session(**params, line_items=[line])
    bench.pay(session)
    return bench.read(session)


def visit(bench: Any, customer: str, features: dict[str, Any]) -> str:
    made = bench.v1.billing_portal.configurations.create({"features": features})
    params = {"customer": customer, "configuration": made.id, "return_url": "https://shop.example", "locale": "es-419"}
    return str(bench.v1.billing_portal.sessions.create(params).url)


def test_the_portal_offers_what_its_configuration_allows_and_no_more(bench: Any, helpers: Any) -> None:
    session = subscribed(bench, helpers)
    on = {"enabled": True}
    plan = f"plans/{session.subscription}"
    card = visit(bench, session.customer, {"payment_method_update": on})
    page = html.unescape(requests.get(card, timeout=5).text)
    assert ("Guardar la tarjeta" in page, "Cancelar el plan" in page, "Facturas" in page) == (True, False, False)
    assert requests.post(f"{card}/{plan}/cancel", timeout=5).status_code == 404
    assert bench.v1.subscriptions.retrieve(session.subscription).cancel_at_period_end is False
    history = visit(bench, session.customer, {"invoice_history": on})
    page = html.unescape(requests.get(history, timeout=5).text)
    assert ("Guardar la tarjeta" in page, "Facturas" in page, "Pagada" in page) == (False, True, True)
    assert requests.post(f"{history}/card", timeout=5).status_code == 404
    ending = visit(bench, session.customer, {"subscription_cancel": {"enabled": True, "mode": "immediately"}})
    assert "No tienes planes activos" in requests.post(f"{ending}/{plan}/cancel", timeout=5).text
    assert bench.v1.subscriptions.retrieve(session.subscription).status == "canceled"
