"""What visitors do, request by request; each answer is looked at before the next is asked for."""

import hashlib
import hmac
import itertools
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import Engine, event

from benchmarks.goods import FIRST_SLUG, item, variant_id
from benchmarks.load import Answer, Visitor, expect, request
from benchmarks.rig import SECRET
from storefront.seed.loader import DEMO_PASSWORD

_ADDRESS = {
    "firstName": "Ana", "lastName": "Ruiz", "street": "Calle 123 #45-67", "city": "Bogotá", "state": "Cundinamarca",
    "zipCode": "110111", "country": "Colombia", "phone": "+573001234567",
}  # fmt: skip
_numbers = itertools.count(1)
Item = Mapping[str, str]


def visitor_address() -> str:
    """Return another network's address each time, as visitors have."""
    n = next(_numbers)
    return f"10.{n % 250}.{n // 250 % 250}.{n // 62500 % 250 + 1}"


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that waits for its payment."""

    order_id: str
    session_id: str
    total: int


def read(path: str, *parts: bytes, token: str = "", cookie: bool = True) -> Visitor:
    """Read one address again and again, as one browser or one phone."""
    headers = {"X_Forwarded_For": visitor_address()}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    while True:
        answer = expect((yield request("GET", path, **headers)), 200, *parts)
        if cookie and (kept := _cookie(answer)):
            headers["Cookie"] = kept
        if not cookie:  # a phone may ask only so often, and these are many
            headers["X_Forwarded_For"] = visitor_address()


def add_to_cart(number: int, products: int, variants: int = 1) -> Visitor:
    """Put one product after the other into a guest's cart, with the form of its page, which names the variant."""
    places = [1 + (number * 31 + n) % products for n in range(20)]
    bought = itertools.cycle([variant_id(place, place % variants) for place in places])
    headers = {"X_Forwarded_For": visitor_address()}
    page = expect((yield request("GET", f"/products/{FIRST_SLUG}", **headers)), 200)
    headers["Cookie"] = _cookie(page)
    found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page.body)
    assert found
    while True:
        headers["X_Forwarded_For"] = visitor_address()
        body = b"csrf_token=" + found[1] + f"&product={next(bought)}&quantity=1".encode()
        kind = "application/x-www-form-urlencoded"
        answer = expect((yield request("POST", "/cart/items", body, Content_Type=kind, **headers)), 303)
        headers["Cookie"] = _cookie(answer) or headers["Cookie"]


def cart_page(number: int, products: int) -> Visitor:
    """Look again and again at a cart with one product."""
    adding = add_to_cart(number, products)
    asked, cookie = next(adding), b""
    for _ in range(2):  # the product's page, and its form
        answer = yield asked
        asked = adding.send(answer)
        cookie = _cookie(answer).encode() or cookie
    while True:
        asked = request("GET", "/cart", Cookie=cookie.decode(), X_Forwarded_For=visitor_address())
        expect((yield asked), 200, b"articulo-")


def staff_reads(path: str, *parts: bytes) -> Visitor:
    """Sign in as the owner of the demonstration's seed, and read one page of the back office again and again."""
    headers = {"X_Forwarded_For": visitor_address()}
    page = expect((yield request("GET", "/login", **headers)), 200)
    headers["Cookie"] = _cookie(page)
    found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page.body)
    assert found
    body = urlencode({"csrf_token": found[1].decode(), "email": "staff@example.com", "password": DEMO_PASSWORD})
    kind = "application/x-www-form-urlencoded"
    answer = expect((yield request("POST", "/login", body.encode(), Content_Type=kind, **headers)), 303)
    headers["Cookie"] = _cookie(answer)
    while True:
        expect((yield request("GET", path, **headers)), 200, *parts)


def coupon(token: str) -> Visitor:
    """Ask what a coupon is worth."""
    body = {"couponCode": "FIT10", "items": [{"productId": FIRST_SLUG, "quantity": 2}]}
    while True:
        expect((yield _post("/api/checkout/apply-coupon", body, token)), 200, b'"valid"')


def shipping(token: str) -> Visitor:
    """Ask what delivery costs."""
    body = {"city": "Cali", "items": [{"productId": FIRST_SLUG, "quantity": 2}]}
    while True:
        expect((yield _post("/api/checkout/calculate-shipping", body, token)), 200, b'"estimatedDelivery"')


def order(
    tokens: Iterator[str], items: Iterator[Item], placed: list[Placed], most: int = 10**9, *, variants: int = 1
) -> Visitor:
    """Open payment pages for two products each, for another customer each time."""
    for _ in range(most):
        body = purchase(next(items), item(2, variants))
        answer = expect((yield _post("/api/checkout/create-session", body, next(tokens))), 201)
        placed.append(placed_order(answer))


def pay(placed: list[Placed]) -> Visitor:
    """Tell the shop that what was placed is paid, as Stripe does."""
    while placed:
        expect((yield payment_event(placed.pop())), 200, b'"received"')


