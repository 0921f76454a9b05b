"""The customer's orders through the API: looking, giving up, trying again; and what they have bought to download."""

from typing import Any

from flask import Flask

from storefront.database import db
from storefront.domain.inventory import Stock
from storefront.services.audit import Actor
from storefront.services.orders import fulfilment
from tests.api.conftest import DUMBBELLS, URLS, Phone, assert_problem, purchase
from tests.fakes import FakeGateway

SESSION = "/api/checkout/create-session"


def reserved(app: Flask) -> int:
    with app.app_context():
        found = db.session.scalar(db.select(db.func.sum(Stock.reserved))) or 0
        db.session.remove()
    return found


def test_an_order_tells_everything(camila: Phone, gateway: FakeGateway) -> None:
    started = camila.post(SESSION, purchase(couponCode="FIT10", customerNotes="Portería")).json
    gateway.pay(started["sessionId"])
    camila.get(f"/api/checkout/session/{started['sessionId']}")
    order = camila.get(f"/api/orders/{started['orderNumber']}").json
    assert order == camila.get(f"/api/orders/{started['orderId']}").json
    quote = started["quote"]
    for name in ("subtotal", "discount", "shipping", "tax", "total", "currency", "couponCode", "shippingMethod"):
        assert order[name] == quote[name]
    assert [line["lineTotal"] for line in order["lines"]] == [line["lineTotal"] for line in quote["lines"]]
    assert (order["status"], order["paymentStatus"], order["customerNotes"]) == ("confirmed", "paid", "Portería")
    assert order["termsVersion"] == 0, "the terms of the code, which nobody has changed"
    assert order["shippingAddress"]["street"] == "Calle 123 # 45-67"
    assert [step["status"] for step in order["history"]] == ["paid", "confirmed"]
    assert all(step["message"] and "webhook" not in step["message"] for step in order["history"])
    assert set(order["tracking"]) == {"state", "carrier", "guide", "trackingUrl", "shippedAt", "deliveredAt"}


def test_orders_are_listed_newest_first(camila: Phone) -> None:
    numbers = [camila.post(SESSION, purchase()).json["orderNumber"] for _ in range(3)]
    listed = camila.get("/api/orders?limit=2").json
    assert [order["orderNumber"] for order in listed["items"]] == numbers[:0:-1]
    assert (listed["total"], listed["page"], listed["limit"]) == (3, 1, 2)
    assert camila.get("/api/orders?status=pending").json["total"] == 3
    assert camila.get("/api/orders?status=confirmed").json == {"items": [], "page": 1, "limit": 20, "total": 0}


