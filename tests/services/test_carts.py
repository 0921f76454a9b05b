"""Filling a cart, changing it, hearing what changed, and taking it along at login."""

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from storefront.clock import now
from storefront.database import db, transaction
from storefront.domain.cart import Cart
from storefront.errors import EmptyCart, InvalidInput, NotFound, OutOfStock
from storefront.money import pesos
from storefront.services import carts, checkout
from storefront.services.carts import Notice
from storefront.services.catalogue import ItemRequest
from storefront.services.checkout import estimates
from storefront.services.shopper import Shopper
from tests import factories as make
from tests.factories import BAR, BELT, DUMBBELL, PLAN, PREMIUM, WHEY
from tests.plans import NUTRITION

pytestmark = pytest.mark.dialects


def inside(shopper: Shopper) -> dict[str, int]:
    """Return the units of each product in the cart."""
    db.session.rollback()
    return {line.slug: line.quantity for line in carts.view(shopper, "es").lines}


def merge(guest: Shopper, customer: Shopper) -> list[Notice]:
    with transaction():
        return carts.merge(guest.cart_token, customer.customer_id or "", now())


def test_the_first_product_makes_a_guests_cart_and_its_secret(shop: Flask) -> None:
    change = carts.add(Shopper(), WHEY, 2)
    assert change.count == 2
    guest = Shopper(cart_token=change.cart_token)
    assert inside(guest) == {WHEY: 2}
    assert carts.add(guest, WHEY, 3).cart_token is None
    assert carts.count(guest) == 5


def test_a_secret_that_opens_no_cart_gets_a_new_one(shop: Flask) -> None:
    change = carts.add(Shopper(cart_token="forged"), WHEY, 1)
    assert change.cart_token not in (None, "forged")
    assert carts.count(Shopper(cart_token="forged")) == 0


def test_the_database_does_not_hold_the_secret(shop: Flask) -> None:
    guest = make.guest_with((WHEY, 1))
    assert db.session.scalar(select(Cart.token)) != guest.cart_token


def test_a_customer_has_one_cart(shop: Flask) -> None:
    person = make.customer()
    assert carts.add(person, WHEY, 1).cart_token is None
    carts.add(person, DUMBBELL, 1)
    assert make.count_of(Cart) == 1
    assert inside(person) == {WHEY: 1, DUMBBELL: 1}


@pytest.mark.parametrize("quantity", [0, -1, 101, 10**9, 1.5, "2", True, None])
def test_quantities_that_cannot_be_are_refused(shop: Flask, quantity: object) -> None:
    guest = make.guest_with((WHEY, 1))
    with pytest.raises(InvalidInput):
        carts.add(guest, WHEY, quantity)
    if quantity != 0:
        with pytest.raises(InvalidInput):
            carts.set_quantity(guest, WHEY, quantity)
    assert inside(guest) == {WHEY: 1}


@pytest.mark.parametrize(
    ("slug", "quantity", "refusal"),
    [
        ("no-such-thing", 1, NotFound),
        (BELT, 1, OutOfStock),
        (BAR, 3, OutOfStock),
        (WHEY, 101, InvalidInput),
        (PREMIUM, 2, InvalidInput),
    ],
)
def test_what_cannot_be_had_does_not_get_in(shop: Flask, slug: str, quantity: int, refusal: type[Exception]) -> None:
    guest = make.guest_with((WHEY, 1))
    with pytest.raises(refusal):
        carts.add(guest, slug, quantity)
    with pytest.raises(refusal):
        carts.set_quantity(guest, slug, quantity)
    assert inside(guest) == {WHEY: 1}


def test_a_shortage_tells_the_name_and_what_is_left(shop: Flask) -> None:
    guest = make.guest_with((BAR, 1))
    with pytest.raises(OutOfStock) as refusal:
        carts.add(guest, BAR, 2)
    ((*_, name, asked, available),) = refusal.value.data["shortages"]
    assert (name, asked, available) == ("Barra de dominadas para puerta", 3, 2)


