"""What the API refuses, and in which words."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
import requests
import stripe

LONG = "x" * 501
DATA = {"currency": "cop", "unit_amount": 100_000_00, "product_data": {"name": "A"}}


def item(**changes: Any) -> dict[str, Any]:
    return {"line_items": [{"price_data": DATA | changes, "quantity": 1}]}


def quantity(value: Any) -> dict[str, Any]:
    return {"line_items": [{"price_data": DATA, "quantity": value}]}


def rate(**changes: Any) -> dict[str, Any]:
    data = {"display_name": "X", "type": "fixed_amount", "fixed_amount": {"amount": 1, "currency": "cop"}} | changes
    return {"shipping_options": [{"shipping_rate_data": data}]}


REFUSALS: list[tuple[str, dict[str, Any], str | None, str | None]] = [
    # what is changed in a good request, the param blamed, the code
    ("unknown parameter", {"foo": "1"}, "foo", "parameter_unknown"),
    ("removed in endive", {"payment_method_types": ["card"]}, "payment_method_types", "parameter_unknown"),
    ("unknown deep down", item(foo="1"), "line_items[0][price_data][foo]", "parameter_unknown"),
    ("no mode", {"mode": None}, "mode", "parameter_missing"),
    ("bad mode", {"mode": "pay"}, "mode", None),
    ("no lines", {"line_items": None}, "line_items", "parameter_missing"),
    ("no success url", {"success_url": None}, "success_url", "parameter_missing"),
    ("success url relative", {"success_url": "/ok"}, "success_url", "url_invalid"),
    ("success url with a space", {"success_url": "https://a b.example"}, "success_url", "url_invalid"),
    ("cancel url script", {"cancel_url": "javascript:alert(1)"}, "cancel_url", "url_invalid"),
    ("cancel url script with a host", {"cancel_url": "javascript://a/%0aalert(1)"}, "cancel_url", "url_invalid"),
    ("url too long", {"cancel_url": "https://a.example/" + "x" * 5000}, "cancel_url", None),
    ("quantity zero", quantity(0), "line_items[0][quantity]", "parameter_invalid_integer"),
    ("quantity below zero", quantity(-1), "line_items[0][quantity]", "parameter_invalid_integer"),
    ("quantity a fraction", quantity(1.5), "line_items[0][quantity]", "parameter_invalid_integer"),
    ("quantity exponent", quantity("1e9"), "line_items[0][quantity]", "parameter_invalid_integer"),
    ("quantity text", quantity("two"), "line_items[0][quantity]", "parameter_invalid_integer"),
    ("no quantity", {"line_items": [{"price_data": DATA}]}, "line_items[0][quantity]", "parameter_missing"),
    ("neither price", {"line_items": [{"quantity": 1}]}, "line_items[0]", "parameter_missing"),
    (
        "both prices",
        {"line_items": [{"price": "price_1", "price_data": DATA, "quantity": 1}]},
        "price",
        "parameters_exclusive",
    ),
    (
        "unknown price",
        {"line_items": [{"price": "price_x", "quantity": 1}]},
        "line_items[0][price]",
        "resource_missing",
    ),
    ("amount below zero", item(unit_amount=-1), "line_items[0][price_data][unit_amount]", "parameter_invalid_integer"),
    ("no currency", item(currency=None), "line_items[0][price_data][currency]", "parameter_missing"),
    ("bad currency", item(currency="xyz"), "line_items[0][price_data][currency]", None),
    ("no product name", item(product_data={}), "line_items[0][price_data]", "parameter_missing"),
    (
        "product name empty",
        item(product_data={"name": ""}),
        "line_items[0][price_data][product_data][name]",
        "parameter_invalid_empty",
    ),
    ("recurring in payment mode", item(recurring={"interval": "month"}), "line_items", None),
    ("101 lines", {"line_items": [{"price_data": DATA, "quantity": 1}] * 101}, "line_items", None),
    ("lines not a list", {"line_items": "x"}, "line_items", None),
    ("below the minimum", item(unit_amount=199_999), "line_items", "amount_too_small"),
    (
        "above the maximum",
        item(unit_amount=10**12),
        "line_items[0][price_data][unit_amount]",
        "parameter_invalid_integer",
    ),
    ("expires too soon", {"expires_at": int(time.time()) + 29 * 60}, "expires_at", None),
    ("expires too late", {"expires_at": int(time.time()) + 25 * 3600}, "expires_at", None),
    ("expires in words", {"expires_at": "tomorrow"}, "expires_at", "parameter_invalid_integer"),
    ("locale es-CO", {"locale": "es-CO"}, "locale", None),
    ("reference too long", {"client_reference_id": "x" * 201}, "client_reference_id", None),
    ("reference empty", {"client_reference_id": ""}, "client_reference_id", "parameter_invalid_empty"),
    ("metadata value too long", {"metadata": {"a": LONG}}, "metadata[a]", None),
    ("metadata key too long", {"metadata": {"k" * 41: "v"}}, "metadata", None),
    ("metadata 51 keys", {"metadata": {f"k{n}": "v" for n in range(51)}}, "metadata", None),
    ("metadata nested", {"metadata": {"a": {"b": "c"}}}, "metadata", None),
    ("metadata not a set", {"metadata": "x"}, "metadata", None),
    ("bad email", {"customer_email": "nobody"}, "customer_email", "email_invalid"),
    ("customer and email", {"customer": "cus_x"}, "customer", "parameters_exclusive"),
    ("unknown customer", {"customer": "cus_x", "customer_email": None}, "customer", "resource_missing"),
    ("unknown coupon", {"discounts": [{"coupon": "nope"}]}, "discounts[0][coupon]", "resource_missing"),
    ("two coupons", {"discounts": [{"coupon": "a"}, {"coupon": "b"}]}, "discounts", None),
    (
        "discounts and promotion codes, even false",
        {"discounts": [{"coupon": "a"}], "allow_promotion_codes": False},
        "allow_promotion_codes",
        "parameters_exclusive",
    ),
    ("bad boolean", {"allow_promotion_codes": "maybe"}, "allow_promotion_codes", None),
    ("six shipping options", {"shipping_options": rate()["shipping_options"] * 6}, "shipping_options", None),
    (
        "shipping without a name",
        rate(display_name=None),
        "shipping_options[0][shipping_rate_data][display_name]",
        "parameter_missing",
    ),
    (
        "shipping in dollars",
        rate(fixed_amount={"amount": 1, "currency": "usd"}),
        "shipping_options[0][shipping_rate_data][fixed_amount][currency]",
        None,
    ),
    ("subscription data in payment mode", {"subscription_data": {"metadata": {"a": "b"}}}, "subscription_data", None),
    ("payment data in subscription mode", {"mode": "subscription"}, "payment_intent_data", None),
    (
        "shipping in subscription mode",
        {"mode": "subscription", "payment_intent_data": None} | rate(),
        "shipping_options",
        None,
    ),
    ("subscription mode without a plan", {"mode": "subscription", "payment_intent_data": None}, "line_items", None),
    ("setup mode", {"mode": "setup", "payment_intent_data": None}, "mode", None),
    ("another page than ours", {"ui_mode": "embedded_page"}, "ui_mode", None),
    ("known to Stripe, not played", {"consent_collection": {"promotions": "auto"}}, "consent_collection", None),
    ("an unknown method type", {"allowed_payment_method_types": ["pse"]}, "allowed_payment_method_types[0]", None),
    ("a country in words", {"shipping_address_collection": {"allowed_countries": ["Colombia"]}}, None, None),
    ("expanding nothing", {"expand": ["nothing"]}, "expand", None),
    ("expanding too deep", {"expand": ["a.b.c.d.e"]}, "expand", None),
]


@pytest.mark.parametrize(("changes", "param", "code"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_refused_sessions(
    plain_bench: Any, helpers: Any, changes: dict[str, Any], param: str | None, code: str | None
) -> None:
    params = helpers.params(**changes)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        plain_bench.v1.checkout.sessions.create(params)
    if param:
        assert (refusal.value.param, refusal.value.code) == (param, code), refusal.value.user_message
    assert refusal.value.http_status == 400
    assert refusal.value.user_message
    assert plain_bench.v1.checkout.sessions.list().data == []


def test_the_words_are_stripes(plain_bench: Any) -> None:
    def words(**changes: Any) -> str:
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            plain_bench.session(**changes)
        return str(refusal.value.user_message)

    assert words(foo="1") == "Received unknown parameter: foo"
    assert words(mode=None) == "Missing required param: mode."
    assert words(**quantity("two")) == "Invalid integer: two"
    assert words(discounts=[{"coupon": "nope"}]) == "No such coupon: 'nope'"
    assert words(discounts=[{"coupon": "a"}], allow_promotion_codes=False) == (
        "You may only specify one of these parameters: allow_promotion_codes, discounts."
    )
    assert words(mode="subscription") == "You can not pass `payment_intent_data` in `subscription` mode."
    assert "passed a recurring price" in words(**item(recurring={"interval": "month"}))


def test_one_currency_in_a_session(plain_bench: Any, helpers: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="same currency"):
        plain_bench.session(line_items=[helpers.line(10_000_000), helpers.line(10_000_000, 1, "usd")])


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({}, "percent_off", "parameter_missing"),
        ({"amount_off": 100}, "currency", "parameter_missing"),
        ({"amount_off": 100, "percent_off": 10, "currency": "cop"}, "amount_off", "parameters_exclusive"),
        ({"percent_off": 101}, "percent_off", "parameter_invalid_integer"),
        ({"percent_off": "half"}, "percent_off", None),
        ({"percent_off": 10, "duration": "repeating"}, "duration_in_months", "parameter_missing"),
        ({"percent_off": 10, "name": "x" * 41}, "name", None),
        ({"percent_off": 10, "redeem_by": 1}, "redeem_by", None),
    ],
)
def test_refused_coupons(plain_bench: Any, params: dict[str, Any], param: str, code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        plain_bench.v1.coupons.create(params)
    assert (refusal.value.param, refusal.value.code) == (param, code)


def test_coupons_can_be_named_listed_changed_and_deleted(bench: Any) -> None:
    bench.v1.coupons.create({"id": "FIT10", "percent_off": 10, "redeem_by": int(time.time()) + 60})
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        bench.v1.coupons.create({"id": "FIT10", "percent_off": 10})
    assert refusal.value.code == "resource_already_exists"
    assert bench.v1.coupons.update("FIT10", {"name": "Diez", "metadata": {"a": "1"}}).name == "Diez"
    bench.sim("clock", {"advance": 61})
    assert [coupon.valid for coupon in bench.v1.coupons.list().data] == [False]
    assert bench.v1.coupons.delete("FIT10").deleted is True
    with pytest.raises(stripe.InvalidRequestError, match="No such coupon: 'FIT10'"):
        bench.v1.coupons.retrieve("FIT10")


def test_only_test_keys_are_let_in(plain_bench: Any) -> None:
    url = plain_bench.url + "/v1/events"
    basic = base64.b64encode(b"sk_test_abc:").decode()
    for header, status in [
        ("Bearer sk_test_abc", 200),
        (f"Basic {basic}", 200),
        ("Bearer sk_live_abc", 401),
        ("Bearer sk_test_", 401),
        ("Basic not-base64!", 401),
        ("Digest x", 401),
        ("", 401),
    ]:
        response = requests.get(url, headers={"Authorization": header}, timeout=5)
        assert response.status_code == status, header
        assert response.headers["Request-Id"].startswith("req_")
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("sk_live_x", base_addresses={"api": plain_bench.url}).v1.events.list()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/invoices/in_1/lines"),
        ("POST", "/v1/invoices"),
        ("DELETE", "/v1/billing_portal/configurations/bpc_1"),
        ("POST", "/v1/billing_portal/sessions/bps_1"),
        ("PUT", "/v1/coupons"),
        ("DELETE", "/v1/refunds/re_1"),
        ("GET", "/v1/"),
        ("GET", "/v1/checkout/sessions/a/b/c"),
    ],
)
def test_what_is_not_played_is_unrecognised(plain_bench: Any, method: str, path: str) -> None:
    headers = {"Authorization": "Bearer sk_test_x", "Stripe-Version": "2025-01-27.acacia"}
    response = requests.request(method, plain_bench.url + path, headers=headers, timeout=5)
    assert response.status_code == 404
    assert response.json()["error"]["message"] == f"Unrecognized request URL ({method}: {path})."
    assert response.headers["Stripe-Version"] == "2025-01-27.acacia"


@pytest.mark.parametrize(
    "body",
    [
        b"a[b]=1&a=2",
        b"a=2&a[b]=1",
        b"\xff\xfe=1",
        b"[[[=1",
        b"a" + b"[x]" * 50 + b"=1",
        b"line_items[x]=1",
        b"mode[]=x",
    ],
)
def test_broken_forms_are_bad_requests_not_failures(plain_bench: Any, body: bytes) -> None:
    headers = {"Authorization": "Bearer sk_test_x", "Content-Type": "application/x-www-form-urlencoded"}
    response = plain_bench.post("/v1/checkout/sessions", data=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_json_bodies_are_refused(plain_bench: Any) -> None:
    response = plain_bench.post("/v1/coupons", json={"percent_off": 10})
    assert response.status_code == 400
    assert "form-urlencoded" in response.json()["error"]["message"]


def test_lists_have_cursors_and_filters(bench: Any) -> None:
    sessions = [bench.session().id for _ in range(4)]
    listed = bench.v1.checkout.sessions.list
    newest_first = sessions[::-1]
    page = listed({"limit": 3})
    assert ([s.id for s in page.data], page.has_more, page.url) == (newest_first[:3], True, "/v1/checkout/sessions")
    assert [s.id for s in listed({"limit": 1}).auto_paging_iter()] == newest_first
    after = listed({"limit": 2, "starting_after": newest_first[0]})
    assert ([s.id for s in after.data], after.has_more) == (newest_first[1:3], True)
    before = listed({"limit": 2, "ending_before": newest_first[3]})
    assert ([s.id for s in before.data], before.has_more) == (newest_first[1:3], True)
    intent = bench.sim(f"pay/{sessions[1]}")["paymentIntent"]
    assert [s.id for s in listed({"payment_intent": intent}).data] == [sessions[1]]
    assert len(listed({"status": "open"}).data) == 3
    assert len(listed({"customer_details": {"email": "ana@example.com"}}).data) == 1
    assert listed({"created": {"lt": 1000}}).data == []
    for bad in (
        {"limit": 0},
        {"limit": 101},
        {"starting_after": "cs_x"},
        {"starting_after": "a", "ending_before": "b"},
    ):
        with pytest.raises(stripe.InvalidRequestError):
            listed(bad)


def test_line_items_have_pages_too(bench: Any, helpers: Any) -> None:
    session = bench.session(line_items=[helpers.line(1_000_000 + n) for n in range(12)])
    listed = bench.v1.checkout.sessions.line_items.list
    first = listed(session.id)
    assert (len(first.data), first.has_more) == (10, True)
    assert [i.price.unit_amount for i in listed(session.id, {"limit": 5}).auto_paging_iter()] == [
        1_000_000 + n for n in range(12)
    ]
    before = listed(session.id, {"limit": 2, "ending_before": first.data[5].id})
    assert ([i.id for i in before.data], before.has_more) == ([first.data[3].id, first.data[4].id], True)
    reused = bench.session(line_items=[{"price": first.data[0].price.id, "quantity": 3}])
    assert reused.amount_total == 3_000_000


def test_customers_and_session_metadata_can_change(bench: Any) -> None:
    customer = bench.v1.customers.create({"email": "a@example.com", "address": {"line1": "Calle 1", "city": "Cali"}})
    changed = bench.v1.customers.update(customer.id, {"name": "Ana", "email": "", "metadata": {"x": "1"}})
    assert (changed.name, changed.email, changed.address.city) == ("Ana", None, "Cali")
    assert bench.v1.customers.list({"email": "b@example.com"}).data == []
    session = bench.session()
    updated = bench.v1.checkout.sessions.update(session.id, {"metadata": {"more": "2"}})
    assert updated.metadata.to_dict() == {"order_id": "ord_1", "more": "2"}