def test_an_unpaid_order_is_cancelled(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    started = camila.post(SESSION, purchase()).json
    cancelled = camila.post(f"/api/orders/{started['orderId']}/cancel")
    assert (cancelled.status_code, cancelled.json["status"]) == (200, "cancelled")
    assert gateway.pages[started["sessionId"]].status == "expired"
    assert reserved(app) == 0
    again = camila.post(f"/api/orders/{started['orderNumber']}/cancel")
    assert_problem(again, 400, "invalid_request")


def test_an_order_paid_meanwhile_is_not_cancelled(camila: Phone, gateway: FakeGateway) -> None:
    started = camila.post(SESSION, purchase()).json
    gateway.pay(started["sessionId"])
    assert_problem(camila.post(f"/api/orders/{started['orderId']}/cancel"), 400, "invalid_request")
    assert camila.get(f"/api/orders/{started['orderId']}").json["paymentStatus"] == "paid"


def test_nothing_is_released_while_stripe_is_silent(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    started = camila.post(SESSION, purchase()).json
    gateway.go_silent()
    assert_problem(camila.post(f"/api/orders/{started['orderId']}/cancel"), 500, "payment_provider_error")
    assert reserved(app) == 2


def test_an_unpaid_order_gets_a_new_page(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    started = camila.post(SESSION, purchase()).json
    again = camila.post(f"/api/orders/{started['orderNumber']}/pay", URLS)
    assert again.status_code == 201
    assert set(again.json) == set(started)
    assert (again.json["orderId"], again.json["quote"]) == (started["orderId"], started["quote"])
    assert gateway.pages[started["sessionId"]].status == "expired"
    assert gateway.pages[again.json["sessionId"]].status == "open"
    assert reserved(app) == 2


def test_a_new_page_checks_where_it_leads(camila: Phone) -> None:
    started = camila.post(SESSION, purchase()).json
    body = {**URLS, "cancelUrl": "https://evil.example"}
    refused = camila.post(f"/api/orders/{started['orderId']}/pay", body)
    assert_problem(refused, 400, "return_url_not_allowed", "cancelUrl")


def test_a_paid_order_is_not_paid_again(camila: Phone, gateway: FakeGateway) -> None:
    started = camila.post(SESSION, purchase()).json
    gateway.pay(started["sessionId"])
    camila.get(f"/api/checkout/session/{started['sessionId']}")
    assert_problem(camila.post(f"/api/orders/{started['orderId']}/pay", URLS), 400, "invalid_request")


def test_who_has_nothing_to_download_or_renew(camila: Phone) -> None:
    assert camila.get("/api/library").json == {"items": []}
    assert camila.get("/api/subscriptions").json == {"items": []}
    assert_problem(camila.post("/api/billing-portal", {"returnUrl": "fitaiid://plans"}), 404, "not_found")
    refused = camila.post("/api/billing-portal", {"returnUrl": "https://evil.example"})
    assert_problem(refused, 400, "return_url_not_allowed", "returnUrl")


# Giving back.

GUIDE = "guia-primer-mes-gimnasio"


def bought(camila: Phone, gateway: FakeGateway) -> dict[str, Any]:
    """Return a paid order of two dumbbells and a guide."""
    items = [{"productId": DUMBBELLS, "quantity": 2}, {"productId": GUIDE, "quantity": 1}]
    started = camila.post(SESSION, purchase(items=items, digitalConsent=True)).json
    gateway.pay(started["sessionId"])
    camila.get(f"/api/checkout/session/{started['sessionId']}")
    found: dict[str, Any] = camila.get(f"/api/orders/{started['orderId']}").json
    return found


def test_goods_that_were_not_sent_are_cancelled_and_downloads_stay(
    camila: Phone, diego: Phone, gateway: FakeGateway
) -> None:
    order = bought(camila, gateway)
    address = f"/api/orders/{order['orderId']}/withdrawal"
    goods, guide = order["lines"]
    assert_problem(diego.post(address, {}), 404, "not_found")
    one = {"lines": [{"lineId": goods["lineId"], "quantity": 1}]}
    assert_problem(camila.post(address, one), 400, "invalid_request", "lines")
    done = camila.post(address, {"reason": "Me arrepentí"})
    assert done.status_code == 201
    assert done.json["refundAmount"] == order["total"] - (guide["lineTotal"] - guide["discount"])
    after = done.json["order"]
    assert (after["status"], after["paymentStatus"]) == ("cancelled", "partially_refunded")
    assert after["refunded"] == done.json["refundAmount"]
    assert [line["refundedQuantity"] for line in after["lines"]] == [2, 0]
    assert [item["downloadsLeft"] for item in camila.get("/api/library").json["items"]] == [5]
    assert_problem(camila.post(address, {}), 400, "invalid_request")
    assert_problem(camila.post(f"/api/orders/{order['orderId']}/cancel"), 400, "invalid_request")


def test_what_arrived_is_given_back_line_by_line(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    order = bought(camila, gateway)
    with app.app_context():
        order_id = int(order["orderNumber"].rsplit("-", 1)[1])
        fulfilment.ship(order_id, carrier="tcc", tracking_number="1", staff=Actor("ana"))
        fulfilment.mark_delivered(order_id, staff=Actor("ana"))
        db.session.remove()
    address = f"/api/orders/{order['orderId']}/withdrawal"
    goods, guide = (line["lineId"] for line in order["lines"])
    for line, units, field in ((goods, 3, "quantity"), (guide, 1, "quantity"), ("x", 1, "lineId")):
        body = {"lines": [{"lineId": line, "quantity": units}]}
        assert_problem(camila.post(address, body), 400, "invalid_request", f"lines[0].{field}")
    assert_problem(camila.post(address, {}), 400, "invalid_request")
    body = {"lines": [{"lineId": goods, "quantity": 1}], "reason": "No es mi peso"}
    first = camila.post(address, body, Idempotency_Key="w-1")
    again = camila.post(address, body, Idempotency_Key="w-1")
    assert first.status_code == again.status_code == 201
    assert first.json == again.json
    assert first.json["withdrawalNumber"] == f"{order['orderNumber']}-R1"
    assert first.json["refundDueOn"]
