"""The seed's endpoints: what they answer and every way they refuse."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from storefront.clock import now
from storefront.database import db
from storefront.domain.coupon import Coupon
from storefront.domain.inventory import Stock
from storefront.domain.order import Order
from storefront.services.payments import checkout_sessions
from tests import factories as make
from tests.api.conftest import ADDRESS, BANDS, DUMBBELLS, GUIDE, PLAN, URLS, Phone, assert_problem, purchase
from tests.fakes import FakeGateway

SESSION = "/api/checkout/create-session"
QUOTE_KEYS = {
    "lines", "subtotal", "discount", "shipping", "tax", "taxIncluded", "total", "currency", "couponCode",
    "shippingMethod",
}  # fmt: skip
LINE_KEYS = {
    "productId",
    "variantId",
    "sku",
    "options",
    "name",
    "quantity",
    "unitPrice",
    "lineTotal",
    "discount",
    "tax",
}


def stock_of(app: Flask, slug: str) -> tuple[int, int]:
    with app.app_context():
        row = db.session.execute(
            db.select(Stock.on_hand, Stock.reserved).where(Stock.variant_id == make.variant_id_of(slug))
        ).one()
        db.session.remove()
    return row[0], row[1]


def change_product(app: Flask, slug: str, **values: Any) -> None:
    with app.app_context():
        make.change_product(slug, **values)
        db.session.remove()


def test_a_session_is_created(app: Flask, camila: Phone, gateway: FakeGateway, product_ids: dict[str, str]) -> None:
    response = camila.post(SESSION, purchase(couponCode=" fit10 ", customerNotes="  Portería  "))
    assert response.status_code == 201
    body = response.json
    assert set(body) == {"sessionId", "checkoutUrl", "orderId", "orderNumber", "expiresAt", "quote"}
    quote = body["quote"]
    assert set(quote) == QUOTE_KEYS
    assert set(quote["lines"][0]) == LINE_KEYS
    assert quote["lines"][0]["productId"] == product_ids[DUMBBELLS]
    assert quote["total"] == quote["subtotal"] - quote["discount"] + quote["shipping"]
    assert (quote["couponCode"], quote["shippingMethod"], quote["taxIncluded"]) == ("FIT10", "standard", True)
    assert body["expiresAt"].endswith("Z")
    assert body["checkoutUrl"] == gateway.pages[body["sessionId"]].url
    request = gateway.requests[body["sessionId"]]
    assert request.success_url == "fitaiid://checkout/success?session_id={CHECKOUT_SESSION_ID}"
    assert request.total_minor == quote["total"]
    assert stock_of(app, DUMBBELLS)[1] == 2
    with app.app_context():
        assert db.session.scalar(db.select(Order.notes)) == "Portería"


def test_lines_of_one_product_are_one_line(camila: Phone, product_ids: dict[str, str]) -> None:
    items = [{"productId": DUMBBELLS, "quantity": 1}, {"productId": product_ids[DUMBBELLS], "quantity": 2}]
    quote = camila.post(SESSION, purchase(items=items)).json["quote"]
    assert [(line["productId"], line["quantity"]) for line in quote["lines"]] == [(product_ids[DUMBBELLS], 3)]


def test_lines_of_one_product_are_added_before_the_limit(camila: Phone) -> None:
    items = [{"productId": DUMBBELLS, "quantity": 60}, {"productId": DUMBBELLS, "quantity": 60}]
    assert_problem(camila.post(SESSION, purchase(items=items)), 400, "invalid_request", "items[1].quantity")


def test_the_status_of_a_session(camila: Phone, gateway: FakeGateway) -> None:
    started = camila.post(SESSION, purchase()).json
    path = f"/api/checkout/session/{started['sessionId']}"
    body = camila.get(path).json
    assert set(body) == {
        "sessionId", "status", "paymentStatus", "orderId", "orderNumber", "orderStatus", "amountTotal", "currency",
        "customerEmail", "expiresAt", "paidAt",
    }  # fmt: skip
    assert (body["status"], body["paymentStatus"], body["orderStatus"]) == ("open", "pending", "pending")
    assert (body["amountTotal"], body["currency"]) == (started["quote"]["total"], "COP")
    assert (body["customerEmail"], body["paidAt"]) == ("camila@example.com", None)
    gateway.pay(started["sessionId"])
    body = camila.get(path).json
    assert (body["status"], body["paymentStatus"], body["orderStatus"]) == ("complete", "paid", "confirmed")
    assert body["paidAt"].endswith("Z")


def test_an_ended_session_is_expired(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    started = camila.post(SESSION, purchase()).json
    with app.app_context():
        gateway.close_checkout(started["sessionId"])
    body = camila.get(f"/api/checkout/session/{started['sessionId']}").json
    assert (body["status"], body["orderStatus"]) == ("expired", "cancelled")


def test_the_status_is_told_while_stripe_is_silent(camila: Phone, gateway: FakeGateway) -> None:
    started = camila.post(SESSION, purchase()).json
    gateway.go_silent()
    assert camila.get(f"/api/checkout/session/{started['sessionId']}").json["status"] == "open"


@pytest.mark.parametrize("session_id", ["cs_test_absent", "free_absent", "%00", "a" * 300])
def test_an_absent_session_is_not_found(camila: Phone, session_id: str) -> None:
    assert_problem(camila.get(f"/api/checkout/session/{session_id}"), 404, "not_found")


def test_somebody_elses_session_is_not_found(camila: Phone, diego: Phone) -> None:
    started = camila.post(SESSION, purchase()).json
    assert_problem(diego.get(f"/api/checkout/session/{started['sessionId']}"), 404, "not_found")


def test_without_items_the_cart_is_bought(camila: Phone, gateway: FakeGateway) -> None:
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 2})
    camila.put("/api/cart/shipping", {"shippingMethod": "express", "shippingAddress": ADDRESS})
    camila.put("/api/cart/coupon", {"couponCode": "FIT10"})
    cart = camila.get("/api/cart").json
    started = camila.post(SESSION, URLS)
    assert started.status_code == 201
    assert started.json["quote"] == cart["quote"]
    gateway.pay(started.json["sessionId"])
    camila.get(f"/api/checkout/session/{started.json['sessionId']}")
    assert camila.get("/api/cart").json["lines"] == []


def test_the_same_cart_twice_is_one_session(app: Flask, camila: Phone) -> None:
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 2})
    body = purchase(items=None)
    first, second = camila.post(SESSION, body).json, camila.post(SESSION, body).json
    assert first == second
    assert stock_of(app, DUMBBELLS)[1] == 2


def test_an_order_of_nothing_is_paid_at_once(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    with app.app_context():
        db.session.add(Coupon(code="TODO", kind="percent", value=100))
        db.session.commit()
    body = purchase(couponCode="TODO", shippingMethod="pickup", successUrl="https://shop.fitaiid.example/done?a=1#top")
    started = camila.post(SESSION, body)
    assert started.status_code == 201, started.json
    order_id, session_id = started.json["orderId"], started.json["sessionId"]
    assert session_id == f"free_{order_id}"
    assert started.json["checkoutUrl"] == f"https://shop.fitaiid.example/done?a=1&session_id={session_id}#top"
    assert started.json["quote"]["total"] == 0
    assert gateway.calls == []
    status = camila.get(f"/api/checkout/session/{session_id}").json
    assert (status["status"], status["paymentStatus"], status["amountTotal"]) == ("complete", "paid", 0)


REFUSALS: list[tuple[dict[str, Any], int, str]] = [
    ({"items": []}, 400, "empty_cart"),
    ({"items": None}, 400, "empty_cart"),
    ({"items": [{"productId": "no-such-thing", "quantity": 1}]}, 404, "not_found"),
    ({"items": [{"productId": DUMBBELLS, "quantity": 100}]}, 400, "out_of_stock"),
    ({"items": [{"productId": PLAN, "quantity": 1}]}, 400, "consent_required"),
    ({"couponCode": "NADA"}, 400, "coupon_invalid"),
    ({"couponCode": "VENCIDO"}, 400, "coupon_expired"),
    ({"couponCode": "PLAN50"}, 400, "coupon_not_applicable"),
    ({"items": [{"productId": BANDS, "quantity": 1}], "couponCode": "AHORRA20K"}, 400, "coupon_minimum_not_met"),
    ({"successUrl": "https://evil.example/"}, 400, "return_url_not_allowed"),
    ({"cancelUrl": "javascript:alert(1)"}, 400, "return_url_not_allowed"),
    ({"successUrl": "https://shop.fitaiid.example/" + "a" * 2048}, 400, "return_url_not_allowed"),
    ({"expectedTotal": 1}, 400, "price_changed"),
    ({"items": [{"productId": GUIDE, "quantity": 1}], "shippingAddress": None}, 400, "consent_required"),
    ({"shippingAddress": None}, 400, "invalid_request"),
    ({"shippingMethod": "drone"}, 400, "invalid_request"),
    ({"shippingMethod": "overnight", "shippingAddress": {**ADDRESS, "city": "Leticia", "state": "Amazonas",
                                                         "zipCode": ""}}, 400, "shipping_unavailable"),
    ({"shippingAddress": {**ADDRESS, "phone": "123"}}, 400, "invalid_request"),
    ({"shippingAddress": {**ADDRESS, "country": "Perú"}}, 400, "invalid_request"),
    ({"shippingAddress": {**ADDRESS, "city": "Macondo"}}, 400, "invalid_request"),
    ({"shippingAddress": {**ADDRESS, "firstName": ""}}, 400, "invalid_request"),
    ({"customerNotes": "x" * 501}, 400, "invalid_request"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "status", "code"), REFUSALS, ids=[f"{row[2]}-{i}" for i, row in enumerate(REFUSALS)]
)
def test_refusals(
    app: Flask, camila: Phone, gateway: FakeGateway, changes: dict[str, Any], status: int, code: str
) -> None:
    assert_problem(camila.post(SESSION, purchase(**changes)), status, code)
    assert "open" not in gateway.calls
    with app.app_context():
        assert db.session.scalar(db.select(db.func.count()).select_from(Order)) == 0
        assert db.session.scalar(db.select(db.func.sum(Stock.reserved))) == 0


def test_the_fields_of_an_address_are_named_as_the_client_names_them(camila: Phone) -> None:
    address = {**ADDRESS, "state": "Atlantis", "zipCode": "x", "phone": "1"}
    fields = ["shippingAddress.state", "shippingAddress.zipCode", "shippingAddress.phone"]
    assert_problem(camila.post(SESSION, purchase(shippingAddress=address)), 400, "invalid_request", *fields)


def test_a_coupon_is_refused_by_the_rule_that_refuses_it(app: Flask, camila: Phone) -> None:
    with app.app_context():
        db.session.add(Coupon(code="PRONTO", kind="percent", value=5, starts_at=now() + timedelta(days=365)))
        db.session.add(Coupon(code="AGOTADO", kind="percent", value=5, max_uses=1, used_count=1))
        db.session.add(Coupon(code="UNAVEZ", kind="percent", value=5, max_uses_per_customer=1))
        db.session.commit()
    assert_problem(camila.post(SESSION, purchase(couponCode="PRONTO")), 400, "coupon_not_started")
    assert_problem(camila.post(SESSION, purchase(couponCode="AGOTADO")), 400, "coupon_exhausted")
    assert camila.post(SESSION, purchase(couponCode="UNAVEZ")).status_code == 201
    assert_problem(camila.post(SESSION, purchase(couponCode="UNAVEZ")), 400, "coupon_already_used")


def test_a_changed_price_is_told_with_the_new_quote(app: Flask, camila: Phone) -> None:
    seen = camila.post(SESSION, purchase()).json["quote"]["total"]
    assert camila.post(SESSION, purchase(expectedTotal=seen)).status_code == 201
    change_product(app, DUMBBELLS, price_minor=9_990_000)
    problem = assert_problem(camila.post(SESSION, purchase(expectedTotal=seen)), 400, "price_changed")
    assert set(problem["quote"]) == QUOTE_KEYS
    assert problem["quote"]["total"] != seen


def test_what_is_short_is_told(camila: Phone, product_ids: dict[str, str]) -> None:
    response = camila.post(SESSION, purchase(items=[{"productId": DUMBBELLS, "quantity": 99}]))
    [shortage] = assert_problem(response, 400, "out_of_stock")["shortages"]
    assert (shortage["productId"], shortage["quantity"]) == (product_ids[DUMBBELLS], 99)
    assert shortage["available"] < 99


def test_too_little_is_refused(app: Flask, camila: Phone) -> None:
    change_product(app, GUIDE, price_minor=100_000)
    body = purchase(items=[{"productId": GUIDE, "quantity": 1}], digitalConsent=True)
    assert_problem(camila.post(SESSION, body), 400, "amount_too_small")


def test_an_unpublished_product_is_not_found(app: Flask, camila: Phone) -> None:
    change_product(app, DUMBBELLS, status="archived")
    assert_problem(camila.post(SESSION, purchase()), 404, "not_found")


def test_pickup_needs_names_and_phone_only(camila: Phone) -> None:
    address = {name: ADDRESS[name] for name in ("firstName", "lastName", "phone")}
    response = camila.post(SESSION, purchase(shippingMethod="pickup", shippingAddress=address))
    assert response.status_code == 201
    assert response.json["quote"]["shipping"] == 0


def test_digital_goods_need_consent_and_no_address(camila: Phone) -> None:
    body = purchase(items=[{"productId": GUIDE, "quantity": 1}], shippingAddress=None, digitalConsent=True)
    response = camila.post(SESSION, body)
    assert response.status_code == 201
    assert response.json["quote"]["shippingMethod"] is None


def test_a_silent_stripe_is_a_500_and_keeps_the_hold(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    gateway.go_silent()
    assert_problem(camila.post(SESSION, purchase()), 500, "payment_provider_error")
    assert stock_of(app, DUMBBELLS)[1] == 2


@pytest.mark.options(propagate_exceptions=False)
def test_our_own_fault_is_a_500_without_a_trace(app: Flask, camila: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(checkout_sessions, "open_session", broken)
    response = camila.post(SESSION, purchase())
    assert_problem(response, 500, "internal_error")
    assert "secret detail" not in response.get_data(as_text=True)


def test_english_is_spoken_on_request(camila: Phone) -> None:
    spanish = assert_problem(camila.post(SESSION, purchase(couponCode="NADA")), 400, "coupon_invalid")
    english = assert_problem(
        camila.post(SESSION, purchase(couponCode="NADA"), Accept_Language="en-US,en;q=0.9"), 400, "coupon_invalid"
    )
    assert spanish["title"] == "Solicitud no válida"
    assert english["title"] != spanish["title"]
    assert english["detail"] != spanish["detail"]


def test_an_order_speaks_the_language_of_its_request_or_else_of_its_customer(app: Flask, camila: Phone) -> None:
    camila.patch("/api/me", {"language": "en"})
    camila.post(SESSION, purchase())
    camila.post(SESSION, purchase(), Accept_Language="es")
    with app.app_context():
        assert list(db.session.scalars(db.select(Order.language).order_by(Order.id))) == ["en", "es"]


def test_the_webhook_refuses_what_is_not_stripes(stranger: Phone) -> None:
    assert_problem(stranger.post("/api/checkout/webhook", {"id": "evt_1"}), 400, "invalid_signature")


def test_an_order_paid_again_at_another_price_is_refused_with_the_quote_of_now(
    app: Flask, camila: Phone, gateway: FakeGateway, product_ids: dict[str, str]
) -> None:
    started = camila.post(SESSION, purchase()).json
    change_product(app, DUMBBELLS, price_minor=40_000_000, original_price_minor=None)
    problem = assert_problem(camila.post(f"/api/orders/{started['orderId']}/pay", URLS), 400, "price_changed")
    assert problem["quote"]["total"] > started["quote"]["total"]
    assert gateway.pages[started["sessionId"]].status == "open"


@pytest.mark.new_app
def test_more_units_than_one_customer_may_hold_are_refused_with_a_sentence(app: Flask, camila: Phone) -> None:
    settings = app.extensions["settings"]
    settings.RATE_LIMITS, settings.MAX_HELD_UNITS_PER_PERSON = True, 1
    answer = camila.post(SESSION, purchase())
    assert "hasta 1 unidades" in assert_problem(answer, 429, "rate_limited")["detail"]
    assert answer.headers["Retry-After"]
    assert stock_of(app, DUMBBELLS)[1] == 0
