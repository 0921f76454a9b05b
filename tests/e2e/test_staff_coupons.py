"""The staff's pages of coupons in a real browser, on a phone and on a desk, in both languages."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import DESKTOP, PHONE, press
from tests.e2e.looking import Examine, looking_at
from tests.e2e.test_staff import STAFF, ShopAs


@pytest.mark.parametrize(("width", "language"), [(PHONE, "es"), (DESKTOP, "en")])
def test_the_coupon_pages_in_every_state(shop_as: ShopAs, examine: Examine, width: int, language: str) -> None:
    """Axe, the console and sideways scrolling, from the list to a coupon that is switched off."""
    shopper = shop_as(width=width, language=language)
    shopper.sign_in(STAFF)
    page, look = shopper.page, looking_at(shopper.page, examine, width)

    page.goto("/staff/coupons")
    look("coupons")
    page.goto("/staff/coupons?q=nothing-like-it")
    look("no coupons")
    page.goto("/staff/coupons/new")
    look("an empty form")
    page.fill("#code", "con espacio")
    page.fill("#value", "101")
    press(page.locator("main .panel [type=submit]"))
    expect(page.locator("#error-summary")).to_be_visible()
    look("refused at the fields")
    page.fill("#code", f"mirada-{language}")
    page.fill("#value", "15")
    page.fill("#cap", "30.000")
    page.check("input[name=categories] >> nth=0")
    press(page.locator("main .panel [type=submit]"))
    expect(page.locator("main .alert-good")).to_be_visible()
    look("a coupon")
    press(page.locator("form[action$='/switch'] [type=submit]"))
    expect(page.locator("main .badge").first).to_have_text("Desactivado" if language == "es" else "Off")
    look("switched off")
    page.click("details:has(form[action$='/remove']) > summary")
    look("before it is deleted")
    press(page.locator("form[action$='/remove'] [type=submit]"))
    expect(page.locator("main .alert-good")).to_be_visible()
