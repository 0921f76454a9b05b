"""Reviews and stock alerts in chromium: written, read by staff, shown; with and without JavaScript, seen by axe."""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import DESKTOP, press
from tests.e2e.demonstration import Demo
from tests.e2e.looking import Examine
from tests.e2e.shopping import Shopper, number_of

ShopAs = Callable[..., Shopper]
BOOK, BELT, STAFF = "recetario-alto-en-proteina", "cinturon-levantamiento-cuero", "staff@example.com"
NARROWEST = 320
SEND = "form[action*='/reviews/']:has(textarea) [type=submit]"


def look_at(page: Page, examine: Examine, state: str) -> None:
    """Have axe look at a page, which must not scroll sideways on the smallest phone."""
    examine(page, state)
    if folder := os.environ.get("LOOK_FOLDER"):
        for width in (390, DESKTOP):
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=f"{folder}/{state.replace(' ', '-')}-{width}.png", full_page=True)
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, state
    page.set_viewport_size({"width": DESKTOP, "height": 800})


@pytest.mark.parametrize(("language", "javascript"), [("es", True), ("en", False)])
def test_a_review_is_written_read_and_shown(
    shop_as: ShopAs, demo: Demo, examine: Examine, language: str, javascript: bool
) -> None:
    buyer, staff = shop_as(language=language, javascript=javascript), shop_as(language=language)
    buyer.begin(BOOK)
    buyer.pay()
    order = buyer.see_paid()
    page, address = buyer.page, f"/account/orders/{number_of(order)}/reviews"

    def look(page: Page, state: str) -> None:
        if javascript or page is staff.page:  # axe itself is a script
            look_at(page, examine, f"{state} {language}")

    page.goto(address)
    look(page, "reviews of an order")
    page.click("a[href*='/reviews/']")
    look(page, "empty review")
    press(page.locator(SEND))
    expect(page.locator(".error-summary a")).to_have_count(2)
    look(page, "refused review")
    page.check("[name=stars][value='4']")
    page.fill("#title", "Recetas ricas")
    page.fill("#text", f"Fáciles de hacer ({language}).\nMe gustaron las arepas.")
    press(page.locator(SEND))
    expect(page.locator(".badge-waiting")).to_be_visible()
    look(page, "waiting review")
    page.goto(f"{address}/stop")
    look(page, "stop of mails")
    staff.sign_in(STAFF)
    staff.page.goto("/staff/reviews")
    look(staff.page, "reviews to read")
    row = staff.page.locator(".review-row", has_text=f"({language})")
    row.locator("summary").first.click()
    press(row.locator("button[value=refuse]"))
    expect(staff.page.locator(".error-summary")).to_be_visible()
    look(staff.page, "refusal without reason")
    press(staff.page.locator(".review-row", has_text=f"({language})").locator("button[value=approve]"))
    staff.page.goto("/staff/reviews?status=approved")
    look(staff.page, "approved reviews")
    page.goto(f"/products/{BOOK}")
    expect(page.locator(".review", has_text=f"({language})")).to_be_visible()
    look(page, "product with reviews")
    page.goto(f"/products/{BOOK}/reviews")
    look(page, "page of reviews")
    page.goto("/?q=recetario")
    expect(page.locator(".card-rating")).to_be_visible()
    look(page, "list with stars")


@pytest.mark.parametrize("javascript", [True, False])
def test_somebody_waits_for_what_is_sold_out(shop_as: ShopAs, demo: Demo, examine: Examine, javascript: bool) -> None:
    shopper = shop_as(javascript=javascript)
    page = shopper.page
    page.goto(f"/products/{BELT}")
    if javascript:
        look_at(page, examine, "sold out")
    page.fill("#email", "no es un correo")
    press(page.locator("form[action$='/stock-alert'] [type=submit]"))
    expect(page.locator(".error-summary")).to_be_visible()
    if javascript:
        look_at(page, examine, "alert refused")
    page.fill("#email", f"espera-{javascript}@example.com")
    press(page.locator("form[action$='/stock-alert'] [type=submit]"))
    expect(page.locator(".alert-good")).to_contain_text("Te enviamos un correo")
    page.goto("/stock-alerts/x")
    if javascript:
        look_at(page, examine, "alert that is over")
