"""The page of a product in a browser: its pictures by pointer, keys and swipes, and options for the thumb."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import PHONE, press
from tests.e2e.demonstration import Demo
from tests.e2e.looking import Examine
from tests.e2e.shopping import Shopper

ShopAs = Callable[..., Shopper]
SHAKER = "shaker-600ml"
SHIRT, WHEY = "/products/camiseta-secado-rapido", "/products/whey-protein-2lb"
_TOO_SMALL = """[...document.querySelectorAll('.option-value, .gallery-thumbs a')]
  .map(link => link.getBoundingClientRect()).filter(box => box.width < 44 || box.height < 44).length"""


def test_pictures_move_by_thumbnails_and_open_large(browse: Callable[..., Page], demo: Demo, examine: Examine) -> None:
    page = browse(width=360)
    page.goto(demo.url + WHEY)
    thumbs, links = page.locator("[data-thumb]"), page.locator("[data-zoom]")
    expect(thumbs.nth(0)).to_have_attribute("aria-current", "true")
    thumbs.nth(2).click()
    expect(thumbs.nth(2)).to_have_attribute("aria-current", "true")
    expect(links.nth(2)).to_be_in_viewport(ratio=0.9)
    links.nth(2).press("Enter")
    large = page.locator("dialog.zoom img")
    expect(large).to_have_attribute("alt", links.nth(2).locator("img").get_attribute("alt") or "")
    page.keyboard.press("ArrowRight")
    expect(large).to_have_attribute("alt", links.nth(0).locator("img").get_attribute("alt") or "")
    examine(page, "large")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.zoom")).to_be_hidden()
    expect(links.nth(2)).to_be_focused()


def test_pictures_open_without_javascript(browse: Callable[..., Page], demo: Demo) -> None:
    page = browse(javascript=False)
    page.goto(demo.url + WHEY)
    page.locator("[data-thumb]").nth(1).click()
    expect(page.locator("[data-zoom]").nth(1)).to_be_in_viewport(ratio=0.9)
    large = page.locator("[data-zoom]").nth(1).get_attribute("href") or ""
    assert large.endswith("-1280.webp")
    assert page.request.get(demo.url + large).ok


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_variant_is_chosen_with_the_thumb(browse: Callable[..., Page], demo: Demo, width: int) -> None:
    page = browse(width=width, javascript=False)
    page.goto(demo.url + SHIRT)
    assert page.evaluate(_TOO_SMALL) == 0
    page.get_by_role("link", name="M", exact=True).click()
    page.get_by_role("link", name="naranja").click()
    expect(page.locator(".option-value[aria-current]")).to_have_text(["M", "naranja"], use_inner_text=False)
    expect(page.locator("#foto-1 img")).to_have_attribute("alt", "Camiseta naranja vista de frente")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("form.buy [type=submit]").click()
    page.goto(demo.url + "/cart")
    expect(page.locator(".cart-line h3")).to_have_text("Camiseta de secado rápido unisex, M, naranja")


def test_what_is_sold_out_is_said_in_words(browse: Callable[..., Page], demo: Demo, examine: Examine) -> None:
    page = browse()
    page.goto(demo.url + SHIRT)
    page.get_by_role("link", name="XL agotado").click()
    expect(page.get_by_text("Esta opción está agotada por ahora")).to_be_visible()
    examine(page, "sold out")


def test_a_phone_keeps_the_button_in_reach_counts_units_and_remembers_products(shop_as: ShopAs) -> None:
    shopper = shop_as(width=PHONE)
    page = shopper.page
    page.goto(WHEY)
    page.goto(f"/products/{SHAKER}")
    bar = page.locator(".buy-bar")
    expect(bar).to_be_in_viewport()
    page.click("form.buy [data-step='1']")
    expect(bar).to_have_css("visibility", "hidden")  # the form's own button is seen
    expect(page.locator("#quantity")).to_have_value("2")
    recent = page.locator("[data-recent] .card")
    expect(recent).to_have_count(1)
    recent.scroll_into_view_if_needed()
    expect(bar).to_be_in_viewport()
    for button in page.locator(".buy-bar .button, .step").all():
        assert (button.bounding_box() or {"height": 0})["height"] >= 44
    press(bar.locator("button"))
    expect(page.locator("#cart-count")).to_contain_text("2")
    page.goto("/cart")
    page.click(".stepper [data-step='1']")
    page.click(".stepper [data-step='1']")
    expect(page.locator("#cart-count")).to_contain_text("4")
    page.goto(f"/products/{SHAKER}")
    page.click("[data-forget]")
    expect(recent.first).to_be_hidden()
    page.reload()
    expect(page.locator("[data-share]")).to_be_visible()
    expect(recent).to_have_count(0)
