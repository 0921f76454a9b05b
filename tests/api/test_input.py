"""Strict reading: what is no JSON, no number, no field of ours, or too much of anything."""

import json
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from storefront.database import db
from storefront.domain.inventory import StockMovement
from storefront.domain.order import Order
from tests.api.conftest import ADDRESS, BANDS, DUMBBELLS, GUIDE, Phone, assert_problem, purchase

SESSION = "/api/checkout/create-session"


def send(phone: Phone, raw: bytes | str, content_type: str | None = "application/json", **headers: str) -> TestResponse:
    named = {"Authorization": f"Bearer {phone.token}", **headers}
    body = raw.encode() if isinstance(raw, str) else raw
    return phone.client.post(SESSION, data=body, content_type=content_type, headers=named)


def written(app: Flask) -> int:
    with app.app_context():
        orders = db.session.scalar(db.select(db.func.count()).select_from(Order)) or 0
        moves = db.session.scalar(db.select(db.func.count()).select_from(StockMovement)) or 0
        db.session.remove()
    return orders + moves


QUANTITIES = ["-1", "0", "101", "1000000000", "2147483648", "9223372036854775808", "1" + "0" * 400, "1.0", "1.5", "1e0",
              '"1"', '"2"', "true", "false", "[]", "[1]", "{}", "null", '""', "-0.0"]  # fmt: skip


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_quantities_that_are_none(app: Flask, camila: Phone, quantity: str) -> None:
    raw = json.dumps(purchase()).replace('"quantity": 2', f'"quantity": {quantity}')
    assert_problem(send(camila, raw), 400, "invalid_request", "items[0].quantity")
    assert written(app) == 0


@pytest.mark.parametrize(
    "quantity", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "01", "+1", ".5", "1.", "0x1", "1" * 5000]
)
def test_numbers_that_are_no_json(app: Flask, camila: Phone, quantity: str) -> None:
    raw = json.dumps(purchase()).replace('"quantity": 2', f'"quantity": {quantity}')
    assert_problem(send(camila, raw), 400, "invalid_json")
    assert written(app) == 0


BODIES: list[bytes] = [
    b"", b" ", b"{", b"}", b"nonsense", b"[]", b"[1]", b"1", b'"text"', b"null", b"true", b"{}{}", b"{'a': 1}",
    b"{a: 1}", b'{"a": 1,}', b'{"a": undefined}', b'{"a": 1} // x', b"\xff\xfe{\x00}\x00", b'{"a": "\xff"}',
    b'{"a": "\x01"}',
    b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b'{"\\u0000": 1}', b'{"items": 1, "items": 2}', b"\xef\xbb\xbf{}",
    b"[" * 30_000, b'{"a":' * 10_000, b'{"a": ' + b"[" * 20 + b"]" * 20 + b"}", b"<xml/>", b"a=1&b=2",
]  # fmt: skip


@pytest.mark.parametrize("raw", BODIES, ids=range(len(BODIES)))
def test_bodies_that_are_no_json_object(app: Flask, camila: Phone, raw: bytes) -> None:
    assert_problem(send(camila, raw), 400, "invalid_json")
    assert written(app) == 0


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/problem+json",
     "application/json; charset=latin-1", "text/json", "application/xml", "", None, "application/jsonx"],
)  # fmt: skip
def test_only_json_is_read(app: Flask, camila: Phone, content_type: str | None) -> None:
    assert_problem(send(camila, json.dumps(purchase()), content_type), 415, "invalid_request")
    assert written(app) == 0


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON", "application/json; charset=UTF-8"])
def test_json_is_read(camila: Phone, content_type: str) -> None:
    assert send(camila, json.dumps(purchase()), content_type).status_code == 201


def test_sixty_four_kilobytes_are_enough(app: Flask, camila: Phone) -> None:
    whole = json.dumps(purchase())
    assert send(camila, whole + " " * (64 * 1024 - len(whole))).status_code == 201
    before = written(app)
    assert_problem(send(camila, whole + " " * (64 * 1024 - len(whole) + 1)), 413, "invalid_request")
    assert_problem(send(camila, b"x" * 1_000_000), 413, "invalid_request")
    assert written(app) == before


