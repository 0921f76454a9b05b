"""Forms under a real `https` address, as browsers with and without a Referer send them."""

import re
from collections.abc import Iterator, Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config import TestConfig
from storefront import create_app
from tests.conftest import SeparateRequests, _opened
from tests.factories import WHEY
from tests.fakes import FakeGateway, KeepingMailer
from tests.web.browser import Browser

SHOP, API = "tienda.fitaiid.example", "api.fitaiid.example"
BASE = f"https://{SHOP}"


class HttpsClient(SeparateRequests):
    """A client behind a proxy that speaks HTTPS."""

    def open(self, *args: object, **options: object) -> TestResponse:
        """Send a request."""
        options.setdefault("base_url", BASE)
        return super().open(*args, **options)


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    """Return a shop under an `https` address, with a second host name."""
    environ = {"DATABASE_URL": sqlite_url, "BASE_URL": BASE, "ALLOWED_HOSTS": API}
    app = create_app(TestConfig(environ), payments=FakeGateway(), mailer=KeepingMailer())
    app.test_client_class = HttpsClient
    yield from _opened(app)


def add(browser: Browser, headers: Mapping[str, str], base: str = BASE, scheme: str = "") -> TestResponse:
    """Send the form of a product's page with these headers."""
    browser.page = browser.client.get(f"/products/{WHEY}", base_url=base)
    form = browser.form("/cart/items")
    environ = {"wsgi.url_scheme": scheme} if scheme else {}
    return browser.client.post(
        form.action, data=form.fields | {"quantity": "2"}, base_url=base, headers=headers, environ_overrides=environ
    )


def units(browser: Browser, base: str = BASE) -> int:
    """Return how many units the cart holds."""
    page = browser.client.get("/cart", base_url=base).text
    return int(re.findall(r'id="cart-count">(\d*)<', page)[0] or 0)


OWN = [
    {},
    {"Referer": f"{BASE}/products/{WHEY}"},
    {"Origin": BASE},
    {"Origin": BASE.upper()},
    {"Origin": BASE, "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    # What browsers send that are told to give no Referer.
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "null"},
    # The Referer is no matter, whatever it says.
    {"Origin": BASE, "Referer": "https://elsewhere.example/"},
]
FOREIGN = [
    {"Origin": "https://evil.test"},
    {"Origin": "https://evil.test", "Referer": f"{BASE}/"},
    {"Origin": f"http://{SHOP}"},
    {"Origin": f"https://{API}"},
    {"Origin": f"{BASE}.evil.test"},
    {"Origin": f"{BASE}:8443"},
    {"Origin": f"https://{SHOP}@evil.test"},
    {"Origin": "https://evil.test", "Sec-Fetch-Site": "same-origin"},
    {"Origin": BASE, "Sec-Fetch-Site": "cross-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": ""},
]


@pytest.mark.parametrize("headers", OWN, ids=str)
def test_a_form_of_the_shop_is_taken_with_or_without_a_referer(browser: Browser, headers: dict[str, str]) -> None:
    assert add(browser, headers).status_code == 303
    assert units(browser) == 2


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_form_of_another_site_is_refused_though_its_token_is_right(browser: Browser, headers: dict[str, str]) -> None:
    answer = add(browser, headers)
    assert answer.status_code == 403
    assert "Ese formulario vino de otro sitio" in answer.text
    assert WHEY not in answer.text
    assert units(browser) == 0


@pytest.mark.parametrize("headers", [*OWN, *FOREIGN], ids=str)
def test_without_its_token_no_form_is_taken(browser: Browser, headers: dict[str, str]) -> None:
    answer = browser.client.post("/cart/items", data={"product": WHEY, "quantity": "2"}, headers=headers)
    assert answer.status_code == 400
    assert units(browser) == 0
    # Only what this site itself sent is offered again; a hidden origin may be anybody's.
    is_offered = headers in OWN and headers != {"Origin": "null"}
    assert (WHEY in answer.text) is is_offered


def test_a_token_of_somebody_else_is_refused(app: Flask, browser: Browser) -> None:
    stranger = Browser(app.test_client())
    stranger.get(f"/products/{WHEY}")
    token = stranger.form("/cart/items").fields["csrf_token"]
    browser.get("/")
    answer = browser.client.post("/cart/items", data={"csrf_token": token, "product": WHEY, "quantity": "2"})
    assert answer.status_code == 400


def test_the_pages_under_the_second_name_have_forms_of_their_own(browser: Browser) -> None:
    base = f"https://{API}"
    for headers in ({}, {"Origin": base}, {"Origin": base, "Sec-Fetch-Site": "same-origin"}):
        assert add(browser, headers, base).status_code == 303
    assert units(browser, base) == 6
    policy = browser.client.get("/", base_url=base).headers["Content-Security-Policy"]
    assert f" {BASE}" in re.findall("form-action([^;]*)", policy)[0]


def test_a_proxy_that_does_not_tell_the_scheme_breaks_no_form(browser: Browser) -> None:
    assert add(browser, {"Origin": BASE, "Sec-Fetch-Site": "same-origin"}, scheme="http").status_code == 303
    assert add(browser, {"Origin": BASE}, scheme="http").status_code == 303


def test_forms_may_lead_to_stripe_s_pages_and_to_nothing_else(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    targets = re.findall("form-action([^;]*)", policy)[0].split()
    assert targets == ["'self'", "https://checkout.stripe.com", "https://billing.stripe.com"]


def test_a_purchase_needs_no_referer(browser: Browser) -> None:
    browser.add(WHEY)
    assert browser.fill_shipping().status_code == 200
    answer = browser.pay()
    assert answer.status_code == 303
    assert answer.location.startswith("https://checkout.stripe.com/")


def test_a_foreign_form_is_refused_in_english_too(browser: Browser) -> None:
    answer = add(browser, {"Origin": "https://evil.test", "Accept-Language": "en"})
    assert "That form came from another site" in answer.text
