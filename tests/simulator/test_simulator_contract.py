"""Every object and event that leaves the simulator fits Stripe's schemas, and its rules name Stripe's parameters."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from stripe_simulator import operations
from stripe_simulator.schema import Spec

FOLDER = os.environ.get("STRIPE_CONTRACT_DIR", "")
pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(not FOLDER, reason="STRIPE_CONTRACT_DIR is not set: Stripe's schemas are not here"),
]


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads((Path(FOLDER) / "openapi-subset.json").read_text())


@pytest.fixture(scope="module")
def check(document: Any) -> Any:
    """Return a function that validates an object against the schema of its kind."""
    registry: Registry[Any] = Registry().with_resource(
        "urn:stripe", Resource(contents=document, specification=DRAFT202012)
    )

    def validate(body: Any, name: str = "") -> None:
        schema = {"$ref": f"urn:stripe#/components/schemas/{name or body['object']}"}
        errors = [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in Draft202012Validator(schema, registry=registry).iter_errors(body)
        ]
        assert not errors, "\n".join(errors)

    return validate


def plain(answer: Any) -> Any:
    """Undo the SDK's own conversion of decimals."""
    return json.loads(json.dumps(answer.to_dict(), default=str))


def test_every_event_of_every_flow_fits(bench: Any, helpers: Any, check: Any) -> None:
    coupon = bench.v1.coupons.create({"amount_off": 100_000, "currency": "cop"})
    rich = {
        "discounts": [{"coupon": coupon.id}],
        "shipping_options": [helpers.shipping(1_500_000)],
        "shipping_address_collection": {"allowed_countries": ["CO"]},
        "phone_number_collection": {"enabled": True},
        "customer_creation": "always",
        "custom_text": {"submit": {"message": "Gracias"}},
    }
    session = bench.session(**rich)
    bench.pay(session, "4000000000000002")
    bench.pay(session, "4000002760003184", threeDS="fail")
    intent = bench.pay(session)["paymentIntent"]
    refund = bench.v1.refunds.create({"payment_intent": intent, "amount": 100})
    bench.sim(f"refunds/{refund.id}/fail")
    bench.sim(f"dispute/{intent}")
    bench.sim(f"dispute/{intent}", {"close": "lost"})
    for card in ("delayed_success", "delayed_failure"):
        bench.pay(bench.session(), card)
    failed = bench.session()
    bench.pay(failed, "4000000000009995")
    bench.v1.checkout.sessions.expire(failed.id)
    free = bench.v1.coupons.create({"percent_off": 100})
    bench.pay(bench.session(discounts=[{"coupon": free.id}]))
    bench.v1.customers.update(bench.v1.customers.create({"email": "a@example.com"}).id, {"name": "Ana"})
    bench.sim("clock", {"advance": 25 * 3600})
    events = bench.log()
    assert len({event["type"] for event in events}) == 22
    for event in events:
        check(event["payload"])
        check(event["payload"]["data"]["object"])


def test_everything_about_plans_fits(bench: Any, helpers: Any, check: Any) -> None:
    customer = bench.v1.customers.create({"email": "a@example.com"}).id
    coupon = bench.v1.coupons.create({"amount_off": 100_000, "currency": "cop"})
    recurring = helpers.line(3_990_000)
    recurring["price_data"]["recurring"] = {"interval": "month"}
    plan = {
        "mode": "subscription",
        "customer": customer,
        "customer_email": None,
        "payment_intent_data": None,
        "subscription_data": {"metadata": {"order_id": "ord_1"}},
        "line_items": [recurring, helpers.line(10_000_000)],
        "discounts": [{"coupon": coupon.id}],
    }
    session = bench.session(**plan)
    bench.pay(session, "4000000000000002")
    bench.pay(session, "4000000000000341")
    trial = bench.session(
        **plan | {"subscription_data": {"trial_period_days": 7}, "line_items": [recurring], "discounts": None}
    )
    bench.pay(trial)
    bench.sim("clock", {"advance": 40 * 24 * 3600})
    read = bench.read(session, "line_items", "subscription.latest_invoice.payments", "customer", "invoice")
    bench.v1.subscriptions.update(bench.read(trial).subscription, {"cancel_at_period_end": True})
    answers = [
        read,
        read.subscription,
        read.invoice,
        bench.v1.subscriptions.cancel(bench.read(trial).subscription),
        *bench.v1.invoice_payments.list().data,
        *bench.v1.invoices.list().data,
        *bench.v1.subscriptions.list().data,
        bench.v1.billing_portal.sessions.create({"customer": customer, "return_url": "https://shop.example/a"}),
    ]
    for answer in answers:
        check(plain(answer))
    events = bench.log()
    assert {"invoice.payment_failed", "invoice_payment.paid", "customer.subscription.deleted"} <= set(bench.types())
    for event in events:
        check(event["payload"])
        check(event["payload"]["data"]["object"])


