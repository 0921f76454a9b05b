"""What something would cost: a coupon's worth, and delivery to a place."""

from typing import Any

import pytest
import time_machine
from flask import Flask

from storefront.database import db
from storefront.domain.coupon import Coupon
from tests.api.conftest import DUMBBELLS, GUIDE, Phone, assert_problem, registered


def test_a_coupon_is_valued_without_being_used(app: Flask, camila: Phone) -> None:
    body = {"couponCode": " fit10 ", "items": [{"productId": DUMBBELLS, "quantity": 2}]}
    found = camila.post("/api/checkout/apply-coupon", body).json
    assert set(found) == {
        "valid", "couponCode", "discountType", "discountValue", "discountAmount", "subtotal", "total", "currency",
        "message",
    }  # fmt: skip
    assert (found["valid"], found["couponCode"], found["currency"]) == (True, "FIT10", "COP")
    assert (found["discountType"], found["discountValue"]) == ("percent", 10)
    assert found["discountAmount"] * 10 == found["subtotal"]
    assert found["total"] == found["subtotal"] - found["discountAmount"]
    with app.app_context():
        assert db.session.scalar(db.select(db.func.sum(Coupon.used_count))) == 0


@pytest.mark.parametrize(
    ("code", "kind", "value"), [("AHORRA20K", "fixed", 2_000_000), ("ENVIOGRATIS", "free_shipping", 0)]
)
def test_other_kinds_of_coupons(camila: Phone, code: str, kind: str, value: int) -> None:
    body = {"couponCode": code, "items": [{"productId": DUMBBELLS, "quantity": 2}]}
    found = camila.post("/api/checkout/apply-coupon", body).json
    assert (found["discountType"], found["discountValue"], found["discountAmount"]) == (kind, value, value)


@pytest.mark.parametrize(
    ("product", "quantity", "words"),
    [(DUMBBELLS, 1, "el envío estándar es gratis"), (DUMBBELLS, 2, "no se gasta"), (GUIDE, 1, "no se gasta")],
)
def test_whether_a_coupon_for_the_freight_gives_anything_is_said(
    camila: Phone, product: str, quantity: int, words: str
) -> None:
    body = {"couponCode": "ENVIOGRATIS", "items": [{"productId": product, "quantity": quantity}]}
    assert words in camila.post("/api/checkout/apply-coupon", body).json["message"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"couponCode": "NADA", "items": [{"productId": DUMBBELLS, "quantity": 1}]}, 400, "coupon_invalid"),
        ({"couponCode": "VENCIDO", "items": [{"productId": DUMBBELLS, "quantity": 1}]}, 400, "coupon_expired"),
        ({"couponCode": "FIT10", "items": []}, 400, "empty_cart"),
        ({"couponCode": "FIT10"}, 400, "invalid_request"),
        ({"couponCode": "", "items": [{"productId": DUMBBELLS, "quantity": 1}]}, 400, "invalid_request"),
        ({"couponCode": "FIT10", "items": [{"productId": "nope", "quantity": 1}]}, 404, "not_found"),
    ],
)
def test_a_coupon_that_cannot_be_used(camila: Phone, body: dict[str, Any], status: int, code: str) -> None:
    assert_problem(camila.post("/api/checkout/apply-coupon", body), status, code)


@time_machine.travel("2026-11-24 15:00:00+00:00", tick=True)
def test_delivery_is_priced(app: Flask) -> None:
    camila = registered(app, "camila@example.com")
    body = {"items": [{"productId": DUMBBELLS, "quantity": 2}], "shippingMethod": "standard", "city": "MEDELLIN"}
    found = camila.post("/api/checkout/calculate-shipping", body).json
    assert set(found) == {
        "shippingMethod", "city", "shippingCost", "isFree", "freeShippingThreshold", "amountToFreeShipping",
        "subtotal", "currency", "estimatedDelivery", "options",
    }  # fmt: skip
    assert (found["city"], found["shippingCost"], found["isFree"]) == ("Medellín", 0, True)
    assert (found["freeShippingThreshold"], found["amountToFreeShipping"]) == (20_000_000, 0)
    assert found["estimatedDelivery"] == {"earliest": "2026-11-26", "latest": "2026-11-30"}
    assert [option["shippingMethod"] for option in found["options"]] == ["standard", "express", "overnight", "pickup"]
    for option in found["options"]:
        assert set(option) == {"shippingMethod", "shippingCost", "isFree", "available", "estimatedDelivery"}


