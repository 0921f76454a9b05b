"""Buying the e-book and downloading it, in chromium: at once, by the mail's link, and from the library."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import DESKTOP, press
from tests.e2e.demonstration import Demo, Row, eventually
from tests.e2e.languages import LANGUAGES
from tests.e2e.looking import LOOKS, engine, violations
from tests.e2e.shopping import Shopper, number_of

ShopAs = Callable[..., Shopper]
BOOK, PLAN = "recetario-alto-en-proteina", "plan-fuerza-12-semanas"
BUTTON = "form[action^='/account/library/'] button"


def bought(shopper: Shopper, slug: str = BOOK) -> Row:
    """Buy digital goods up to the thank-you page."""
    shopper.begin(slug)
    shopper.pay()
    return shopper.see_paid()


def download(page: Page, number: int = 0) -> tuple[str, bytes]:
    """Press a download button and return the file's name and content."""
    with page.expect_download() as coming:
        page.locator(BUTTON).nth(number).click()
    return coming.value.suggested_filename, Path(coming.value.path()).read_bytes()


def look_closely(page: Page, state: str) -> list[str]:
    """Return what axe finds in every look of the page as it is."""
    page.evaluate(engine())
    found = []
    for width, scheme, rules in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        found += [f"{state}, {width} px, {scheme}: {problem}" for problem in violations(page, rules)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{state}, {width} px: scrolls sideways")
    page.set_viewport_size({"width": DESKTOP, "height": 800})
    return found


@pytest.mark.parametrize("javascript", [True, False])
def test_a_guest_downloads_at_once_and_later(shop_as: ShopAs, demo: Demo, javascript: bool) -> None:
    """From the thank-you page, and from the mail's link in another browser."""
    shopper = shop_as(javascript=javascript)
    order = bought(shopper)
    name, content = download(shopper.page)
    assert name == "Recetario colombiano alto en proteína.pdf"
    assert content.startswith(b"%PDF-")
    token = demo.token_of(order)
    address = f"{demo.url}/account/orders/{number_of(order)}?token={token}"

    def mail() -> bool:
        emails_sent = [path.read_text().replace("=\n", "") for path in (demo.folder / "mailbox").glob("*.eml")]
        return any(token in text and "descargas" in text for text in emails_sent)

    assert eventually(mail)
    other = shop_as(javascript=javascript)
    other.page.goto(address)
    expect(other.page.get_by_text("Te quedan 4 descargas hasta el")).to_be_visible()
    assert download(other.page)[1] == content
    left = demo.row("SELECT downloads_left FROM entitlements WHERE order_id = ?", order["id"])
    assert left == {"downloads_left": 3}


@LANGUAGES
def test_the_library_in_every_state(shop_as: ShopAs, demo: Demo, language: str) -> None:
    """Empty, ready, used up, expired, revoked: axe finds nothing, and nothing scrolls sideways."""
    shopper = shop_as(language=language)
    page = shopper.page
    page.goto("/register")
    for field, text in (("email", shopper.email), ("first_name", "Luz"), ("last_name", "Peña")):
        page.fill(f"#{field}", text)
    page.fill("#password", "trote-lluvia-guayaba")
    press(page.locator("main form button[type=submit]"))
    page.goto("/account/library")
    found = look_closely(page, "empty")
    order = bought(shopper, PLAN)
    found += look_closely(page, "thank-you page")
    page.goto(f"/account/orders/{number_of(order)}")
    found += look_closely(page, "order page")
    for state, change in (
        ("ready", "downloads_left = 1"),
        ("used up", "downloads_left = 0"),
        ("expired", "expires_at = '2026-01-01 00:00:00.000000'"),
        ("revoked", "revoked_at = '2026-01-01 00:00:00.000000'"),
    ):
        demo.write(f"UPDATE entitlements SET {change} WHERE order_id = ?", order["id"])
        page.goto("/account/library")
        expect(page.locator(BUTTON)).to_have_count(2 if state == "ready" else 0)
        found += look_closely(page, state)
    assert not found, "\n".join(found)


def test_the_last_download_says_so(shop_as: ShopAs, demo: Demo) -> None:
    """A page left open shows the button still; pressing it tells why nothing comes."""
    shopper = shop_as()
    order = bought(shopper)
    demo.write("UPDATE entitlements SET downloads_left = 0 WHERE order_id = ?", order["id"])
    shopper.page.locator(BUTTON).click()
    expect(shopper.page.locator("h1")).to_have_text("Esto ya no está disponible")
    expect(shopper.page.get_by_text("Ya usaste todas las descargas de este archivo.")).to_be_visible()
    assert re.search("/account/library/.+/download$", shopper.page.url)
