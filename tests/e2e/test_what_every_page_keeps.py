"""What holds on every page: its size, width, title, targets, words, labels, and the way by keyboard."""

import gzip
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from config import ROOT
from tests.e2e.browsing import DESKTOP, PHONE, press
from tests.e2e.keyboard import tab_to
from tests.e2e.shopping import DELIVERY_DAY, PRIMARY, Shopper
from tests.e2e.tour import tour

ShopAs = Callable[..., Shopper]
SHAKER = "shaker-600ml"
NARROWEST = 320
MORE_PAGES = (
    "/?q=xilofono",
    "/?category=fuerza&kind=physical&min=50000",
    "/products/cinturon-levantamiento-cuero",
    "/products/plan-fuerza-12-semanas",
    "/products/fitaiid-premium-mensual",
    "/login",
    "/register",
    "/orders/find",
    "/terms",
    "/privacy",
    "/about",
    "/pqr",
    "/returns",
    "/contact",
    "/no-existe",
)


def look_at(page: Page, name: str, titles: dict[str, str], language: str) -> list[str]:
    """Return what is wrong with the page that is open."""
    wrong = []
    page.wait_for_load_state()
    title = page.title()
    if page.locator("h1").count() != 1:
        wrong.append(f"{page.locator('h1').count()} headings of the first rank")
    if titles.setdefault(title, name) != name and name != "review-plan":
        wrong.append(f"the title of {titles[title]}: {title}")
    if not (page.locator("html").get_attribute("lang") or "").startswith(language):
        wrong.append("another language")
    if name not in ("payment", "simulator"):  # these are Stripe's
        wrong += text_problems(page)
    wrong += [f"a button of {height} px: {text}" for height, text in page.evaluate(_LOW_BUTTONS)]
    if page.url.startswith("http://127.0.0.1") and page.locator(".site-footer").count():
        if not title.endswith(" – FitAiid"):
            wrong.append(f"a title without the shop's name: {title}")
        marks = [page.locator(mark).count() for mark in ("header", "main", "footer", "a.skip-link")]
        if marks != [1, 1, 1, 1]:
            wrong.append(f"landmarks {marks}")
        contact = "/contact" if language == "es" else "/en/contact"
        if page.locator("footer nav a").first.get_attribute("href") != contact:
            wrong.append("no help at its place")
    return [f"{name}: {problem}" for problem in wrong]


def text_problems(page: Page) -> Iterator[str]:
    """Find columns of text that are too narrow to read, and pages that move sideways, as the text and window grow."""
    for width, size, fewest in (
        (NARROWEST, 100, 20),
        (390, 100, 20),
        (DESKTOP, 100, 20),
        (390, 200, 10),
        (DESKTOP, 200, 20),
    ):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate("size => { document.documentElement.style.fontSize = `${size}%`; }", size)
        where = f"at {width} px with text of {size} %"
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            yield f"{wide} px wide {where}"
        elif (size, width) == (200, 390) and (wide := page.evaluate(_WIDTH_WITH_LONG_PRICES)) > width:
            yield f"{wide} px wide {where} and long prices"
        for column in page.evaluate(_NARROW_COLUMNS, fewest):
            yield f"a column too narrow {where}: {column}"
    page.evaluate("() => { document.documentElement.style.fontSize = ''; }")
    page.set_viewport_size({"width": NARROWEST, "height": 800})


# Main buttons that are lower than a finger needs; asked at once, because a page may change while it is looked at.
_LOW_BUTTONS = """() => [...document.querySelectorAll('.button-primary, .button-wide, button.main')]
  .filter(button => button.checkVisibility({visibilityProperty: true}) && button.getBoundingClientRect().height)
  .map(button => [Math.round(button.getBoundingClientRect().height), button.innerText])
  .filter(([height]) => height < 44)"""

# How much an order costs and a day takes depends on what was bought, so a page is also measured with long sums.
_WIDTH_WITH_LONG_PRICES = """() => {
  const prices = [...document.querySelectorAll('main .price')].map(price => [price, price.innerHTML]);
  for (const [price] of prices) price.textContent = 'COP\\u00a0123,456,789';
  const width = document.documentElement.scrollWidth;
  for (const [price, before] of prices) price.innerHTML = before;
  return width;
}"""