def test_what_is_asked_of_bodies_comes_after_the_token(stranger: Phone) -> None:
    assert_problem(stranger.post(SESSION, {"nonsense": 1}), 401, "token_missing")


EXTRA = ["total", "price", "status", "isStaff", "userId", "unitPrice", "currency", "orderId", "paidAt", "paymentStatus",
         "discount", "tax", "customerId", "email", "customerEmail", "price_id", "is_admin", "__proto__", "constructor",
         "success_url", "successurl", "idempotencyKey"]  # fmt: skip


@pytest.mark.parametrize("name", EXTRA)
def test_no_field_is_assigned_that_is_not_asked_for(app: Flask, camila: Phone, name: str) -> None:
    assert_problem(camila.post(SESSION, purchase() | {name: 1}), 400, "invalid_request", name)
    item = {"productId": DUMBBELLS, "quantity": 1, name: 1}
    assert_problem(camila.post(SESSION, purchase(items=[item])), 400, "invalid_request", f"items[0].{name}")
    address = {**ADDRESS, name: "x"}
    refused = camila.post(SESSION, purchase(shippingAddress=address))
    assert_problem(refused, 400, "invalid_request", f"shippingAddress.{name}")
    assert written(app) == 0


WRONG: list[tuple[str, Any, str]] = [
    ("items", "x", "items"),
    ("items", {}, "items"),
    ("items", [1], "items[0]"),
    ("items", [{"quantity": 1}], "items[0].productId"),
    ("items", [{"productId": DUMBBELLS}], "items[0].quantity"),
    ("items", [{"productId": 7, "quantity": 1}], "items[0].productId"),
    ("items", [{"productId": "", "quantity": 1}], "items[0].productId"),
    ("items", [{"productId": "x" * 81, "quantity": 1}], "items[0].productId"),
    ("items", [{"productId": "a\nb", "quantity": 1}], "items[0].productId"),
    ("items", [{"productId": DUMBBELLS, "quantity": 1}] * 51, "items"),
    ("shippingAddress", "Calle 1", "shippingAddress"),
    ("shippingAddress", [], "shippingAddress"),
    ("shippingAddress", {**ADDRESS, "phone": 3001234567}, "shippingAddress.phone"),
    ("shippingAddress", {**ADDRESS, "street": "x" * 161}, "shippingAddress.street"),
    ("shippingAddress", {**ADDRESS, "firstName": "A\r\nBcc: x"}, "shippingAddress.firstName"),
    ("shippingMethod", 1, "shippingMethod"),
    ("shippingMethod", "STANDARD", "shippingMethod"),
    ("couponCode", 10, "couponCode"),
    ("couponCode", "x" * 41, "couponCode"),
    ("customerNotes", {"a": 1}, "customerNotes"),
    ("digitalConsent", "true", "digitalConsent"),
    ("digitalConsent", 1, "digitalConsent"),
    ("expectedTotal", "1", "expectedTotal"),
    ("expectedTotal", 1.0, "expectedTotal"),
    ("expectedTotal", True, "expectedTotal"),
    ("expectedTotal", -1, "expectedTotal"),
    ("expectedTotal", 10**14, "expectedTotal"),
    ("successUrl", 1, "successUrl"),
    ("successUrl", [], "successUrl"),
    ("cancelUrl", "", "cancelUrl"),
]


@pytest.mark.parametrize(("name", "value", "field"), WRONG, ids=range(len(WRONG)))
def test_types_are_taken_at_their_word(app: Flask, camila: Phone, name: str, value: Any, field: str) -> None:
    code = "return_url_not_allowed" if value == "" else "invalid_request"
    assert_problem(camila.post(SESSION, purchase(**{name: value})), 400, code, field)
    assert written(app) == 0


def test_every_wrong_field_is_named_at_once(camila: Phone) -> None:
    problem = assert_problem(camila.post(SESSION, {"items": [{"quantity": 0}], "x": 1}), 400, "invalid_request")
    fields = {entry["field"] for entry in problem["errors"]}
    assert fields == {"items[0].productId", "items[0].quantity", "successUrl", "cancelUrl", "x"}
    assert all(entry["message"] for entry in problem["errors"])


