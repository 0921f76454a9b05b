"""The customer's side of the account in chromium: in both languages, with and without JavaScript, and seen by axe."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browsing import DESKTOP, PHONE, press
from tests.e2e.demonstration import Demo, Row, eventually
from tests.e2e.languages import LANGUAGES
from tests.e2e.looking import Examine
from tests.e2e.shopping import PASSWORD, PRIMARY, Shopper, number_of

ShopAs = Callable[..., Shopper]
Look = Callable[[Page, str], None]
SHAKER, KETTLEBELL = "shaker-600ml", "kettlebell-16kg"
NARROWEST = 320
PARTS = ".site-logo, .site-search, .site-cart, .site-nav > form, .site-menu summary"


def join(shopper: Shopper) -> None:
    """Open an account."""
    page = shopper.page
    page.goto("/register")
    typed = {"email": shopper.email, "first_name": "Luz", "last_name": "Peña", "password": PASSWORD}
    for field, text in typed.items():
        page.fill(f"#{field}", text)
    press(page.locator(PRIMARY))
    expect(page.locator("form[action='/logout']")).to_have_count(1)


def confirm_address(shopper: Shopper) -> None:
    """Open the mail that asks this shopper for it, which others may have got too, and confirm the address."""
    page = shopper.page

    def mails() -> list[str]:
        wanted = (
            r'href="(/dev/mailbox/[^"]+)">[^<]*(?:Confirma tu correo|Confirm your email)[^<]*</a></h2>\s*<p[^>]*>[^<]*'
        )
        return re.findall(wanted + re.escape(shopper.email), page.request.get("/dev/mailbox").text())

    page.goto(eventually(mails)[0])
    page.goto(str(page.locator(".letter-text a[href*='/verify-email']").first.get_attribute("href")))
    press(page.locator("form[action='/verify-email'] [type=submit]"))


def buy(shopper: Shopper, slug: str = SHAKER, units: int = 1) -> Row:
    """Buy up to the thank-you page."""
    shopper.begin(slug, units)
    shopper.pay()
    return shopper.see_paid()


def deliver(demo: Demo, order: Row) -> None:
    """Let the parcel have arrived today."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    demo.write("UPDATE shipments SET state = 'delivered', delivered_at = ? WHERE order_id = ?", now, order["id"])
    demo.write("UPDATE orders SET status = 'delivered' WHERE id = ?", order["id"])


