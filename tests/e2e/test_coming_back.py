"""What a page still knows when somebody comes back to it: by reload, by Back, or in the other language."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import FLAGS, PHONE, chromium_path, open_window, press
from tests.e2e.demonstration import Demo
from tests.e2e.shopping import PRIMARY, Shopper
from tests.e2e.test_account import fill_address, join

ShopAs = Callable[..., Shopper]
SHAKER = "shaker-600ml"
TYPED = {"#email": "luz@example.com", "#full_name": "Luz Peña", "#street": "Calle 85 # 12-28", "#city": "Pasto"}


def see_typed(page: Page) -> None:
    """See the fields of the delivery page as they were filled in, and the prices of that place."""
    for field, text in TYPED.items():
        expect(page.locator(field)).to_have_value(text)
    expect(page.locator("#department")).to_have_value("52")
    expect(page.locator("#methods")).not_to_contain_text("la mayoría de municipios")


def test_what_was_typed_outlives_reload_back_and_the_other_language(shop_as: ShopAs) -> None:
    shopper = shop_as(width=PHONE)
    page = shopper.page
    shopper.have(SHAKER)
    shopper.go_to_shipping()
    page.select_option("#department", "52")
    for field, text in TYPED.items():
        page.fill(field, text)
    page.click("details.more-fields summary >> nth=0")
    page.fill("#complement", "Apto 501")
    page.reload()
    see_typed(page)
    expect(page.locator("#complement")).to_have_value("Apto 501")
    expect(page.locator("#complement")).to_be_visible()
    press(page.locator(".site-nav a").first)
    page.go_back()
    see_typed(page)
    press(page.locator(".site-nav > form [type=submit]"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    see_typed(page)


def test_what_was_emptied_stays_so_and_another_saved_address_replaces_it(shop_as: ShopAs) -> None:
    shopper = shop_as(width=PHONE)
    page = shopper.page
    join(shopper)
    for street in ("Calle 1 # 2-3", "Carrera 43A # 7-50"):
        page.goto("/account/addresses/new")
        fill_address(page, street)
        press(page.locator(PRIMARY))
        expect(page.locator("main [role=status] .alert-good")).to_be_visible()
    shopper.have(SHAKER)
    shopper.go_to_shipping()
    expect(page.locator("#street")).to_have_value("Calle 1 # 2-3")
    page.fill("#phone", "")
    page.fill("#full_name", "Otra Persona")
    page.reload()
    expect(page.locator("#full_name")).to_have_value("Otra Persona")
    expect(page.locator("#phone")).to_have_value("")
    press(page.locator(".chips a", has_text="Carrera 43A"))
    expect(page.locator("#street")).to_have_value("Carrera 43A # 7-50")
    expect(page.locator("#full_name")).to_have_value("Luz Peña")


def test_a_sent_form_leaves_nothing_typed_and_a_password_is_never_kept(shop_as: ShopAs) -> None:
    page = shop_as().page
    page.goto("/register")
    page.fill("#password", "trote-lluvia-guayaba")
    page.fill("#first_name", "Luz")
    assert "guayaba" not in page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    page.reload()
    expect(page.locator("#first_name")).to_have_value("Luz")
    expect(page.locator("#password")).to_have_value("")
    press(page.locator(PRIMARY))
    assert page.evaluate("sessionStorage.getItem('typed')") is None
    page.goto("/register")
    expect(page.locator("#first_name")).to_have_value("")


@pytest.fixture
def page_with_history(chromium: Browser, demo: Demo) -> Iterator[Page]:
    """Return a page of a chromium that keeps pages for Back, which playwright otherwise switches off."""
    browser = chromium.browser_type.launch(
        executable_path=chromium_path(), args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield open_window(browser, demo.url, width=PHONE).page
    browser.close()


def test_back_shows_the_page_as_it_was_unless_a_form_was_sent(page_with_history: Page) -> None:
    page = page_with_history
    page.goto("/")
    page.evaluate("window.isTheSame = true")
    press(page.locator(f"a.card-link[href='/products/{SHAKER}']"))
    page.go_back(wait_until="commit")  # a kept page is not loaded
    page.wait_for_function("window.isTheSame")
    press(page.locator(f"a.card-link[href='/products/{SHAKER}']"))
    press(page.locator("form.buy [type=submit]"))
    expect(page.locator("#cart-count")).to_contain_text("1")
    page.go_back(wait_until="commit")
    page.go_back(wait_until="commit")
    page.wait_for_url("**/")
    expect(page.locator("#cart-count")).to_contain_text("1")