# A text of three lines or more in a box that is narrower than so many letters of half an em.
_NARROW_COLUMNS = """fewest => [...document.querySelectorAll('main *, footer *')].flatMap(element => {
  const own = [...element.childNodes].filter(node => node.nodeType === 3 && node.textContent.trim().length >= fewest);
  const style = getComputedStyle(element);
  if (!own.length || !element.checkVisibility({visibilityProperty: true})) return [];
  if (element.closest('.visually-hidden, .button, option, svg, code, pre, [hidden], .card h3, h1')) return [];
  let box = element;
  while (getComputedStyle(box).display.startsWith('inline')) box = box.parentElement;
  const range = document.createRange();
  range.selectNodeContents(own[0]);
  const lines = new Set([...range.getClientRects()].map(rect => Math.round(rect.top))).size;
  const letters = box.clientWidth / (parseFloat(style.fontSize) / 2);
  return lines >= 3 && letters < fewest
    ? [`${letters.toFixed(0)} letters, ${lines} lines: ${own[0].textContent.trim().slice(0, 60)}`] : [];
})"""


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_page_is_narrow_titled_and_marked(shop_as: ShopAs, language: str) -> None:
    shopper = shop_as(width=NARROWEST, language=language)
    titles: dict[str, str] = {}
    wrong = []
    for path in MORE_PAGES:
        shopper.page.goto(path)
        wrong += look_at(shopper.page, path, titles, language)
    for name in tour(shopper):
        wrong += look_at(shopper.page, name, titles, "es" if name == "simulator" else language)
    assert not wrong, "\n".join(wrong)


def test_style_and_script_are_small() -> None:
    def packed(path: str) -> int:
        return len(gzip.compress((ROOT / "static" / path).read_bytes(), 9))

    assert packed("css/shop.css") <= 12_000
    assert packed("js/app.js") <= 5_000


@pytest.mark.parametrize("path", ["/", f"/products/{SHAKER}", "/cart", "/checkout/shipping", "/login"])
def test_the_first_view_weighs_little_without_its_pictures(shopper: Shopper, path: str) -> None:
    shopper.have(SHAKER)
    came: list[Request] = []
    shopper.page.on("requestfinished", lambda request: came.append(request))
    shopper.page.goto(path, wait_until="networkidle")
    weighed = {request.url: request.sizes()["responseBodySize"] for request in came if request.resource_type != "image"}
    assert sum(weighed.values()) <= 150_000, weighed
    assert not any(request.resource_type == "font" for request in came)


@pytest.mark.dates
@pytest.mark.parametrize(
    ("language", "money", "days"),
    [
        ("es", r"\$\s29\.900", "entre el {day} y el {day}"),
        ("en", r"COP\s29,900", "between {day} and {day}"),
    ],
)
def test_money_and_dates_speak_the_language(shop_as: ShopAs, language: str, money: str, days: str) -> None:
    page = shop_as(language=language).page
    page.goto(f"/products/{SHAKER}")
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".product-price")).to_contain_text(re.compile(money))
    expect(page.locator(".promises")).to_contain_text(re.compile(days.format(day=DELIVERY_DAY[language])))


def fields_on(page: Page) -> list[str]:
    """Return the visible fields of the form; radio buttons of a name are one choice."""
    names = page.locator("main form :is(input, select, textarea):visible").evaluate_all("all => all.map(f => f.name)")
    return list(dict.fromkeys(names))


def test_a_parcel_needs_eight_fields_and_no_password(shop_as: ShopAs) -> None:
    shopper = shop_as(width=PHONE)
    shopper.have(SHAKER)
    shopper.go_to_shipping()
    asked = fields_on(shopper.page)
    assert len(asked) <= 8, asked
    assert not shopper.page.locator("[type=password]").count()
    expect(shopper.page.locator("main")).to_contain_text("Compra como invitado")


def test_a_download_needs_two_fields(shop_as: ShopAs) -> None:
    shopper = shop_as(width=PHONE)
    shopper.have("plan-carrera-10k")
    shopper.go_to_shipping()
    asked = fields_on(shopper.page)
    shopper.go_to_review()
    asked += fields_on(shopper.page)
    assert asked == ["email", "consent"]


TOKENS = {
    "email": ("email", "email", "email"),
    "full_name": ("name", "text", None),
    "phone": ("tel", "tel", "tel"),
    "department": ("address-level1", None, None),
    "city": ("address-level2", "text", None),
    "street": ("address-line1", "text", None),
    "complement": ("address-line2", "text", None),
    "zip_code": ("postal-code", "text", "numeric"),
}


def test_every_field_is_labelled_and_known_to_the_browser(shop_as: ShopAs) -> None:
    shopper = shop_as(javascript=False)
    page = shopper.page
    shopper.have(SHAKER)
    shopper.go_to_shipping()
    page.click("details.more-fields summary")
    for name, told in TOKENS.items():
        field = page.locator(f"#{name}")
        assert tuple(field.get_attribute(word) for word in ("autocomplete", "type", "inputmode")) == told, name
        label = page.locator(f"label[for={name}]")
        expect(label).to_be_visible()
        is_optional = name in {"complement", "zip_code"}
        expect(label).to_contain_text("(opcional)" if is_optional else "(obligatorio)")
    expect(page.locator("#phone-hint")).to_contain_text("mensajero")
    page.goto("/login")
    assert page.locator("#email").get_attribute("autocomplete") == "username"
    assert page.locator("#password").get_attribute("autocomplete") == "current-password"
    page.goto("/register")
    assert page.locator("#password").get_attribute("autocomplete") == "new-password"


