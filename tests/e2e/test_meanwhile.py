"""What changes while somebody shops: stock, prices, the language, who is signed in. It is told, and nothing is lost."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import press
from tests.e2e.demonstration import Demo
from tests.e2e.errors import answered
from tests.e2e.shopping import PRIMARY, Shopper

ShopAs = Callable[..., Shopper]
SHAKER, STEP = "shaker-600ml", "step-ajustable"
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no js"])


@contextmanager
def changed(demo: Demo, slug: str, table: str, column: str, value: int) -> Iterator[None]:
    """Another figure stands in the database for a while."""
    key = "id" if table == "variants" else "variant_id"
    where = f"{key} = (SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.slug = ?)"
    before = demo.row(f"SELECT {column} AS kept FROM {table} WHERE {where}", slug)["kept"]
    demo.write(f"UPDATE {table} SET {column} = ? WHERE {where}", value, slug)
    try:
        yield
    finally:
        demo.write(f"UPDATE {table} SET {column} = ? WHERE {where}", before, slug)


def test_sold_out_between_review_and_payment_keeps_the_cart(shopper: Shopper) -> None:
    page = shopper.page
    shopper.have(STEP)
    shopper.go_to_review()
    page.fill("#notes", "Dejar en la portería")
    with changed(shopper.demo, STEP, "stock", "on_hand", 0):
        press(page.locator(PRIMARY))
        expect(page.locator("main")).to_contain_text(re.compile("agotado|se agotó|Agotado"))
        assert not shopper.demo.orders_of(shopper.email)
        assert shopper.cart_count() == 1
        expect(page.locator("a[href='/checkout/shipping'].button-primary")).to_have_count(0)
        expect(page.locator(".alert-warn").first).to_contain_text("se agotó")
    shopper.go_to_review()
    shopper.go_to_payment()


@BOTH
def test_a_price_that_changed_is_shown_before_it_is_asked(shop_as: ShopAs, javascript: bool) -> None:
    shopper = shop_as(javascript=javascript)
    page = shopper.page
    shopper.have(STEP)
    shopper.go_to_review()
    page.fill("#notes", "Dejar en la portería")
    with changed(shopper.demo, STEP, "variants", "price_minor", 14_990_000):
        with answered(page):
            page.click(PRIMARY)
        expect(page).to_have_title(re.compile("^Error: "))
        expect(page.locator("#error-summary")).to_be_focused()
        expect(page.locator("#error-summary")).to_contain_text("El total cambió")
        expect(page.locator("#error-summary")).to_contain_text(shopper.review_total())
        expect(page.locator("#notes")).to_have_value("Dejar en la portería")
        assert not shopper.demo.orders_of(shopper.email)
        shopper.go_to_payment()
    assert shopper.demo.orders_of(shopper.email)[0]["subtotal_minor"] == 14_990_000


def test_the_cart_announces_a_changed_price_once_it_is_looked_at(shopper: Shopper) -> None:
    shopper.have(STEP)
    shopper.page.goto("/cart")
    with changed(shopper.demo, STEP, "variants", "price_minor", 14_990_000):
        shopper.page.goto("/cart")
        expect(shopper.page.locator(".alert-warn").first).to_contain_text("ahora $\N{NO-BREAK SPACE}149.900")


def test_the_language_switch_keeps_page_and_cart(shopper: Shopper) -> None:
    page = shopper.page
    shopper.have(SHAKER, 2)
    page.goto("/?q=nari%C3%B1o&sort=price_asc")
    press(page.locator("form[action='/language'] [type=submit]"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.endswith("/en/?q=nari%C3%B1o&sort=price_asc")
    expect(page.locator("#site-search")).to_have_value("nariño")
    expect(page.locator("#cart-count")).to_contain_text("2")
    shopper.go_to_review()
    expect(page.locator("#summary-total")).to_have_text(re.compile(r"^COP\s84,800$"))
    press(page.locator("form[action='/language'] [type=submit]"))
    expect(page).to_have_url(re.compile("/checkout/review$"))
    expect(page.locator("#summary-total")).to_have_text(re.compile(r"^\$\s84\.800$"))


@pytest.mark.parametrize("path", ["/pqr", "/checkout/shipping"])
def test_the_language_switch_keeps_what_was_typed(shopper: Shopper, path: str) -> None:
    page = shopper.page
    shopper.have(SHAKER)
    page.goto(path)
    texts = [
        field for field in page.locator("main form").locator("input[type=text], textarea").all() if field.is_visible()
    ]
    for number, field in enumerate(texts):
        field.fill(f"ñandú {number}")
    choice = page.locator("main form input[type=radio]").last
    choice.check()
    press(page.locator("form[action='/language'] [type=submit]"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert len(texts) > 2
    for number, field in enumerate(texts):
        expect(field).to_have_value(f"ñandú {number}")
    expect(choice).to_be_checked()
    page.goto(path)
    assert "ñandú" not in page.content()


def test_signing_in_merges_the_guests_cart_and_says_so(shop_as: ShopAs) -> None:
    at_home = shop_as()
    at_home.page.goto("/register")
    for name, text in {"email": at_home.email, "first_name": "Luz", "last_name": "Peña"}.items():
        at_home.page.fill(f"#{name}", text)
    at_home.page.fill("#password", "un caballo corre lejos")
    press(at_home.page.locator(PRIMARY))
    at_home.have(SHAKER, 2)
    elsewhere = shop_as()
    elsewhere.have(SHAKER)
    elsewhere.have("barra-dominadas-puerta", 2)
    elsewhere.apply_coupon("FIT10")
    elsewhere.sign_in(at_home.email, "un caballo corre lejos")
    expect(elsewhere.page.locator("main [role=status]")).to_contain_text("Sumamos a tu carrito 2 productos")
    assert elsewhere.cart_count() == 5
    expect(elsewhere.page.locator(".coupon-chip")).to_contain_text("FIT10")
    assert at_home.cart_count() == 5