@pytest.fixture
def look(examine: Examine) -> Look:
    """Return what looks at a page as axe does, and that it does not scroll sideways on the smallest phone."""

    def at(page: Page, state: str) -> None:
        examine(page, state)
        page.set_viewport_size({"width": NARROWEST, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, state
        page.set_viewport_size({"width": DESKTOP, "height": 800})

    return at


def fill_address(page: Page, street: str) -> None:
    """Fill in an address to keep."""
    page.fill("#full_name", "Luz Peña")
    page.fill("#phone", "300 123 4567")
    page.select_option("#department", "05")
    page.fill("#city", "Medellín")
    page.fill("#street", street)


@LANGUAGES
def test_every_page_of_the_account_for_everybody(shop_as: ShopAs, look: Look, language: str) -> None:
    shopper = shop_as(language=language)
    page = shopper.page
    join(shopper)
    for state, path in (
        ("no orders, unconfirmed", "/account/orders"),
        ("profile", "/account/profile"),
        ("no addresses", "/account/addresses"),
        ("new address", "/account/addresses/new"),
        ("devices", "/account/devices"),
        ("data", "/account/data"),
    ):
        page.goto(path)
        look(page, state)
    page.goto("/account/profile")
    page.fill("#phone", "123")
    press(page.locator(PRIMARY).first)
    expect(page.locator("#error-summary")).to_be_focused()
    look(page, "profile with errors")
    page.goto("/account/addresses/new")
    press(page.locator(PRIMARY))
    expect(page.locator("#street-error")).to_be_visible()
    look(page, "address with errors")
    for street in ("Calle 1 # 2-3", "Carrera 43A # 7-50, Apto 1203"):
        page.goto("/account/addresses/new")
        fill_address(page, street)
        press(page.locator(PRIMARY))
        expect(page.locator("main [role=status] .alert-good")).to_be_visible()
    look(page, "addresses")
    shopper.have(SHAKER)
    page.goto("/checkout/shipping")
    expect(page.locator("#street")).to_have_value("Calle 1 # 2-3")
    look(page, "delivery with saved addresses")
    page.goto("/account/data")
    page.fill("#password", "no es esta")
    press(page.locator("form[action='/account/data/erase'] [type=submit]"))
    expect(page.locator("#password-error")).to_be_visible()
    look(page, "wrong password")


@LANGUAGES
def test_every_page_of_an_order_for_everybody(shop_as: ShopAs, demo: Demo, look: Look, language: str) -> None:
    shopper = shop_as(language=language)
    page = shopper.page
    shopper.have(KETTLEBELL)
    order = buy(shopper, SHAKER, 2)
    path = f"/account/orders/{number_of(order)}"
    for state, address in (
        ("order of a guest", path),
        ("receipt", f"{path}/receipt"),
        ("cancel", f"{path}/withdrawal"),
    ):
        page.goto(address)
        look(page, state)
    page.goto(path)
    press(page.locator("section.panel [type=submit]"))
    expect(page.locator("#error-summary")).to_be_focused()
    look(page, "account without a password")
    deliver(demo, order)
    page.goto(path)
    look(page, "delivered")
    page.goto(f"{path}/withdrawal")
    look(page, "what to return")
    page.locator("input.quantity").last.fill("7")
    press(page.locator(PRIMARY))
    expect(page.locator("#error-summary")).to_be_focused()
    look(page, "more than bought")
    page.locator("input.quantity").last.fill("1")
    press(page.locator(PRIMARY))
    expect(page.locator("h1")).to_contain_text(f"{number_of(order)}-R1")
    look(page, "receipt of the request")
    page.goto(path)
    look(page, "order with a request")
    press(page.locator("form[action$='/again'] [type=submit]"))
    expect(page.locator("#cart-count")).to_contain_text("3")
    look(page, "bought again")


@pytest.mark.dates
@pytest.mark.parametrize("javascript", [True, False])
def test_a_guest_returns_by_the_link_of_the_mail(shop_as: ShopAs, demo: Demo, javascript: bool) -> None:
    order = buy(shop_as(), KETTLEBELL, 2)
    deliver(demo, order)
    shopper = shop_as(javascript=javascript)
    page = shopper.page
    page.goto(f"/account/orders/{number_of(order)}?token={demo.token_of(order)}")
    expect(page.get_by_text("Puedes devolverlo hasta el")).to_be_visible()
    press(page.get_by_role("link", name="Devolver productos"))
    expect(page.locator("input.quantity")).to_have_value("2")
    page.locator("input.quantity").fill("1")
    page.fill("#reason", "Es más pesada de lo que pensaba")
    press(page.locator(PRIMARY))
    expect(page.locator("main li", has_text="1 × Pesa rusa")).to_be_visible()
    row = demo.row("SELECT * FROM withdrawals WHERE order_id = ?", order["id"])
    assert (row["state"], row["sequence"], row["reason"]) == ("open", 1, "Es más pesada de lo que pensaba")

    def mail() -> bool:
        emails_sent = [path.read_text().replace("=\n", "") for path in (demo.folder / "mailbox").glob("*.eml")]
        return any(f"{number_of(order)}-R1" in text for text in emails_sent)

    assert eventually(mail)


def test_a_double_click_asks_once(shop_as: ShopAs, demo: Demo) -> None:
    shopper = shop_as()
    order = buy(shopper, KETTLEBELL, 2)
    deliver(demo, order)
    shopper.page.goto(f"/account/orders/{number_of(order)}/withdrawal")
    shopper.page.locator("input.quantity").fill("1")
    form = shopper.page.locator("form[action$='/withdrawal'] [type=submit]")
    form.dblclick()
    expect(shopper.page.locator("h1")).to_contain_text(f"{number_of(order)}-R1")
    assert len(demo.rows("SELECT id FROM withdrawals WHERE order_id = ?", order["id"])) == 1


def test_an_order_that_was_not_sent_is_cancelled_in_two_clicks(shop_as: ShopAs, demo: Demo) -> None:
    shopper = shop_as(javascript=False)
    order = buy(shopper)
    page = shopper.page
    page.goto(f"/account/orders/{number_of(order)}")
    press(page.get_by_role("link", name="Cancelar el pedido"))
    press(page.locator("form[action$='/cancel'] [type=submit]"))
    expect(page.locator("main [role=status]")).to_contain_text("Cancelamos el pedido")
    row = demo.row("SELECT status, refunded_minor, total_minor FROM orders WHERE id = ?", order["id"])
    assert row["status"] == "cancelled"

    def refunded() -> bool:
        now = demo.row("SELECT refunded_minor, total_minor FROM orders WHERE id = ?", order["id"])
        return bool(now["refunded_minor"] == now["total_minor"])

    assert eventually(refunded)


@pytest.mark.dates
def test_the_receipt_is_a_page_for_the_printer_and_a_file(shop_as: ShopAs) -> None:
    shopper = shop_as()
    order = buy(shopper)
    page = shopper.page
    page.goto(f"/account/orders/{number_of(order)}")
    press(page.get_by_role("link", name="Ver el recibo"))
    expect(page.get_by_text("No es una factura electrónica")).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Descargar en PDF").click()
    assert coming.value.suggested_filename == f"recibo-{number_of(order)}.pdf"
    page.emulate_media(media="print")
    expect(page.locator(".site-header")).to_be_hidden()
    expect(page.get_by_role("link", name="Descargar en PDF")).to_be_hidden()
    expect(page.get_by_text("NIT 901.234.567-7").first).to_be_visible()
    page.emulate_media(media="screen")


def test_a_copy_of_one_s_data_and_the_end_of_the_account(shop_as: ShopAs, demo: Demo) -> None:
    shopper = shop_as(javascript=False)
    join(shopper)
    page = shopper.page
    page.goto("/account/data")
    expect(page.locator("main")).to_contain_text("Para entregarla necesitamos saber que el correo es tuyo")
    confirm_address(shopper)
    page.goto("/account/data")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Descargar mis datos").click()
    assert coming.value.suggested_filename == "mis-datos.json"
    page.fill("#password", PASSWORD)
    press(page.locator("form[action='/account/data/erase'] [type=submit]"))
    expect(page.locator("main [role=status]")).to_contain_text("Cerramos tu cuenta")
    expect(page.locator("form[action='/logout']")).to_have_count(0)
    assert demo.rows("SELECT id FROM customers WHERE email = ?", shopper.email) == []


@LANGUAGES
def test_on_a_phone_the_header_takes_two_rows(shop_as: ShopAs, language: str) -> None:
    shopper = shop_as(language=language, width=PHONE)
    page = shopper.page
    for is_signed_in in (False, True):
        if is_signed_in:
            join(shopper)
        page.goto("/terms")
        tops = {round((part.bounding_box() or {"y": 0})["y"] / 20) for part in page.locator(PARTS).all()}
        assert len(tops) <= 2, tops
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    page.locator(".site-menu summary").click()
    press(page.get_by_role("link", name=re.compile("Mis datos|My details")))
    expect(page.locator("h1")).to_be_visible()
    page.set_viewport_size({"width": DESKTOP, "height": 800})
    expect(page.locator(".site-cart")).to_be_visible()