def whole_checkout(tokens: Iterator[str], slugs: Iterator[str]) -> Visitor:
    """Fill the cart, try a coupon, see the freight, open the page, pay, and see it paid; six requests."""
    while True:
        token, slug = next(tokens), next(slugs)
        path = f"/api/cart/items/{slug}"
        expect((yield send("PUT", path, {"quantity": 1}, token)), 200)
        items = [{"productId": slug, "quantity": 1}]
        expect((yield _post("/api/checkout/apply-coupon", {"couponCode": "FIT10", "items": items}, token)), 200)
        expect((yield _post("/api/checkout/calculate-shipping", {"city": "Cali", "items": items}, token)), 200)
        body = purchase(couponCode="FIT10")
        made = placed_order(expect((yield _post("/api/checkout/create-session", body, token)), 201))
        expect((yield payment_event(made)), 200)
        expect((yield status(made, token)), 200, b'"paid"')


def order_status(token: str, slug: str) -> Visitor:
    """Place and pay one order and ask again and again how it stands; of an unpaid one the shop also asks Stripe."""
    body = purchase({"productId": slug}, item(2))
    made = placed_order(expect((yield _post("/api/checkout/create-session", body, token)), 201))
    expect((yield payment_event(made)), 200)
    while True:
        expect((yield status(made, token)), 200, b'"paid"')


def status(placed: Placed, token: str) -> bytes:
    """Return the question whether a page is paid."""
    path = f"/api/checkout/session/{placed.session_id}"
    return request("GET", path, Authorization=f"Bearer {token}", X_Forwarded_For=visitor_address())


def purchase(*bought: Item, **more: object) -> dict[str, object]:
    """Return the body of a create-session; without items it buys the stored cart."""
    items = {"items": [{**one, "quantity": 1} for one in bought]} if bought else {}
    urls = {"successUrl": "fitaiid://paid", "cancelUrl": "fitaiid://cart"}
    return {**items, "shippingAddress": _ADDRESS, "shippingMethod": "standard", **urls, **more}


def placed_order(answer: Answer) -> Placed:
    """Return the order that a create-session made."""
    said = json.loads(answer.body)
    return Placed(said["orderId"], said["sessionId"], said["quote"]["total"])


def payment_event(placed: Placed) -> bytes:
    """Return the signed event with which Stripe says that an order is paid; the same one each time."""
    subject = {
        "id": placed.session_id, "object": "checkout.session", "amount_subtotal": placed.total,
        "amount_total": placed.total, "client_reference_id": placed.order_id, "currency": "cop",
        "customer_details": {"email": "ana@example.com", "name": "Ana Ruiz"}, "expires_at": int(time.time()) + 1860,
        "livemode": False, "metadata": {"order_id": placed.order_id, "order_number": "", "quote": ""},
        "mode": "payment", "payment_intent": f"pi_{placed.session_id}", "payment_status": "paid",
        "status": "complete", "url": None,
    }  # fmt: skip
    told = {
        "id": f"evt_{placed.session_id}", "object": "event", "api_version": "2026-10-28.endive",
        "created": int(time.time()), "data": {"object": subject}, "livemode": False, "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None}, "type": "checkout.session.completed",
    }  # fmt: skip
    body, at = json.dumps(told).encode(), int(time.time())
    mark = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    kind = {"Content_Type": "application/json", "Stripe_Signature": f"t={at},v1={mark}"}
    return request("POST", "/api/checkout/webhook", body, **kind)


def _post(path: str, body: dict[str, object], token: str) -> bytes:
    return send("POST", path, body, token)


def send(method: str, path: str, body: dict[str, object], token: str) -> bytes:
    """Return a request with a JSON body of somebody who is signed in."""
    headers = {"Authorization": f"Bearer {token}", "X_Forwarded_For": visitor_address()}
    return request(method, path, json.dumps(body).encode(), Content_Type="application/json", **headers)


def _cookie(answer: Answer) -> str:
    found = re.search(rb"(?i)set-cookie: *([^;\r\n]+)", answer.head)
    return found[1].decode() if found else ""


def statements(app: Flask, engine: Engine, visitor: Callable[[], Visitor], requests: int) -> int:
    """Return how many statements the last of a visitor's requests costs, asked of the same shop in this process."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    client, going = app.test_client(use_cookies=False), visitor()
    try:
        asked = next(going)
        for _ in range(requests):
            sent.clear()
            answer = _ask_here(client, asked)
            try:
                asked = going.send(answer)
            except StopIteration:
                break
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(sent)


def _ask_here(client, asked: bytes) -> Answer:  # type: ignore[no-untyped-def]
    head, _, body = asked.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in rest)
    said = client.open(path, method=method, headers=headers, data=body)
    lines = "\r\n".join(f"{name}: {value}" for name, value in said.headers.items())
    return Answer(said.status_code, lines.encode(), said.data, 0.0)
