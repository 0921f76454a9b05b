"""The customer's cart through the API: the same one that the browser shows."""

import pytest
from flask import Flask

from storefront.services import carts
from storefront.services.accounts import authentication
from storefront.services.shopper import Shopper
from tests import factories as make
from tests.api.conftest import ADDRESS, BANDS, DUMBBELLS, GUIDE, PASSWORD, PLAN, Phone, assert_problem, purchase

LETICIA = {**ADDRESS, "city": "Leticia", "state": "Amazonas", "zipCode": ""}


def test_an_empty_cart(camila: Phone) -> None:
    cart = camila.get("/api/cart").json
    assert set(cart) >= {"lines", "coupon", "shippingMethod", "shippingAddress", "quote", "messages"}
    assert (cart["lines"], cart["coupon"], cart["messages"], cart["quote"]["total"]) == ([], None, [], 0)


def test_setting_and_removing(camila: Phone, product_ids: dict[str, str]) -> None:
    cart = camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 3}).json
    assert [(line["slug"], line["quantity"]) for line in cart["lines"]] == [(DUMBBELLS, 3)]
    assert cart["quote"]["subtotal"] == cart["lines"][0]["lineTotal"] == 3 * cart["lines"][0]["unitPrice"]
    assert camila.put(f"/api/cart/items/{product_ids[DUMBBELLS]}", {"quantity": 1}).json["count"] == 1
    assert camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 0}).json["lines"] == []
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    assert camila.delete(f"/api/cart/items/{DUMBBELLS}").json["lines"] == []
    assert camila.delete(f"/api/cart/items/{DUMBBELLS}").status_code == 200


@pytest.mark.parametrize(
    ("slug", "quantity", "status", "code"),
    [
        (DUMBBELLS, 100, 400, "out_of_stock"),
        (DUMBBELLS, 101, 400, "invalid_request"),
        (DUMBBELLS, -1, 400, "invalid_request"),
        (DUMBBELLS, True, 400, "invalid_request"),
        ("nope", 1, 404, "not_found"),
    ],
)
def test_what_cannot_be_put_in(camila: Phone, slug: str, quantity: object, status: int, code: str) -> None:
    assert_problem(camila.put(f"/api/cart/items/{slug}", {"quantity": quantity}), status, code)
    assert camila.get("/api/cart").json["lines"] == []


def test_a_coupon(camila: Phone) -> None:
    assert_problem(camila.put("/api/cart/coupon", {"couponCode": "FIT10"}), 400, "empty_cart")
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    cart = camila.put("/api/cart/coupon", {"couponCode": "fit10"}).json
    assert cart["coupon"] == {"couponCode": "FIT10", "valid": True, "code": None, "message": ""}
    assert cart["quote"]["discount"] > 0
    assert_problem(camila.put("/api/cart/coupon", {"couponCode": "VENCIDO"}), 400, "coupon_expired")
    assert camila.get("/api/cart").json["coupon"]["couponCode"] == "FIT10"
    assert camila.delete("/api/cart/coupon").json["coupon"] is None


def test_every_way_of_delivery_is_priced_with_the_coupon(camila: Phone) -> None:
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    cart = camila.put("/api/cart/coupon", {"couponCode": "ENVIOGRATIS"}).json
    costs = {option["shippingMethod"]: (option["shippingCost"], option["isFree"]) for option in cart["shippingOptions"]}
    assert (costs["standard"], costs["express"]) == ((0, True), (5_000_000, False))
    assert cart["coupon"]["message"] == ""
    cart = camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 2}).json
    assert "no se gasta" in cart["coupon"]["message"], "standard delivery is free already"


def test_a_coupon_that_stopped_counting_says_why(camila: Phone) -> None:
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    camila.put("/api/cart/coupon", {"couponCode": "AHORRA20K"})
    camila.put(f"/api/cart/items/{GUIDE}", {"quantity": 1})
    cart = camila.delete(f"/api/cart/items/{DUMBBELLS}").json
    assert (cart["coupon"]["valid"], cart["coupon"]["code"]) == (False, "coupon_minimum_not_met")
    assert cart["coupon"]["message"]
    assert cart["quote"]["discount"] == 0


