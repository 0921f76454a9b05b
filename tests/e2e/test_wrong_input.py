"""What is typed wrong, or turns out wrong, is said where it belongs; what was typed stays, and nothing is lost."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.demonstration import Demo
from tests.e2e.shopping import PRIMARY, Shopper

ShopAs = Callable[..., Shopper]
SHAKER, STEP = "shaker-600ml", "step-ajustable"
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no js"])


@contextmanager
def answered(page: Page, status: int = 422) -> Iterator[None]:
    """The click inside is answered by a page with this status."""
    with page.expect_response(lambda answer: answer.request.is_navigation_request()) as found:
        yield
    assert found.value.status == status
    page.wait_for_load_state()


def see_errors(page: Page, *fields: str) -> None:
    """See the GOV.UK pattern: title, focused summary with links, and each field tied to its own words."""
    expect(page).to_have_title(re.compile("^Error: "))
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    assert [link.get_attribute("href") for link in summary.locator("li a").all()] == [f"#{field}" for field in fields]
    for field in fields:
        entry = page.locator(f"[id='{field}']")
        message = page.locator(f"[id='{field}-error']")
        expect(message).to_be_visible()
        expect(summary).to_contain_text(message.inner_text())
        assert f"{field}-error" in (entry.get_attribute("aria-describedby") or "")
        if entry.evaluate("element => element.tagName") == "FIELDSET":
            continue
        expect(entry).to_have_attribute("aria-invalid", "true")
        summary.locator(f"a[href='#{field}']").click()
        expect(entry).to_be_focused()


@BOTH
def test_an_empty_address_names_every_field(shop_as: ShopAs, javascript: bool) -> None:
    shopper = shop_as(javascript=javascript)
    shopper.have(SHAKER)
    shopper.go_to_shipping()
    with answered(shopper.page):
        shopper.page.click(PRIMARY)
    see_errors(shopper.page, "email", "full_name", "phone", "department", "city", "street")


@BOTH
def test_a_wrong_address_keeps_what_was_typed(shop_as: ShopAs, javascript: bool) -> None:
    shopper = shop_as(javascript=javascript, language="en")
    page = shopper.page
    shopper.have(SHAKER)
    shopper.go_to_shipping()
    typed = {
        "#email": "luz@",
        "#full_name": "Luz",
        "#phone": "12345",
        "#city": "Medelín",
        "#street": "por la casa azul",
        "#complement": "Torre 3",
        "#zip_code": "1234",
    }
    page.click("details.more-fields summary")
    for name, text in typed.items():
        page.fill(name, text)
    page.select_option("#department", "05")
    page.check("#method-express")
    with answered(page):
        page.click(PRIMARY)
    for name, text in typed.items():
        expect(page.locator(name)).to_have_value(text)
    expect(page.locator("#department")).to_have_value("05")
    expect(page.locator("#method-express")).to_be_checked()
    expect(page.locator("#city-error")).to_contain_text("Medellín")
    see_errors(page, "email", "full_name", "phone", "city", "zip_code")


def test_a_way_of_delivery_that_does_not_reach_the_town_is_refused(shopper: Shopper) -> None:
    page = shopper.page
    shopper.have(SHAKER)
    shopper.go_to_shipping()
    shopper.fill_delivery("overnight")
    page.select_option("#department", "88")
    page.fill("#city", "San Andrés")
    with answered(page):
        page.click(PRIMARY)
    see_errors(page, "method")
    expect(page.locator("#method-error")).to_contain_text("San Andrés")
    expect(page.locator("#street")).to_have_value("cra 7 # 12-34 apto 501")
    expect(page.locator("#method-overnight")).to_be_disabled()
    page.check("#method-standard")
    page.click(PRIMARY)
    if page.url.endswith("/checkout/shipping"):
        expect(page.locator("main [role=status] .alert").first).to_contain_text("Actualizamos el envío")
        page.click(PRIMARY)
    expect(page).to_have_url(re.compile("/checkout/review$"))


def test_email_and_phone_are_looked_at_when_they_are_left_and_forgiven_at_once(shopper: Shopper) -> None:
    page = shopper.page
    shopper.have(SHAKER)
    shopper.go_to_shipping()
    page.fill("#email", "luz@")
    page.locator("#phone").focus()
    expect(page.locator("#email-error")).to_be_visible()
    page.locator("#email").press_sequentially("x")
    expect(page.locator("#email-error")).to_have_count(0)
    page.locator("#phone").focus()
    page.locator("#full_name").focus()
    expect(page.locator("#phone-error")).to_have_count(0)


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "1e9", "diez", ""])
def test_a_quantity_that_is_none_is_refused_on_the_product(shop_as: ShopAs, typed: str) -> None:
    page = shop_as(javascript=typed in {"1.5", "diez"}).page
    page.goto(f"/products/{SHAKER}")
    page.fill("#quantity", typed)
    with answered(page):
        page.click("form.buy [type=submit]")
    see_errors(page, "quantity")
    expect(page.locator("#quantity")).to_have_value(typed)


@pytest.mark.parametrize("typed", ["-1", "1.5", "1e9", "diez"])
def test_a_quantity_that_is_none_is_refused_in_the_cart(shop_as: ShopAs, typed: str) -> None:
    shopper = shop_as(javascript=False)
    shopper.have(SHAKER, 2)
    page = shopper.page
    page.goto("/cart")
    page.fill("input.quantity", typed)
    with answered(page):
        page.click(".cart-line-form [data-without-js]")
    field = page.locator("input.quantity").get_attribute("id")
    assert field
    see_errors(page, field)
    expect(page.locator("input.quantity")).to_have_value(typed)
    assert shopper.cart_count() == 2


def test_a_changed_quantity_saves_itself_and_zero_can_be_undone(shopper: Shopper) -> None:
    shopper.have(SHAKER, 2)
    page = shopper.page
    page.goto("/cart")
    page.fill("input.quantity", "3")
    page.keyboard.press("Tab")
    expect(page.locator("#cart-count")).to_contain_text("3")
    page.fill("input.quantity", "0")
    page.keyboard.press("Enter")
    expect(page.locator(".empty")).to_be_visible()
    page.click(".alert [type=submit]")
    expect(page.locator("#cart-count")).to_contain_text("3")


@BOTH
def test_more_than_there_is_names_what_is_left(shop_as: ShopAs, javascript: bool) -> None:
    shopper = shop_as(javascript=javascript)
    page = shopper.page
    page.goto("/products/barra-dominadas-puerta")
    page.fill("#quantity", "3")
    with answered(page):
        page.click("form.buy [type=submit]")
    see_errors(page, "quantity")
    expect(page.locator("#quantity-error")).to_contain_text("Solo quedan 2 unidades")
    expect(page.locator("#quantity")).to_have_value("3")


def test_sold_out_has_no_button_and_says_so(shopper: Shopper) -> None:
    shopper.page.goto("/products/cinturon-levantamiento-cuero")
    expect(shopper.page.locator("form.buy")).to_have_count(0)
    expect(shopper.page.locator("main")).to_contain_text("agotado")
    shopper.page.goto("/products/barra-dominadas-puerta")
    expect(shopper.page.locator("main")).to_contain_text("Últimas 2 unidades")


@contextmanager
def changed(demo: Demo, slug: str, table: str, column: str, value: int) -> Iterator[None]:
    """Another figure stands in the database for a while."""
    key = "id" if table == "products" else "product_id"
    where = f"{key} = (SELECT id FROM products WHERE slug = ?)"
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
        page.click(PRIMARY)
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
    with changed(shopper.demo, STEP, "products", "price_minor", 14_990_000):
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
    with changed(shopper.demo, STEP, "products", "price_minor", 14_990_000):
        shopper.page.goto("/cart")
        expect(shopper.page.locator(".alert-warn").first).to_contain_text("ahora $\N{NO-BREAK SPACE}149.900")


@BOTH
def test_each_coupon_that_does_not_work_says_why(shop_as: ShopAs, javascript: bool) -> None:
    shopper = shop_as(javascript=javascript)
    page = shopper.page
    shopper.have(SHAKER)
    reasons = {
        "NOEXISTE": "no existe",
        "vencido": "ya venció",
        "AHORRA20K": "te faltan $\N{NO-BREAK SPACE}70.100",
        "PLAN50": "no vale para los productos",
        "": "Escribe el código",
    }
    for code, reason in reasons.items():
        page.goto("/cart/coupon")
        page.fill("#code", code)
        with answered(page):
            page.click("details.coupon form [type=submit]")
        see_errors(page, "code")
        expect(page.locator("#code-error")).to_contain_text(reason)
        expect(page.locator("#code")).to_have_value(code)


def test_the_coupons_field_opens_by_keyboard(shopper: Shopper) -> None:
    shopper.have(SHAKER)
    shopper.page.goto("/cart")
    expect(shopper.page.locator("#code")).to_be_hidden()
    shopper.page.locator("details.coupon summary").press("Enter")
    expect(shopper.page.locator("#code")).to_be_visible()


@BOTH
def test_a_failed_login_and_registration_keep_the_email(shop_as: ShopAs, javascript: bool) -> None:
    page = shop_as(javascript=javascript).page
    page.goto("/login")
    page.fill("#email", "nadie@example.com")
    page.fill("#password", "equivocada")
    with answered(page):
        page.click(PRIMARY)
    see_errors(page, "password")
    expect(page.locator("#email")).to_have_value("nadie@example.com")
    expect(page.locator("#password")).to_have_value("")
    page.goto("/register")
    page.fill("#email", "shopper@example.com")
    page.fill("#password", "12345678")
    with answered(page):
        page.click(PRIMARY)
    see_errors(page, "first_name", "last_name")
    expect(page.locator("#email")).to_have_value("shopper@example.com")
    page.fill("#first_name", "Luz")
    page.fill("#last_name", "Peña")
    page.fill("#password", "un caballo corre lejos")
    with answered(page):
        page.click(PRIMARY)
    see_errors(page, "email")


def test_the_language_switch_keeps_page_and_cart(shopper: Shopper) -> None:
    page = shopper.page
    shopper.have(SHAKER, 2)
    page.goto("/?q=nari%C3%B1o&sort=price_asc")
    page.click("form[action='/language'] [type=submit]")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.endswith("/?q=nari%C3%B1o&sort=price_asc")
    expect(page.locator("#site-search")).to_have_value("nariño")
    expect(page.locator("#cart-count")).to_contain_text("2")
    shopper.go_to_review()
    expect(page.locator("#summary-total")).to_have_text(re.compile(r"^COP\s84,800$"))
    page.click("form[action='/language'] [type=submit]")
    expect(page).to_have_url(re.compile("/checkout/review$"))
    expect(page.locator("#summary-total")).to_have_text(re.compile(r"^\$\s84\.800$"))


def test_signing_in_merges_the_guests_cart_and_says_so(shop_as: ShopAs) -> None:
    at_home = shop_as()
    at_home.page.goto("/register")
    for name, text in {"email": at_home.email, "first_name": "Luz", "last_name": "Peña"}.items():
        at_home.page.fill(f"#{name}", text)
    at_home.page.fill("#password", "un caballo corre lejos")
    at_home.page.click(PRIMARY)
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


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/products/no-existe", 404),
        ("/account/orders/2026-11-9999", 404),
        ("/checkout/success?session_id=cs_test_nothing", 404),
        ("/no-existe", 404),
        ("/?page=99999999999&min=abc&max=-5&sort=x&kind=y", 200),
        ("/cart/items", 405),
    ],
)
def test_wrong_addresses_get_our_own_page(shopper: Shopper, path: str, status: int) -> None:
    answer = shopper.page.goto(path)
    assert answer
    assert answer.status == status
    expect(shopper.page.locator("h1")).to_have_count(1)
    if status >= 400:
        expect(shopper.page.locator("main a[href='/']")).to_be_visible()
        expect(shopper.page.locator("main code")).to_be_visible()


def test_a_form_without_its_token_is_offered_again(shopper: Shopper) -> None:
    page = shopper.page
    page.goto(f"/products/{SHAKER}")
    page.context.clear_cookies()
    with answered(page, 400):
        page.click("form.buy [type=submit]")
    page.get_by_role("button", name="Enviar otra vez").click()
    expect(page.locator("#cart-count")).to_contain_text("1")
