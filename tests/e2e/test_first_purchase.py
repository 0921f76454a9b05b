"""Somebody who was never here buys with a phone's width and a keyboard: how much there is to type and to press."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import expect

from tests.e2e.browsing import PHONE
from tests.e2e.keyboard import tab_to
from tests.e2e.shopping import PAYS, PRIMARY, Shopper, prove_paid

MOST_FIELDS, MOST_TAPS, MOST_SECONDS = 6, 7, 60
CARD = "a.card-link[href='/products/whey-protein-2lb']"


class Hand:
    """Counts what a hand does: fields that are filled in, and buttons and links that are pressed."""

    def __init__(self, shopper: Shopper) -> None:
        self.page = shopper.page
        self.fields = self.taps = 0

    def press(self, selector: str) -> None:
        """Go to a button or a link by Tab, and press it."""
        tab_to(self.page, selector)
        self.taps += 1
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def type(self, selector: str, text: str) -> None:
        """Go to a field by Tab and type."""
        tab_to(self.page, selector)
        self.page.keyboard.type(text)
        self.fields += 1


def test_a_first_purchase_takes_few_fields_few_taps_and_a_minute(
    shop_as: Callable[..., Shopper], record_property: Callable[[str, object], None]
) -> None:
    shopper = shop_as(width=PHONE)
    page, hand = shopper.page, Hand(shopper)
    page.goto("/")
    begun = time.monotonic()
    hand.press(CARD)
    hand.press("form.buy [type=submit]")
    hand.press("main .alert-good a")
    hand.press("a.button-primary[href='/checkout/shipping']")
    for name, text in {
        "#email": shopper.email,
        "#full_name": "Luz Marina Peña",
        "#phone": "3001234567",
        "#department": "Bog",
        "#city": "Bogotá",
        "#street": "Calle 85 # 12-28",
    }.items():
        hand.type(name, text)
    hand.press(PRIMARY)
    if page.locator("#method-standard").count():  # the address changed the price, which is seen first
        hand.press(PRIMARY)
    expect(page).to_have_url(re.compile("/checkout/review$"))
    hand.press(PRIMARY)
    ours = (hand.fields, hand.taps)
    expect(page.locator(".amount")).to_be_visible()
    for name, text in {"#number": PAYS, "#expiry": "1234", "#cvc": "123", "#name": "Luz Marina Peña"}.items():
        hand.type(name, text)
    hand.press("button.main")
    order = shopper.see_paid()
    seconds = time.monotonic() - begun
    figures = {"fields": ours[0], "taps": hand.taps, "fields at Stripe": hand.fields - ours[0], "seconds": seconds}
    for name, figure in figures.items():
        record_property(name, figure)
    print(f"{ours[0]} fields, {hand.taps} taps, {seconds:.1f} seconds")
    assert ours[0] <= MOST_FIELDS, figures
    assert hand.taps <= MOST_TAPS, figures
    assert seconds <= MOST_SECONDS, figures
    prove_paid(shopper, order)
