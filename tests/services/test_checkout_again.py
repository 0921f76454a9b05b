"""The same purchase once more: the open page is handed out again only while it charges what the buyer sees now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.errors import CouponRejected, DeliveryChanged, PriceChanged, ProductUnavailable
from storefront.money import pesos
from storefront.services import carts, checkout
from storefront.services.audit import Actor
from storefront.services.checkout import PlacedOrder, Purchase
from storefront.services.delivery import editing as delivery
from storefront.services.shopper import Shopper
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.plans import NUTRITION

pytestmark = pytest.mark.dialects


def halve_freight() -> None:
    draft, version = delivery.get()
    prices = {
        method: replace(price, price_minor=price.price_minor // 200 * 100) if price.price_minor else price
        for method, price in draft.prices.items()
    }
    delivery.save(replace(draft, prices=prices), version, staff=Actor("eva"))


def ready(*goods: tuple[str, int], coupon: str | None = None) -> Shopper:
    """Return a guest whose cart has everything that a review shows."""
    guest = make.guest_with(*goods)
    carts.set_shipping(guest, email=make.EMAIL, address=make.address(), method="standard")
    if coupon:
        carts.apply_coupon(guest, coupon)
    return guest


def as_shown(shopper: Shopper, **changes: object) -> Purchase:
    """Return the purchase that the review now asks a shopper to pay."""
    seen = carts.view(shopper, "es")
    window = seen.offer.window if seen.offer else None
    latest = window.latest.isoformat() if window else None
    answers = {"address": None, "shipping_method": None, "digital_consent": True} | changes
    return make.purchase(shopper, expected_total_minor=seen.quote.total_minor, expected_delivery=latest, **answers)


def charged(gateway: FakeGateway, started: PlacedOrder) -> int:
    return gateway.requests[started.session_id].total_minor


def test_a_freight_that_changed_is_charged_as_the_review_shows_it(shop: Flask, gateway: FakeGateway) -> None:
    guest = ready((WHEY, 1))
    first = checkout.begin(as_shown(guest))
    halve_freight()
    purchase = as_shown(guest)
    again = checkout.begin(purchase)
    assert charged(gateway, again) == purchase.expected_total_minor == pesos(142_400)
    assert make.state_of(first) == ("cancelled", "pending")
    assert make.stock_of(WHEY) == (120, 1)


def test_a_plan_that_may_be_tried_meanwhile_is_not_charged(shop: Flask, gateway: FakeGateway) -> None:
    shopper = make.customer()
    carts.add(shopper, NUTRITION, 1)
    first = checkout.begin(as_shown(shopper))
    assert charged(gateway, first) == pesos(69_900)
    with transaction():
        confirmed = update(Customer).where(Customer.id == shopper.customer_id)
        db.session.execute(confirmed.values(email_verified_at=clock.now()))
    again = checkout.begin(as_shown(shopper))
    assert charged(gateway, again) == 0
    assert make.state_of(first) == ("cancelled", "pending")


def test_a_coupon_that_ended_meanwhile_is_refused_and_the_old_page_is_closed(shop: Flask, gateway: FakeGateway) -> None:
    code = make.make_coupon("ACABA", ends_at=clock.now() + timedelta(minutes=5))
    guest = ready((WHEY, 1), coupon=code)
    first = checkout.begin(as_shown(guest))
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        with pytest.raises(CouponRejected):
            checkout.begin(as_shown(guest))
        assert make.state_of(first) == ("cancelled", "pending")
        carts.remove_coupon(guest)
        again = checkout.begin(as_shown(guest))
    assert charged(gateway, again) == pesos(154_900)


def test_a_page_is_not_handed_out_to_who_saw_another_total(shop: Flask, gateway: FakeGateway) -> None:
    guest = ready((WHEY, 1))
    first = checkout.begin(as_shown(guest))
    with pytest.raises(PriceChanged) as refusal:
        checkout.begin(replace(as_shown(guest), expected_total_minor=pesos(1)))
    assert refusal.value.data["quote"].total_minor == pesos(154_900)
    assert checkout.begin(as_shown(guest)).session_id == first.session_id, "nothing was closed for it"


def test_a_page_that_promises_an_earlier_day_is_not_handed_out(shop: Flask, gateway: FakeGateway) -> None:
    cut_off = make.moment(24, hour=shop.extensions["settings"].CUT_OFF_HOUR)
    with time_machine.travel(cut_off - timedelta(minutes=10), tick=False) as time:
        guest = ready((WHEY, 1))
        purchase = as_shown(guest)
        first = checkout.begin(purchase)
        promised = make.order_of(first).delivery_latest
        time.shift(timedelta(minutes=20))
        with pytest.raises(DeliveryChanged):
            checkout.begin(purchase)
        again = checkout.begin(as_shown(guest))
    assert (make.order_of(again).delivery_latest or "") > (promised or "")


def test_what_is_not_sold_any_more_is_not_handed_out_either(shop: Flask, gateway: FakeGateway) -> None:
    guest = ready((WHEY, 1))
    purchase = as_shown(guest)
    first = checkout.begin(purchase)
    make.change_product(WHEY, status="archived")
    with pytest.raises(ProductUnavailable):
        checkout.begin(purchase)
    assert make.state_of(first) == ("cancelled", "pending")


@pytest.mark.parametrize("change", [halve_freight, lambda: make.change_product(WHEY, price_minor=pesos(119_900))])
def test_the_same_key_of_a_client_is_priced_anew(shop: Flask, gateway: FakeGateway, change: Callable[[], None]) -> None:
    purchase = make.purchase(Shopper(), items=((WHEY, 1),), key="k1", expected_total_minor=pesos(154_900))
    first = checkout.begin(purchase)
    assert checkout.begin(purchase) == first
    change()
    with pytest.raises(PriceChanged):
        checkout.begin(purchase)
    again = checkout.begin(replace(purchase, expected_total_minor=None))
    assert charged(gateway, again) < pesos(154_900)
    assert make.stock_of(WHEY) == (120, 1)


@pytest.mark.parametrize(
    "limits",
    [{"max_uses": 1}, {"max_uses_per_customer": 1}, {"is_first_order_only": True}],
    ids=lambda one: next(iter(one)),
)
def test_what_the_open_order_holds_of_a_coupon_is_not_taken_from_its_own_cart(
    shop: Flask, gateway: FakeGateway, limits: dict[str, int]
) -> None:
    """Whoever comes back from the payment page sees the price that the page charges."""
    guest = ready((WHEY, 1), coupon=make.make_coupon(**limits))
    first = checkout.begin(as_shown(guest))
    assert first.quote.discount_minor > 0
    assert carts.view(guest, "es").coupon_problem is None
    assert checkout.begin(as_shown(guest)) == first
