"""axe finds nothing on any page or state, in both languages, at both widths, light and dark."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.browsing import press
from tests.e2e.demonstration import eventually
from tests.e2e.languages import LANGUAGES
from tests.e2e.looking import Examine
from tests.e2e.shopping import CUSTOMER, IS_DECLINED, PASSWORD, PRIMARY, Shopper, confirmations

ShopAs = Callable[..., Shopper]
SHAKER, LAST_UNITS = "shaker-600ml", "barra-dominadas-puerta"
# The page that looks again by itself after three seconds is to be looked at for longer.
HOLD_STILL = (
    "const timer = setTimeout; window.setTimeout = (f, ms, ...more) => ms === 3000 ? 0 : timer(f, ms, ...more);"
)


def examine_each(examine: Examine, page: Page, paths: dict[str, str]) -> None:
    for state, path in paths.items():
        page.goto(path)
        examine(page, state)


@LANGUAGES
def test_the_catalogue(shop_as: ShopAs, examine: Examine, language: str) -> None:
    shopper = shop_as(language=language)
    examine_each(
        examine,
        shopper.page,
        {
            "home": "/",
            "filtered": "/?kind=physical&min=20000&max=90000&stock=1&sort=price_asc",
            "searched": "/?q=narino",
            "second page": "/?page=2",
            "nothing found": "/?q=xilofono",
            "physical product": f"/products/{SHAKER}",
            "reduced product": "/products/tapete-yoga-6mm",
            "digital product": "/products/plan-fuerza-12-semanas",
            "subscription": "/products/fitaiid-premium-mensual",
            "sold out": "/products/cinturon-levantamiento-cuero",
            "last units": f"/products/{LAST_UNITS}",
        },
    )
    shopper.put(SHAKER)
    examine(shopper.page, "product in the cart")
    shopper.page.fill("#quantity", "1.5")
    press(shopper.page.locator("form.buy [type=submit]"))
    expect(shopper.page.locator(".error-summary")).to_be_visible()
    examine(shopper.page, "wrong quantity")


@LANGUAGES
def test_the_cart(shop_as: ShopAs, examine: Examine, language: str) -> None:
    shopper = shop_as(language=language)
    page = shopper.page
    page.goto("/cart")
    examine(page, "empty cart")
    shopper.have(SHAKER, 2)
    shopper.have("plan-carrera-10k")
    page.goto("/cart")
    examine(page, "cart")
    shopper.apply_coupon("NOEXISTE")
    expect(page.locator(".error-summary")).to_be_visible()
    examine(page, "coupon refused")
    shopper.apply_coupon("FIT10")
    examine(page, "coupon applied")
    page.locator("input.quantity").first.fill("1.5")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_visible()
    examine(page, "wrong quantity in the cart")
    page.goto("/cart")
    press(page.locator("[name=remove]").last)
    examine(page, "line removed, with undo")
    shopper.have(LAST_UNITS, 2)
    demo = shopper.demo
    of_product = "SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.slug = ?"
    variant = demo.row(of_product, LAST_UNITS)["id"]
    demo.write("UPDATE stock SET on_hand = 0 WHERE variant_id = ?", variant)
    demo.write("UPDATE variants SET price_minor = price_minor + 100000 WHERE id = ?", variant)
    try:
        page.goto("/cart")
        expect(page.locator(".field-error").first).to_be_visible()
        examine(page, "cart that cannot be bought")
    finally:
        demo.write("UPDATE stock SET on_hand = 2 WHERE variant_id = ?", variant)
        demo.write("UPDATE variants SET price_minor = price_minor - 100000 WHERE id = ?", variant)


@LANGUAGES
def test_the_checkout(shop_as: ShopAs, examine: Examine, language: str) -> None:
    shopper = shop_as(language=language)
    page = shopper.page
    shopper.have(SHAKER)
    shopper.have("plan-carrera-10k")
    shopper.go_to_shipping()
    examine(page, "empty shipping")
    press(page.locator(PRIMARY))
    expect(page.locator(".error-summary")).to_be_visible()
    examine(page, "shipping with errors")
    page.route("**/checkout/methods?*", lambda route: route.fulfill(status=204))  # or the script chooses another one
    shopper.fill_delivery("overnight")
    page.select_option("#department", "88")
    page.fill("#city", "San Andrés")
    press(page.locator(PRIMARY))
    expect(page.locator("#method-error")).to_be_visible()
    examine(page, "delivery that does not reach")
    shopper.go_to_review()
    examine(page, "review")
    press(page.locator(PRIMARY))
    expect(page.locator("#consent-error")).to_be_visible()
    examine(page, "review without consent")
    shopper.demo.sim("fail", next="500", times=3)
    page.check("#consent")
    press(page.locator(PRIMARY))
    expect(page.locator("#error-summary")).to_be_visible()
    examine(page, "review while Stripe is down")
    shopper.demo.sim("reset")
    page.goto("/checkout/shipping")
    examine(page, "filled shipping")


@LANGUAGES
def test_a_download_s_checkout(shop_as: ShopAs, examine: Examine, language: str) -> None:
    shopper = shop_as(language=language)
    shopper.have("plan-carrera-10k")
    shopper.go_to_shipping()
    examine(shopper.page, "e-mail only")
    shopper.go_to_review()
    examine(shopper.page, "review of a download")


@LANGUAGES
def test_the_payment_and_what_comes_after(shop_as: ShopAs, examine: Examine, language: str) -> None:
    shopper = shop_as(language=language)
    page, demo = shopper.page, shopper.demo
    session = shopper.begin(SHAKER)
    examine(page, "payment page")
    press(page.locator("button.main"))
    expect(page.get_by_role("alert")).to_be_visible()
    examine(page, "payment page with errors")
    shopper.pay(IS_DECLINED)
    expect(page.get_by_role("alert")).to_be_visible()
    examine(page, "payment declined")
    press(page.locator("a.back"))
    examine(page, "cancelled")
    page.goto(f"/checkout/success?session_id={session}")
    expect(page.locator(".outcome-bad")).to_be_visible()
    examine(page, "payment failed")
    press(shopper.page.locator("form[action='/checkout/retry'] [type=submit]"))
    waits = shopper.session_id
    url = demo.sim(f"pay/{waits}", card="delayed_success")["redirectUrl"]
    page.add_init_script(HOLD_STILL)
    page.goto(url)
    expect(page.locator(".outcome-waiting")).to_be_visible()
    examine(page, "payment pending")
    demo.sim(f"settle/{waits}")
    page.reload()
    expect(page.locator(".outcome-good")).to_be_visible()
    examine(page, "paid, as a guest")
    press(page.locator("a.button[href^='/account/orders/']"))
    examine(page, "order of a guest")
    page.goto("/checkout/cancel")
    examine(page, "nothing to pay")
    page.goto(f"{demo.simulator}/c/pay/{waits}")
    examine(page, "payment page that was paid")
    page.goto(f"{demo.simulator}/c/pay/{session}")
    examine(page, "payment page that is over")
    page.goto(f"{demo.simulator}/c/pay/cs_test_nothing")
    examine(page, "payment page that never was")


@LANGUAGES
def test_the_bank_s_question(shop_as: ShopAs, examine: Examine, language: str) -> None:
    shopper = shop_as(language=language)
    shopper.begin(SHAKER)
    shopper.pay("4000 0027 6000 3184")
    expect(shopper.page.locator("[name=answer]").first).to_be_visible()
    examine(shopper.page, "3-D Secure")


@LANGUAGES
def test_the_account(shop_as: ShopAs, examine: Examine, language: str) -> None:
    shopper = shop_as(language=language)
    page = shopper.page
    examine_each(examine, page, {"login": "/login", "registration": "/register", "find": "/orders/find"})
    page.goto("/register")
    press(page.locator(PRIMARY))
    expect(page.locator(".error-summary")).to_be_visible()
    examine(page, "registration with errors")
    page.goto("/login")
    press(page.locator(PRIMARY))
    expect(page.locator(".error-summary")).to_be_visible()
    examine(page, "login with errors")
    newcomer = shop_as(language=language)
    newcomer.page.goto("/register")
    for name, text in {"email": newcomer.email, "first_name": "Luz", "last_name": "Peña", "password": PASSWORD}.items():
        newcomer.page.fill(f"#{name}", text)
    press(newcomer.page.locator(PRIMARY))
    examine(newcomer.page, "home, welcomed")
    examine_each(examine, newcomer.page, {"no orders": "/account/orders"})
    shopper.sign_in(CUSTOMER)
    shopper.begin("plan-carrera-10k")
    shopper.pay()
    shopper.see_paid()
    examine(page, "paid, as a customer")
    examine_each(examine, page, {"orders": "/account/orders"})
    page.click(".site-menu summary")
    expect(page.locator("form[action='/logout'] button")).to_be_visible()
    examine(page, "open menu")
    press(page.locator("main h2 a").first)
    examine(page, "order")


@LANGUAGES
def test_help_errors_and_mailbox(shop_as: ShopAs, examine: Examine, language: str) -> None:
    shopper = shop_as(language=language)
    page = shopper.page
    examine_each(
        examine,
        page,
        {
            "terms": "/terms",
            "privacy": "/privacy",
            "returns": "/returns",
            "contact": "/contact",
            "not found": "/no-existe",
            "method not allowed": "/cart/items",
        },
    )
    page.goto(f"/products/{SHAKER}")
    page.context.clear_cookies()
    press(page.locator("form.buy [type=submit]"))
    expect(page.locator("main form [type=submit]")).to_be_visible()
    examine(page, "form that was open for too long")
    shopper.begin("guia-movilidad-15-minutos")
    shopper.pay()
    order = shopper.see_paid()
    eventually(lambda: confirmations(page, order))  # the mail is written a moment later
    examine_each(examine, page, {"mailbox": "/dev/mailbox"})
    press(page.locator("main h2 a").first)
    examine(page, "mail as text")
    letter = page.locator("a.button[href$='/html']").get_attribute("href")
    assert letter
    page.goto(letter)
    unboxed = page.context.new_page()  # the letter's own page is a sandbox, where axe cannot run
    unboxed.set_content(page.request.get(letter).text())
    examine(unboxed, "letter as HTML")


def test_the_simulator_s_dashboard(shop_as: ShopAs, examine: Examine) -> None:
    shopper = shop_as()
    shopper.begin(SHAKER)
    shopper.page.goto(shopper.demo.simulator)
    examine(shopper.page, "dashboard")
