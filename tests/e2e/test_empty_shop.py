"""The first product of an empty shop under production's policy, by pages alone: from its form to its refund."""

import csv
import io
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask_migrate import upgrade
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from storefront.clock import now
from storefront.database import db
from storefront.domain.customer import Customer
from storefront.enums import StaffRole
from storefront.services.accounts.passwords import hash_password
from storefront.services.jobs import consistency
from tests.campaigns.processes import launch, running
from tests.conftest import CONTENT, build
from tests.e2e.browsing import PHONE, open_window, press
from tests.e2e.demonstration import Demo, eventually
from tests.e2e.looking import Examine
from tests.e2e.production import knowing_names, running_production
from tests.e2e.shopping import PASSWORD, Shopper, number_of
from tests.web.second_factor import code_of

OWNER, SHIRT = "duena@example.com", "camiseta-de-algodon"
PRODUCTS, PATIENCE_MS = 1000, 120_000
MOST_ACTIONS, MOST_SECONDS = 12, 180
"""The bar for the first product; the clock stops no test, because a loaded machine is slow and not wrong."""

PICTURES = os.environ.get("EMPTY_SHOP_PICTURES", "")
"""A folder for pictures of the pages on the way, for whoever wants to look at them."""


@pytest.fixture
def empty_database(tmp_path: Path) -> Path:
    """Return a migrated database with nobody but the owner, who has come in by the link of `flask staff add`."""
    path = tmp_path / "empty.sqlite"
    app = build(f"sqlite:///{path}")
    with app.app_context():
        upgrade()
        db.session.add(
            Customer(
                email=OWNER, password_hash=hash_password(PASSWORD), first_name="Ana", last_name="Gómez",
                staff_role=StaffRole.OWNER, email_verified_at=now(), created_at=now(),
            )
        )  # fmt: skip
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return path


@pytest.fixture
def empty_shop(chromium: Browser, empty_database: Path, tmp_path: Path) -> Iterator[tuple[Demo, Browser]]:
    """Return the shop, and a chromium that knows its name."""
    folder = tmp_path / "production"
    folder.mkdir()
    with running_production(folder, empty_database) as (shop, port), knowing_names(chromium, port) as browser:
        yield shop, browser


@contextmanager
def running_worker(shop: Demo) -> Iterator[None]:
    """Run the queue of the shop in a process of its own, as production does."""
    settings = {
        "SHOP_PROFILE": "test", "DATABASE_URL": f"sqlite:///{shop.folder / 'shop.sqlite'}", "CONTENT_DIR": CONTENT,
        "NO_PROXY": "127.0.0.1",
    }  # fmt: skip
    with running(launch("-m", "storefront.worker", environ=os.environ | settings, log=shop.folder / "worker.log")):
        yield


@dataclass
class Owner:
    """The owner at a window; counts what the hand does: presses, and files that are chosen."""

    page: Page
    actions: int = 0

    def press(self, button: Locator) -> None:
        self.actions += 1
        press(button)

    def open(self, summary: Locator) -> None:
        self.actions += 1
        summary.click()

    def choose(self, field: str, colour: str) -> None:
        self.actions += 1
        out = io.BytesIO()
        Image.effect_noise((900, 900), 60).convert("RGB").save(out, "JPEG")
        self.page.set_input_files(field, {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})

    def keep_picture(self, name: str) -> None:
        if PICTURES:
            width = (self.page.viewport_size or {})["width"]
            self.page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)


def sign_in(page: Page) -> None:
    """Sign in as the owner, and set up what production asks for first."""
    page.goto("/login?next=/staff/")
    page.fill("#email", OWNER)
    page.fill("#password", PASSWORD)
    press(page.locator("main form [type=submit]").first)
    set_up_second_factor(page)


def set_up_second_factor(page: Page) -> None:
    """Do what an owner in production is led to before anything else."""
    expect(page).to_have_url(re.compile("/staff/security"))
    press(page.locator("main form .button-primary[type=submit]").first)
    page.fill("#one_time_code", code_of(page.locator("code.secret").inner_text().replace(" ", "")))
    press(page.locator("main form .button-primary[type=submit]").first)
    expect(page.locator(".codes li")).to_have_count(10)


