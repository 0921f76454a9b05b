"""What shoppers do, step by step, and the proof that a purchase is whole."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from storefront.clock import BOGOTA
from tests.e2e.browsing import press
from tests.e2e.demonstration import Demo, Row, eventually

PAYS = "4242 4242 4242 4242"
IS_DECLINED = "4000 0000 0000 0002"
ASKS_THE_BANK = "4000 0027 6000 3184"
CUSTOMER, PASSWORD = "shopper@example.com", "demo-Passw0rd!"

PRIMARY = "main form .button-primary[type=submit], main .button-primary[form]"
# Dates as the browser's regular expressions find them: there \w has no accents, so that it ends within "miércoles".
# Nothing is delivered at a weekend, so its days are not among them.
DELIVERY_DAY = {
    "es": r"(lunes|martes|miércoles|jueves|viernes)\s\d{1,2}\sde\s[a-z]+",
    "en": r"(Mon|Tues|Wednes|Thurs|Fri)day,\s[A-Z][a-z]+\s\d{1,2}",
}
_numbers = count(1)


def _new_email() -> str:
    return f"compra{next(_numbers)}@example.com"


@dataclass
class Shopper:
    """Somebody at a window of the shop."""

    page: Page
    demo: Demo
    email: str = field(default_factory=_new_email)

    @property
    def csrf_token(self) -> str:
        """Return the token of the page that is open."""
        return self.page.locator("[name=csrf_token]").first.input_value()

    def sign_in(self, email: str = CUSTOMER, password: str = PASSWORD) -> None:
        """Sign in on the page for it."""
        self.page.goto("/login")
        self.page.fill("#email", email)
        self.page.fill("#password", password)
        press(self.page.locator(PRIMARY))
        expect(self.page.locator("form[action='/logout']")).to_have_count(1)
        self.email = email
        if self.page.locator("html").get_attribute("lang") != self.page.evaluate("navigator.language.slice(0, 2)"):
            press(self.page.locator("form[action='/language'] [type=submit]"))  # the account speaks another language

    def put(self, slug: str, quantity: int = 1) -> None:
        """Put a product into the cart on its own page."""
        self.page.goto(f"/products/{slug}")
        if quantity != 1 or self.page.locator("#quantity").count():  # downloads have none
            self.page.fill("#quantity", str(quantity))
        press(self.page.locator("form.buy [type=submit]"))
        expect(self.page.locator("main [role=status] .alert-good")).to_be_visible()

    def have(self, slug: str, quantity: int = 1) -> None:
        """Have a product in the cart without the walk to it."""
        token = self.csrf_token if self.page.url.startswith(self.demo.url) else self._fresh_token()
        form = {"csrf_token": token, "product": slug, "quantity": str(quantity)}
        answer = self.page.request.post("/cart/items", form=form)
        assert answer.ok, answer.text()

    def _fresh_token(self) -> str:
        self.page.goto("/login")
        return self.csrf_token

    def apply_coupon(self, code: str) -> None:
        """Open the coupon's field on the cart and apply a code."""
        self.page.goto("/cart/coupon")
        self.page.fill("#code", code)
        press(self.page.locator("details.coupon form [type=submit]"))

    def fill_delivery(self, method: str = "standard") -> None:
        """Fill in who receives the parcel and where."""
        page = self.page
        if page.locator("#email").count():
            page.fill("#email", self.email)
        page.fill("#full_name", "Luz Marina Peña Ríos")
        page.fill("#phone", "300 123 4567")
        page.select_option("#department", "11")
        page.fill("#city", "Bogotá")
        page.fill("#street", "cra 7 # 12-34 apto 501")
        page.check(f"#method-{method}")

    def go_to_shipping(self) -> None:
        """Go on from the cart."""
        self.page.goto("/cart")
        press(self.page.locator("a.button-primary[href='/checkout/shipping']"))

    def go_to_review(self, method: str = "standard") -> None:
        """Walk from the cart to the last look; a price that the address changes is seen and confirmed."""
        self.go_to_shipping()
        page = self.page
        if page.url.endswith("/checkout/review"):  # a signed-in buyer of digital goods has nothing to fill in
            return
        if page.locator("#full_name").count():
            self.fill_delivery(method)
        else:
            page.fill("#email", self.email)
        press(page.locator(PRIMARY))
        if page.url.endswith("/checkout/shipping"):
            press(page.locator(PRIMARY))
        expect(page).to_have_url(re.compile("/checkout/review$"))

    def review_total(self) -> str:
        """Return the total that the page shows."""
        return self.page.locator("#summary-total").text_content() or ""  # it may be folded

    def go_to_payment(self) -> str:
        """Press the paying button, check that both pages name the same amount, and return the session's id."""
        page = self.page
        total = self.review_total()
        if page.locator("#consent").count():
            page.check("#consent")
        expect(page.locator(PRIMARY)).to_contain_text(total)
        press(page.locator(PRIMARY))
        expect(page).to_have_url(re.compile(re.escape(self.demo.simulator)))
        expect(page.locator(".amount")).to_have_text(total)
        return self.session_id

    def begin(self, slug: str, quantity: int = 1, method: str = "standard") -> str:
        """Buy one product up to the payment page."""
        self.have(slug, quantity)
        self.go_to_review(method)
        return self.go_to_payment()

    @property
    def session_id(self) -> str:
        """Return the session of the payment page or of the success page."""
        parts = urlsplit(self.page.url)
        given = parse_qs(parts.query).get("session_id")
        return given[0] if given else parts.path.split("/")[3]

    def pay(self, card: str = PAYS) -> None:
        """Fill in a card on the payment page and press its button."""
        page = self.page
        page.fill("#number", card)
        page.fill("#expiry", "12 / 34")
        page.fill("#cvc", "123")
        page.fill("#name", "Luz Marina Peña")
        press(page.locator("button.main"))

    def see_paid(self) -> Row:
        """See the thank-you page and return the order as the database has it."""
        expect(self.page).to_have_url(re.compile("/checkout/success"))
        expect(self.page.locator(".outcome-good h1")).to_be_visible()
        order = self.demo.order_of_session(self.session_id)
        expect(self.page.locator(".order-number")).to_contain_text(number_of(order))
        return order

    def cart_count(self) -> int:
        """Return the units that the header of a fresh page tells."""
        self.page.goto("/cart")
        return int(re.findall(r"\d+", self.page.locator("#cart-count").inner_text())[0])


