"""Suggestions under the search field, and where the products of a list begin on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import DESKTOP, PHONE
from tests.e2e.shopping import Shopper

ShopAs = Callable[..., Shopper]
FIRST_PRODUCT_AT = 560


@pytest.mark.parametrize("path", ["/", "/?category=fuerza", "/?q=xyzzy+proteina"])
def test_products_begin_on_the_first_screen_of_a_phone(shop_as: ShopAs, path: str) -> None:
    page = shop_as(width=PHONE).page
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(path)
    box = page.locator(".card").first.bounding_box()
    assert box is not None
    assert box["y"] <= FIRST_PRODUCT_AT


def test_a_laptop_shows_the_second_row_of_products(shop_as: ShopAs) -> None:
    page = shop_as(width=DESKTOP).page
    page.set_viewport_size({"width": 1280, "height": 800})
    for path in ("/", "/?category=fuerza"):
        page.goto(path)
        tops = page.locator(".card").evaluate_all("all => all.map(card => card.getBoundingClientRect().top)")
        assert sorted(set(tops))[1] <= 780


def test_a_list_is_narrowed_down_and_widened_again(shop_as: ShopAs) -> None:
    page = shop_as(width=PHONE, javascript=False).page
    page.goto("/")
    page.click(".filters summary")
    page.get_by_label("negro (").check()
    page.get_by_label("M (", exact=False).check()
    page.click(".filters-form [type=submit]")
    expect(page.locator("#result-count")).to_have_text("1 producto")
    expect(page.locator(".filters-form")).to_be_hidden()
    page.click(".chosen a >> text=Talla: M")
    expect(page.locator(".chosen li")).to_have_count(2)
    page.click(".chosen a >> text=Quitar todos")
    expect(page.locator(".chosen")).to_have_count(0)


def test_suggestions_are_chosen_by_keyboard_and_by_pointer(shop_as: ShopAs) -> None:
    page = shop_as(width=PHONE).page
    page.goto("/")
    field, options = page.locator("#site-search"), page.locator(".suggestions li:visible")
    field.fill("creatna")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "site-search-suggestions-0")
    field.press("Escape")
    expect(options).to_have_count(0)
    expect(field).to_have_attribute("aria-expanded", "false")
    field.fill("panela")
    expect(options.first).to_be_visible()
    options.first.click()
    page.wait_for_url("**/products/cubos-panela-limon")