def test_every_answer_of_the_api_fits(bench: Any, helpers: Any, check: Any) -> None:
    coupon = bench.v1.coupons.create({"percent_off": 10, "name": "Diez"})
    customer = bench.v1.customers.create({"email": "a@example.com"})
    session = bench.session(
        discounts=[{"coupon": coupon.id}],
        shipping_options=[helpers.shipping(100)],
        customer=customer.id,
        customer_email=None,
        expand=["line_items.data.price.product", "customer", "shipping_cost.shipping_rate"],
    )
    check(plain(session))
    assert session.line_items.data[0].price.product.name == "Mancuerna"
    assert session.shipping_cost.shipping_rate.display_name == "Estándar"
    intent = bench.pay(session)["paymentIntent"]
    refund = bench.v1.refunds.create({"payment_intent": intent, "amount": 5, "expand": ["charge.payment_intent"]})
    answers = [
        refund,
        bench.read(session, "payment_intent.latest_charge.refunds", "payment_intent.payment_method", "line_items"),
        bench.v1.payment_intents.retrieve(intent),
        bench.v1.charges.retrieve(refund.charge.id, {"expand": ["refunds"]}),
        bench.v1.coupons.retrieve(coupon.id),
        bench.v1.customers.retrieve(customer.id),
        bench.v1.refunds.retrieve(refund.id),
        *bench.v1.events.list().data,
        *bench.v1.checkout.sessions.list({"expand": ["data.payment_intent"]}).data,
        *bench.v1.checkout.sessions.line_items.list(session.id).data,
        *bench.v1.coupons.list().data,
        *bench.v1.customers.list().data,
        *bench.v1.refunds.list().data,
    ]
    for answer in answers:
        check(plain(answer))
    check(plain(bench.v1.coupons.delete(coupon.id)), "deleted_coupon")
    error = bench.post("/v1/refunds").json()
    check(error, "error")


def test_everything_about_the_account_s_settings_fits(bench: Any, check: Any) -> None:
    endpoints, configurations = bench.v1.webhook_endpoints, bench.v1.billing_portal.configurations
    endpoint = endpoints.create({"url": "https://shop.example/hook", "enabled_events": ["invoice.paid"]})
    off = {"enabled": False}
    made = configurations.create(
        {
            "business_profile": {"headline": "FitAiid", "terms_of_service_url": "https://shop.example/terms"},
            "features": {
                "customer_update": {"allowed_updates": ["email"], "enabled": True},
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {"cancellation_reason": {"enabled": True, "options": ["unused"]}, **off},
                "subscription_pause": {"duration": {"type": "indefinite"}, "enabled": True},
                "subscription_update": {"default_allowed_updates": "", "schedule_at_period_end": {}, **off},
            },
            "login_page": {"enabled": True},
            "metadata": {"shop": "https://shop.example"},
        }
    )
    answers = [
        endpoint,
        endpoints.update(endpoint.id, {"disabled": True}),
        *endpoints.list().data,
        made,
        configurations.update(made.id, {"default_return_url": "", "active": False}),
        *configurations.list().data,
    ]
    for answer in answers:
        check(plain(answer))
    assert bench.types() == ["billing_portal.configuration.created", "billing_portal.configuration.updated"]
    for event in bench.log():
        check(event["payload"])
        check(event["payload"]["data"]["object"])


def test_every_operation_is_one_of_stripes(document: Any) -> None:
    known = {(method.upper(), path.count("/"), path.split("{")[0]) for path in document["paths"] for method in ALL}
    for operation in described_here():
        assert (operation.method, operation.path.count("/"), operation.path.split("{")[0]) in known


