"""The staff's pages in a real browser: readable for everybody, narrow, and enough without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import DESKTOP, PHONE, press
from tests.e2e.demonstration import Demo
from tests.e2e.languages import LANGUAGES
from tests.e2e.looking import Examine, looking_at
from tests.e2e.shopping import Shopper, number_of

ShopAs = Callable[..., Shopper]
SHAKER, STAFF = "shaker-600ml", "staff@example.com"
NARROWEST = 320


def bought(shopper: Shopper) -> str:
    """Buy two shakers and a guide, and return the order's number."""
    shopper.have("guia-movilidad-15-minutos")
    shopper.begin(SHAKER, 2)
    shopper.pay()
    return number_of(shopper.see_paid())


@LANGUAGES
def test_every_page_of_staff_in_every_state(shop_as: ShopAs, demo: Demo, examine: Examine, language: str) -> None:
    buyer, staff = shop_as(language=language), shop_as(language=language)
    number = bought(buyer)
    page = staff.page
    staff.sign_in(STAFF)
    seen = []

    def look(state: str) -> None:
        examine(page, state)
        page.set_viewport_size({"width": NARROWEST, "height": 800})
        seen.append((state, page.evaluate("document.documentElement.scrollWidth")))

    page.goto("/staff/")
    look("today")
    page.goto("/staff/orders")
    look("orders")
    page.goto("/staff/orders?tab=to_prepare&first=x&q=nobody")
    look("no orders")
    page.goto(f"/staff/orders/{number}/address")
    look("address")
    page.goto("/staff/orders/ship")
    page.select_option("#carrier", "tcc")
    page.fill("#list", f"nothing\n{number}, A-1")
    press(page.locator("main form[action$='/ship'] [type=submit]").last)
    look("list to send")
    page.goto(f"/staff/orders/{number}")
    press(page.locator("form[action$='/ship'] [type=submit]"))
    expect(page.locator(".error-summary")).to_be_visible()
    look("parcel refused")
    page.click("details:has(form[action$='/refund']) > summary")
    page.fill("#amount", "diez")
    press(page.locator("form[action$='/refund'] [type=submit]").first)
    expect(page.locator(".error-summary")).to_be_visible()
    look("refund refused")
    send(page)
    look("order on its way")
    press(page.locator("form[action$='/deliver'] [type=submit]"))
    want_back(buyer.page, number)
    page.reload()
    page.click("details:has(form[action$='/returns/1/close']) > summary")
    press(page.locator("form[action$='/returns/1/close'] [type=submit]"))
    expect(page.locator(".error-summary")).to_be_visible()
    look("closing refused")
    demo.write(
        "INSERT INTO payment_events (id, type, state, payload, error, created_at, received_at) "
        "VALUES (?, 'charge.updated', 'failed', '{}', 'KeyError: x', '2026-11-24 12:00:00', '2026-11-24 12:00:00')",
        f"evt_{number}",
    )
    page.goto("/staff/care")
    look("what failed")
    demo.write("DELETE FROM payment_events WHERE id = ?", f"evt_{number}")
    page.goto("/staff/care")
    look("nothing failed")
    page.goto(f"/staff/audit?object={number}")
    expect(page.locator("main .timeline li").first).to_be_visible()
    look("changes")
    page.goto("/staff/audit?first=x&actor=nobody")
    look("no changes")
    assert [found for found in seen if found[1] > NARROWEST] == []


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_stock_pages_in_every_state(shop_as: ShopAs, examine: Examine, width: int) -> None:
    """Axe, the console and sideways scrolling, from the list to a count that was written."""
    shopper = shop_as(width=width)
    shopper.sign_in(STAFF)
    page, look = shopper.page, looking_at(shopper.page, examine, width)

    page.goto("/staff/stock")
    look("what runs low")
    page.goto("/staff/stock?q=whey")
    page.locator(".stock-form [name=units]").first.fill("3")
    page.locator(".stock-form button").first.click()
    expect(page.locator("main .alert-good")).to_be_visible()
    look("units received")
    page.locator(".stock-row a").first.click()
    look("movements")
    page.locator("[name=units]").fill("x")
    page.locator("main .panel button").click()
    expect(page.locator("#error-summary")).to_be_visible()
    look("a refusal at the field")
    page.goto("/staff/stock/count")
    page.locator(".stock-counted input").first.fill("7")
    look("a count sheet")
    page.locator("#counts .button-primary").click()
    look("differences")
    page.locator("[name=confirm]").click()
    expect(page.locator("main .alert-good")).to_be_visible()


def want_back(page: Page, number: str) -> None:
    """Ask to return a shaker of an order that arrived."""
    page.goto(f"/account/orders/{number}/withdrawal")
    page.locator("main input.quantity").first.fill("1")
    press(page.locator(f"form[action='/account/orders/{number}/withdrawal'] .button-primary"))


def send(page: Page) -> None:
    """Hand the open order to a carrier."""
    page.select_option("#carrier", "coordinadora")
    page.fill("#guide", "77-001")
    press(page.locator("form[action$='/ship'] [type=submit]"))
    expect(page.locator("main [role=status] .alert-good")).to_be_visible()


def test_a_parcel_is_sent_refunded_in_part_and_delivered_without_javascript(shop_as: ShopAs, demo: Demo) -> None:
    number = bought(shop_as())
    staff = shop_as(javascript=False, width=PHONE)
    page = staff.page
    staff.sign_in(STAFF)
    page.goto(f"/staff/orders?q={number}")
    press(page.locator("tbody a"))
    send(page)
    page.click("details:has(form[action$='/refund']) > summary")
    page.fill("input[name^=units-] >> nth=1", "1")
    press(page.locator("form[action$='/refund'] [type=submit]").first)
    expect(page.locator("h1")).to_have_text("Confirma el reembolso")
    press(page.locator("form[action$='/refund'] [type=submit]").first)
    expect(page.locator("main [role=status] .alert-good")).to_contain_text("Reembolso")
    press(page.locator("form[action$='/deliver'] [type=submit]"))
    expect(page.locator("main [role=status] .alert-good")).to_contain_text("anotamos que el comprador lo tiene")
    order = demo.row("SELECT * FROM orders WHERE id = ?", int(number.rsplit("-", 1)[1]))
    assert (order["status"], order["payment_status"]) == ("delivered", "partially_refunded")


def test_staff_find_their_pages_in_the_menu_and_customers_do_not(shop_as: ShopAs) -> None:
    staff, customer = shop_as(), shop_as()
    staff.sign_in(STAFF)
    staff.page.click(".site-menu summary")
    press(staff.page.locator(".site-menu a[href='/staff/']"))
    expect(staff.page.locator("h1")).to_have_text("Hoy")
    customer.sign_in()
    expect(customer.page.locator(".site-menu a[href='/staff/']")).to_have_count(0)
    customer.page.goto("/staff/")
    expect(customer.page.locator(".error-status")).to_have_text("404")
