"""A count by keyboard over two pages and a search: nothing that was typed is lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import PHONE, press
from tests.e2e.shopping import Shopper
from tests.e2e.test_staff import STAFF

ShopAs = Callable[..., Shopper]


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no js"])
def test_a_count_goes_on_over_pages_and_a_search(shop_as: ShopAs, javascript: bool) -> None:
    staff = shop_as(width=PHONE, javascript=javascript)
    staff.sign_in(STAFF)
    page = staff.page
    page.goto("/staff/stock/count")
    first = page.locator(".stock-counted input").first
    name = first.get_attribute("name")
    first.fill("7")
    press(page.locator(".pagination button").last)
    expect(page.locator("main [role=status]").last).to_contain_text("Llevas 1 conteo")
    page.fill("#stock-q", "whey")
    page.keyboard.press("Enter")
    expect(page.locator(".stock-counted input")).not_to_have_count(0)
    expect(page.locator("main tbody")).to_contain_text("WHEY")
    expect(page.locator(f"[name='{name}']")).to_have_value("7")
    page.locator(".stock-counted input").first.fill("8")
    page.locator(".stock-counted input").first.press("Enter")
    expect(page.locator("h1")).to_have_text("Diferencias del conteo")
    expect(page.locator("main tbody tr")).to_have_count(2)
