"""The staff's pages of customers in a real browser, on a phone and on a desk, in both languages."""

import pytest
from playwright.sync_api import expect

from storefront import clock
from tests.e2e.browsing import DESKTOP, PHONE, press
from tests.e2e.looking import Examine, looking_at
from tests.e2e.test_staff import STAFF, ShopAs


@pytest.mark.parametrize(("width", "language"), [(PHONE, "es"), (DESKTOP, "en")])
def test_the_customer_pages_in_every_state(shop_as: ShopAs, examine: Examine, width: int, language: str) -> None:
    """Axe, the console and sideways scrolling, from the list to a blocked network."""
    shopper = shop_as(width=width, language=language)
    shopper.sign_in(STAFF)
    page, look = shopper.page, looking_at(shopper.page, examine, width)
    today = clock.day_of(clock.now()).isoformat()

    page.goto("/staff/customers?q=shopper@example.com")
    look("customers")
    page.click("main th a >> nth=0")
    look("a customer")
    page.fill("#customer_note", "Prefiere WhatsApp.")
    press(page.locator("form[action$='/notes'] [type=submit]"))
    expect(page.locator("main .alert-good")).to_be_visible()
    page.click("form[action$='/requests'] >> xpath=ancestor::details >> summary")
    press(page.locator("form[action$='/requests'] [type=submit]"))
    expect(page.locator("#error-summary")).to_be_visible()
    look("a request refused")
    page.select_option("#request_kind", "access")
    press(page.locator("form[action$='/requests'] [type=submit]"))
    look("a request to answer")
    page.click("a[href$='/erase']")
    look("before the erasure")
    page.goto("/staff/customers/blocks")
    page.select_option("#block_kind", "network")
    page.fill("#block_value", "198.51.100.0/24" if width == PHONE else "198.51.101.0/24")
    page.fill("#block_reason", "Tarjetas robadas.")
    page.fill("#last_day", today)
    press(page.locator("form[action$='/blocks'] [type=submit]"))
    expect(page.locator("main .alert-good")).to_be_visible()
    look("blocks")
    press(page.locator("form[action$='/end'] [type=submit]").first)
    expect(page.locator("main .alert-good")).to_be_visible()
