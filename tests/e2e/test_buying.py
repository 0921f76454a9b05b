"""A purchase from the product's page to the paid order, in every way that the shop offers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, press
from tests.e2e.demonstration import Demo, eventually
from tests.e2e.shopping import ASKS_THE_BANK, IS_DECLINED, PAYS, PRIMARY, Shopper, prove_paid

ShopAs = Callable[..., Shopper]
SHAKER, BANDS = "shaker-600ml", "bandas-resistencia-set-5"


def ready(shopper: Shopper, who: str) -> Shopper:
    if who == "customer":
        shopper.sign_in()
    return shopper


@pytest.mark.parametrize("who", ["guest", "customer"])
@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no js"])
def test_a_good_card_pays(shop_as: ShopAs, who: str, javascript: bool) -> None:
    shopper = ready(shop_as(javascript=javascript, width=PHONE), who)
    shopper.put(SHAKER, 2)
    shopper.go_to_review()
    shopper.go_to_payment()
    shopper.pay(PAYS)
    prove_paid(shopper, shopper.see_paid(), shaker_600ml=2)


@pytest.mark.parametrize("who", ["guest", "customer"])
def test_a_declined_card_leaves_the_session_for_another_card(shop_as: ShopAs, demo: Demo, who: str) -> None:
    shopper = ready(shop_as(), who)
    session = shopper.begin(SHAKER)
    shopper.pay(IS_DECLINED)
    expect(shopper.page.get_by_role("alert")).to_contain_text("rechazó")
    eventually(lambda: demo.order_of_session(session)["payment_status"] == "failed")
    shopper.pay(PAYS)
    order = shopper.see_paid()
    assert shopper.session_id == session
    prove_paid(shopper, order, shaker_600ml=1)


@pytest.mark.parametrize("who", ["guest", "customer"])
@pytest.mark.parametrize("refuses_first", [False, True], ids=["confirmed", "refused, then confirmed"])
def test_the_bank_is_asked(shop_as: ShopAs, demo: Demo, who: str, refuses_first: bool) -> None:
    shopper = ready(shop_as(language="en"), who)
    session = shopper.begin(SHAKER)
    shopper.pay(ASKS_THE_BANK)
    if refuses_first:
        press(shopper.page.locator("[name=answer][value=reject]"))
        expect(shopper.page.get_by_role("alert")).to_be_visible()
        eventually(lambda: demo.order_of_session(session)["payment_status"] == "failed")
        shopper.pay(ASKS_THE_BANK)
    press(shopper.page.locator("[name=answer][value=authorize]"))
    prove_paid(shopper, shopper.see_paid(), shaker_600ml=1)


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no js"])
def test_a_coupon_is_taken_off_and_can_be_removed(shop_as: ShopAs, javascript: bool) -> None:
    shopper = shop_as(javascript=javascript)
    shopper.put(BANDS)
    shopper.apply_coupon("  fit10 ")
    expect(shopper.page.locator(".coupon-chip")).to_contain_text("ahorras $\N{NO-BREAK SPACE}8.490")
    press(shopper.page.locator(".coupon-chip [type=submit]"))
    expect(shopper.page.locator(".coupon-chip")).to_have_count(0)
    shopper.apply_coupon("FIT10")
    shopper.go_to_review()
    shopper.go_to_payment()
    shopper.pay()
    order = shopper.see_paid()
    assert (order["coupon_code"], order["discount_minor"]) == ("FIT10", 849_000)
    prove_paid(shopper, order, bandas_resistencia_set_5=1)


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no js"])
def test_a_download_needs_an_email_and_a_consent(shop_as: ShopAs, javascript: bool) -> None:
    shopper = shop_as(javascript=javascript)
    shopper.put("plan-carrera-10k")
    shopper.go_to_shipping()
    expect(shopper.page.locator("main :is(input, select, textarea):visible")).to_have_count(1)
    shopper.page.fill("#email", shopper.email)
    press(shopper.page.locator(PRIMARY))
    consent = shopper.page.locator("#consent")
    expect(consent).not_to_be_checked()
    press(shopper.page.locator(PRIMARY))
    expect(shopper.page).to_have_title(re.compile("^Error: "))
    expect(consent).to_have_attribute("aria-invalid", "true")
    shopper.go_to_payment()
    shopper.pay()
    order = shopper.see_paid()
    assert order["consent"]
    assert order["shipping_method"] is None
    prove_paid(shopper, order)


def test_a_customer_buys_a_download_without_typing_anything(shop_as: ShopAs) -> None:
    shopper = ready(shop_as(), "customer")
    shopper.put("plan-carrera-10k")
    shopper.go_to_shipping()
    expect(shopper.page).to_have_url(re.compile("/checkout/review$"))
    shopper.go_to_payment()
    shopper.pay()
    prove_paid(shopper, shopper.see_paid())


def test_a_parcel_can_be_collected_without_an_address(shop_as: ShopAs) -> None:
    shopper = shop_as(javascript=False)
    shopper.put(SHAKER)
    shopper.go_to_shipping()
    page = shopper.page
    page.fill("#email", shopper.email)
    page.fill("#full_name", "Luz Marina Peña")
    page.fill("#phone", "3001234567")
    page.check("#method-pickup")
    press(page.locator(PRIMARY))
    if page.url.endswith("/checkout/shipping"):  # the new total is shown first
        press(page.locator(PRIMARY))
    shopper.go_to_payment()
    shopper.pay()
    order = shopper.see_paid()
    assert (order["shipping_method"], order["shipping_minor"]) == ("pickup", 0)
    prove_paid(shopper, order, shaker_600ml=1)


def test_an_order_of_nothing_needs_no_payment_page(shop_as: ShopAs, demo: Demo) -> None:
    demo.write(
        "INSERT OR IGNORE INTO coupons (code, kind, value, minimum_minor, is_first_order_only, categories, products, "
        "is_active, used_count) VALUES ('TODO100', 'percent', 100, 0, 0, '[]', '[]', 1, 0)"
    )
    shopper = shop_as()
    shopper.put(SHAKER)
    shopper.apply_coupon("TODO100")
    shopper.go_to_review("pickup")
    expect(shopper.page.locator(PRIMARY)).to_have_text(re.compile("gratis"))
    press(shopper.page.locator(PRIMARY))
    order = shopper.see_paid()
    assert order["total_minor"] == 0
    prove_paid(shopper, order, shaker_600ml=1)


def test_a_guest_is_offered_an_account_afterwards(shop_as: ShopAs) -> None:
    shopper = shop_as()
    shopper.begin(SHAKER)
    shopper.pay()
    order = shopper.see_paid()
    offer = shopper.page.locator("section.panel", has=shopper.page.locator("#account-offer"))
    expect(offer.locator("input:visible")).to_have_count(1)
    offer.locator("#password").fill("un caballo corre lejos")
    press(offer.locator("[type=submit]"))
    expect(shopper.page.locator("form[action='/logout']")).to_have_count(1)
    expect(shopper.page.locator("h1")).to_contain_text(f"{order['id']:04d}")


def test_a_cart_of_parcel_and_download_is_one_order(browse: Callable[..., Page], demo: Demo) -> None:
    shopper = Shopper(browse(), demo)
    shopper.put(SHAKER, 3)
    shopper.put("plan-carrera-10k")
    shopper.go_to_review("express")
    shopper.go_to_payment()
    shopper.pay()
    order = shopper.see_paid()
    assert len(demo.rows("SELECT 1 FROM order_lines WHERE order_id = ?", order["id"])) == 2
    prove_paid(shopper, order, shaker_600ml=3)