def number_of(order: Row) -> str:
    """Return the order's number as people read it."""
    placed_at = datetime.fromisoformat(order["placed_at"]).replace(tzinfo=UTC).astimezone(BOGOTA)
    return f"{placed_at:%Y-%m}-{order['id']:04d}"


def confirmations(page: Page, order: Row) -> list[str]:
    """Return the addresses of the mailbox's letters that confirm an order."""
    mailbox = page.request.get("/dev/mailbox").text()
    wanted = rf'href="(/dev/mailbox/[^"]+)">[^<]*\b{number_of(order)} (?:confirmado|confirmed)'
    return re.findall(wanted, mailbox)


def prove_paid(shopper: Shopper, order: Row, **bought: int) -> None:
    """Check that a purchase is whole: order, stock, ledger, one mail, and a cart without what was bought.

    `bought` is the units by product, with `_` for `-`. Others move the stock too, so it is held against its ledger.
    """
    demo = shopper.demo
    assert (order["status"], order["payment_status"], order["email"]) == ("confirmed", "paid", shopper.email)
    for name, quantity in bought.items():
        slug = name.replace("_", "-")
        assert demo.is_balanced(slug)
        assert demo.ledger(order, slug) == [("hold", 0, quantity), ("sale", -quantity, -quantity)]
    assert not demo.rows("SELECT 1 FROM stock_holds WHERE order_id = ?", order["id"])
    assert shopper.cart_count() == 0
    emails_sent = eventually(lambda: confirmations(shopper.page, order))
    written = demo.rows("SELECT key FROM outbox WHERE order_id = ? AND template = 'order_confirmed'", order["id"])
    assert len(emails_sent) == len(written) == 1
