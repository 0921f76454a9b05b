"""The receipt by the API, with the same facts as the page, and buying an order again."""

import pytest
from flask import Flask

from storefront.enums import ShopPart
from storefront.services.audit import Actor
from storefront.services.texts import details
from tests import factories as make
from tests.api.conftest import DUMBBELLS, GUIDE, Phone, assert_problem, purchase
from tests.fakes import FakeGateway
from tests.services.test_texts import SELLER

LINES = [{"productId": DUMBBELLS, "quantity": 2}, {"productId": GUIDE, "quantity": 1}]


@pytest.fixture
def paid(camila: Phone, gateway: FakeGateway) -> str:
    """Return the id of an order that Camila paid."""
    body = purchase(items=LINES, couponCode="FIT10", digitalConsent=True)
    started = camila.post("/api/checkout/create-session", body).json
    gateway.pay(started["sessionId"])
    camila.get(f"/api/checkout/session/{started['sessionId']}")
    return str(started["orderId"])


def test_the_receipt_has_what_the_page_shows(camila: Phone, paid: str) -> None:
    order, receipt = camila.get(f"/api/orders/{paid}").json, camila.get(f"/api/orders/{paid}/receipt").json
    shared = {"orderNumber", "lines", "subtotal", "discount", "shipping", "tax", "total", "paidAt", "shippingAddress"}
    assert {name: receipt[name] for name in shared} == {name: order[name] for name in shared}
    assert receipt["seller"] == {
        "name": "FitAiid S.A.S.", "nit": "901.234.567-7", "address": "Carrera 11 # 82-71, Bogotá D.C.",
        "phone": "+57 601 555 0123", "email": "hola@fitaiid.example",
    }  # fmt: skip
    assert sum(tax["tax"] for tax in receipt["taxes"]) == receipt["tax"]
    assert sum(tax["gross"] for tax in receipt["taxes"]) == receipt["subtotal"] - receipt["discount"]
    assert (receipt["taxes"][0]["rate"], receipt["taxes"][0]["percent"]) == ("general", 19)
    assert receipt["payment"]["reference"] in receipt["payment"]["label"]
    assert (receipt["refunds"], receipt["refunded"], receipt["balance"]) == ([], 0, receipt["total"])
    assert "factura electrónica" in receipt["notice"]
    assert "invoice" in camila.get(f"/api/orders/{paid}/receipt", Accept_Language="en").json["notice"]


def test_the_receipt_keeps_the_seller_of_its_day(app: Flask, camila: Phone, paid: str) -> None:
    with app.app_context():
        details.save(ShopPart.SELLER, SELLER, 0, staff=Actor("eva"))
    seller = camila.get(f"/api/orders/{paid}/receipt").json["seller"]
    assert (seller["name"], seller["nit"]) == ("FitAiid S.A.S.", "901.234.567-7")


def test_what_went_back_is_on_the_receipt(camila: Phone, paid: str) -> None:
    assert camila.post(f"/api/orders/{paid}/withdrawal", {"reason": "No es mi talla"}).status_code == 201
    receipt = camila.get(f"/api/orders/{paid}/receipt").json
    (refund,) = receipt["refunds"]
    assert refund["amount"] == receipt["refunded"] == receipt["total"] - receipt["balance"]
    assert refund["items"][0]["quantity"] == 2
    assert refund["taxes"][0]["tax"] > 0
    assert refund["shipping"] == receipt["shipping"]


def test_the_file_is_a_pdf_and_the_owners(camila: Phone, diego: Phone, paid: str) -> None:
    number = camila.get(f"/api/orders/{paid}").json["orderNumber"]
    for name in (paid, number):
        response = camila.get(f"/api/orders/{name}/receipt.pdf", Accept_Language="en")
        assert response.mimetype == "application/pdf"
        assert response.data.startswith(b"%PDF-")
        assert response.headers["Content-Disposition"] == f'attachment; filename="receipt-{number}.pdf"'
        assert response.headers["Cache-Control"] == "no-store"
        assert_problem(diego.get(f"/api/orders/{name}/receipt.pdf"), 404, "not_found")
        assert_problem(diego.get(f"/api/orders/{name}/receipt"), 404, "not_found")


def test_what_is_not_paid_has_no_receipt(camila: Phone) -> None:
    order_id = camila.post("/api/checkout/create-session", purchase()).json["orderId"]
    for name in ("receipt", "receipt.pdf"):
        assert_problem(camila.get(f"/api/orders/{order_id}/{name}"), 404, "not_found")


def test_an_order_is_bought_again_as_far_as_it_goes(app: Flask, camila: Phone, paid: str) -> None:
    with app.app_context():
        make.set_stock(DUMBBELLS, 1)
        make.change_product(GUIDE, status="archived")
    answer = camila.post(f"/api/orders/{paid}/reorder", Accept_Language="en")
    assert answer.status_code == 200
    assert answer.json["added"] == 1
    assert [note["code"] for note in answer.json["messages"]] == ["again_fewer", "again_gone"]
    assert all(note["message"] for note in answer.json["messages"])
    assert answer.json["cart"] == camila.get("/api/cart", Accept_Language="en").json
    assert [line["quantity"] for line in answer.json["cart"]["lines"]] == [1]


def test_nothing_left_leaves_the_cart_and_a_repeated_key_fills_it_once(app: Flask, camila: Phone, paid: str) -> None:
    for _ in range(2):
        answer = camila.post(f"/api/orders/{paid}/reorder", Idempotency_Key="once")
        assert (answer.json["added"], answer.json["messages"], answer.json["cart"]["count"]) == (3, [], 3)
    assert camila.get("/api/cart").json["count"] == 3
    with app.app_context():
        make.set_stock(DUMBBELLS, 0)
    answer = camila.post(f"/api/orders/{paid}/reorder")
    assert answer.json["added"] == 1, "of the guide there is always another"
