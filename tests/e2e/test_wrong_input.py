"""What is typed wrong, or turns out wrong, is said where it belongs; what was typed stays, and nothing is lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import press
from tests.e2e.errors import answered, see_errors
from tests.e2e.shopping import PRIMARY, Shopper

ShopAs = Callable[..., Shopper]
SHAKER = "shaker-600ml"
BOTH = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no js"])


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
    page.route("**/checkout/methods?*", lambda route: route.fulfill(status=204))  # or the script chooses another one
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
    press(page.locator(PRIMARY))
    if page.url.endswith("/checkout/shipping"):
        expect(page.locator("main [role=status] .alert").first).to_contain_text("Actualizamos el envío")
        press(page.locator(PRIMARY))
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
    press(page.locator(".alert [type=submit]"))
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


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/products/no-existe", 404),
        ("/account/orders/2026-11-9999", 404),
        ("/checkout/success?session_id=cs_test_nothing", 200),
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
    press(page.get_by_role("button", name="Enviar otra vez"))
    expect(page.locator("#cart-count")).to_contain_text("1")
