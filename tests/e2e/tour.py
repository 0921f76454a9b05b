"""A walk past every page of a purchase, for whoever wants to look at each of them."""

from collections.abc import Iterator

from playwright.sync_api import expect

from tests.e2e.browsing import press
from tests.e2e.shopping import Shopper


def tour(shopper: Shopper) -> Iterator[str]:
    """Stop at each page in turn, with its name; the shopper is a guest first, then a customer, then staff."""
    page, demo = shopper.page, shopper.demo
    page.goto("/")
    yield "home"
    page.goto("/products/kettlebell-16kg")
    yield "product"
    shopper.have("shaker-600ml", 2)
    shopper.have("guia-movilidad-15-minutos")
    shopper.apply_coupon("FIT10")
    page.goto("/cart")
    yield "cart"
    shopper.go_to_shipping()
    shopper.fill_delivery()
    yield "shipping"
    shopper.go_to_review()
    yield "review"
    session = shopper.go_to_payment()
    yield "payment"
    press(page.locator("a.back"))
    yield "cancel"
    page.goto(demo.sim(f"pay/{session}")["redirectUrl"])
    expect(page.locator(".outcome-good")).to_be_visible()
    yield "success"
    shopper.sign_in()
    shopper.begin("mancuernas-hexagonales-5kg")
    shopper.pay()
    shopper.see_paid()
    page.goto("/account/orders")
    yield "orders"
    press(page.locator("main h2 a").first)
    yield "order"
    shopper.have("fitaiid-premium-mensual")
    page.goto("/checkout/review")
    expect(page.locator("#review-plan")).to_be_visible()
    yield "review-plan"
    page.goto("/dev/mailbox")
    yield "mailbox"
    page.goto(demo.simulator)
    yield "simulator"
    page.context.clear_cookies()
    shopper.sign_in("staff@example.com")
    page.goto("/staff/")
    yield "staff-today"
    page.goto("/staff/orders")
    yield "staff"
    press(page.locator("main a[href*='/staff/orders/2']").first)
    yield "staff-order"
