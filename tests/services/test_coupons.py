"""Coupons: every reason to refuse one, and uses that are held with the order and given back with it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from storefront.clock import now
from storefront.database import db, transaction
from storefront.domain.coupon import CouponUse
from storefront.domain.order import Order
from storefront.errors import CouponRejected
from storefront.money import pesos
from storefront.services import carts, checkout
from storefront.services.jobs import cleanup
from storefront.services.shopper import Shopper
from tests import factories as make
from tests.factories import COFFEE, GUIDE, PLAN, WHEY
from tests.fakes import FakeGateway

IN_THE_PAST, IN_THE_FUTURE = timedelta(days=-1), timedelta(days=1)
AS_IN_THE_CART = {"address": None, "shipping_method": None}


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"is_active": False}, "coupon_invalid"),
        ({"starts_at": IN_THE_FUTURE}, "coupon_not_started"),
        ({"ends_at": IN_THE_PAST}, "coupon_expired"),
        ({"max_uses": 0}, "coupon_exhausted"),
        ({"categories": ["fuerza"]}, "coupon_not_applicable"),
        ({"products": ["another"]}, "coupon_not_applicable"),
        ({"minimum_minor": pesos(129_901)}, "coupon_minimum_not_met"),
        ({"minimum_minor": pesos(129_900)}, None),
        ({"starts_at": IN_THE_PAST, "ends_at": IN_THE_FUTURE}, None),
        ({"max_uses": 1}, None),
        ({"categories": ["fuerza", "nutricion"]}, None),
    ],
)
def test_a_rule_refuses_a_coupon_by_its_own_name(shop: Flask, rule: dict[str, Any], code: str | None) -> None:
    rule = {name: now() + value if isinstance(value, timedelta) else value for name, value in rule.items()}
    made = make.make_coupon(**rule)
    guest = make.guest_with((WHEY, 1))
    if code is None:
        carts.apply_coupon(guest, made)
        assert carts.view(guest, "es").coupon_code == made
        return
    with pytest.raises(CouponRejected) as refusal:
        carts.apply_coupon(guest, made)
    assert refusal.value.code == code
    with pytest.raises(CouponRejected) as refusal:
        checkout.begin(make.purchase(guest, coupon_code=made))
    assert refusal.value.code == code
    db.session.rollback()
    assert carts.view(guest, "es").coupon_code is None


def test_a_coupon_for_a_category_is_for_what_stands_under_it(shop: Flask) -> None:
    made, guest = make.make_coupon(categories=["fuerza"]), make.guest_with((WHEY, 1))
    make.put_under("nutricion", "fuerza")
    carts.apply_coupon(guest, made)
    db.session.rollback()
    assert carts.view(guest, "es").quote.discount_minor == pesos(12_990)
    assert checkout.begin(make.purchase(guest, coupon_code=made)).quote.discount_minor == pesos(12_990)


def test_an_unknown_code_is_refused_and_case_and_blanks_do_not_matter(shop: Flask) -> None:
    guest = make.guest_with((WHEY, 1))
    for code in ("", "  ", "NADA", "FIT10 FIT10"):
        with pytest.raises(CouponRejected) as refusal:
            carts.apply_coupon(guest, code)
        assert refusal.value.code == "coupon_invalid"
    carts.apply_coupon(guest, " fit10\t")
    db.session.rollback()
    assert carts.view(guest, "es").coupon_code == "FIT10"


def test_a_minimum_tells_what_is_missing(shop: Flask) -> None:
    guest = make.guest_with((COFFEE, 1))
    with pytest.raises(CouponRejected) as refusal:
        carts.apply_coupon(guest, "AHORRA20K")
    assert refusal.value.data == {"minimum_minor": pesos(100_000), "missing_minor": pesos(65_100)}


def test_the_seeds_expired_coupon_is_expired(shop: Flask) -> None:
    with pytest.raises(CouponRejected) as refusal:
        carts.apply_coupon(make.guest_with((WHEY, 1)), "VENCIDO")
    assert refusal.value.code == "coupon_expired"


@pytest.mark.parametrize(
    ("coupon", "goods", "discount", "shipping"),
    [
        ("FIT10", [(WHEY, 1)], 12_990, 25_000),
        ("AHORRA20K", [(WHEY, 1)], 20_000, 25_000),
        ("ENVIOGRATIS", [(WHEY, 1)], 0, 0),
        ("BIENVENIDO15", [(WHEY, 2)], 30_000, 0),
        ("PLAN50", [(PLAN, 1), (WHEY, 1)], 39_950, 25_000),
    ],
)
def test_every_kind_lowers_the_order_as_it_says(
    shop: Flask, coupon: str, goods: list[tuple[str, int]], discount: int, shipping: int
) -> None:
    quote = make.begin(*goods, coupon_code=coupon, digital_consent=True).quote
    assert (quote.discount_minor, quote.shipping_minor, quote.coupon_code) == (
        pesos(discount), pesos(shipping), coupon,
    )  # fmt: skip


def test_a_discount_for_one_shelf_lands_on_its_lines_only(shop: Flask) -> None:
    started = make.begin((WHEY, 1), (PLAN, 1), coupon_code="PLAN50", digital_consent=True)
    assert [(line.slug, line.discount_minor) for line in make.lines_of(started)] == [
        (WHEY, 0), (PLAN, pesos(39_950)),
    ]  # fmt: skip


def test_a_use_is_held_with_the_order_and_given_back_with_it(shop: Flask) -> None:
    held = [make.begin((WHEY, 1), coupon_code="LIMITE3", email=f"{n}@example.com") for n in range(3)]
    assert make.uses_of("LIMITE3") == 3
    with pytest.raises(CouponRejected) as refusal:
        make.begin((WHEY, 1), coupon_code="LIMITE3", email="late@example.com")
    assert refusal.value.code == "coupon_exhausted"
    checkout.cancel(make.owner(held[0]), held[0].order_id)
    assert make.uses_of("LIMITE3") == 2
    make.begin((WHEY, 1), coupon_code="LIMITE3", email="late@example.com")
    assert make.uses_of("LIMITE3") == 3


def test_an_expired_order_gives_its_use_back_once(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1), coupon_code="LIMITE3")
    with time_machine.travel(started.expires_at + timedelta(minutes=11)):
        assert cleanup.expire_unpaid() == 1
        assert cleanup.expire_unpaid() == 0
    assert make.uses_of("LIMITE3") == 0


def test_a_paid_order_keeps_its_use(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1), coupon_code="LIMITE3")
    make.pay(gateway, started)
    with time_machine.travel(started.expires_at + timedelta(days=1)):
        cleanup.sweep()
    assert make.uses_of("LIMITE3") == 1


@pytest.mark.parametrize("email", ["ana@example.com", "Ana@Example.COM", " ana@example.com "])
def test_the_limit_of_a_customer_counts_normalised_e_mails(shop: Flask, email: str) -> None:
    code = make.make_coupon(max_uses_per_customer=1)
    make.begin((WHEY, 1), coupon_code=code, email="ana@example.com")
    with pytest.raises(CouponRejected) as refusal:
        make.begin((WHEY, 1), coupon_code=code, email=email)
    assert refusal.value.code == "coupon_already_used"
    with pytest.raises(CouponRejected):
        carts.apply_coupon(replace(make.guest_with((WHEY, 1)), email=email), code)
    make.begin((WHEY, 1), coupon_code=code, email="other@example.com")
    assert make.uses_of(code) == 2


def test_a_customer_may_use_a_coupon_as_often_as_it_says(shop: Flask) -> None:
    code = make.make_coupon(max_uses_per_customer=2)
    first = make.begin((WHEY, 1), coupon_code=code)
    make.begin((WHEY, 1), coupon_code=code)
    with pytest.raises(CouponRejected):
        make.begin((WHEY, 1), coupon_code=code)
    checkout.cancel(make.owner(first), first.order_id)
    make.begin((WHEY, 1), coupon_code=code)


def test_a_first_order_coupon_is_for_who_never_paid(shop: Flask, gateway: FakeGateway) -> None:
    make.begin((COFFEE, 1))  # not paid, so it does not count
    first = make.begin((WHEY, 1), coupon_code="BIENVENIDO15")
    make.pay(gateway, first)
    with pytest.raises(CouponRejected) as refusal:
        make.begin((WHEY, 1), coupon_code="BIENVENIDO15")
    assert refusal.value.code == "coupon_already_used"


def test_a_first_order_coupon_is_refused_to_old_customers(shop: Flask, gateway: FakeGateway) -> None:
    make.pay(gateway, make.begin((COFFEE, 1)))
    with pytest.raises(CouponRejected) as refusal:
        make.begin((WHEY, 1), coupon_code="BIENVENIDO15")
    assert refusal.value.code == "coupon_already_used"


def test_a_refused_coupon_leaves_no_order(shop: Flask) -> None:
    with pytest.raises(CouponRejected):
        make.begin((GUIDE, 1), (WHEY, 1), coupon_code="VENCIDO", digital_consent=True)
    assert (make.count_of(Order), make.count_of(CouponUse)) == (0, 0)
    assert make.stock_of(WHEY) == (120, 0)


def test_a_coupon_that_ended_between_cart_and_checkout_is_refused_at_the_door(shop: Flask) -> None:
    code = make.make_coupon(ends_at=now() + timedelta(minutes=5))
    guest = make.guest_with((WHEY, 1))
    carts.apply_coupon(guest, code)
    with time_machine.travel(now() + timedelta(minutes=6)), pytest.raises(CouponRejected) as refusal:
        checkout.begin(make.purchase(guest))
    assert refusal.value.code == "coupon_expired"
    with transaction():
        pass
    assert make.uses_of(code) == 0


def freight_of(guest: Shopper) -> dict[str, tuple[int, int, bool]]:
    """Return the price of every way of delivery, the total with it, and whether the coupon lowers it."""
    seen = carts.view(guest, "es")
    return {o.method: (o.price_minor, o.total_minor, o.uses_coupon) for o in seen.offers if o.is_available}


def test_a_coupon_for_the_freight_lowers_the_standard_way_only_and_each_way_is_charged_as_shown(shop: Flask) -> None:
    guest = make.guest_with((WHEY, 1))
    carts.apply_coupon(guest, "ENVIOGRATIS")
    assert freight_of(guest) == {
        "standard": (0, pesos(129_900), True),
        "express": (pesos(50_000), pesos(179_900), False),
        "pickup": (0, pesos(129_900), False),
    }
    assert (carts.view(guest, "es").uses_coupon, carts.view(guest, "es").has_idle_coupon) == (True, False)
    for method in ("standard", "express", "overnight", "pickup"):
        guest = make.guest_with((WHEY, 1))
        carts.apply_coupon(guest, "ENVIOGRATIS")
        carts.set_shipping(guest, email="ana@example.com", address=make.address(), method=method)
        shown = carts.view(guest, "es")
        quote = checkout.begin(make.purchase(guest, **AS_IN_THE_CART)).quote
        assert shown.offer is not None
        assert quote == shown.quote
        assert (quote.shipping_minor, quote.total_minor) == (shown.offer.price_minor, shown.offer.total_minor)


@pytest.mark.parametrize(
    ("coupon", "goods", "method"),
    [
        ("ENVIOGRATIS", (WHEY, 1), "express"),
        ("ENVIOGRATIS", (WHEY, 1), "pickup"),
        ("ENVIOGRATIS", (WHEY, 2), "standard"),  # which is free already
        ("ENVIOGRATIS", (PLAN, 1), None),  # nothing travels
    ],
)
def test_a_coupon_that_gives_nothing_is_not_spent(
    shop: Flask, gateway: FakeGateway, coupon: str, goods: tuple[str, int], method: str | None
) -> None:
    guest = make.guest_with(goods)
    carts.apply_coupon(guest, coupon)
    address = make.address() if method else None
    carts.set_shipping(guest, email="ana@example.com", address=address, method=method)
    seen = carts.view(guest, "es")
    assert (seen.uses_coupon, seen.has_idle_coupon) == (False, True)
    started = checkout.begin(make.purchase(guest, digital_consent=True, **AS_IN_THE_CART))
    assert (started.quote.coupon_code, make.order_of(started).coupon_code, make.uses_of(coupon)) == (None, None, 0)
    make.pay(gateway, started)
    assert carts.view(guest, "es").coupon_code == coupon, "it is kept for the next purchase"


def test_a_coupon_that_was_spent_leaves_the_cart(shop: Flask, gateway: FakeGateway) -> None:
    guest = make.guest_with((WHEY, 1))
    carts.apply_coupon(guest, "FIT10")
    make.pay(gateway, checkout.begin(make.purchase(guest)))
    assert (carts.view(guest, "es").coupon_code, make.uses_of("FIT10")) == (None, 1)
