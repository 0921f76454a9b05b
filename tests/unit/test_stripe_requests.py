"""What is sent to Stripe for an order: its lines, its total, its marks, and nothing that Stripe refuses together."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from storefront.gateways.payments import CheckoutLine, CheckoutRequest
from storefront.gateways.stripe import StripeGateway, coupon_params, session_params
from storefront.money import pesos

REQUEST = CheckoutRequest(
    order_id="01m86bs3yvydhpwt1p9ks89q5q",
    order_number="2026-11-0042",
    lines=(CheckoutLine(name="Mancuerna", unit_price_minor=pesos(200_000), quantity=2),),
    currency="COP",
    discount_minor=pesos(20_000),
    discount_name="AHORRA20K",
    shipping_minor=pesos(25_000),
    shipping_name="Envío estándar",
    total_minor=pesos(405_000),
    email="ana@example.com",
    language="es",
    success_url="https://shop.example/ok?session_id={CHECKOUT_SESSION_ID}",
    cancel_url="https://shop.example/cancel",
    expires_at=datetime(2026, 11, 24, 15, 31, tzinfo=UTC),
    quote_hash="5" * 64,
)


def params(discounts: list[dict[str, str]] | None = None, **changes: Any) -> dict[str, Any]:
    return session_params(replace(REQUEST, **changes), discounts or [])


def test_l23_200_000_pesos_are_20_000_000_at_stripe() -> None:
    (line,) = params()["line_items"]
    assert line == {
        "price_data": {"currency": "cop", "unit_amount": 20_000_000, "product_data": {"name": "Mancuerna"}},
        "quantity": 2,
    }


def test_l11_the_orders_marks_are_on_the_page_and_on_its_payment() -> None:
    marks = {"order_id": REQUEST.order_id, "order_number": "2026-11-0042", "quote": REQUEST.quote_hash}
    made = params()
    assert made["metadata"] == made["payment_intent_data"]["metadata"] == marks
    assert made["client_reference_id"] == REQUEST.order_id


def test_the_dashboard_decides_how_an_order_is_paid_and_plans_are_paid_by_card() -> None:
    assert "allowed_payment_method_types" not in session_params(REQUEST, [], is_card_only=False)
    plan = CheckoutLine(name="Premium", unit_price_minor=pesos(49_900), quantity=1, interval="month")
    made = session_params(replace(REQUEST, lines=(plan,), customer_id="cus_1"), [], is_card_only=False)
    assert made["allowed_payment_method_types"] == ["card"]


def test_only_cards_in_pesos_for_31_minutes() -> None:
    made = params()
    assert made["mode"] == "payment"
    assert made["allowed_payment_method_types"] == ["card"]
    assert made["adaptive_pricing"] == {"enabled": False}
    assert made["expires_at"] == 1_795_534_260
    assert "payment_method_types" not in made
    assert "allow_promotion_codes" not in made


def test_the_place_for_the_session_id_is_not_encoded() -> None:
    assert params()["success_url"].endswith("?session_id={CHECKOUT_SESSION_ID}")


@pytest.mark.parametrize(("language", "locale"), [("es", "es-419"), ("en", "en"), ("xx", "es-419")])
def test_stripe_knows_no_es_co(language: str, locale: str) -> None:
    assert params(language=language)["locale"] == locale


@pytest.mark.parametrize(("minor", "is_there"), [(pesos(25_000), True), (0, True), (None, False)])
def test_freight_is_a_shipping_option_where_something_ships(minor: int | None, is_there: bool) -> None:
    made = params(shipping_minor=minor)
    assert ("shipping_options" in made) is is_there
    if is_there:
        rate = made["shipping_options"][0]["shipping_rate_data"]
        assert rate["fixed_amount"] == {"amount": minor, "currency": "cop"}
        assert rate["display_name"] == "Envío estándar"


def test_the_discount_is_our_own_amount_once_for_this_order() -> None:
    assert params([{"coupon": "c1"}])["discounts"] == [{"coupon": "c1"}]
    assert "discounts" not in params()
    assert coupon_params(REQUEST) == {
        "amount_off": 2_000_000,
        "currency": "cop",
        "duration": "once",
        "max_redemptions": 1,
        "name": "AHORRA20K",
        "metadata": {"order_id": REQUEST.order_id},
    }
    assert len(coupon_params(replace(REQUEST, discount_name="x" * 60))["name"]) == 40


def test_a_picture_goes_along_where_the_world_can_see_it() -> None:
    line = replace(REQUEST.lines[0], image_url="https://shop.example/a.webp")
    (made,) = params(lines=(line,))["line_items"]
    assert made["price_data"]["product_data"]["images"] == ["https://shop.example/a.webp"]


@pytest.mark.parametrize(
    ("key", "is_live"), [("sk_test_1", False), ("rk_test_1", False), ("sk_live_1", True), ("rk_live_1", True)]
)
def test_a_key_says_whether_real_money_moves(key: str, is_live: bool) -> None:
    assert StripeGateway(key, ()).is_live is is_live