def described_here() -> list[operations.Operation]:
    """Return the operations of the published schemas; the others are compared with the SDK's types."""
    elsewhere = ("/v1/webhook_endpoints", "/v1/billing_portal/configurations")
    lists = ("/v1/subscriptions", "/v1/invoices")
    others = {("DELETE", "/v1/customers/{customer}"), ("POST", "/v1/invoices/{invoice}/void")}
    described = [one for one in operations.OPERATIONS if not one.path.startswith(elsewhere) and one.path not in lists]
    return [one for one in described if (one.method, one.path) not in others]


ALL = ("get", "post", "delete")
REQUESTS = {
    ("POST", "/v1/checkout/sessions"): "checkout_session_create_request",
    ("POST", "/v1/checkout/sessions/{session}"): "checkout_session_update_request",
    ("POST", "/v1/checkout/sessions/{session}/expire"): "checkout_session_expire_request",
    ("POST", "/v1/coupons"): "coupon_create_request",
    ("POST", "/v1/coupons/{coupon}"): "coupon_update_request",
    ("DELETE", "/v1/coupons/{coupon}"): "coupon_delete_request",
    ("POST", "/v1/customers"): "customer_create_request",
    ("POST", "/v1/customers/{customer}"): "customer_update_request",
    ("POST", "/v1/subscriptions/{subscription}"): "subscription_update_request",
    ("DELETE", "/v1/subscriptions/{subscription}"): "subscription_cancel_request",
    ("POST", "/v1/billing_portal/sessions"): "billing_portal_session_create_request",
    ("POST", "/v1/refunds"): "refund_create_request",
    ("POST", "/v1/refunds/{refund}"): "refund_update_request",
}


def test_the_rules_name_exactly_stripes_parameters(document: Any) -> None:
    schemas = document["components"]["schemas"]
    for operation in described_here():
        name = REQUESTS.get((operation.method, operation.path))
        if name:
            assert list(differences(operation.rules, schemas[name], schemas, operation.path)) == []
        else:
            assert operation.method == "GET"
            assert_query(operation, document)


def assert_query(operation: Any, document: Any) -> None:
    for path, item in document["paths"].items():
        fixed = path.split("{")[0]
        if path.count("/") == operation.path.count("/") and fixed == operation.path.split("{")[0] and "get" in item:
            parameters = {p["name"] for p in item["get"].get("parameters", []) if p["in"] == "query"}
            assert set(operation.rules.fields) == parameters, path
            return
    raise AssertionError(operation.path)


def differences(spec: Spec, schema: Any, schemas: Any, path: str) -> Any:
    """Yield where our rules and Stripe's schema of a request differ: members, kinds, choices, what is required."""
    schema = resolved(schema, schemas)
    if spec.kind in ("unsupported", "anything", "metadata", "period"):
        return
    if spec.kind == "array":
        yield from differences(spec.item, schema["items"], schemas, f"{path}[]")  # type: ignore[arg-type]
    elif spec.kind == "record":
        properties = schema.get("properties", {})
        yield from (f"{path}: {name} is only in one" for name in set(spec.fields) ^ set(properties))
        for name in set(spec.fields) & set(properties):
            member = spec.fields[name]
            if name in schema.get("required", []) and not member.required and member.kind != "unsupported":
                yield f"{path}.{name} is required"
            yield from differences(member, properties[name], schemas, f"{path}.{name}")
    else:
        yield from plain_differences(spec, schema, path)


def plain_differences(spec: Spec, schema: Any, path: str) -> Any:
    kinds = {"text": "string"}
    if schema["type"] != kinds.get(spec.kind, spec.kind):
        yield f"{path} is a {schema['type']}"
    if spec.choices and not set(spec.choices) <= set(schema.get("enum", [])):
        yield f"{path} knows {schema.get('enum')}"
    if spec.kind == "text" and spec.high and spec.high > schema.get("maxLength", 10**9):
        yield f"{path} is at most {schema['maxLength']} long"


def resolved(schema: Any, schemas: Any) -> Any:
    """Follow references; of a choice with the empty string, take the other one."""
    if "$ref" in schema:
        return resolved(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return resolved(schema[key][0], schemas)
    return schema