def put_the_first_product_on_sale(owner: Owner) -> None:
    """Go from the page on which the owner lands to a shirt in two sizes with three pictures."""
    page = owner.page
    owner.keep_picture("first-hour")
    owner.press(page.locator("main a[href='/staff/products/new']"))
    owner.keep_picture("new-product")
    for field, text in {
        "name": "Camiseta de algodón", "name_en": "Cotton shirt", "description": "Suave y fresca.",
        "description_en": "Soft and cool.", "new_category": "Ropa", "new_category_en": "Clothing", "price": "59.900",
    }.items():  # fmt: skip
        page.fill(f"#{field}", text)
    page.select_option("#status", "published")
    owner.open(page.locator("#product-options > summary"))
    page.fill("#options-0-name", "Talla")
    page.fill("#options-0-name_en", "Size")
    page.fill("#options-0-values", "S, M")
    owner.press(page.locator("[name=redraw]"))
    for row in (0, 1):
        page.fill(f"#variants-{row}-received", "10")
    owner.keep_picture("combinations")
    owner.press(page.locator("main form button.button-primary"))
    expect(page.locator(".alert-good")).to_be_visible()
    for colour in ("frente", "espalda", "tela"):
        owner.choose("#picture", colour)
        page.fill("#alt_es", f"Camiseta, {colour}")
        page.fill("#alt_en", f"Shirt, {colour}")
        owner.press(page.locator("form[action$='/pictures'] [type=submit]"))
        expect(page.locator(".alert-good")).to_be_visible()
    owner.keep_picture("product")


def buy(browser: Browser, shop: Demo, width: int) -> str:
    """Buy two shirts of size M as a guest, and return the order's number."""
    window = open_window(browser, shop.url, width=width, ignore_https_errors=True)
    shopper = Shopper(window.page, shop)
    window.page.goto("/")
    window.page.goto(f"/products/{SHIRT}")
    expect(window.page.locator("[data-thumb]")).to_have_count(3)
    window.page.get_by_role("link", name="M", exact=True).click()
    window.page.fill("#quantity", "2")
    press(window.page.locator("form.buy [type=submit]"))
    shopper.go_to_review()
    shopper.go_to_payment()
    shopper.pay()
    number = number_of(shopper.see_paid())
    window.context.close()
    assert not window.complaints, window.complaints
    return number


def change_stock(owner: Owner, reason: str, units: str, note: str = "") -> None:
    """Find the shirt of size M in the stock list and write a change down."""
    page = owner.page
    page.goto("/staff/stock?q=camiseta")
    owner.keep_picture("stock-list")
    press(page.locator("main a", has_text="Camiseta de algodón, M"))
    page.select_option("#reason", reason)
    page.fill("#units", units)
    page.fill("#stock_note", note)
    press(page.locator("form[action*='/staff/stock/'] [type=submit]"))


def on_hand(shop: Demo) -> list[int]:
    return [
        row["on_hand"]
        for row in shop.rows("SELECT on_hand FROM stock s JOIN variants v ON v.id = s.variant_id ORDER BY v.position")
    ]


