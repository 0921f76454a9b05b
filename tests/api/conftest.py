"""What the tests of the JSON door share: customers with tokens, goods, addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import Schema
from werkzeug.test import TestResponse

from storefront.api.schema import ResponseSchema
from storefront.database import db
from storefront.domain.catalogue import Product

PASSWORD = "trote-lluvia-guayaba"
ADDRESS = {
    "firstName": "Camila",
    "lastName": "Torres",
    "street": "Calle 123 #45-67",
    "city": "Bogotá",
    "state": "Cundinamarca",
    "zipCode": "110111",
    "country": "Colombia",
    "phone": "+573001234567",
}
URLS = {"successUrl": "fitaiid://checkout/success", "cancelUrl": "fitaiid://checkout/cancel"}
DUMBBELLS, BANDS, GUIDE = "mancuernas-hexagonales-5kg", "bandas-resistencia-set-5", "guia-movilidad-15-minutos"
PLAN = "fitaiid-premium-mensual"


@pytest.fixture(autouse=True)
def _responses_are_as_marshmallow_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare each response that a test of the API gets with what Marshmallow alone makes of the same object."""
    quick = ResponseSchema.dump

    def compared(self: ResponseSchema, obj: Any, *, many: bool | None = None) -> Any:
        written = quick(self, obj, many=many)
        with monkeypatch.context() as alone:
            alone.setattr(ResponseSchema, "dump", Schema.dump)
            assert written == Schema.dump(self, obj, many=many), type(self)
        return written

    monkeypatch.setattr(ResponseSchema, "dump", compared)


@dataclass
class Phone:
    """A client of the JSON API, with or without a token."""

    client: FlaskClient
    token: str = ""
    refresh: str = ""
    user: Mapping[str, Any] = field(default_factory=dict)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a request; underscores in header names become dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named.setdefault("Authorization", f"Bearer {self.token}")
        options: dict[str, Any] = {"headers": named}
        if body is not None:
            options["json"] = body
        return self.client.open(path, method=method, **options)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.send("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.send("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> TestResponse:
        return self.send("DELETE", path, **headers)

    def take(self, tokens: Mapping[str, Any]) -> "Phone":
        self.token, self.refresh, self.user = tokens["accessToken"], tokens["refreshToken"], tokens["user"]
        return self


def registered(app: Flask, email: str) -> Phone:
    """Return the phone of a new customer."""
    phone = Phone(app.test_client())
    body = {"email": email, "password": PASSWORD, "firstName": "Camila", "lastName": "Torres"}
    response = phone.post("/api/auth/register", body)
    assert response.status_code == 201, response.json
    return phone.take(response.json)


@pytest.fixture
def stranger(app: Flask) -> Phone:
    """Return a phone without a token."""
    return Phone(app.test_client())


@pytest.fixture
def camila(app: Flask) -> Phone:
    """Return a customer's phone."""
    return registered(app, "camila@example.com")


@pytest.fixture
def diego(app: Flask) -> Phone:
    """Return another customer's phone."""
    return registered(app, "diego@example.com")


@pytest.fixture
def product_ids(app: Flask) -> Mapping[str, str]:
    """Return the product ids by slug."""
    with app.app_context():
        found = {product.slug: product.id for product in db.session.scalars(db.select(Product))}
        db.session.remove()
    return found


def purchase(**changes: Any) -> dict[str, Any]:
    """Return a body that buys two dumbbells; None takes a member out."""
    body: dict[str, Any] = {
        "items": [{"productId": DUMBBELLS, "quantity": 2}],
        "shippingAddress": ADDRESS,
        "shippingMethod": "standard",
        **URLS,
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def assert_problem(response: TestResponse, status: int, code: str, *fields: str) -> Mapping[str, Any]:
    """Check that an answer is a whole problem, and return it."""
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/problem+json"
    body = response.json
    assert body["code"] == code, body
    assert {"type", "title", "status", "detail", "instance", "code", "errors", "requestId"} <= set(body)
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["requestId"] == response.headers["X-Request-ID"]
    assert [entry["field"] for entry in body["errors"]] == list(fields) or not fields
    if status == 401:
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
    return body
