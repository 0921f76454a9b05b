"""One request cannot stop a worker: the worst text costs no field more than a text that nobody reads.

The work is counted in function calls, of Python and of C, so that the machine's speed does not matter. What looks at
each character of a text of twenty thousand shows up as twenty thousand calls.
"""

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config import ROOT
from tests import factories as make
from tests.api.conftest import registered
from tests.factories import COFFEE, WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser

# NFKD makes eighteen letters of the first; the second is a mark that sorts among its neighbours; the others hide.
TEXTS = {
    "ligature": "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 20_000,
    "marks": "e" + "\N{COMBINING ACUTE ACCENT}\N{COMBINING DOT BELOW}" * 14_000,
    "invisible": "\N{ZERO WIDTH SPACE}\N{SOFT HYPHEN}" * 12_000,
    "run": "a" * 60_000,
    "spaces": " \t" * 30_000,
    "lines": "a@" + "\n" * 60_000,
    "numbers": "1 " * 30_000,
}
ALLOWED = 15_000
PASSWORD = "demo-Passw0rd!"
PAGES = {
    "guest": [
        "/",
        "/cart",
        f"/products/{WHEY}",
        "/login",
        "/register",
        "/forgot-password",
        "/orders/find",
        "/checkout/shipping",
    ],
    "reviewing": ["/checkout/review"],
    "customer": ["/account/profile", "/account/addresses", "/account/data", "/account/addresses/new"],
    "staff": ["/staff/orders", "order"],
}


def work_of(request: Callable[[], TestResponse]) -> tuple[int, TestResponse]:
    """Return how many functions a request called, and its answer."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    sys.setprofile(profile)
    try:
        response = request()
    finally:
        sys.setprofile(None)
    return count, response


def test_the_count_sees_a_loop_over_a_long_text(client: FlaskClient) -> None:
    """A count that sees nothing would prove nothing."""

    def look() -> TestResponse:
        any(char.isdigit() for char in TEXTS["run"])
        return client.get("/healthz")

    assert work_of(look)[0] > 60_000


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.thorough if kind == "staff" else ()) for kind in PAGES])
def person(request: pytest.FixtureRequest, app: Flask, browser: Browser, gateway: FakeGateway) -> tuple[str, Browser]:
    """Return each kind of person at their browser, with something to do."""
    kind = request.param
    if kind in ("guest", "reviewing"):
        browser.add(WHEY)
    if kind == "reviewing":
        browser.fill_shipping()
    if kind in ("customer", "staff"):
        browser.get("/login")
        email = "staff@example.com" if kind == "staff" else "shopper@example.com"
        browser.send("/login", email=email, password=PASSWORD)
    if kind == "staff":
        with app.app_context():
            started = make.begin((WHEY, 2), (COFFEE, 1))
            make.pay(gateway, started)
        PAGES["staff"][1] = f"/staff/orders/{started.order_number}"
    return kind, browser


def test_no_field_of_a_page_works_harder_for_the_worst_text(person: tuple[str, Browser]) -> None:
    kind, browser = person
    seen = 0
    for page in PAGES[kind]:
        if browser.get(page).status_code == 404:
            continue
        for form in browser.forms():
            if form.method.lower() != "post" or form.action.startswith(("/logout", "/account/data")):
                continue
            for name in form.fields:
                if name not in ("csrf_token", "lang"):
                    seen += 1
                    check_field(browser.client, form.action, form.fields, name, page)
    assert seen >= {"guest": 20, "reviewing": 2, "customer": 8, "staff": 6}[kind], seen


def check_field(client: FlaskClient, action: str, fields: dict[str, str], name: str, page: str) -> None:
    def send(values: dict[str, str]) -> TestResponse:
        return client.post(action, data=values, content_type="multipart/form-data")  # 3 bytes a letter, not 9

    shown, _ = work_of(partial(client.get, page))  # where a short text is taken, a long one shows the page again
    for kind, text in TEXTS.items():
        usual, _ = work_of(partial(send, fields | {"unread": text, name: text[:40]}))
        usual = max(usual, shown)
        worst, response = work_of(partial(send, fields | {"unread": "", name: text}))
        where = f"{page}: {name} of {action} with {kind}: {worst} calls, {usual} where nobody reads it"
        assert response.status_code < 500, where
        assert worst <= usual + ALLOWED, where


@pytest.mark.parametrize(
    "query", ["/?q={}", "/?q=x&brand={}", "/?page={}", "/login?next={}", "/checkout/success?session_id={}"]
)
def test_no_address_works_harder_for_the_worst_text(client: FlaskClient, query: str) -> None:
    for text in TEXTS.values():
        cut = text[:3000]  # gunicorn takes lines of 4 094 bytes
        # What is read has a hundred letters at most, which then stand in the links of the page.
        usual, _ = work_of(partial(client.get, query.format(cut[:100]) + f"&unread={cut}"))
        worst, response = work_of(partial(client.get, query.format(cut)))
        assert response.status_code < 500
        assert worst <= usual + ALLOWED // 6, query


def text_fields(schema: dict[str, Any], components: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the path of every text in a schema of the API's document."""
    if "$ref" in schema:
        schema = components[schema["$ref"].rpartition("/")[2]]
    kinds = schema.get("type")
    if kinds == "string" or (isinstance(kinds, list) and "string" in kinds):
        yield ()
    for name, inner in schema.get("properties", {}).items():
        yield from ((name, *rest) for rest in text_fields(inner, components))
    if "items" in schema:
        yield from (("0", *rest) for rest in text_fields(schema["items"], components))
    for inner in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from text_fields(inner, components)


def operations() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield every text that the API's operations take in a body, as method, path and where it stands."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    components = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
            if "application/json" in content:
                for field in text_fields(content["application/json"]["schema"], components):
                    yield method.upper(), path, field


def test_the_search_for_texts_of_the_api_finds_them() -> None:
    found = {(path, ".".join(field)) for _, path, field in operations()}
    assert ("/api/auth/login", "email") in found
    assert ("/api/checkout/create-session", "shippingAddress.street") in found
    assert ("/api/checkout/create-session", "items.0.productId") in found


def test_no_field_of_the_api_works_harder_for_the_worst_text(app: Flask) -> None:
    phone = registered(app, "worst@example.com")
    headers = {"Authorization": f"Bearer {phone.token}", "Content-Type": "application/json"}

    def send(method: str, address: str, body: dict[str, Any]) -> TestResponse:
        return phone.client.open(address, method=method, data=json.dumps(body, ensure_ascii=False), headers=headers)

    texts = {kind: TEXTS[kind] for kind in ("ligature", "marks", "spaces")}
    for method, path, field in operations():
        address = path.replace("{", "").replace("}", "")
        for kind, text in texts.items():
            usual, _ = work_of(partial(send, method, address, body_of(field, text[:40]) | {"unread": text}))
            worst, response = work_of(partial(send, method, address, body_of(field, text)))
            where = f"{method} {path} {'.'.join(field)} with {kind}: {worst} calls, {usual} where nobody reads it"
            assert response.status_code < 500, where
            assert worst <= usual + ALLOWED, where


def body_of(field: tuple[str, ...], text: str) -> dict[str, Any]:
    """Return the smallest body with a text at this place."""
    value: Any = text
    for name in reversed(field):
        value = [value] if name == "0" else {name: value}
    return value