def test_delivery_below_the_threshold_costs(camila: Phone) -> None:
    body = {"items": [{"productId": DUMBBELLS, "quantity": 1}], "city": "Bogotá"}
    found = camila.post("/api/checkout/calculate-shipping", body).json
    assert (found["shippingMethod"], found["shippingCost"], found["isFree"]) == ("standard", 2_500_000, False)
    assert found["amountToFreeShipping"] == 20_000_000 - found["subtotal"]


@pytest.mark.parametrize(
    ("typed", "name", "cost"),
    [
        ("Medellín, Antioquia", "Medellín", 2_500_000),
        ("Providencia", "Providencia y Santa Catalina", 4_500_000),
        ("Sotará Paispamba", "Sotará", 2_500_000),
    ],
)
def test_places_are_understood_as_people_write_them(camila: Phone, typed: str, name: str, cost: int) -> None:
    body = {"items": [{"productId": DUMBBELLS, "quantity": 1}], "city": typed}
    found = camila.post("/api/checkout/calculate-shipping", body).json
    assert (found["city"], found["shippingCost"]) == (name, cost)


def test_what_does_not_ship_brings_free_delivery_no_nearer(camila: Phone) -> None:
    goods = [{"productId": DUMBBELLS, "quantity": 1}]
    alone = camila.post("/api/checkout/calculate-shipping", {"items": goods, "city": "Bogotá"}).json
    more = [*goods, {"productId": GUIDE, "quantity": 9}]
    found = camila.post("/api/checkout/calculate-shipping", {"items": more, "city": "Bogotá"}).json
    assert found["subtotal"] > 20_000_000
    assert (found["amountToFreeShipping"], found["shippingCost"]) == (alone["amountToFreeShipping"], 2_500_000)


def test_pickup_needs_no_city(camila: Phone) -> None:
    body = {"items": [{"productId": DUMBBELLS, "quantity": 1}], "shippingMethod": "pickup"}
    found = camila.post("/api/checkout/calculate-shipping", body).json
    assert (found["city"], found["shippingCost"]) == (None, 0)
    assert [option["available"] for option in found["options"]] == [False, False, False, True]


def test_nothing_to_ship_costs_nothing(camila: Phone) -> None:
    body = {"items": [{"productId": GUIDE, "quantity": 1}], "city": "Bogotá"}
    found = camila.post("/api/checkout/calculate-shipping", body).json
    assert (found["shippingCost"], found["isFree"], found["estimatedDelivery"], found["options"]) == (0, True, None, [])


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"city": "Macondo"}, 400, "invalid_request"),
        ({"city": None}, 400, "invalid_request"),
        ({"city": "Leticia", "shippingMethod": "overnight"}, 400, "shipping_unavailable"),
        ({"shippingMethod": "drone"}, 400, "invalid_request"),
        ({"items": []}, 400, "empty_cart"),
        ({"items": [{"productId": "nope", "quantity": 1}]}, 404, "not_found"),
    ],
)
def test_delivery_that_cannot_be(camila: Phone, changes: dict[str, Any], status: int, code: str) -> None:
    body = {"items": [{"productId": DUMBBELLS, "quantity": 1}], "city": "Bogotá", **changes}
    assert_problem(camila.post("/api/checkout/calculate-shipping", body), status, code)