def test_where_it_goes(camila: Phone) -> None:
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    cart = camila.put("/api/cart/shipping", {"shippingMethod": "express", "shippingAddress": ADDRESS}).json
    assert cart["shippingMethod"] == cart["quote"]["shippingMethod"] == "express"
    assert cart["quote"]["shipping"] == 4_500_000
    assert cart["shippingAddress"]["phone"] == "+573001234567"
    assert {option["shippingMethod"] for option in cart["shippingOptions"]} == {
        "standard",
        "express",
        "overnight",
        "pickup",
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"shippingMethod": "drone", "shippingAddress": ADDRESS}, "invalid_request"),
        ({"shippingAddress": ADDRESS}, "invalid_request"),
        ({"shippingMethod": "standard", "shippingAddress": {**ADDRESS, "city": "Macondo"}}, "invalid_request"),
        ({"shippingMethod": "express", "shippingAddress": LETICIA}, "shipping_unavailable"),
    ],
)  # fmt: skip
def test_where_it_cannot_go(camila: Phone, body: dict[str, object], code: str) -> None:
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    assert_problem(camila.put("/api/cart/shipping", body), 400, code)


def test_a_method_alone_is_judged_by_the_stored_address(camila: Phone) -> None:
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    camila.put("/api/cart/shipping", {"shippingMethod": "standard", "shippingAddress": ADDRESS})
    cart = camila.put("/api/cart/shipping", {"shippingMethod": "overnight"}).json
    assert (cart["shippingMethod"], cart["quote"]["shippingMethod"]) == ("overnight", "overnight")
    camila.put("/api/cart/shipping", {"shippingMethod": "standard", "shippingAddress": LETICIA})
    assert_problem(camila.put("/api/cart/shipping", {"shippingMethod": "express"}), 400, "shipping_unavailable")
    counter = {name: ADDRESS[name] for name in ("firstName", "lastName", "phone")}
    camila.put("/api/cart/shipping", {"shippingMethod": "pickup", "shippingAddress": counter})
    refused = camila.put("/api/cart/shipping", {"shippingMethod": "standard"})
    assert_problem(refused, 400, "invalid_request")
    assert refused.json["errors"][0]["field"] == "shippingAddress"
    assert camila.put("/api/cart/shipping", {"shippingMethod": "pickup"}).json["shippingMethod"] == "pickup"


def test_a_coupon_that_this_customer_used_up_says_so_in_the_next_cart(app: Flask, camila: Phone) -> None:
    with app.app_context():
        code = make.make_coupon(max_uses_per_customer=1)
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    assert camila.put("/api/cart/coupon", {"couponCode": code}).json["coupon"]["valid"]
    bought = purchase(items=[{"productId": BANDS, "quantity": 1}], couponCode=code)
    assert camila.post("/api/checkout/create-session", bought).status_code == 201
    cart = camila.get("/api/cart").json
    assert (cart["coupon"]["valid"], cart["coupon"]["code"]) == (False, "coupon_already_used")


def test_several_variants_of_a_product_in_the_cart_are_named_when_one_is_meant(camila: Phone) -> None:
    product = camila.get("/api/products/camiseta-secado-rapido").json
    shirts = [variant["variantId"] for variant in product["variants"] if variant["available"]][:2]
    for shirt in shirts:
        camila.put(f"/api/cart/items/{shirt}", {"quantity": 1})
    refused = camila.delete("/api/cart/items/camiseta-secado-rapido")
    assert_problem(refused, 400, "variant_required")
    assert {variant["variantId"] for variant in refused.json["variants"]} == set(shirts)


def test_changes_since_the_last_look_are_told(app: Flask, camila: Phone) -> None:
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    with app.app_context():
        make.change_product(DUMBBELLS, price_minor=9_990_000)
    cart = camila.get("/api/cart").json
    assert [message["code"] for message in cart["messages"]] == ["price_changed"]
    assert cart["messages"][0]["message"]
    assert cart["lines"][0]["previousPrice"] != cart["lines"][0]["unitPrice"] == 9_990_000


def test_the_browsers_cart_is_the_phones_cart(app: Flask, camila: Phone) -> None:
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 1})
    with app.app_context():
        guest = carts.add(Shopper(), GUIDE, 1).cart_token
        authentication.log_in(email="camila@example.com", password=PASSWORD, cart_token=guest)
        customer = Shopper(customer_id=camila.user["userId"])
        assert carts.count(customer) == 2
    assert {line["slug"] for line in camila.get("/api/cart").json["lines"]} == {DUMBBELLS, GUIDE}


def test_a_plan_twice_is_refused_at_the_item_that_asks_for_it(camila: Phone) -> None:
    items = [{"productId": DUMBBELLS, "quantity": 1}, {"productId": PLAN, "quantity": 2}]
    refused = camila.post("/api/checkout/create-session", purchase(items=items))
    assert_problem(refused, 400, "invalid_request", "items[1].quantity")


def test_the_case_of_the_scheme_means_nothing(camila: Phone) -> None:
    answer = camila.client.get("/api/cart", headers={"Authorization": f"bearer {camila.token}"})
    assert answer.status_code == 200
