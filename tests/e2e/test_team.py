"""The team's pages and the second factor in a real browser: readable for everybody, narrow, without JavaScript."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.browsing import press
from tests.e2e.demonstration import Demo
from tests.e2e.languages import LANGUAGES
from tests.e2e.looking import Examine
from tests.e2e.shopping import PASSWORD, Shopper, number_of
from tests.web.second_factor import code_of

ShopAs = Callable[..., Shopper]
STAFF, NARROWEST = "staff@example.com", 320


def colleague(demo: Demo, owner: Page, name: str) -> str:
    """Invite an owner on the team's page, and let them have confirmed the address and chosen the demo's password."""
    email = f"{name}@example.com"
    owner.goto("/staff/team")
    owner.fill("#email", email)
    owner.select_option("#role", "owner")
    press(owner.locator("form[action='/staff/team/invite'] [type=submit]"))
    expect(owner.locator("main [role=status] .alert-good")).to_contain_text(email)
    demo.write(
        "UPDATE customers SET email_verified_at = '2026-11-24 12:00:00', password_hash = "
        "(SELECT password_hash FROM customers WHERE email = 'shopper@example.com') WHERE email = ?",
        email,
    )
    return email


def give_password(page: Page, email: str) -> None:
    page.goto("/login?next=/staff/")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    press(page.locator("main form [type=submit]"))


@LANGUAGES
def test_the_pages_of_team_and_second_factor(shop_as: ShopAs, demo: Demo, examine: Examine, language: str) -> None:
    owner, eva = shop_as(language=language), shop_as(language=language)
    owner.sign_in(STAFF)
    email = colleague(demo, owner.page, f"eva-{language}")
    page = eva.page
    wide: list[tuple[str, int]] = []

    def look(state: str, seen: Page = page) -> None:
        examine(seen, state)
        for width in (NARROWEST, 390, 1280):
            seen.set_viewport_size({"width": width, "height": 800})
            if seen.evaluate("document.documentElement.scrollWidth") > width:
                wide.append((state, width))

    look("team", owner.page)
    press(owner.page.locator("form[action='/staff/team/invite'] [type=submit]"))
    expect(owner.page.locator(".error-summary")).to_be_visible()
    look("invitation refused", owner.page)
    give_password(page, email)
    page.goto("/staff/security")
    look("no second factor")
    press(page.locator("form[action='/staff/security/offer'] [type=submit]"))
    expect(page.locator(".qr svg")).to_be_visible()
    look("second factor to scan")
    press(page.locator("form[action='/staff/security/new'] [type=submit]"))
    expect(page.locator(".error-summary")).to_be_visible()
    look("first code refused")
    secret = page.locator("code.secret").inner_text().replace(" ", "")
    page.fill("#one_time_code", code_of(secret, ahead=-1))
    press(page.locator("form[action='/staff/security/new'] [type=submit]"))
    expect(page.locator(".codes li")).to_have_count(10)
    look("recovery codes")
    page.goto("/staff/security")
    page.click("details:has(form[action$='/codes']) > summary")
    press(page.locator("form[action$='/codes'] [type=submit]"))
    expect(page.locator(".error-summary")).to_be_visible()
    look("new codes refused")
    demo.write("UPDATE logins SET confirmed_at = '2026-11-24 12:00:00'")
    page.goto("/staff/team")
    look("team with a second factor")
    page.check("#is_required")
    press(page.locator("form[action='/staff/team/rule'] [type=submit]"))
    expect(page.locator("#confirm_code")).to_be_visible()
    look("asked again")
    press(page.locator("main form [type=submit]"))
    expect(page.locator(".error-summary")).to_be_visible()
    look("answer refused")
    assert demo.rows("SELECT * FROM team_rules WHERE is_second_factor_required") == []
    page.context.clear_cookies()
    give_password(page, email)
    expect(page.locator("h1")).to_be_visible()
    look("code after the password")
    page.fill("#one_time_code", "000000")
    press(page.locator("main form [type=submit]"))
    expect(page.locator(".error-summary")).to_be_visible()
    look("code refused")
    page.fill("#one_time_code", code_of(secret, ahead=1))
    press(page.locator("main form [type=submit]"))
    expect(page.locator("nav.chips")).to_be_visible()
    assert wide == []


def test_a_refund_waits_for_password_and_code_without_javascript(shop_as: ShopAs, demo: Demo) -> None:
    buyer, owner, staff = shop_as(), shop_as(), shop_as(javascript=False)
    buyer.begin("shaker-600ml", 1)
    buyer.pay()
    number = number_of(buyer.see_paid())
    owner.sign_in(STAFF)
    give_password(staff.page, colleague(demo, owner.page, "luz"))
    page = staff.page
    page.goto(f"/staff/orders/{number}")
    demo.write("UPDATE logins SET confirmed_at = '2026-11-24 12:00:00'")
    page.click("details:has(form[action$='/refund']) > summary")
    page.fill("#amount", "10.000")
    press(page.locator("form[action$='/refund'] [type=submit]").first)
    expect(page.locator("#confirm_password")).to_be_visible()
    page.fill("#confirm_password", PASSWORD)
    press(page.locator("main form [type=submit]"))
    press(page.locator("form[action$='/refund'] [type=submit]").first)
    expect(page.locator("main [role=status] .alert-good")).to_contain_text("Reembolso")
    assert demo.row("SELECT refunded_minor FROM orders WHERE id = ?", int(number.rsplit("-", 1)[1])) == {
        "refunded_minor": 1_000_000
    }