def test_what_is_inside_and_what_is_added_are_limited_together(shop: Flask) -> None:
    guest = make.guest_with((WHEY, 60))
    with pytest.raises(InvalidInput):
        carts.add(guest, WHEY, 41)
    carts.add(guest, WHEY, 40)
    assert inside(guest) == {WHEY: 100}


def test_an_unpublished_product_does_not_exist(shop: Flask) -> None:
    make.change_product(WHEY, status="archived")
    with pytest.raises(NotFound):
        carts.add(Shopper(), WHEY, 1)


def test_set_and_take_out(shop: Flask) -> None:
    guest = make.guest_with((WHEY, 5), (DUMBBELL, 1))
    assert carts.set_quantity(guest, WHEY, 2).count == 3
    assert carts.set_quantity(guest, DUMBBELL, 0).count == 2
    assert carts.set_quantity(guest, PLAN, 1).count == 3
    assert inside(guest) == {WHEY: 2, PLAN: 1}


def test_taking_out_what_is_not_inside_changes_nothing(shop: Flask) -> None:
    guest = make.guest_with((WHEY, 1))
    before = carts.view(guest, "es").revision
    assert carts.set_quantity(guest, DUMBBELL, 0).count == 1
    db.session.rollback()
    assert carts.view(guest, "es").revision == before


def test_fifty_different_products_are_the_limit_however_they_get_in(shop: Flask) -> None:
    with transaction():
        slugs = [f"cosa-{n}" for n in range(51)]
        shelf = make.some_category()
        db.session.add_all(make.product(slug, shelf) for slug in slugs)
    guest = make.guest_with(*((slug, 1) for slug in slugs[:50]))
    for change in (carts.add, carts.set_quantity):
        with pytest.raises(InvalidInput):
            change(guest, slugs[50], 1)
    assert carts.count(guest) == 50


def test_every_change_of_the_cart_is_a_new_revision(shop: Flask) -> None:
    guest = make.guest_with((WHEY, 1))
    seen = [carts.view(guest, "es").revision]
    for change in (
        lambda: carts.add(guest, WHEY, 1),
        lambda: carts.set_quantity(guest, WHEY, 1),
        lambda: carts.apply_coupon(guest, "FIT10"),
        lambda: carts.remove_coupon(guest),
        lambda: carts.set_shipping(guest, email=None, address=make.address(), method="express"),
    ):
        change()
        db.session.rollback()
        seen.append(carts.view(guest, "es").revision)
    assert seen == sorted(set(seen))
    carts.apply_coupon(guest, "FIT10")
    once = carts.view(guest, "es").revision
    carts.apply_coupon(guest, " fit10 ")
    db.session.rollback()
    assert carts.view(guest, "es").revision == once


def test_changes_of_price_and_stock_are_announced_and_nothing_is_dropped(shop: Flask) -> None:
    guest = make.guest_with((WHEY, 2), (DUMBBELL, 5), (PLAN, 1))
    make.change_product(WHEY, price_minor=pesos(139_900))
    make.set_stock(DUMBBELL, 3)
    make.change_product(PLAN, status="archived")
    db.session.rollback()
    seen = carts.view(guest, "es")
    assert {notice.code: dict(notice.data) for notice in seen.notices} == {
        "price_changed": {
            "name": "Proteína de suero 2 lb, vainilla",
            "old_minor": pesos(129_900),
            "new_minor": pesos(139_900),
        },
        "out_of_stock": {"name": "Mancuerna ajustable edición limitada, 20 kg", "available": 3},
        "product_unavailable": {"name": "Plan de fuerza de 12 semanas", "available": 0},
    }
    assert [line.problem for line in seen.lines] == ["", "out_of_stock", "unavailable"]
    assert seen.lines[0].previous_price_minor == pesos(129_900)
    assert not seen.can_check_out
    assert seen.count == 8
    assert seen.quote.subtotal_minor == pesos(2 * 139_900 + 5 * 389_900)


