"""The staff's pages of texts and of petitions, and the form of petitions, in a real browser on a phone."""

from playwright.sync_api import expect

from tests.e2e.browsing import PHONE, press
from tests.e2e.looking import Examine, looking_at
from tests.e2e.test_staff import STAFF, ShopAs


def test_texts_and_petitions_in_every_state(shop_as: ShopAs, examine: Examine) -> None:
    """Axe, the console and sideways scrolling, from the list of texts to a petition that is answered."""
    shopper = shop_as(width=PHONE, language="es")
    shopper.sign_in(STAFF)
    page, look = shopper.page, looking_at(shopper.page, examine, PHONE)

    page.goto("/staff/texts")
    look("texts")
    page.goto("/staff/texts/seller")
    page.fill("#nit", "901.234.567-8")
    press(page.locator("main .panel [type=submit]"))
    expect(page.locator("#error-summary")).to_be_visible()
    look("a seller refused")
    page.goto("/staff/texts/pages/about")
    look("the form of a page")
    page.fill("#page_text", "## Hola\n\n- uno")
    press(page.locator("main form.panel [type=submit]"))
    expect(page.locator("main h2")).to_have_text(["Hola", "How we work", "Where we are"])
    look("a page before it is saved")
    page.goto("/pqr")
    press(page.locator("main form [type=submit]"))
    expect(page.locator("#error-summary")).to_be_visible()
    look("a petition refused")
    page.check("input[value=complaint]")
    page.fill("#full_name", "Ana Gómez")
    page.fill("#request_text", "El tapete llegó roto.")
    press(page.locator("main form [type=submit]"))
    expect(page.locator("main strong")).to_contain_text("PQR-")
    look("a petition's number")
    page.goto("/staff/requests")
    look("petitions")
    page.click("main tbody a >> nth=0")
    page.fill("#request_answer", "Te lo cambiamos.")
    press(page.locator("form[action$='/answer'] [type=submit]"))
    expect(page.locator("main .alert-good")).to_be_visible()
    look("an answered petition")
