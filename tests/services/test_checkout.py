"""From a cart to a page where it can be paid: all of it, or nothing at all."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.cart import Cart
from storefront.domain.checkout_session import CheckoutSession
from storefront.domain.coupon import Coupon, CouponUse
from storefront.domain.inventory import StockHold, StockMovement
from storefront.domain.order import Order, OrderEvent
from storefront.errors import (
    AccountRequired,
    AmountTooSmall,
    ConsentRequired,
    CouponRejected,
    EmptyCart,
    InvalidInput,
    NotFound,
    OutOfStock,
    PaymentProviderError,
    PriceChanged,
    ProductUnavailable,
    ShippingUnavailable,
    ShopError,
    TooManyHolds,
    WrongState,
)
from storefront.gateways.payments import PaymentRefused
from storefront.i18n.consent import CONSENT_VERSION
from storefront.money import pesos
from storefront.services import carts, checkout
from storefront.services.catalogue import Search, browse
from storefront.services.checkout import Purchase
from storefront.services.jobs import cleanup
from storefront.services.orders import own_orders
from storefront.services.payments import declines, session_status
from storefront.services.shopper import Shopper
from tests import factories as make
from tests.factories import BAR, BELT, COFFEE, CUBES, DUMBBELL, GUIDE, PLAN, PREMIUM, WHEY
from tests.fakes import FakeGateway
from tests.statements import Statements

pytestmark = pytest.mark.dialects


def nothing_happened() -> bool:
    """Return whether there is no order, hold, use, attempt or movement."""
    return not any(
        make.count_of(table) for table in (Order, OrderEvent, StockHold, StockMovement, CouponUse, CheckoutSession)
    )


def test_a_placed_order_holds_its_stock_and_waits_on_a_page(shop: Flask, gateway: FakeGateway) -> None:
    with time_machine.travel(make.moment(24), tick=False):
        guest = make.guest_with((WHEY, 2), (DUMBBELL, 1))
        started = checkout.begin(make.purchase(guest, notes="  Timbre dañado ", coupon_code="FIT10", network="n1"))
    order = make.order_of(started)
    assert (order.status, order.payment_status) == ("pending", "pending")
    assert started.order_number == order.number == f"2026-11-{order.id:04d}"
    assert (order.email, order.language, order.notes, order.network) == ("ana@example.com", "es", "Timbre dañado", "n1")
    assert order.total_minor == started.quote.total_minor == pesos(2 * 129_900 + 389_900 - 64_970)
    assert order.quote_hash == started.quote.quote_hash
    assert order.address == make.address().to_dict()
    assert (order.delivery_earliest, order.delivery_latest) == ("2026-11-25", "2026-11-27")
    assert order.hold_until == make.moment(24) + timedelta(minutes=41)
    assert started.expires_at == make.moment(24) + timedelta(minutes=31)
    assert make.stock_of(WHEY) == (120, 2)
    assert make.stock_of(DUMBBELL) == (5, 1)
    assert make.causes_of(started) == [("placed", "customer")]
    assert make.mails_of(started) == []
    assert carts.count(guest) == 3
    page = gateway.requests[started.session_id]
    assert (page.total_minor, page.discount_minor, page.shipping_minor) == (order.total_minor, pesos(64_970), 0)
    assert (page.order_id, page.order_number, page.quote_hash) == (order.public_id, order.number, order.quote_hash)
    assert sum(line.unit_price_minor * line.quantity for line in page.lines) == order.subtotal_minor
    (attempt,) = make.sessions_of(started)
    assert (attempt.state, attempt.session_id, attempt.url) == ("open", started.session_id, started.checkout_url)


def test_lines_freeze_what_was_sold(shop: Flask) -> None:
    started = make.begin((COFFEE, 3), language="en")
    make.change_product(COFFEE, name_en="Other", price_minor=pesos(99_900), tax_rate="general", image="other")
    (line,) = make.lines_of(started)
    assert (line.slug, line.name, line.kind, line.quantity) == (
        COFFEE, "Nariño pre-workout coffee 250 g", "physical", 3,
    )  # fmt: skip
    assert (line.unit_price_minor, line.total_minor, line.tax_basis_points) == (pesos(34_900), pesos(104_700), 500)
    assert line.image == COFFEE


def test_items_are_bought_without_a_cart_and_one_product_is_one_line(shop: Flask) -> None:
    product = browse(Search(text="vainilla")).items[0]
    items = ((product.slug, 1), (product.id, 2))
    started = checkout.begin(make.purchase(Shopper(), items=items))
    assert [line.quantity for line in make.lines_of(started)] == [3]
    assert make.count_of(Cart) == 0


def test_digital_goods_have_no_address_and_keep_the_consent(shop: Flask) -> None:
    started = make.begin((PLAN, 1), digital_consent=True)
    order = make.order_of(started)
    assert (order.address, order.shipping_method, order.shipping_minor, order.delivery_latest) == (None, None, 0, None)
    assert order.consent is not None
    assert order.consent["version"] == CONSENT_VERSION
    assert make.count_of(StockHold) == 0


def test_the_way_of_delivery_is_charged_by_place(shop: Flask) -> None:
    leticia = make.address(city="Leticia", department="Amazonas")
    assert make.begin((COFFEE, 1), address=leticia).quote.shipping_minor == pesos(45_000)
    assert make.begin((COFFEE, 1), shipping_method="overnight").quote.shipping_minor == pesos(75_000)
    assert make.begin((COFFEE, 1), shipping_method="pickup").quote.shipping_minor == 0


REFUSALS: dict[str, tuple[dict[str, Any], type[ShopError]]] = {
    "nothing inside": ({"items": ()}, EmptyCart),
    "no such product": ({"items": (("nada", 1),)}, NotFound),
    "a plan without an account": ({"items": ((PREMIUM, 1),)}, AccountRequired),
    "sold out": ({"items": ((BELT, 1),)}, OutOfStock),
    "too many": ({"items": ((BAR, 3),)}, OutOfStock),
    "one product over two lines": ({"items": ((BAR, 2), (BAR, 1))}, OutOfStock),
    "half of a line": ({"items": ((WHEY, 1), (BELT, 1))}, OutOfStock),
    "zero units": ({"items": ((WHEY, 0),)}, InvalidInput),
    "less than nothing": ({"items": ((WHEY, -1),)}, InvalidInput),
    "half a unit": ({"items": ((WHEY, 1.5),)}, InvalidInput),
    "a billion": ({"items": ((WHEY, 10**9),)}, InvalidInput),
    "more than a hundred together": ({"items": ((WHEY, 60), (WHEY, 60))}, InvalidInput),
    "51 lines": ({"items": ((WHEY, 1),) * 51}, InvalidInput),
    "no address": ({"address": None}, InvalidInput),
    "notes too long": ({"notes": "x" * 501}, InvalidInput),
    "no consent": ({"items": ((PLAN, 1),)}, ConsentRequired),
    "unknown coupon": ({"coupon_code": "NADA"}, CouponRejected),
    "expired coupon": ({"coupon_code": "VENCIDO"}, CouponRejected),
    "another total": ({"expected_total_minor": pesos(154_901)}, PriceChanged),
    "overnight to the islands": (
        {"address": ("San Andrés", "San Andrés y Providencia"), "shipping_method": "overnight"},
        ShippingUnavailable,
    ),
    "no such method": ({"shipping_method": "drone"}, ShippingUnavailable),
    "below the smallest payment": (
        {"items": ((GUIDE, 1),), "coupon_code": "CASI", "digital_consent": True},
        AmountTooSmall,
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_leaves_no_trace(shop: Flask, gateway: FakeGateway, name: str) -> None:
    said, refusal = REFUSALS[name]
    make.make_coupon("CASI", value=90)
    if isinstance(said.get("address"), tuple):
        city, department = said["address"]
        said = said | {"address": make.address(city=city, department=department)}
    guest = make.guest_with((WHEY, 1))
    with pytest.raises(refusal):
        checkout.begin(make.purchase(guest, **said))
    assert nothing_happened()
    assert gateway.calls == []
    assert make.stock_of(WHEY) == (120, 0)
    assert carts.count(guest) == 1


def test_a_guest_without_a_cart_buys_nothing(shop: Flask) -> None:
    for nobody in (Shopper(), Shopper(cart_token="forged")):
        with pytest.raises(EmptyCart):
            checkout.begin(make.purchase(nobody))


def test_a_coupon_refused_last_takes_the_whole_order_back(shop: Flask) -> None:
    code = make.make_coupon(max_uses_per_customer=1)
    make.begin((WHEY, 1), coupon_code=code)
    with pytest.raises(CouponRejected):
        make.begin((DUMBBELL, 1), coupon_code=code)
    assert make.count_of(Order) == 1
    assert make.stock_of(DUMBBELL) == (5, 0)
    assert make.uses_of(code) == 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda: make.set_stock(WHEY, 1), OutOfStock),
        (lambda: make.change_product(WHEY, status="archived"), ProductUnavailable),
        (lambda: make.change_product(WHEY, price_minor=pesos(139_900)), PriceChanged),
    ],
)
def test_what_changed_between_review_and_payment_is_refused_and_the_cart_stays(
    shop: Flask, change: Callable[[], None], refusal: type[ShopError]
) -> None:
    guest = make.guest_with((WHEY, 2))
    seen = carts.view(guest, "es").quote.total_minor
    change()
    with pytest.raises(refusal):
        checkout.begin(make.purchase(guest, expected_total_minor=seen))
    assert nothing_happened()
    assert carts.count(guest) == 2


def test_a_changed_price_comes_with_the_new_quote(shop: Flask) -> None:
    with pytest.raises(PriceChanged) as refusal:
        make.begin((WHEY, 1), expected_total_minor=pesos(1))
    assert refusal.value.data["quote"].total_minor == pesos(154_900)


def test_a_double_click_is_one_order_and_one_page(shop: Flask, gateway: FakeGateway) -> None:
    said = make.purchase(make.guest_with((WHEY, 1)))
    first, second = checkout.begin(said), checkout.begin(said)
    assert first == second
    assert (make.count_of(Order), len(gateway.pages)) == (1, 1)
    assert make.stock_of(WHEY) == (120, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda guest: carts.add(guest, WHEY, 1),
        lambda guest: carts.apply_coupon(guest, "FIT10"),
        lambda guest: carts.set_shipping(guest, email=None, address=make.address(), method="express"),
        lambda guest: make.change_product(WHEY, price_minor=pesos(139_900)),
    ],
)
def test_a_changed_cart_supersedes_the_order_and_closes_its_page(
    shop: Flask, gateway: FakeGateway, change: Callable[[Shopper], object]
) -> None:
    guest = make.guest_with((WHEY, 1))
    first = checkout.begin(make.purchase(guest))
    change(guest)
    second = checkout.begin(make.purchase(guest))
    assert second.order_id != first.order_id
    assert make.state_of(first) == ("cancelled", "pending")
    assert gateway.pages[first.session_id].status == "expired"
    assert make.causes_of(first)[-1] == ("cancelled", "customer: cart changed")
    assert make.state_of(second) == ("pending", "pending")
    assert make.stock_of(WHEY)[1] == sum(line.quantity for line in make.lines_of(second))


def test_other_words_at_the_door_make_another_order(shop: Flask) -> None:
    said = make.purchase(make.guest_with((WHEY, 1)))
    first = checkout.begin(said)
    second = checkout.begin(replace(said, notes="Portería"))
    assert first.order_id != second.order_id
    assert make.state_of(first)[0] == "cancelled"


def test_a_page_about_to_expire_is_not_handed_out_again(shop: Flask) -> None:
    said = make.purchase(make.guest_with((WHEY, 1)))
    first = checkout.begin(said)
    with time_machine.travel(first.expires_at - timedelta(seconds=100)):
        second = checkout.begin(said)
    assert second.session_id != first.session_id
    assert make.state_of(first)[0] == "cancelled"


def test_paying_in_another_tab_while_buying_again_counts_and_nothing_is_bought_twice(
    shop: Flask, gateway: FakeGateway
) -> None:
    guest = make.guest_with((WHEY, 1))
    first = checkout.begin(make.purchase(guest))
    gateway.pay(first.session_id)
    carts.apply_coupon(guest, "FIT10")
    with pytest.raises(EmptyCart):
        checkout.begin(make.purchase(guest))
    assert make.state_of(first) == ("confirmed", "paid")
    assert make.count_of(Order) == 1


def test_an_order_of_nothing_is_paid_here_and_now(shop: Flask, gateway: FakeGateway) -> None:
    make.make_coupon("TODO", value=100)
    guest = make.guest_with((WHEY, 1))
    started = checkout.begin(make.purchase(guest, coupon_code="TODO", shipping_method="pickup"))
    assert make.state_of(started) == ("confirmed", "paid")
    assert gateway.calls == []
    assert started.checkout_url == make.SUCCESS.replace("{CHECKOUT_SESSION_ID}", started.session_id)
    assert session_status.settle_session(make.owner(started), started.session_id).is_paid
    assert make.stock_of(WHEY) == (119, 0)
    assert make.mails_of(started) == ["order_confirmed"]
    assert carts.count(guest) == 0
    assert make.uses_of("TODO") == 1


def test_fifty_lines_cost_no_more_statements_than_one(
    shop: Flask, gateway: FakeGateway, statements: Statements
) -> None:
    with transaction():
        shelf = make.some_category()
        slugs = [f"cosa-{n}" for n in range(50)]
        db.session.add_all(make.product(slug, shelf) for slug in slugs)
    guest = make.guest_with(*((slug, 2) for slug in slugs))
    carts.set_shipping(guest, email=make.EMAIL, address=make.address(), method="standard")
    carts.apply_coupon(guest, "BIENVENIDO15")
    said = make.purchase(guest)
    with statements.at_most(15):
        started = checkout.begin(said)
    assert len(make.lines_of(started)) == 50
    assert len(gateway.requests[started.session_id].lines) == 50


def test_a_silent_provider_keeps_the_hold_and_the_next_click_finds_the_same_page(
    shop: Flask, gateway: FakeGateway
) -> None:
    said = make.purchase(make.guest_with((WHEY, 1)))
    gateway.go_silent(after_work=True)
    with pytest.raises(PaymentProviderError):
        checkout.begin(said)
    assert make.stock_of(WHEY) == (120, 1)
    started = checkout.begin(said)
    assert len(gateway.pages) == 1
    assert make.sessions_of(started)[0].state == "open"


@pytest.mark.parametrize("after_work", [False, True])
def test_after_silence_the_sweeper_repeats_the_key_closes_the_page_and_only_then_releases(
    shop: Flask, gateway: FakeGateway, after_work: bool
) -> None:
    gateway.go_silent(after_work=after_work)
    with pytest.raises(PaymentProviderError):
        make.begin((WHEY, 1), coupon_code="LIMITE3")
    assert cleanup.expire_unpaid() == 0  # somebody may still wait for the answer
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        gateway.go_silent(times=2)
        assert cleanup.expire_unpaid() == 0
        assert make.stock_of(WHEY) == (120, 1)
        assert make.uses_of("LIMITE3") == 1
        gateway.failures.clear()
        assert cleanup.expire_unpaid() == 1
    assert [page.status for page in gateway.pages.values()] == ["expired"]
    assert len(gateway.by_key) == 1
    assert make.stock_of(WHEY) == (120, 0)
    assert make.uses_of("LIMITE3") == 0


def test_a_page_paid_after_silence_is_found_by_the_sweeper(shop: Flask, gateway: FakeGateway) -> None:
    gateway.go_silent(after_work=True)
    with pytest.raises(PaymentProviderError):
        make.begin((WHEY, 1))
    (page,) = gateway.pages.values()
    gateway.pay(page.id)
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        cleanup.sweep()
    assert make.state_of(page.order_id or "") == ("confirmed", "paid")
    assert make.stock_of(WHEY) == (119, 0)


def test_a_page_healed_and_not_closed_is_handed_out_to_the_next_click(shop: Flask, gateway: FakeGateway) -> None:
    said = make.purchase(make.guest_with((WHEY, 1)))
    gateway.go_silent(after_work=True)
    with pytest.raises(PaymentProviderError):
        checkout.begin(said)
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        gateway.fails_after_work, gateway.silent_calls = False, {"close"}
        assert cleanup.expire_unpaid() == 0
        started = checkout.begin(said)
    assert started.checkout_url == gateway.pages[started.session_id].url


@pytest.mark.parametrize(
    ("code", "refusal"), [("card_declined", PaymentProviderError), ("amount_too_small", AmountTooSmall)]
)
def test_a_definite_refusal_releases_everything_at_once(
    shop: Flask, gateway: FakeGateway, code: str, refusal: type[ShopError]
) -> None:
    guest = make.guest_with((WHEY, 1))
    gateway.failures = [PaymentRefused(code)]
    with pytest.raises(refusal):
        checkout.begin(make.purchase(guest, coupon_code="LIMITE3"))
    assert make.stock_of(WHEY) == (120, 0)
    assert make.uses_of("LIMITE3") == 0
    assert carts.count(guest) == 1
    started = checkout.begin(make.purchase(guest, coupon_code="LIMITE3"))
    assert make.state_of(started) == ("pending", "pending")


def test_silence_while_closing_the_superseded_page_keeps_the_old_order(shop: Flask, gateway: FakeGateway) -> None:
    guest = make.guest_with((WHEY, 1))
    first = checkout.begin(make.purchase(guest))
    carts.add(guest, WHEY, 1)
    gateway.go_silent()
    with pytest.raises(PaymentProviderError):
        checkout.begin(make.purchase(guest))
    assert make.state_of(first) == ("pending", "pending")
    assert make.stock_of(WHEY) == (120, 1)


def test_the_same_key_of_a_client_is_the_same_order(shop: Flask, gateway: FakeGateway) -> None:
    said = make.purchase(Shopper(), items=((WHEY, 1),), key="k1")
    assert checkout.begin(said) == checkout.begin(said)
    assert checkout.begin(replace(said, key="k2")).order_id != checkout.begin(said).order_id
    assert make.count_of(Order) == 2


def test_no_client_can_freeze_the_stock(shop: Flask) -> None:
    limits = shop.extensions["settings"]
    limits.RATE_LIMITS, limits.MAX_HOLDS_PER_PERSON, limits.MAX_HOLDS_PER_NETWORK = True, 2, 3
    mine = [make.begin((WHEY, 1), network="n1") for _ in range(2)]
    with pytest.raises(TooManyHolds):
        make.begin((WHEY, 1), email="ANA+otra@example.com", network="n1")
    make.begin((WHEY, 1), network="n2")  # where a stranger typed it, nobody's share is used up
    make.begin((WHEY, 1), email="b@example.com", network="n1")
    with pytest.raises(TooManyHolds):
        make.begin((WHEY, 1), email="c@example.com", network="n1")
    checkout.cancel(make.owner(mine[0]), mine[0].order_id)
    make.begin((WHEY, 1), network="n3")


def test_where_the_network_is_unknown_only_the_person_counts(shop: Flask) -> None:
    limits = shop.extensions["settings"]
    limits.RATE_LIMITS, limits.MAX_HOLDS_PER_NETWORK = True, 1
    for n in range(3):
        make.begin((WHEY, 1), email=f"{n}@example.com")
    assert make.count_of(Order) == 3


@pytest.mark.parametrize(
    ("goods", "limits", "reason"),
    [
        ([(CUBES, 60), (WHEY, 60)], {"MAX_HELD_UNITS_PER_PERSON": 119}, "units"),
        ([(CUBES, 60), (WHEY, 60)], {"MAX_HELD_UNITS_PER_NETWORK": 119}, "units"),
        ([(WHEY, 2)], {"MAX_HELD_MINOR_PER_PERSON": pesos(259_799)}, "value"),
        ([(WHEY, 2)], {"MAX_HELD_MINOR_PER_NETWORK": pesos(259_799)}, "value"),
    ],
)
def test_units_and_their_value_are_limited_and_a_customer_who_paid_holds_more(
    shop: Flask, gateway: FakeGateway, goods: list[tuple[str, int]], limits: dict[str, int], reason: str
) -> None:
    for name, figure in ({"RATE_LIMITS": True} | limits).items():
        setattr(shop.extensions["settings"], name, figure)
    buyer = make.customer()
    for shopper in (None, buyer):
        with pytest.raises(TooManyHolds) as refusal:
            checkout.begin(make.purchase(shopper or Shopper(), items=tuple(goods), network="n1"))
        assert refusal.value.data["reason"] == reason
        assert make.count_of(StockHold) == 0, "a refusal holds nothing"
    checkout.begin(make.purchase(Shopper(), items=((PLAN, 1),), network="n1", digital_consent=True))
    first = checkout.begin(make.purchase(buyer, items=((WHEY, 1),), network="n1"))
    make.pay(gateway, first)
    assert checkout.begin(make.purchase(buyer, items=tuple(goods), network="n1")).quote.subtotal_minor > 0


def test_what_is_held_adds_up_over_orders_and_a_big_purchase_passes(shop: Flask) -> None:
    shop.extensions["settings"].RATE_LIMITS = True
    make.begin((WHEY, 100), (CUBES, 50), network="n1")
    with pytest.raises(TooManyHolds):
        make.begin((CUBES, 60), network="n1")
    make.begin((CUBES, 60), network="n2")
    make.begin((CUBES, 30), email="b@example.com", network="n1")


def test_a_guest_who_types_a_customers_address_uses_up_nothing_of_theirs(shop: Flask) -> None:
    limits = shop.extensions["settings"]
    limits.RATE_LIMITS, limits.MAX_HOLDS_PER_PERSON = True, 1
    owner = make.customer()
    make.begin((WHEY, 1), email="valentina@example.com", network="n1")
    assert checkout.begin(make.purchase(owner, email="valentina@example.com", items=((WHEY, 1),), network="n1"))


def again(purchase: Purchase | None = None) -> dict[str, str]:
    return {"success_url": make.SUCCESS, "cancel_url": make.CANCEL}


def test_paying_again_makes_a_new_page_and_closes_the_old_one(shop: Flask, gateway: FakeGateway) -> None:
    first = make.begin((WHEY, 1))
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        second = checkout.retry(make.owner(first), first.order_id, **again())
    assert (second.order_id, second.order_number) == (first.order_id, first.order_number)
    assert second.session_id != first.session_id
    assert gateway.pages[first.session_id].status == "expired"
    assert [attempt.state for attempt in make.sessions_of(first)] == ["closed", "open"]
    assert make.order_of(first).hold_until == second.expires_at + timedelta(minutes=10)
    assert make.stock_of(WHEY) == (120, 1)


def test_an_unpaid_order_is_not_reopened_for_ever(shop: Flask, gateway: FakeGateway) -> None:
    first = make.begin((WHEY, 1))
    start = make.order_of(first).placed_at
    for minutes in (30, 60, 90, 119):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            checkout.retry(make.owner(first), first.order_id, **again())
    with (
        time_machine.travel(start + timedelta(hours=2), tick=False),
        pytest.raises(WrongState) as refusal,
    ):
        checkout.retry(make.owner(first), first.order_id, **again())
    assert refusal.value.data["reason"] == "too_old"


def _dearer() -> None:
    make.change_product(WHEY, price_minor=pesos(139_900))


def _without_coupon() -> None:
    with transaction():
        db.session.execute(update(Coupon).values(is_active=False))


@pytest.mark.parametrize("change", [_dearer, _without_coupon])
def test_paying_again_is_priced_anew(shop: Flask, gateway: FakeGateway, change: Callable[[], None]) -> None:
    first = make.begin((WHEY, 1), coupon_code="FIT10")
    change()
    with pytest.raises(PriceChanged) as refusal:
        checkout.retry(make.owner(first), first.order_id, **again())
    assert refusal.value.data["quote"].total_minor != refusal.value.data["before_minor"]
    assert make.state_of(first) == ("pending", "pending")
    assert [attempt.state for attempt in make.sessions_of(first)] == ["open"], "no page was opened or closed"


def test_a_coupon_that_the_order_itself_used_up_still_counts(shop: Flask, gateway: FakeGateway) -> None:
    first = make.begin((WHEY, 1), coupon_code=make.make_coupon(max_uses=1, max_uses_per_customer=1))
    assert checkout.retry(make.owner(first), first.order_id, **again()).quote == first.quote


def test_what_is_not_sold_any_more_is_not_paid_again(shop: Flask, gateway: FakeGateway) -> None:
    first = make.begin((WHEY, 1))
    make.change_product(WHEY, status="archived")
    with pytest.raises(ProductUnavailable):
        checkout.retry(make.owner(first), first.order_id, **again())


def test_paying_again_what_was_paid_meanwhile_counts_the_payment(shop: Flask, gateway: FakeGateway) -> None:
    first = make.begin((WHEY, 1))
    gateway.pay(first.session_id)
    with pytest.raises(WrongState):
        checkout.retry(make.owner(first), first.order_id, **again())
    assert make.state_of(first) == ("confirmed", "paid")
    assert make.stock_of(WHEY) == (119, 0)


@pytest.mark.parametrize("what", ["retry", "cancel"])
def test_only_the_owner_pays_again_or_cancels_and_only_what_is_unpaid(
    shop: Flask, gateway: FakeGateway, what: str
) -> None:
    act: Callable[..., object] = checkout.cancel if what == "cancel" else checkout.retry
    urls = {} if what == "cancel" else again()
    first = make.begin((WHEY, 1))
    for stranger in (Shopper(), make.customer(), Shopper(order_ids=("other",))):
        with pytest.raises(NotFound):
            act(stranger, first.order_id, **urls)
    make.pay(gateway, first)
    with pytest.raises(WrongState):
        act(make.owner(first), first.order_id, **urls)
    second = make.begin((WHEY, 1))
    checkout.cancel(make.owner(second), second.order_id)
    with pytest.raises(WrongState):
        act(make.owner(second), second.order_id, **urls)


def test_cancelling_asks_the_provider_first_and_gives_everything_back(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1), coupon_code="LIMITE3")
    gateway.go_silent()
    with pytest.raises(PaymentProviderError):
        checkout.cancel(make.owner(started), started.order_id)
    assert make.state_of(started) == ("pending", "pending")
    assert make.stock_of(WHEY) == (120, 1)
    assert checkout.cancel(make.owner(started), started.order_id).status == "cancelled"
    assert gateway.pages[started.session_id].status == "expired"
    assert make.stock_of(WHEY) == (120, 0)
    assert make.uses_of("LIMITE3") == 0
    assert make.mails_of(started) == []
    assert make.causes_of(started)[-1] == ("cancelled", "customer")


def test_cancelling_what_was_paid_meanwhile_confirms_it(shop: Flask, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 1))
    gateway.pay(started.session_id)
    with pytest.raises(WrongState):
        checkout.cancel(make.owner(started), started.order_id)
    assert make.state_of(started) == ("confirmed", "paid")


def test_a_customers_order_is_theirs_on_every_device(shop: Flask) -> None:
    person = make.customer()
    carts.add(person, WHEY, 1)
    started = checkout.begin(make.purchase(person))
    other_device = Shopper(customer_id=person.customer_id)
    assert own_orders.get(other_device, started.order_number).public_id == started.order_id
    assert [one.public_id for one in own_orders.list_for(person.customer_id or "").items] == [started.order_id]
    found = own_orders.find_unpaid(other_device)
    assert found is not None
    assert found.public_id == started.order_id


def test_an_order_shows_to_its_owner_or_with_its_token_and_to_nobody_else(shop: Flask) -> None:
    started = make.begin((WHEY, 1))
    token = make.token_of(make.order_of(started))
    assert own_orders.get(make.owner(started), started.order_id).number == started.order_number
    assert own_orders.get(Shopper(), started.order_number, token=token).public_id == started.order_id
    for wrong in (None, "", token[:-1], "ñ"):
        with pytest.raises(NotFound):
            own_orders.get(Shopper(), started.order_number, token=wrong)


@pytest.mark.parametrize("reference", ["", "nada", "2026-11-999999999999", "2026-11-2147483648", "2025-01-0001", "1"])
def test_an_order_that_is_not_there_is_not_found(shop: Flask, reference: str) -> None:
    make.begin((WHEY, 1))
    with pytest.raises(NotFound):
        own_orders.get(Shopper(), reference)


def test_what_was_ordered_before_login_leaves_the_merged_cart_when_it_is_paid(
    shop: Flask, gateway: FakeGateway
) -> None:
    person, guest = make.customer(), make.guest_with((WHEY, 1))
    carts.add(person, DUMBBELL, 1)
    started = checkout.begin(make.purchase(guest))
    with transaction():
        carts.merge(guest.cart_token, person.customer_id or "", clock.now())
    make.pay(gateway, started)
    db.session.rollback()
    assert {line.slug for line in carts.view(person, "es").lines} == {DUMBBELL}


def test_after_login_both_earlier_orders_of_the_merged_cart_are_superseded(shop: Flask, gateway: FakeGateway) -> None:
    person, guest = make.customer(), make.guest_with((WHEY, 1))
    carts.add(person, DUMBBELL, 1)
    earlier = [checkout.begin(make.purchase(person)), checkout.begin(make.purchase(guest))]
    with transaction():
        carts.merge(guest.cart_token, person.customer_id or "", clock.now())
    started = checkout.begin(make.purchase(person))
    assert [make.state_of(one)[0] for one in earlier] == ["cancelled", "cancelled"]
    assert {line.slug for line in make.lines_of(started)} == {WHEY, DUMBBELL}
    assert (make.stock_of(WHEY), make.stock_of(DUMBBELL)) == ((120, 1), (5, 1))


def test_a_paid_order_takes_only_what_was_bought_out_of_the_cart(shop: Flask, gateway: FakeGateway) -> None:
    guest = make.guest_with((WHEY, 1), (DUMBBELL, 1))
    started = checkout.begin(make.purchase(guest))
    carts.add(guest, WHEY, 2)
    carts.add(guest, COFFEE, 1)
    make.pay(gateway, started)
    db.session.rollback()
    assert {line.slug: line.quantity for line in carts.view(guest, "es").lines} == {WHEY: 2, COFFEE: 1}


def test_creating_a_session_costs_at_most_15_statements(shop: Flask, statements: Statements) -> None:
    shop.extensions["settings"].RATE_LIMITS = True
    guest = make.guest_with((WHEY, 1), (DUMBBELL, 1), (PLAN, 1))
    said = make.purchase(guest, coupon_code="BIENVENIDO15", digital_consent=True, network="n1")
    declines.require_account(guest, "n1")  # a process looks for declined cards every few seconds, and not each time
    with statements.at_most(15):
        checkout.begin(said)
