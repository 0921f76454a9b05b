"""What must have happened before a job: purchases, letters to answer, colleagues. Nothing of it is measured."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import requests

from storefront import clock
from storefront.enums import StaffRole
from tests.e2e.demonstration import Demo, Row, eventually
from tests.e2e.shopping import PASSWORD, number_of

OWNER = "staff@example.com"
SHAKER, GUIDE, PLAN = "shaker-600ml", "guia-movilidad-15-minutos", "fitaiid-premium-mensual"
ADDRESS = {
    "firstName": "Luz Marina",
    "lastName": "Peña Ríos",
    "phone": "+573001234567",
    "street": "Carrera 7 # 12-34, apto 501",
    "city": "Bogotá",
    "state": "Bogotá D.C.",
    "country": "Colombia",
}
_numbers = count(1)


def next_number() -> int:
    """Return a number that nothing has yet."""
    return next(_numbers)


@dataclass
class Buyer:
    """A customer with a confirmed address, and the token of their app."""

    email: str
    token: str


@dataclass
class Stage:
    """The demonstration behind the window, with an owner who prepares things at a desk of their own."""

    demo: Demo
    owner: "Visitor" = field(init=False)
    signed_out: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.owner = Visitor(self.demo)
        self.owner.send("/login", email=OWNER, password=PASSWORD)
        whose = "SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.slug = ?"
        shelf = f"/staff/stock/{self.demo.row(whose, SHAKER)['id']}"
        self.owner.send(shelf, shelf, reason="received", units="3000")

    def send_back(self, address: str, units: int) -> None:
        """Take units off the stock of a variant again, so that what is sold out stays so for other tests."""
        shelf = address.removeprefix(self.demo.url).partition("?")[0]
        self.owner.send(shelf, shelf, reason="corrected", units=f"-{units}", stock_note="written down by mistake")

    def buyer(self, name: str = "Luz") -> Buyer:
        """Return somebody new."""
        email = f"{name.lower()}.{next_number()}@example.com"
        account = {"email": email, "password": "trote-lluvia-guayaba", "firstName": name, "lastName": "Peña Ríos"}
        answer = requests.post(f"{self.demo.url}/api/auth/register", json=account, timeout=30)
        assert answer.status_code == 201, answer.text
        self.demo.write("UPDATE customers SET email_verified_at = created_at WHERE email = ?", email)
        return Buyer(email, answer.json()["accessToken"])

    def unpaid(self, *goods: tuple[str, int], buyer: Buyer | None = None, **more: Any) -> tuple[str, str]:
        """Return the number of an order that waits for its payment, and its session."""
        buyer = buyer or self.buyer()
        purchase = {
            "items": [{"productId": slug, "quantity": n} for slug, n in goods or [(SHAKER, 2)]],
            "shippingAddress": ADDRESS,
            "successUrl": f"{self.demo.url}/checkout/success",
            "cancelUrl": f"{self.demo.url}/checkout/cancel",
            "digitalConsent": True,
            **more,
        }
        answer = self.ask(buyer, "POST", "/api/checkout/create-session", purchase)
        return answer["orderNumber"], answer["sessionId"]

    def order(self, *goods: tuple[str, int], buyer: Buyer | None = None, **more: Any) -> str:
        """Return the number of a paid order, two shakers unless other goods are named."""
        number, session = self.unpaid(*goods, buyer=buyer, **more)
        self.pay(session)
        eventually(lambda: self.row_of(number)["payment_status"] == "paid")
        return number

    def send_what_waits(self) -> None:
        """Send every order that is to be sent, so that *Hoy* begins with the next one."""
        waiting = "s.state = 'to_prepare' AND o.status IN ('confirmed', 'processing') AND o.review_reason IS NULL"
        rows = self.demo.rows(f"SELECT o.* FROM orders o JOIN shipments s ON s.order_id = o.id WHERE {waiting}")
        numbers = [number_of(row) for row in rows if row["shipping_method"] != "pickup"]
        if numbers:
            pasted = "\n".join(f"{number}, G{number}" for number in numbers)
            self.owner.send("/staff/orders/ship", carrier="tcc", list=pasted, apply="1")
        for number in (number_of(row) for row in rows if row["shipping_method"] == "pickup"):
            self.owner.send(f"/staff/orders/{number}", f"/staff/orders/{number}/ready")

    def pay(self, session: str) -> None:
        """Pay a session."""
        self.demo.sim(f"pay/{session}")

    def held(self) -> str:
        """Return the number of an order of which another amount was paid."""
        number, session = self.unpaid()
        more = "UPDATE orders SET shipping_minor = shipping_minor + 100000, total_minor = total_minor + 100000"
        self.demo.write(f"{more} WHERE id = ?", id_of(number))
        self.pay(session)
        eventually(lambda: self.row_of(number)["review_reason"])
        return number

    def sent(self, *goods: tuple[str, int], buyer: Buyer | None = None) -> str:
        """Return the number of an order that is on its way."""
        number = self.order(*goods, buyer=buyer)
        self.owner.send(f"/staff/orders/{number}", f"/staff/orders/{number}/ship", carrier="tcc", guide=f"G{number}")
        assert self.row_of(number)["status"] == "shipped"
        return number

    def wanted_back(self) -> tuple[str, Buyer]:
        """Return the number of an order that arrived and whose buyer wants to give a unit back."""
        buyer = self.buyer()
        number = self.sent(buyer=buyer)
        self.owner.send(f"/staff/orders/{number}", f"/staff/orders/{number}/deliver")
        order = self.ask(buyer, "GET", f"/api/orders/{number}")
        lines = [{"lineId": order["lines"][0]["lineId"], "quantity": 1}]
        self.ask(buyer, "POST", f"/api/orders/{order['orderId']}/withdrawal", {"lines": lines, "reason": "Muy pequeño"})
        return number, buyer

    def plan(self) -> tuple[str, Buyer]:
        """Return the number of the order that began a plan, and whose it is."""
        buyer = self.buyer("Sol")
        number = self.order((PLAN, 1), buyer=buyer)
        eventually(lambda: self.demo.rows("SELECT 1 FROM subscriptions WHERE order_id = ?", id_of(number)))
        return number, buyer

    def petition(self) -> str:
        """Return the number of a complaint that waits for its answer."""
        text = "El tapete llegó roto."
        who = {"full_name": "Ana Gómez", "email": f"ana.{next_number()}@example.com"}
        told = Visitor(self.demo).send("/pqr", filing_kind="complaint", request_text=text, **who)
        found = re.search(r"PQR-\d{4}-\d\d-\d+", told)
        assert found, told
        return found[0]

    def review(self) -> None:
        """Let a buyer write a review that nobody has read yet."""
        buyer = self.buyer()
        number = self.sent(buyer=buyer)
        self.owner.send(f"/staff/orders/{number}", f"/staff/orders/{number}/deliver")
        written = {"stars": 4, "title": "Bien", "text": "Cierra bien y no gotea.", "orderId": number}
        self.ask(buyer, "POST", f"/api/products/{SHAKER}/reviews", written)

    def lost_mail(self) -> None:
        """Let the shop have given up on a mail."""
        number = self.order()
        gone = "dead_at = created_at, sent_at = NULL, error = 'mailbox unknown'"
        eventually(lambda: self.demo.rows("SELECT 1 FROM outbox WHERE order_id = ? AND sent_at", id_of(number)))
        self.demo.write(f"UPDATE outbox SET {gone} WHERE order_id = ?", id_of(number))

    def looked_in_vain(self, word: str) -> None:
        """Let shoppers have searched for a word that no product has."""
        requests.get(f"{self.demo.url}/", params={"q": word}, timeout=30)
        eventually(lambda: self.demo.rows("SELECT 1 FROM search_misses WHERE query = ?", word))

    def runs_low(self, slug: str, *, at: int) -> None:
        """Let a product count as running low at so many units."""
        variant = "SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.slug = ?"
        self.demo.write(f"UPDATE variants SET low_stock_at = ? WHERE id IN ({variant})", at, slug)

    def forget_second_factor(self, email: str) -> None:
        """Take somebody's second factor away, as if it had never been set up."""
        whose = "customer_id = (SELECT id FROM customers WHERE email = ?)"
        self.demo.write(f"DELETE FROM recovery_codes WHERE {whose}", email)
        self.demo.write(f"DELETE FROM second_factors WHERE {whose}", email)

    def colleague(self, role: StaffRole, *, has_second_factor: bool = False) -> str:
        """Return the address of somebody new who works here."""
        email = f"{role}.{next_number()}@example.com"
        self.confirm_logins()
        self.owner.send("/staff/team", "/staff/team/invite", email=email, role=role)
        same = "SELECT password_hash FROM customers WHERE email = 'shopper@example.com'"
        now = f"{clock.now():%Y-%m-%d %H:%M:%S.%f}"
        self.demo.write(
            f"UPDATE customers SET email_verified_at = ?, password_hash = ({same}) WHERE email = ?", now, email
        )
        if has_second_factor:
            values = "SELECT id, 'x', ?, 0, 'x' FROM customers WHERE email = ?"
            columns = "customer_id, secret, confirmed_at, last_step, salt"
            self.demo.write(f"INSERT INTO second_factors ({columns}) {values}", now, email)
        assert self.demo.row("SELECT staff_role FROM customers WHERE email = ?", email)["staff_role"] == role
        return email

    def end_sign_ins(self, email: str) -> None:
        """End every sign-in of somebody, as an hour without a click does."""
        whose = "customer_id = (SELECT id FROM customers WHERE email = ?)"
        self.demo.write(f"UPDATE logins SET expires_at = created_at WHERE {whose}", email)
        self.signed_out.add(email)

    def confirm_logins(self, *, minutes_ago: int = 0) -> None:
        """Let everybody who is signed in have given their password so long ago."""
        at = clock.now() - timedelta(minutes=minutes_ago)
        self.demo.write("UPDATE logins SET confirmed_at = ?", f"{at:%Y-%m-%d %H:%M:%S.%f}")

    def row_of(self, number: str) -> Row:
        """Return an order's row."""
        row = self.demo.row("SELECT * FROM orders WHERE id = ?", id_of(number))
        assert number_of(row) == number
        return row

    def ask(self, buyer: Buyer, method: str, path: str, body: Any = None) -> Any:
        """Return what the JSON interface answers a buyer."""
        bearer = {"Authorization": f"Bearer {buyer.token}"}
        answer = requests.request(method, f"{self.demo.url}{path}", json=body, headers=bearer, timeout=30)
        assert answer.ok, answer.text
        return answer.json()


class Visitor:
    """Somebody who sends forms without looking at them."""

    def __init__(self, demo: Demo) -> None:
        self._url, self._line = demo.url, requests.Session()

    def send(self, page: str, action: str = "", **values: Any) -> str:
        """Send a form of a page, with what its fields hold already, and return the page that answers."""
        shown = self._line.get(f"{self._url}{page}", timeout=30).text
        form = next(part for part in shown.split("<form")[1:] if f'action="{action or page}' in part.split(">")[0])
        hidden = re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form.split("</form>")[0])
        answer = self._line.post(f"{self._url}{action or page}", data=dict(hidden) | values, timeout=30)
        assert answer.ok, (page, action, answer.status_code)
        return answer.text


def id_of(number: str) -> int:
    """Return the key behind an order's number."""
    return int(number.rsplit("-", 1)[1])
