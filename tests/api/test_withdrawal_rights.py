"""What of an order can be given back, as an app shows it before somebody asks, and what was asked for."""

from flask import Flask

from storefront.database import db
from storefront.services.audit import Actor
from storefront.services.orders import fulfilment
from tests import factories as make
from tests.api.conftest import DUMBBELLS, GUIDE, Phone, assert_problem, purchase
from tests.fakes import FakeGateway

LINES = [{"productId": DUMBBELLS, "quantity": 2}, {"productId": GUIDE, "quantity": 1}]


def bought(camila: Phone, gateway: FakeGateway) -> str:
    """Return the id of an order that Camila paid."""
    started = camila.post("/api/checkout/create-session", purchase(items=LINES, digitalConsent=True)).json
    gateway.pay(started["sessionId"])
    camila.get(f"/api/checkout/session/{started['sessionId']}")
    return str(started["orderId"])


def deliver(app: Flask, order_id: str) -> None:
    with app.app_context():
        key = make.order_of(order_id).id
        fulfilment.ship(key, carrier="servientrega", tracking_number="123456", staff=Actor("test"))
        fulfilment.mark_delivered(key, staff=Actor("test"))
        db.session.remove()


def test_before_it_is_sent_it_is_cancelled_as_a_whole(camila: Phone, gateway: FakeGateway) -> None:
    order_id = bought(camila, gateway)
    rights = camila.get(f"/api/orders/{order_id}/withdrawal").json
    assert (rights["canCancel"], rights["canWithdraw"], rights["requests"]) == (True, False, [])
    guide = camila.get(f"/api/orders/{order_id}").json
    assert rights["cancellationAmount"] == guide["total"] - guide["lines"][1]["lineTotal"]
    answer = camila.post(f"/api/orders/{order_id}/withdrawal", {"reason": "No es mi talla"}).json
    assert answer["refundAmount"] == rights["cancellationAmount"]


def test_what_cost_nothing_is_cancelled_too(app: Flask, camila: Phone) -> None:
    with app.app_context():
        code = make.make_coupon("GRATIS", value=100)
    body = purchase(items=LINES[:1], couponCode=code, shippingMethod="pickup")
    order_id = camila.post("/api/checkout/create-session", body).json["orderId"]
    rights = camila.get(f"/api/orders/{order_id}/withdrawal").json
    assert (rights["canCancel"], rights["cancellationAmount"]) == (True, 0)
    answer = camila.post(f"/api/orders/{order_id}/withdrawal", {"reason": ""}).json
    assert (answer["refundAmount"], answer["order"]["status"]) == (0, "cancelled")


def test_after_delivery_lines_are_given_back_one_by_one(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    order_id = bought(camila, gateway)
    deliver(app, order_id)
    rights = camila.get(f"/api/orders/{order_id}/withdrawal", Accept_Language="en").json
    assert (rights["canCancel"], rights["cancellationAmount"], rights["canWithdraw"]) == (False, None, True)
    goods, guide = rights["lines"]
    assert (goods["state"], goods["quantity"]) == ("open", 2)
    assert goods["until"] is not None
    assert "You can return it until" in goods["message"]
    assert (guide["state"], guide["quantity"], guide["until"]) == ("started", 0, None)
    body = {"lines": [{"lineId": goods["lineId"], "quantity": 1}], "reason": "Muy pesadas"}
    asked = camila.post(f"/api/orders/{order_id}/withdrawal", body).json
    rights = camila.get(f"/api/orders/{order_id}/withdrawal").json
    assert rights["lines"][0]["quantity"] == 1
    (request,) = rights["requests"]
    assert request["withdrawalNumber"] == asked["withdrawalNumber"]
    assert request["refundDueOn"] == asked["refundDueOn"]
    assert (request["status"], request["lines"], request["reason"]) == ("open", body["lines"], "Muy pesadas")


def test_nothing_of_an_unpaid_order_and_of_a_strangers(camila: Phone, diego: Phone) -> None:
    order_id = camila.post("/api/checkout/create-session", purchase()).json["orderId"]
    rights = camila.get(f"/api/orders/{order_id}/withdrawal").json
    assert (rights["canCancel"], rights["canWithdraw"], rights["lines"]) == (False, False, [])
    assert_problem(diego.get(f"/api/orders/{order_id}/withdrawal"), 404, "not_found")