def test_what_is_known_is_not_asked_again(shop_as: ShopAs) -> None:
    shopper = shop_as()
    page = shopper.page
    shopper.have(SHAKER)
    shopper.go_to_review()
    press(page.locator("#review-address ~ a"))
    expect(page.locator("#full_name")).to_have_value("Luz Marina Peña Ríos")
    expect(page.locator("#street")).to_have_value("Carrera 7 # 12-34 Apto 501")
    expect(page.locator("#department")).to_have_value("11")
    press(page.locator(PRIMARY))
    expect(page).to_have_url(re.compile("/checkout/review$"))


def test_the_total_follows_the_way_of_delivery_before_going_on(shopper: Shopper) -> None:
    shopper.have(SHAKER)
    shopper.go_to_shipping()
    expect(shopper.page.locator("#method-standard")).to_be_checked()
    totals = set()
    for method in ("standard", "express", "pickup"):
        shopper.page.check(f"#method-{method}")
        totals.add(shopper.review_total())
        expect(shopper.page.locator(f"label[for=method-{method}]")).to_contain_text(shopper.review_total())
    assert len(totals) == 3


def test_the_department_s_towns_are_offered(shopper: Shopper) -> None:
    shopper.have(SHAKER)
    shopper.go_to_shipping()
    page = shopper.page
    page.select_option("#department", "52")
    expect(page.locator("#city-list option[value=Pasto]")).to_have_count(1)
    expect(page.locator("#methods")).not_to_contain_text("Pasto")
    page.check("#method-standard")
    page.fill("#city", "Pasto")
    page.keyboard.press("Tab")  # prices and dates follow the place at once, and the button's bar with them
    expect(page.locator("#methods-status")).to_have_text("Actualizamos precios y fechas.")
    expect(page.locator("#methods .field-hint")).to_have_count(0)
    expect(page.locator("#method-standard")).to_be_checked()
    page.check("#method-pickup")
    expect(page.locator("#street")).to_be_hidden()
    expect(page.locator("main .field-mark:visible", has_text="(obligatorio)")).to_have_count(4)


def test_the_last_look_names_seller_terms_and_every_way_back(shopper: Shopper) -> None:
    shopper.have(SHAKER)
    shopper.go_to_review()
    main = shopper.page.locator("main")
    for words in ("NIT", "retractarte", "términos", shopper.email, "Carrera 7 # 12-34", "Llega entre el"):
        expect(main).to_contain_text(words)
    ways_back = main.get_by_role("link", name=re.compile("^Editar"))
    expect(ways_back).to_have_count(4)


def test_the_first_picture_is_eager_and_the_others_wait(shopper: Shopper) -> None:
    shopper.page.goto("/?category=fuerza")
    pictures = shopper.page.locator("main img")
    loading = pictures.evaluate_all(
        "all => all.map(i => [i.loading, i.hasAttribute('width') && i.hasAttribute('height')])"
    )
    assert loading[0][0] != "lazy"
    assert {kind for kind, _ in loading[1:]} == {"lazy"}
    assert all(has_size for _, has_size in loading)


def test_filters_and_sorting_are_addresses(shop_as: ShopAs) -> None:
    page = shop_as(javascript=False).page
    page.goto("/?q=NARINO")
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator("#result-count")).to_have_text("1 producto")
    page.goto("/")
    press(page.locator(".chips a", has_text="Fuerza"))
    press(page.locator(".sorting a", has_text="Menor precio"))
    assert "category=fuerza" in page.url
    assert "sort=price_asc" in page.url
    page.goto("/?q=xilofono")
    press(page.locator(".nothing-found a[href='/']"))
    expect(page.locator(".card").first).to_be_visible()


def test_the_keyboard_is_enough_from_the_product_to_the_payment_page(shop_as: ShopAs) -> None:
    shopper = shop_as(width=PHONE)
    page = shopper.page
    page.goto(f"/products/{SHAKER}")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    expect(page.locator(".skip-link")).to_be_in_viewport()
    page.keyboard.press("Enter")
    tab_to(page, "form.buy [type=submit]")
    page.keyboard.press("Enter")
    expect(page.locator("#cart-count")).to_contain_text("1")
    tab_to(page, "main .alert-good a")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/cart$"))
    tab_to(page, "a.button-primary[href='/checkout/shipping']")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/checkout/shipping$"))
    answers = {
        "#email": shopper.email,
        "#full_name": "Luz Peña",
        "#phone": "3001234567",
        "#department": "Bog",
        "#city": "Bogotá",
        "#street": "Calle 85 # 12-28",
    }
    for name, text in answers.items():
        tab_to(page, name)
        page.keyboard.type(text)
    tab_to(page, PRIMARY)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    if page.url.endswith("/checkout/shipping"):  # the address changed the price
        tab_to(page, PRIMARY)
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/checkout/review$"))
    tab_to(page, PRIMARY)
    page.keyboard.press("Enter")
    expect(page.locator(".amount")).to_be_visible()