def test_an_announced_price_counts_as_seen_after_the_next_step(shop: Flask) -> None:
    guest = make.guest_with((WHEY, 1))
    make.change_product(WHEY, price_minor=pesos(139_900))
    carts.set_shipping(guest, email="Ana@Example.com", address=make.address(), method="standard")
    db.session.rollback()
    seen = carts.view(guest, "es")
    assert seen.notices == ()
    assert (seen.email, seen.shipping_method) == ("ana@example.com", "standard")
    assert seen.address == make.address()


def test_the_cart_is_priced_with_coupon_and_the_chosen_way(shop: Flask) -> None:
    guest = make.guest_with((WHEY, 1))
    carts.set_shipping(guest, email=None, address=make.address(), method="express")
    carts.apply_coupon(guest, "FIT10")
    db.session.rollback()
    quote = carts.view(guest, "es").quote
    assert (quote.subtotal_minor, quote.discount_minor, quote.shipping_minor, quote.total_minor) == (
        pesos(129_900), pesos(12_990), pesos(45_000), pesos(161_910),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("goods", "missing", "freight"),
    [([("mancuernas-hexagonales-5kg", 1)], 50_100, 25_000), ([(WHEY, 2)], 0, 0)],
)
def test_standard_is_free_from_200_000_pesos_before_the_coupon(
    shop: Flask, goods: list[tuple[str, int]], missing: int, freight: int
) -> None:
    guest = make.guest_with(*goods)
    make.make_coupon("MITAD", value=50)
    carts.apply_coupon(guest, "MITAD")
    carts.set_shipping(guest, email=None, address=make.address(), method="standard")
    db.session.rollback()
    seen = carts.view(guest, "es")
    assert seen.to_free_shipping_minor == pesos(missing)
    assert seen.quote.shipping_minor == pesos(freight)


def test_a_coupon_that_does_not_hold_any_more_is_told_and_not_taken_off(shop: Flask) -> None:
    guest = make.guest_with((WHEY, 1))
    carts.apply_coupon(guest, "AHORRA20K")
    carts.set_quantity(guest, WHEY, 0)
    carts.add(guest, "cuerda-saltar-rodamientos", 1)
    db.session.rollback()
    seen = carts.view(guest, "es")
    assert seen.coupon_code == "AHORRA20K"
    assert seen.coupon_problem is not None
    assert seen.coupon_problem.code == "coupon_minimum_not_met"
    assert seen.quote.discount_minor == 0


def test_an_empty_cart_takes_no_coupon(shop: Flask) -> None:
    with pytest.raises(EmptyCart):
        carts.apply_coupon(Shopper(), "FIT10")
    assert make.count_of(Cart) == 0


def test_nobodys_cart_is_empty(shop: Flask) -> None:
    seen = carts.view(Shopper(), "es")
    assert seen.is_empty
    assert seen.quote.total_minor == 0
    assert not seen.can_check_out


def test_digital_goods_need_consent_and_no_shipping(shop: Flask) -> None:
    seen = carts.view(make.guest_with((PLAN, 2)), "en")
    assert (seen.needs_shipping, seen.needs_consent, seen.offers) == (False, True, ())
    assert seen.lines[0].name == "12-week strength plan"


def test_at_login_the_guests_cart_becomes_the_customers(shop: Flask) -> None:
    guest, person = make.guest_with((WHEY, 2)), make.customer()
    assert merge(guest, person) == []
    assert inside(person) == {WHEY: 2}
    assert inside(guest) == {}