@pytest.mark.parametrize("width", [PHONE, 1280])
def test_the_first_product(empty_shop: tuple[Demo, Browser], examine: Examine, width: int) -> None:
    shop, browser = empty_shop
    window = open_window(browser, shop.url, width=width, ignore_https_errors=True)
    owner, page = Owner(window.page), window.page
    sign_in(page)
    page.goto("/staff/")
    began = time.monotonic()
    put_the_first_product_on_sale(owner)
    print(f"on sale after {owner.actions} actions and {time.monotonic() - began:.1f} s at {width} px")
    assert owner.actions <= MOST_ACTIONS

    number = buy(browser, shop, width)
    assert on_hand(shop) == [10, 8]
    change_stock(owner, "received", "5")
    assert on_hand(shop) == [10, 13]
    change_stock(owner, "counted", "11", "Conteo del lunes")
    expect(page.locator("main")).to_contain_text("11")
    owner.keep_picture("stock-count")
    if page.locator("form [name=confirmed], form[action$='/count'] [type=submit]").count():
        press(page.locator("main form .button-primary[type=submit]").last)
    eventually(lambda: on_hand(shop) == [10, 11])
    owner.keep_picture("stock-variant")

    page.goto(f"/staff/orders/{number}")
    page.click("details:has(form[action$='/refund']) > summary")
    page.fill("#amount", str(shop.row("SELECT total_minor FROM orders")["total_minor"] // 100))
    owner.keep_picture("order")
    press(page.locator("form[action$='/refund'] [type=submit]").first)
    press(page.locator("form[action$='/refund'] [type=submit]").first)
    refunded = "SELECT refunded_minor, total_minor FROM orders"
    eventually(lambda: (row := shop.row(refunded))["refunded_minor"] == row["total_minor"])
    for path in ("/staff/", "/staff/products", "/staff/stock", "/staff/categories", "/staff/products/import"):
        page.goto(path)
        examine(page, path)
    window.context.close()
    assert not window.complaints, window.complaints
    app = build(f"sqlite:///{shop.folder / 'shop.sqlite'}")
    with app.app_context():
        found = [finding for finding in consistency.examine() if not re.search("SELLER|MAIL|WAREHOUSE", str(finding))]
    assert found == []


def a_thousand_products() -> bytes:
    """Return a file of a thousand new products in two sizes, in a category that is new, too."""
    out = io.StringIO(newline="")
    rows = csv.writer(out, delimiter=";")
    of_product = ("slug", "sku", "status", "name_es", "description_es", "category", "category_name_es", "brand")
    rows.writerow([*of_product, "option1_name_es", "option1_value_es", "price", "stock"])
    for n in range(1, PRODUCTS + 1):
        product = ("published", f"Camiseta {n}", "Suave y fresca.", "ropa", "Ropa", "Propia", "Talla")
        for size in "SM":
            rows.writerow([f"camiseta-{n}", f"CAM-{n}-{size}", *product, size, "59.900", "10"])
    return out.getvalue().encode("utf-8-sig")


def test_a_thousand_products_by_one_file(empty_shop: tuple[Demo, Browser], examine: Examine) -> None:
    """The page shows how far the job is, and loads itself again until it is over."""
    shop, browser = empty_shop
    window = open_window(browser, shop.url, width=PHONE, ignore_https_errors=True)
    owner, page = Owner(window.page), window.page
    sign_in(page)
    page.goto("/staff/products/import")
    began = time.monotonic()
    owner.actions += 1
    page.set_input_files("#file", {"name": "ropa.csv", "mimeType": "text/csv", "buffer": a_thousand_products()})
    owner.press(page.locator("main form[enctype] [type=submit]"))
    expect(page.locator(".alert-info[role=status]")).to_contain_text("Esta página se actualiza sola.")
    with running_worker(shop):
        expect(page.locator(".alert-good[role=status]")).to_contain_text("Revisado.", timeout=PATIENCE_MS)
        examine(page, "a checked import")
        owner.press(page.locator("form[action$='/apply'] [type=submit]"))
        expect(page.locator(".alert-good[role=status]")).to_contain_text("Importado.", timeout=PATIENCE_MS)
    print(f"{PRODUCTS} products after {owner.actions} actions and {time.monotonic() - began:.1f} s")
    assert shop.row("SELECT count(*) AS n FROM products WHERE status = 'published'")["n"] == PRODUCTS
    assert shop.row("SELECT count(*) AS n, sum(on_hand) AS units FROM stock") == {"n": 2000, "units": 20_000}
    page.goto("/products/camiseta-1000")
    expect(page.locator("h1")).to_have_text("Camiseta 1000")
    window.context.close()
    assert not window.complaints, window.complaints
