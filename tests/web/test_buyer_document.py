"""The buyer's document: typed at the checkout or sent by an app, on order, receipt and profile; when it is needed."""

import re

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain.cart import Cart
from storefront.domain.order import Order
from tests.api.conftest import DUMBBELLS, Phone, assert_problem, purchase, registered
from tests.factories import GUIDE, WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.test_account import register

NIT = {"document_type": "NIT", "document_number": "800.197.268-4"}
ADDRESS = {"method": "standard"}
REASON = "Por el valor de la compra necesitamos tu documento en el recibo."


@pytest.fixture
def camila(app: Flask) -> Phone:
    """Return a customer's phone."""
    return registered(app, "camila@example.com")


def orders(app: Flask) -> list[tuple[str | None, str | None]]:
    """Return the documents of all orders, oldest first."""
    with app.app_context():
        rows = db.session.execute(db.select(Order.document_type, Order.document_number).order_by(Order.id))
        found = [(row[0], row[1]) for row in rows]
        db.session.remove()
    return found


def require_from(app: Flask, pesos: int) -> None:
    app.extensions["settings"].DOCUMENT_REQUIRED_FROM_MINOR = pesos * 100


def test_a_guest_types_it_and_finds_it_on_the_receipt(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    browser.add(WHEY)
    browser.get("/checkout/shipping")
    assert '<details class="more-fields">\n    <summary>Tu documento' in browser.text, "folded: it is optional"
    browser.fill_shipping(**ADDRESS, **NIT)
    assert "NIT 800197268-4" in browser.text
    session_id = browser.pay().location.rsplit("/", 1)[-1]
    gateway.pay(session_id)
    browser.get(f"/checkout/success?session_id={session_id}")
    assert orders(app) == [("NIT", "800197268-4")]
    number = re.search(r"/account/orders/([0-9-]+)", browser.text)
    assert number is not None
    assert "NIT 800197268-4" in browser.get(f"/account/orders/{number[1]}/receipt").get_data(as_text=True)
    assert browser.get(f"/account/orders/{number[1]}/receipt.pdf").data.startswith(b"%PDF-")
    browser.add(WHEY)
    browser.get("/checkout/shipping")
    assert browser.form("/checkout/shipping").fields["document_number"] == "800197268-4", "it is proposed again"


@pytest.mark.parametrize(
    ("kind", "number", "words"),
    [
        ("NIT", "800197268-5", "El dígito de verificación no es el de ese NIT"),
        ("CC", "12a", "La cédula de ciudadanía tiene de 4 a 10 dígitos"),
        ("", "1020304050", "Elige el tipo de documento"),
        ("CC", "", "Escribe el número del documento"),
        ("XX", "1", "Elige CC, CE, NIT o pasaporte"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(browser: Browser, kind: str, number: str, words: str) -> None:
    browser.add(WHEY)
    page = browser.fill_shipping(**ADDRESS, document_type=kind, document_number=number)
    assert page.status_code == 422
    assert browser.title.startswith("Error: ")
    assert words in browser.text
    assert 'class="more-fields" open' in browser.text
    assert browser.form("/checkout/shipping").fields["document_number"] == number
    assert browser.form("/checkout/shipping").fields["street"] == "cra 7 12 34"


def test_an_emptied_field_takes_it_off(app: Flask, browser: Browser) -> None:
    browser.add(WHEY)
    browser.fill_shipping(**ADDRESS, **NIT)
    browser.fill_shipping(**ADDRESS, document_type="", document_number="")
    assert "NIT 800197268-4" not in browser.text
    browser.pay()
    assert orders(app) == [(None, None)]


def test_from_a_value_on_it_is_needed(app: Flask, browser: Browser) -> None:
    require_from(app, 100_000)
    browser.add(WHEY)
    page = browser.fill_shipping(**ADDRESS)
    assert page.status_code == 422
    assert REASON in browser.text
    assert "Por el valor de la compra necesitamos tu documento" in browser.text
    browser.get("/checkout/review")
    assert browser.page.request.path == "/checkout/shipping"
    browser.fill_shipping(**ADDRESS, **NIT)
    assert browser.page.request.path == "/checkout/review"
    assert browser.pay().status_code == 303
    assert orders(app) == [("NIT", "800197268-4")]


def test_a_download_asks_a_customer_only_if_needed(app: Flask, browser: Browser) -> None:
    register(browser)
    browser.add(GUIDE)
    browser.get("/checkout/shipping")
    assert browser.page.request.path == "/checkout/review"
    assert "document=1" in browser.text
    browser.get("/checkout/shipping?document=1")
    assert browser.page.request.path == "/checkout/shipping"
    require_from(app, 1_000)
    browser.get("/checkout/review")
    assert browser.page.request.path == "/checkout/shipping"
    assert browser.send("/checkout/shipping").status_code == 422
    browser.send("/checkout/shipping", document_type="PAS", document_number="ab 123456")
    assert "Pasaporte AB123456" in browser.text
    browser.pay(consent="y")
    assert orders(app) == [("PAS", "AB123456")]


def test_the_profile_proposes_it(browser: Browser) -> None:
    register(browser)
    browser.get("/account/profile")
    assert browser.send("/account/profile", document_type="CC", document_number="x", follow=False).status_code == 422
    browser.send("/account/profile", document_type="CC", document_number="1.020.304.050")
    assert browser.form("/account/profile").fields["document_number"] == "1020304050"
    browser.add(WHEY)
    browser.get("/checkout/shipping")
    assert browser.form("/checkout/shipping").fields["document_number"] == "1020304050"
    browser.get("/account/profile")
    browser.send("/account/profile", document_type="", document_number="")
    assert browser.form("/account/profile").fields["document_number"] == ""


def test_an_app_sends_it(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    typed, kept = {"type": "NIT", "number": "800.197.268-4"}, {"type": "NIT", "number": "800197268-4"}
    started = camila.post("/api/checkout/create-session", purchase(buyerDocument=typed)).json
    assert camila.get(f"/api/orders/{started['orderId']}").json["buyerDocument"] == kept
    gateway.pay(started["sessionId"])
    camila.get(f"/api/checkout/session/{started['sessionId']}")
    assert camila.get(f"/api/orders/{started['orderId']}/receipt").json["buyerDocument"] == kept
    assert camila.patch("/api/me", {"buyerDocument": typed}).json["buyerDocument"] == kept
    assert camila.patch("/api/me", {"firstName": "Ana"}).json["buyerDocument"] == kept
    assert camila.patch("/api/me", {"buyerDocument": None}).json["buyerDocument"] is None
    problem = assert_problem(camila.patch("/api/me", {"buyerDocument": {"type": "CC", "number": "x"}}), 400,
                             "invalid_request", "buyerDocument.number")  # fmt: skip
    assert "cédula" in problem["errors"][0]["message"]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"type": "NIT", "number": "800197268-5"}, "buyerDocument.number"),
        ({"type": "TI", "number": "1020304050"}, "buyerDocument.type"),
        ({"type": "CC"}, "buyerDocument.number"),
        ({"number": "1020304050"}, "buyerDocument.type"),
        ({"type": "CC", "number": 1020304050}, "buyerDocument.number"),
        ({"type": "CC", "number": "1020304050", "name": "x"}, "buyerDocument.name"),
        ("CC 1020304050", "buyerDocument"),
    ],
)
def test_what_an_app_sends_wrong_is_named(app: Flask, camila: Phone, document: object, field: str) -> None:
    refused = camila.post("/api/checkout/create-session", purchase(buyerDocument=document))
    assert_problem(refused, 400, "invalid_request", field)
    assert orders(app) == []


def test_an_app_is_told_when_it_is_needed(app: Flask, camila: Phone) -> None:
    require_from(app, 100_000)
    refused = camila.post("/api/checkout/create-session", purchase(), Accept_Language="en")
    problem = assert_problem(refused, 400, "invalid_request", "buyerDocument")
    assert "document" in problem["errors"][0]["message"]
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 2})
    shipping = {"shippingMethod": "standard", "shippingAddress": purchase()["shippingAddress"]}
    cart = camila.put("/api/cart/shipping", shipping | {"buyerDocument": {"type": "CE", "number": "345678"}}).json
    assert (cart["needsDocument"], cart["buyerDocument"]) == (True, {"type": "CE", "number": "345678"})
    assert camila.put("/api/cart/shipping", shipping).json["buyerDocument"] == cart["buyerDocument"], "it stays"
    assert camila.post("/api/checkout/create-session", purchase(items=None)).status_code == 201
    assert orders(app) == [("CE", "345678")]
    assert camila.put("/api/cart/shipping", shipping | {"buyerDocument": None}).json["buyerDocument"] is None


def test_a_guests_document_comes_along_at_login(app: Flask, browser: Browser) -> None:
    browser.add(WHEY)
    browser.fill_shipping(**ADDRESS, **NIT)
    register(browser)
    with app.app_context():
        assert db.session.scalar(db.select(Cart.document)) == {"type": "NIT", "number": "800197268-4"}
        db.session.remove()
    browser.get("/checkout/review")
    assert "NIT 800197268-4" in browser.text
