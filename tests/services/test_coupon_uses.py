"""The uses of a coupon, one statement at a time: taken, given back, taken again, and counted for a person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from storefront import clock
from storefront.database import db, transaction
from storefront.domain import coupon as coupons
from storefront.domain.coupon import Coupon, CouponUse
from storefront.errors import CouponRejected
from storefront.services import carts, checkout
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway

pytestmark = pytest.mark.dialects

GOODS = [("p1", ("fuerza",), 10_000_000)]
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
ANA, EVA = "ana@example.com", "eva@example.com"


def placed(email: str = ANA) -> int:
    """Return the id of an order for a use to belong to."""
    return make.order_of(make.begin((make.GUIDE, 1), digital_consent=True, email=email)).id


def found(code: str) -> Coupon:
    db.session.rollback()
    coupon = coupons.find(code)
    assert coupon is not None
    return coupon


def redeem(code: str, email: str = ANA) -> int:
    order_id = placed(email)
    with transaction():
        coupons.redeem(found_here(code), order_id, email)
    return order_id


def found_here(code: str) -> Coupon:
    coupon = coupons.find(code)
    assert coupon is not None
    return coupon


def refused(code: str, email: str = ANA) -> str:
    """Return why a use is refused at the end; nothing is counted then."""
    before = make.uses_of(code)
    with pytest.raises(CouponRejected) as refusal:
        redeem(code, email)
    assert make.uses_of(code) == before
    return refusal.value.code


def checked(code: str, email: str | None) -> str | None:
    """Return why a coupon is refused beforehand, if it is."""
    try:
        coupons.check(found(code), GOODS, email, clock.now())
    except CouponRejected as refusal:
        return refusal.code
    return None


def use_of(order_id: int) -> CouponUse:
    return db.session.get_one(CouponUse, order_id, populate_existing=True)


def test_a_use_is_written_with_its_order_and_person(shop: Flask) -> None:
    code = make.make_coupon()
    placed()  # an order without a use, so that uses and orders are numbered apart
    order_id = redeem(code)
    use = use_of(order_id)
    assert (use.coupon_id, use.email, use.returned_at) == (found(code).id, ANA, None)
    assert make.uses_of(code) == 1
    assert make.uses_of("FIT10") == 0


def test_the_last_use_is_the_last(shop: Flask) -> None:
    code = make.make_coupon(max_uses=2)
    for _ in range(2):
        redeem(code)
    assert refused(code) == "coupon_exhausted"
    assert checked(code, ANA) == "coupon_exhausted"


@pytest.mark.parametrize(
    ("rule", "uses"),
    [
        ({}, 4),
        ({"max_uses_per_customer": 1}, 1),
        ({"max_uses_per_customer": 3}, 3),
        ({"is_first_order_only": True}, 1),
        ({"is_first_order_only": True, "max_uses_per_customer": 3}, 1),
    ],
)
def test_a_person_has_so_many_uses_and_another_has_as_many(shop: Flask, rule: dict[str, object], uses: int) -> None:
    shop.extensions["settings"].MAX_HOLDS_PER_PERSON = 100
    code = make.make_coupon(**rule)
    for _ in range(uses):
        assert checked(code, "ANA@Example.com ") is None
        redeem(code)
    if rule:
        assert checked(code, "ANA@Example.com ") == "coupon_already_used"
        assert refused(code) == "coupon_already_used"
        assert checked(code, None) is None, "who it is for is not known yet"
    assert checked(code, EVA) is None
    redeem(code, EVA)


@pytest.mark.parametrize("rule", [{"max_uses_per_customer": 1}, {"is_first_order_only": True}])
def test_one_mailbox_is_one_person_however_it_is_written(shop: Flask, rule: dict[str, object]) -> None:
    code = make.make_coupon(**rule)
    redeem(code, "ana.perez@gmail.com")
    for same in ("ANA.perez@gmail.com", "anaperez+2@gmail.com", "a.n.a.perez@googlemail.com"):
        assert checked(code, same) == "coupon_already_used"
        assert refused(code, same) == "coupon_already_used"
    assert checked(code, "ana.perez@outlook.com") is None


@pytest.mark.parametrize("rule", [{"max_uses_per_customer": 1}, {"is_first_order_only": True}])
def test_what_a_stranger_holds_with_a_typed_address_counts_for_guests_only(
    shop: Flask, gateway: FakeGateway, rule: dict[str, object]
) -> None:
    code = make.make_coupon(**rule)
    ana = make.customer(ANA)
    make.begin((WHEY, 1), coupon_code=code, email=ANA)
    assert refused(code, ANA) == "coupon_already_used", "as a guest the address is all that is known"
    carts.add(ana, WHEY, 1)
    carts.apply_coupon(replace(ana, email=ANA), code)
    assert carts.view(ana, "es").quote.coupon_code == code
    make.pay(gateway, checkout.begin(make.purchase(ana, email=ANA)))
    carts.add(ana, WHEY, 1)
    with pytest.raises(CouponRejected, match="coupon_already_used"):
        checkout.begin(make.purchase(ana, email=ANA, coupon_code=code))


def test_a_use_that_came_back_counts_for_nobody(shop: Flask) -> None:
    code = make.make_coupon(max_uses_per_customer=1)
    order_id = redeem(code)
    for _ in range(2):
        with transaction():
            coupons.give_back(order_id, NOW)
    assert use_of(order_id).returned_at == NOW
    assert make.uses_of(code) == 0
    assert checked(code, ANA) is None
    redeem(code)
    assert make.uses_of(code) == 1


def test_giving_back_is_for_one_order_and_one_coupon(shop: Flask) -> None:
    code, other = make.make_coupon(), make.make_coupon("OTRO")
    first, second, third = redeem(code), redeem(code), redeem(other)
    with transaction():
        coupons.give_back(first, NOW)
        coupons.give_back(placed_without_use := 4711, NOW)
    assert placed_without_use
    assert (make.uses_of(code), make.uses_of(other)) == (1, 1)
    assert [use_of(key).returned_at for key in (first, second, third)] == [NOW, None, None]


def test_a_use_is_taken_again_for_money_that_came_late(shop: Flask) -> None:
    code = make.make_coupon(max_uses=1)
    order_id = redeem(code)
    with transaction():
        coupons.retake(order_id)
    assert make.uses_of(code) == 1, "it was never given back"
    with transaction():
        coupons.give_back(order_id, NOW)
        coupons.retake(order_id)
    assert make.uses_of(code) == 1
    assert use_of(order_id).returned_at is None
    with transaction():
        coupons.retake(4711)


def test_a_use_that_others_took_meanwhile_stays_with_them(shop: Flask) -> None:
    code = make.make_coupon(max_uses=1)
    order_id = redeem(code)
    with transaction():
        coupons.give_back(order_id, NOW)
    redeem(code, EVA)
    with transaction():
        coupons.retake(order_id)
    assert make.uses_of(code) == 1
    assert use_of(order_id).returned_at == NOW


def test_a_first_order_is_one_before_anything_was_paid(shop: Flask, gateway: FakeGateway) -> None:
    code = make.make_coupon(is_first_order_only=True)
    make.begin((WHEY, 1), email=ANA)
    assert checked(code, ANA) is None, "an unpaid order does not count"
    make.pay(gateway, make.begin((WHEY, 1), email=ANA))
    assert checked(code, ANA) == "coupon_already_used"
    assert refused(code) == "coupon_already_used"
    assert checked(code, EVA) is None


def test_a_coupon_grants_what_its_row_says(shop: Flask) -> None:
    made = found(make.make_coupon(kind="percent", value=30, cap_minor=500_000))
    assert (made.discount.code, made.discount.kind, made.discount.value, made.discount.cap_minor) == (
        "PRUEBA", "percent", 30, 500_000,
    )  # fmt: skip


def test_a_refusal_has_its_facts(shop: Flask) -> None:
    starts_at = clock.now() + timedelta(days=365)
    made = found(make.make_coupon(starts_at=starts_at))
    with pytest.raises(CouponRejected) as refusal:
        coupons.check(made, GOODS, None, clock.now())
    assert refusal.value.data == {"starts_at": starts_at}
    poor = found(make.make_coupon("RICO", minimum_minor=10_000_100))
    with pytest.raises(CouponRejected) as refusal:
        coupons.check(poor, GOODS, None, clock.now())
    assert refusal.value.data == {"minimum_minor": 10_000_100, "missing_minor": 100}


@pytest.mark.parametrize("limits", [{"max_uses_per_customer": 1}, {"is_first_order_only": True}])
def test_a_use_is_not_taken_again_beyond_what_its_person_may(
    shop: Flask, gateway: FakeGateway, limits: dict[str, int]
) -> None:
    code = make.make_coupon(**limits)
    late = make.begin((WHEY, 1), coupon_code=code)
    checkout.cancel(make.owner(late), late.order_id)
    second = make.begin((WHEY, 1), coupon_code=code)
    make.pay(gateway, second)
    for order, is_used in ((late, False), (second, True)):
        order_id = make.order_of(order).id
        with transaction():
            coupons.give_back(order_id, NOW) if is_used else None
            coupons.retake(order_id)
        assert (use_of(order_id).returned_at is None) is is_used, "paid itself, it may still have its own use again"
        assert make.uses_of(code) == 1
