"""Mails as a phone shows them, and the parts of the pages: readable for everybody, narrow, without pictures."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.demonstration import eventually
from tests.e2e.languages import LANGUAGES
from tests.e2e.looking import Examine
from tests.e2e.shopping import Shopper, confirmations

ShopAs = Callable[..., Shopper]
NARROWEST = 320


def previews(page: Page, language: str) -> list[str]:
    """Return the address of every mail's HTML in a language."""
    page.goto("/dev/mailbox")
    found = page.locator(f"a[href$='/html?language={language}']").evaluate_all("all => all.map(a => a.pathname)")
    assert len(found) >= 16
    return [f"{path}?language={language}" for path in found]


@LANGUAGES
def test_every_mail_reads_well_on_a_small_phone_with_pictures_off(
    browse: Callable[..., Page], language: str, examine: Examine
) -> None:
    page = browse(width=NARROWEST, language=language)
    page.route("**/*", lambda route: route.abort() if route.request.resource_type == "image" else route.continue_())
    emails_sent = previews(page, language)
    unboxed = page.context.new_page()  # the letter's own page is a sandbox, where nothing of ours can run
    wrong = []
    for path in emails_sent:
        unboxed.set_viewport_size({"width": NARROWEST, "height": 700})
        unboxed.set_content(page.request.get(path).text())
        wide = unboxed.evaluate("document.documentElement.scrollWidth")
        small = unboxed.evaluate(
            "[...document.querySelectorAll('p, li')].filter(e => parseFloat(getComputedStyle(e).fontSize) < 13).length"
        )
        backgrounds = unboxed.locator("picture, [background]").count()
        bare = unboxed.locator("img:not([alt]), img:not([width]), img:not([src^='http'])").count()
        if wide > NARROWEST or small or backgrounds or bare:
            wrong.append(f"{path}: {wide} px, {small} texts too small, {backgrounds} backgrounds, {bare} bare pictures")
        heights = unboxed.locator("a[style*='inline-block']").evaluate_all("all => all.map(a => a.offsetHeight)")
        wrong += [f"{path}: a button of {height} px" for height in heights if height < 44]
        assert unboxed.locator("html").get_attribute("lang") == language
        if path.split("/")[4] in ("shipped", "order_confirmed", "refund"):
            examine(unboxed, f"letter {path}")
            unboxed.emulate_media(color_scheme="dark")
            examine(unboxed, f"letter {path} in the dark")
            unboxed.emulate_media(color_scheme="light")
    assert not wrong, "\n".join(wrong)


@LANGUAGES
def test_the_parts_of_the_pages_in_every_state(shop_as: ShopAs, examine: Examine, language: str) -> None:
    page = shop_as(language=language).page
    for theme in ("", "?theme=light", "?theme=dark"):
        page.goto(f"/dev/styleguide{theme}")
        examine(page, f"styleguide {theme}")
        page.set_viewport_size({"width": NARROWEST, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST
    paper = page.locator(".theme-dark").evaluate("part => getComputedStyle(part).backgroundColor")
    assert paper == "rgb(21, 19, 18)"


@LANGUAGES
def test_the_mailbox_and_its_previews(shop_as: ShopAs, examine: Examine, language: str) -> None:
    page = shop_as(language=language).page
    page.goto("/dev/mailbox")
    examine(page, "mailbox with previews")
    page.goto("/dev/mailbox/previews/shipped?language=en")
    expect(page.locator("h1")).to_have_text(re.compile("on its way"))
    examine(page, "preview")


def test_links_of_a_real_mail_lead_to_its_order(shop_as: ShopAs) -> None:
    shopper = shop_as()
    shopper.begin("guia-movilidad-15-minutos")
    shopper.pay()
    order = shopper.see_paid()
    stranger = shop_as().page
    stranger.goto(eventually(lambda: confirmations(shopper.page, order))[0])
    link = stranger.locator(".letter-text a[href*='/account/orders/']")
    expect(link).to_have_count(1)
    stranger.goto(str(link.get_attribute("href")))
    expect(stranger.locator("h1")).to_contain_text(f"{order['id']:04d}")