def test_at_login_two_carts_become_one_with_sums_caps_and_the_guests_coupon(shop: Flask) -> None:
    person = make.customer()
    carts.add(person, WHEY, 60)
    carts.add(person, DUMBBELL, 3)
    carts.apply_coupon(person, "AHORRA20K")
    guest = make.guest_with((WHEY, 60), (DUMBBELL, 4), (PLAN, 1))
    carts.apply_coupon(guest, "FIT10")
    carts.set_shipping(guest, email="x@example.com", address=make.address(), method="express")
    notices = merge(guest, person)
    assert inside(person) == {WHEY: 100, DUMBBELL: 5, PLAN: 1}
    assert [(notice.code, notice.data.get("quantity")) for notice in notices] == [
        ("cart_merged", None), ("quantity_capped", 100), ("quantity_capped", 5),
    ]  # fmt: skip
    seen = carts.view(person, "es")
    assert (seen.coupon_code, seen.shipping_method) == ("FIT10", "express")
    assert carts.count(guest) == 0
    assert make.count_of(Cart) == 1


def test_at_login_the_customers_coupon_stays_if_the_guest_had_none(shop: Flask) -> None:
    person = make.customer()
    carts.add(person, WHEY, 1)
    carts.apply_coupon(person, "FIT10")
    merge(make.guest_with((WHEY, 1)), person)
    db.session.rollback()
    assert carts.view(person, "es").coupon_code == "FIT10"


def test_at_login_what_does_not_fit_into_the_cart_is_told(shop: Flask) -> None:
    with transaction():
        slugs = [f"cosa-{n}" for n in range(50)]
        shelf = make.some_category()
        db.session.add_all(make.product(slug, shelf) for slug in slugs)
    person = make.customer()
    for slug in slugs:
        carts.add(person, slug, 1)
    notices = merge(make.guest_with((WHEY, 1)), person)
    assert [notice.code for notice in notices] == ["cart_merged", "not_merged"]
    assert notices[1].data["name"] == "Proteína de suero 2 lb, vainilla"
    assert len(inside(person)) == 50


def test_at_login_without_a_guests_cart_nothing_happens(shop: Flask) -> None:
    person = make.customer()
    for token in (None, "", "forged"):
        assert merge(replace(Shopper(), cart_token=token), person) == []


def test_a_plan_that_is_charged_today_counts_for_a_coupons_minimum(shop: Flask) -> None:
    code = make.make_coupon(minimum_minor=pesos(50_000))
    shopper = make.customer()
    carts.add(shopper, NUTRITION, 1)
    assert carts.view(shopper, "es").quote.total_minor == pesos(69_900)
    assert carts.apply_coupon(shopper, code).coupon_code == code
    worth = estimates.coupon_worth((ItemRequest(NUTRITION, 1),), code, shopper, "es")
    assert worth.discount_minor == pesos(6_990)


def test_a_cart_can_have_what_its_own_unpaid_order_holds(shop: Flask) -> None:
    guest, others = make.guest_with((DUMBBELL, 3)), make.guest_with((WHEY, 1))
    checkout.begin(make.purchase(guest))
    assert carts.view(guest, "es").can_check_out
    assert carts.set_quantity(guest, DUMBBELL, 5).count == 5
    (line,) = carts.view(guest, "es").lines
    assert (line.available, line.problem) == (5, "")
    with pytest.raises(OutOfStock) as refusal:
        carts.set_quantity(guest, DUMBBELL, 6)
    assert refusal.value.data["shortages"][0][-1] == 5
    with pytest.raises(OutOfStock):
        carts.add(others, DUMBBELL, 3)


def test_units_on_hold_come_along_at_login(shop: Flask) -> None:
    guest, customer = make.guest_with((DUMBBELL, 5)), make.customer()
    carts.add(customer, WHEY, 1)
    checkout.begin(make.purchase(guest))
    assert [notice.code for notice in merge(guest, customer)] == ["cart_merged"]
    assert inside(customer) == {WHEY: 1, DUMBBELL: 5}
    assert carts.view(customer, "es").can_check_out
