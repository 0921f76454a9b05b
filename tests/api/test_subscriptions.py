"""Plans for a phone: bought, listed, cancelled, resumed, paid with another card; the same as in the browser."""

from typing import Any

from flask import Flask

from storefront.services.jobs import cleanup
from tests.api.conftest import ADDRESS, BANDS, PLAN, URLS, Phone, registered
from tests.fakes import FakeGateway

SESSION = "/api/checkout/create-session"


def purchase(**changes: Any) -> dict[str, Any]:
    return {"items": [{"productId": PLAN, "quantity": 1}], "digitalConsent": True, **URLS, **changes}


def subscribed(phone: Phone, gateway: FakeGateway) -> dict[str, Any]:
    """Buy the plan, and return it as the API shows it."""
    started = phone.post(SESSION, purchase())
    assert started.status_code == 201, started.json
    gateway.pay(started.json["sessionId"])
    paid = phone.get(f"/api/checkout/session/{started.json['sessionId']}").json
    assert (paid["status"], paid["paymentStatus"], paid["orderStatus"]) == ("complete", "paid", "confirmed")
    (plan,) = phone.get("/api/subscriptions").json["items"]
    return dict(plan)


def test_a_plan_with_a_product_in_one_session(camila: Phone, gateway: FakeGateway) -> None:
    """Point 6."""
    items = [{"productId": PLAN, "quantity": 1}, {"productId": BANDS, "quantity": 1}]
    started = camila.post(SESSION, purchase(items=items, shippingAddress=ADDRESS)).json
    request = gateway.requests[started["sessionId"]]
    assert (request.has_plan, request.customer_id) == (True, f"cus_{camila.user['userId']}")
    assert started["quote"]["total"] == request.total_minor


def test_a_plan_as_the_contract_shows_it(camila: Phone, gateway: FakeGateway) -> None:
    """Point 8."""
    plan = subscribed(camila, gateway)
    wanted = {"subscriptionId", "productId", "name", "status", "price", "currency", "interval"}
    assert wanted | {"currentPeriodEnd", "cancelAtPeriodEnd", "card"} <= set(plan)
    assert (plan["status"], plan["price"], plan["currency"], plan["interval"]) == ("active", 3_990_000, "COP", "month")
    assert plan["card"] is None
    assert [payment["amount"] for payment in plan["payments"]] == [3_990_000]


def test_the_card_once_it_is_known(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    subscribed(camila, gateway)
    with app.app_context():
        cleanup.refresh_plans()
    (plan,) = camila.get("/api/subscriptions").json["items"]
    assert plan["card"] == {"brand": "visa", "last4": "4242"}


def test_cancel_and_resume(camila: Phone, gateway: FakeGateway) -> None:
    plan = subscribed(camila, gateway)
    path = f"/api/subscriptions/{plan['subscriptionId']}"
    for _ in range(2):
        cancelled = camila.post(f"{path}/cancel")
        assert (cancelled.status_code, cancelled.json["cancelAtPeriodEnd"]) == (200, True)
    assert cancelled.json["status"] == "active"
    assert camila.post(f"{path}/resume").json["cancelAtPeriodEnd"] is False


def test_somebody_else_s_plan_is_not_there(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    plan = subscribed(camila, gateway)
    stranger = registered(app, "otra@example.com")
    for verb in ("cancel", "resume"):
        answer = stranger.post(f"/api/subscriptions/{plan['subscriptionId']}/{verb}")
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert stranger.get("/api/subscriptions").json == {"items": []}


def test_the_same_plan_twice(camila: Phone, gateway: FakeGateway) -> None:
    """Point 6: refused with its own word."""
    subscribed(camila, gateway)
    again = camila.post(SESSION, purchase())
    assert (again.status_code, again.json["code"]) == (400, "already_subscribed")
    assert "Ya tienes este plan" in again.json["detail"]


def test_two_plans_or_two_of_one(camila: Phone) -> None:
    two = [{"productId": PLAN, "quantity": 1}, {"productId": "fitaiid-premium-anual", "quantity": 1}]
    for items in (two, [{"productId": PLAN, "quantity": 2}]):
        refused = camila.post(SESSION, purchase(items=items))
        assert (refused.status_code, refused.json["code"]) == (400, "invalid_request")


def test_a_plan_needs_the_consent(camila: Phone) -> None:
    refused = camila.post(SESSION, purchase(digitalConsent=False))
    assert (refused.status_code, refused.json["code"]) == (400, "consent_required")


def test_the_billing_portal(camila: Phone, gateway: FakeGateway) -> None:
    """Point 8: the way back is checked like every return address."""
    path = "/api/billing-portal"
    assert camila.post(path, {"returnUrl": "fitaiid://plans"}).status_code == 404
    subscribed(camila, gateway)
    opened = camila.post(path, {"returnUrl": "fitaiid://plans"})
    assert (opened.status_code, opened.json["url"][:27]) == (200, "https://billing.stripe.com/")
    assert gateway.portals == [(f"cus_{camila.user['userId']}", "fitaiid://plans", "es")]
    evil = camila.post(path, {"returnUrl": "https://evil.example"})
    assert (evil.status_code, evil.json["code"]) == (400, "return_url_not_allowed")
    gateway.go_silent()
    silent = camila.post(path, {"returnUrl": "fitaiid://plans"})
    assert (silent.status_code, silent.json["code"]) == (500, "payment_provider_error")


def test_the_library_of_a_plan(camila: Phone, gateway: FakeGateway) -> None:
    """Point 10."""
    subscribed(camila, gateway)
    items = camila.get("/api/library").json["items"]
    assert {(item["source"], item["status"]) for item in items} == {("subscription", "ready")}
    assert camila.post(f"/api/library/{items[0]['entitlementId']}/download-link").status_code == 200
