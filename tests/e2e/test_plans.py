"""A plan in chromium: bought with a product, renewed by the clock, failing, mended in the portal, cancelled."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import press
from tests.e2e.demonstration import Demo, Row, eventually
from tests.e2e.languages import LANGUAGES
from tests.e2e.shopping import PRIMARY, Shopper
from tests.e2e.test_library import look_closely

ShopAs = Callable[..., Shopper]
PLAN, WHEY = "fitaiid-premium-mensual", "whey-protein-2lb"
PAYS, RENEWAL_FAILS = "4242 4242 4242 4242", "4000 0000 0000 0341"
MONTH = 32 * 24 * 3600


def type_card(page: Page, number: str) -> None:
    """Fill in the card on Stripe's page."""
    for name, text in {"number": number, "expiry": "12/34", "cvc": "123", "name": "Luz Peña"}.items():
        page.fill(f"#{name}", text)


def register(shopper: Shopper) -> None:
    """Open an account on the page that asks for it."""
    page = shopper.page
    for field, text in {"email": shopper.email, "first_name": "Luz", "last_name": "Peña"}.items():
        page.fill(f"#{field}", text)
    page.fill("#password", "trote-lluvia-guayaba")
    press(page.locator("main form button[type=submit]"))


def subscribed(shopper: Shopper, card: str = PAYS) -> None:
    """Buy the plan with a product, making an account on the way."""
    page = shopper.page
    shopper.have(WHEY)
    page.goto(f"/products/{PLAN}")
    press(page.locator("form.buy [type=submit]"))
    press(page.locator("a.button-primary[href='/checkout/shipping']"))
    expect(page).to_have_url(re.compile("/login"))
    press(page.locator("main a[href^='/register']"))
    register(shopper)
    shopper.fill_delivery()
    press(page.locator(PRIMARY))
    if page.url.endswith("/checkout/shipping"):
        press(page.locator(PRIMARY))
    page.check("#consent")
    press(page.locator(PRIMARY))
    expect(page).to_have_url(re.compile(re.escape(shopper.demo.simulator)))
    type_card(page, card)
    press(page.locator("button.main"))
    expect(page).to_have_url(re.compile("/checkout/success"))


def plan_of(demo: Demo, shopper: Shopper) -> Row:
    """Return the shopper's subscription."""
    return demo.row(
        "SELECT s.* FROM subscriptions s JOIN customers c ON c.id = s.customer_id WHERE c.email = ?", shopper.email
    )


@pytest.mark.parametrize(("language", "javascript"), [("es", True), ("es", False), ("en", True)])
def test_a_plan_s_whole_life(shop_as: ShopAs, demo: Demo, language: str, javascript: bool) -> None:
    shopper = shop_as(language=language, javascript=javascript)
    page = shopper.page
    subscribed(shopper, RENEWAL_FAILS)
    assert eventually(lambda: plan_of(demo, shopper)["status"] == "active")
    assert [order["status"] for order in demo.orders_of(shopper.email)] == ["confirmed"]
    demo.sim("clock", advance=MONTH)
    assert eventually(lambda: plan_of(demo, shopper)["status"] == "past_due")
    page.goto("/account/subscriptions")
    press(page.locator("form[action='/account/subscriptions/card'] button"))
    expect(page).to_have_url(re.compile(re.escape(demo.simulator)))
    type_card(page, PAYS)
    press(page.locator("button.main"))
    expect(page.locator("[role=status]")).to_be_visible()
    press(page.locator("a.back"))
    expect(page).to_have_url(re.compile("/account/subscriptions$"))
    assert eventually(lambda: plan_of(demo, shopper)["status"] == "active")
    assert eventually(lambda: len(demo.orders_of(shopper.email)) == 2)
    demo.sim("clock", advance=MONTH)
    assert eventually(lambda: len(demo.orders_of(shopper.email)) == 3)
    page.goto("/account/subscriptions")
    press(page.locator("form[action$='/cancel'] button"))
    expect(page.locator("form[action$='/resume'] button")).to_be_visible()
    press(page.locator("form[action$='/resume'] button"))
    expect(page.locator("form[action$='/cancel'] button")).to_be_visible()
    press(page.locator("form[action$='/cancel'] button"))
    demo.sim("clock", advance=MONTH)
    assert eventually(lambda: plan_of(demo, shopper)["status"] == "cancelled")
    page.goto("/account/subscriptions")
    expect(page.locator("form[action$='/cancel']")).to_have_count(0)
    assert len(demo.orders_of(shopper.email)) == 3


@LANGUAGES
def test_the_plans_page_in_every_state(shop_as: ShopAs, demo: Demo, language: str) -> None:
    """None, active, ending, past due, over; with the plan's own page, cart and review: axe finds nothing."""
    shopper = shop_as(language=language)
    page = shopper.page
    page.goto("/register")
    register(shopper)
    page.goto("/account/subscriptions")
    found = look_closely(page, "none")
    page.goto(f"/products/{PLAN}")
    found += look_closely(page, "a plan's page")
    press(page.locator("form.buy [type=submit]"))
    found += look_closely(page, "cart")
    page.goto("/checkout/review")
    found += look_closely(page, "review")
    page.check("#consent")
    press(page.locator(PRIMARY))
    type_card(page, PAYS)
    press(page.locator("button.main"))
    expect(page).to_have_url(re.compile("/checkout/success"))
    found += look_closely(page, "thank-you page")
    key = plan_of(demo, shopper)["id"]
    states = {
        "active": "status = 'active'",
        "ending": "cancel_at_period_end = 1",
        "past due": "status = 'past_due', cancel_at_period_end = 0",
        "over": "status = 'cancelled', ended_at = '2026-11-24 00:00:00.000000'",
    }
    for state, change in states.items():
        demo.write(f"UPDATE subscriptions SET {change} WHERE id = ?", key)
        page.goto("/account/subscriptions")
        found += look_closely(page, state)
    assert not found, "\n".join(found)