@pytest.mark.parametrize("path", [SESSION, "/api/checkout/calculate-shipping", "/api/orders/x/withdrawal"])
def test_no_body_has_thousands_of_values(camila: Phone, path: str) -> None:
    for body in ('{"items": [' + "{}," * 20_000 + "{}]}", json.dumps({f"{number:x}": 1 for number in range(5000)})):
        answer = camila.client.post(
            path, data=body, content_type="application/json", headers={"Authorization": f"Bearer {camila.token}"}
        )
        assert_problem(answer, 400, "invalid_json")
        assert len(answer.data) < 1000


def test_an_answer_names_a_hundred_wrong_fields(camila: Phone) -> None:
    answer = send(camila, json.dumps({f"{number:x}": 1 for number in range(400)}))
    assert_problem(answer, 400, "invalid_request")
    assert len(answer.json["errors"]) == 100


def test_fifty_lines_are_enough(camila: Phone) -> None:
    items = [{"productId": DUMBBELLS, "quantity": 1}] * 25 + [{"productId": BANDS, "quantity": 1}] * 2
    items += [{"productId": GUIDE, "quantity": 1}] * 23
    assert camila.post(SESSION, purchase(items=items[-27:], digitalConsent=True)).status_code == 201


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=1.0", "page=x", "page=", "page=100001", "page=1&page=2", "limit=0", "limit=101",
     "limit=1e1", "limit=%D9%A1", "minPrice=-1", "minPrice=x", "maxPrice=99999999999999", "inStock=1", "inStock=yes",
     "sortBy=id", "sortBy=price_asc;drop", "search=" + "x" * 101, "search=%00", "category=" + "x" * 61,
     "unknown=1", "Page=1"],
)  # fmt: skip
def test_parameters_that_cannot_be(stranger: Phone, query: str) -> None:
    assert_problem(stranger.get(f"/api/products?{query}"), 400, "invalid_request", query.split("=")[0])


@pytest.mark.parametrize("status", ["open", "PENDING", "", "1"])
def test_statuses_that_are_none(camila: Phone, status: str) -> None:
    assert_problem(camila.get(f"/api/orders?status={status}"), 400, "invalid_request", "status")


@pytest.mark.parametrize("product_id", ["%00", "x" * 500, "%F0%9F%92%A9", "..", "' OR 1=1 --", "%0d%0a", "a%2Fb"])
def test_odd_names_in_addresses_are_not_found(camila: Phone, product_id: str) -> None:
    for path in (f"/api/products/{product_id}", f"/api/orders/{product_id}", f"/api/checkout/session/{product_id}"):
        assert camila.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/api/", "/api/nope", "/api/checkout", "/api/products/", "/api/orders/a/b/c"])
def test_unknown_addresses_are_problems(stranger: Phone, path: str) -> None:
    assert_problem(stranger.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", SESSION, "POST"), ("DELETE", "/api/products", "GET"), ("POST", "/api/cart", "GET"),
     ("PUT", "/api/me", "PATCH"), ("TRACE", "/api/me", "GET"), ("GET", "/api/checkout/webhook", "POST")],
)  # fmt: skip
def test_unknown_methods_are_problems(stranger: Phone, method: str, path: str, allowed: str) -> None:
    response = stranger.send(method, path)
    assert_problem(response, 405, "invalid_request")
    assert allowed in response.headers["Allow"]


@pytest.mark.parametrize("given", ["abc-123_x.Y", "a" * 64])
def test_a_harmless_request_id_is_kept(stranger: Phone, given: str) -> None:
    assert stranger.get("/api/nope", X_Request_ID=given).headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["a" * 65, "a b", "<script>", "", "ñ".encode().decode("latin-1")])
def test_any_other_request_id_is_replaced(stranger: Phone, given: str) -> None:
    assert stranger.get("/api/nope", X_Request_ID=given).headers["X-Request-ID"] != given
