"""The staff's pages of delivery in a real browser, on a phone and on a desk, in both languages."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import DESKTOP, PHONE, press
from tests.e2e.looking import Examine, looking_at
from tests.e2e.test_staff import STAFF, ShopAs


@pytest.mark.parametrize(("width", "language"), [(PHONE, "es"), (DESKTOP, "en")])
def test_the_delivery_pages_in_every_state(shop_as: ShopAs, examine: Examine, width: int, language: str) -> None:
    """Axe, the console and sideways scrolling; what is changed is changed back, for the demonstration is shared."""
    shopper = shop_as(width=width, language=language)
    shopper.sign_in(STAFF)
    page, look = shopper.page, looking_at(shopper.page, examine, width)

    def save(price: str) -> None:
        page.goto("/staff/delivery")
        page.fill("#standard-remote-price", price)
        press(page.locator("form[action='/staff/delivery'] [type=submit]"))

    page.goto("/staff/delivery")
    look("delivery")
    save("nada")
    expect(page.locator("#error-summary")).to_be_visible()
    look("refused at the field")
    save("44.000")
    expect(page.locator("main tbody").first).to_contain_text("San Andrés")
    look("a preview")
    save("")
    expect(page.locator("main .alert-warn")).to_contain_text("San Andrés")
    look("a zone without delivery")
    page.goto("/staff/delivery/places")
    look("no municipality moved")
    page.goto("/staff/delivery/places?q=cali")
    look("municipalities")
    page.goto("/staff/delivery/places/05001")
    look("a municipality")
    page.goto("/staff/delivery/carriers")
    look("carriers")
    page.fill("#tracking_template", "http://x")
    press(page.locator("main .panel [type=submit]"))
    expect(page.locator("#error-summary")).to_be_visible()
    look("a carrier refused")
    page.goto("/staff/delivery/carriers/tcc")
    look("a carrier")


def test_delivery_is_changed_without_javascript(shop_as: ShopAs) -> None:
    shopper = shop_as(width=PHONE, javascript=False)
    shopper.sign_in(STAFF)
    page = shopper.page
    for price in ("44.000", "45.000"):
        page.goto("/staff/delivery")
        page.fill("#standard-remote-price", price)
        press(page.locator("form[action='/staff/delivery'] [type=submit]"))
        press(page.locator("form[action='/staff/delivery'] [value=save]"))
        expect(page.locator("main .alert-good")).to_be_visible()
        assert page.input_value("#standard-remote-price") == price
