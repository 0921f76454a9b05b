"""Every answer that asks to come back later says when."""

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from storefront.errors import DatabaseUnavailable, FilesUnavailable, PaymentProviderError, ShopError, TooManyHolds
from tests.api.conftest import Phone, assert_problem, purchase, registered
from tests.factories import BAR, WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser

SESSION = "/api/checkout/create-session"


def assert_come_back(answer: TestResponse, status: int) -> None:
    assert answer.status_code == status
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


@pytest.mark.new_app
@pytest.mark.parametrize("status", [429, 503])
def test_whoever_answers_so(app: Flask, status: int) -> None:
    app.add_url_rule("/busy", view_func=lambda: abort(status))
    app.add_url_rule("/api/busy", "busy_api", lambda: abort(status))
    assert_come_back(app.test_client().get("/busy"), status)
    assert_come_back(app.test_client().get("/api/busy"), status)


@pytest.mark.new_app
@pytest.mark.parametrize(
    ("refusal", "page", "problem"),
    [
        (TooManyHolds, 429, 429),
        (PaymentProviderError, 503, 500),
        (DatabaseUnavailable, 503, 503),
        (FilesUnavailable, 503, 503),
    ],
)
def test_every_refusal_that_passes(app: Flask, refusal: type[ShopError], page: int, problem: int) -> None:
    def view() -> str:
        raise refusal()

    app.add_url_rule("/busy", view_func=view)
    app.add_url_rule("/api/busy", "busy_api", view)
    assert_come_back(app.test_client().get("/busy"), page)
    assert_come_back(app.test_client().get("/api/busy"), problem)


@pytest.mark.new_app
@pytest.mark.options(propagate_exceptions=False)
def test_a_mistake_of_ours_promises_nothing(app: Flask) -> None:
    app.add_url_rule("/broken", view_func=lambda: 1 // 0)
    assert "Retry-After" not in app.test_client().get("/broken").headers


def test_pages_of_a_purchase_while_stripe_is_silent(browser: Browser, gateway: FakeGateway) -> None:
    browser.add(WHEY)
    browser.fill_shipping()
    gateway.go_silent()
    assert_come_back(browser.pay(), 503)
    assert browser.pay().status_code == 303
    browser.get("/checkout/cancel")
    gateway.go_silent(3)
    assert_come_back(browser.send("/checkout/retry"), 503)
    gateway.failures.clear()
    assert browser.send("/checkout/retry", follow=False).status_code == 303


def test_the_api_while_stripe_is_silent(app: Flask, gateway: FakeGateway) -> None:
    camila = registered(app, "camila@example.com")
    gateway.go_silent()
    answer = camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    assert_problem(answer, 500, "payment_provider_error")
    assert_come_back(answer, 500)
    assert camila.post(SESSION, purchase(), Idempotency_Key="k-1").status_code == 201


@pytest.mark.new_app
def test_a_buyer_who_holds_too_much(app: Flask, client: FlaskClient) -> None:
    app.extensions["settings"].RATE_LIMITS = True
    app.extensions["settings"].MAX_HOLDS_PER_PERSON = 0
    browser = Browser(client)
    browser.add(BAR)
    browser.fill_shipping()
    assert_come_back(browser.pay(), 429)
    app.extensions["settings"].MAX_HOLDS_PER_PERSON = 5
    browser.get("/checkout/review")
    assert browser.pay().status_code == 303


def test_a_key_of_another_purchase_is_not_worth_waiting_for(app: Flask) -> None:
    camila = registered(app, "camila@example.com")
    camila.post(SESSION, purchase(), Idempotency_Key="k-1")
    refused = Phone(app.test_client(), camila.token).post(SESSION, purchase(couponCode="FIT10"), Idempotency_Key="k-1")
    assert_problem(refused, 409, "idempotency_conflict")
    assert "Retry-After" not in refused.headers
