"""One shopping script through the pages and through the JSON API: identical quotes, orders, stock and mails."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from flask import Flask

from storefront.database import db
from storefront.domain.cart import CartLine
from storefront.domain.inventory import Stock, StockMovement
from storefront.domain.order import Order, OrderEvent, OrderLine
from storefront.domain.outbox import OutboxMail
from storefront.services.mail import mail_delivery
from tests.api.conftest import PASSWORD, URLS, Phone
from tests.conftest import _opened, build
from tests.fakes import FakeGateway
from tests.web.browser import Browser

EMAIL = "ana@example.com"
WHEY, BAR, GUIDE = "whey-protein-2lb", "barra-dominadas-puerta", "guia-movilidad-15-minutos"
SHIRT = "camiseta-secado-rapido"


class Interface(Protocol):
    """What a shopper can do at either interface; a purchase is named by its payment page."""

    def register(self) -> None: ...

    def put(self, slug: str, quantity: int) -> None: ...

    def put_variant(self, slug: str, *values: str) -> None: ...

    def coupon(self, code: str) -> None: ...

    def ship(self, method: str, document: tuple[str, str] = ("", "")) -> None: ...

    def pay(self, *, notes: str, consent: bool) -> str: ...

    def come_back(self, session_id: str) -> None: ...

    def try_again(self) -> str: ...


class Pages:
    """The interface of browsers."""

    def __init__(self, app: Flask) -> None:
        self.browser = Browser(app.test_client())

    def register(self) -> None:
        self.browser.get("/register")
        self.browser.send("/register", email=EMAIL, password=PASSWORD, first_name="Ana María", last_name="Gómez Ruiz")

    def put(self, slug: str, quantity: int) -> None:
        self.browser.add(slug, quantity)

    def put_variant(self, slug: str, *values: str) -> None:
        self.browser.get(f"/products/{slug}")
        for value in values:
            link = re.search(
                rf'class="option-value[^>]+href="([^"#]+)[^>]+>\s*<span[^>]*>{value}</span>', self.browser.text
            )
            assert link is not None
            self.browser.get(link[1])
        self.browser.send("/cart/items", quantity="1")

    def coupon(self, code: str) -> None:
        self.browser.get("/cart")
        self.browser.send("/cart/coupon", code=code)

    def ship(self, method: str, document: tuple[str, str] = ("", "")) -> None:
        typed = {"method": method, "document_type": document[0], "document_number": document[1]}
        self.browser.fill_shipping(**typed)
        if "/checkout/shipping" in self.browser.page.request.path:
            self.browser.fill_shipping(**typed)  # the price for this place was shown first

    def pay(self, *, notes: str, consent: bool) -> str:
        self.browser.get("/checkout/review")
        ticked = {"consent": "y"} if consent else {}
        return self.browser.pay(notes=notes, **ticked).location.rsplit("/", 1)[-1]

    def come_back(self, session_id: str) -> None:
        assert self.browser.get(f"/checkout/success?session_id={session_id}").status_code == 200

    def try_again(self) -> str:
        self.browser.get("/checkout/cancel")
        return self.browser.send("/checkout/retry", follow=False).location.rsplit("/", 1)[-1]


class Api:
    """The interface of phones."""

    def __init__(self, app: Flask) -> None:
        self.phone = Phone(app.test_client())

    def register(self) -> None:
        names = {"firstName": "Ana María", "lastName": "Gómez Ruiz"}
        body = {"email": EMAIL, "password": PASSWORD, **names}
        self.phone.take(self.phone.post("/api/auth/register", body).json)
        self.address = {**names, "phone": "300 123 4567", "street": "cra 7 12 34", "city": "medellin", "state": "05"}

    def put(self, slug: str, quantity: int) -> None:
        assert self.phone.put(f"/api/cart/items/{slug}", {"quantity": quantity}).status_code == 200

    def put_variant(self, slug: str, *values: str) -> None:
        variants = self.phone.get(f"/api/products/{slug}").json["variants"]
        variant = next(one for one in variants if sorted(one["options"].values()) == sorted(values))
        assert self.phone.put(f"/api/cart/items/{variant['variantId']}", {"quantity": 1}).status_code == 200

    def coupon(self, code: str) -> None:
        assert self.phone.put("/api/cart/coupon", {"couponCode": code}).status_code == 200

    def ship(self, method: str, document: tuple[str, str] = ("", "")) -> None:
        typed = {"type": document[0], "number": document[1]} if document[0] else None
        body = {"shippingMethod": method, "shippingAddress": self.address, "buyerDocument": typed}
        assert self.phone.put("/api/cart/shipping", body).status_code == 200

    def pay(self, *, notes: str, consent: bool) -> str:
        seen = self.phone.get("/api/cart").json["quote"]["total"]
        body = {**URLS, "customerNotes": notes, "digitalConsent": consent, "expectedTotal": seen}
        started = self.phone.post("/api/checkout/create-session", body)
        assert started.status_code == 201, started.json
        assert started.json["quote"]["total"] == seen
        return str(started.json["sessionId"])

    def come_back(self, session_id: str) -> None:
        assert self.phone.get(f"/api/checkout/session/{session_id}").status_code == 200

    def try_again(self) -> str:
        waiting = self.phone.get("/api/orders?status=pending").json["items"][0]
        return str(self.phone.post(f"/api/orders/{waiting['orderId']}/pay", URLS).json["sessionId"])


def shop_for(interface: Interface, app: Flask) -> None:
    """Register, buy with coupon after turning back once, buy again in a hurry, and let a third order run out."""
    gateway: FakeGateway = app.extensions["payments"]
    interface.register()
    interface.put(WHEY, 2)
    interface.put(BAR, 1)
    interface.put_variant(SHIRT, "L", "negro")
    interface.put_variant(SHIRT, "M", "naranja")
    interface.coupon("fit10")
    interface.ship("express", ("NIT", "800.197.268-4"))
    first = interface.pay(notes="Portería", consent=False)
    interface.come_back(first)
    again = interface.try_again()
    gateway.pay(again)
    interface.come_back(again)
    interface.put(GUIDE, 1)
    gateway.pay(digital := interface.pay(notes="", consent=True))
    interface.come_back(digital)
    interface.put(WHEY, 1)
    interface.ship("standard")
    abandoned = interface.pay(notes="", consent=False)
    with app.app_context():
        gateway.close_checkout(abandoned)
    interface.come_back(abandoned)


@pytest.fixture
def shops(sqlite_template: Path, tmp_path: Path) -> Iterator[list[Flask]]:
    """Return two shops that begin alike."""
    found = []
    for name in ("pages", "api"):
        path = tmp_path / f"{name}.sqlite"
        path.write_bytes(sqlite_template.read_bytes())
        found.append(build(f"sqlite:///{path}"))
    yield found
    for app in found:
        list(_opened(app))


def test_both_interfaces_lead_to_the_same_shop(shops: list[Flask]) -> None:
    pages, api = shops
    shop_for(Pages(pages), pages)
    shop_for(Api(api), api)
    left, right = outcome(pages), outcome(api)
    assert left.keys() == right.keys()
    for name, value in left.items():
        assert value == right[name], name
    assert [order["status"] for order in left["orders"]] == ["confirmed", "confirmed", "cancelled"]
    assert [order["document_number"] for order in left["orders"]] == ["800197268-4", "800197268-4", None]
    assert len(left["mails"]) >= 3
    assert {"CAM-SEC-NEG-L", "CAM-SEC-NAR-M"} < {line["sku"] for line in left["lines"]}


def outcome(app: Flask) -> dict[str, Any]:
    """Return everything that must be the same; ids, secrets and moments are each shop's own."""
    gateway: FakeGateway = app.extensions["payments"]
    with app.app_context():
        mail_delivery.deliver_due()
        found = {
            "orders": rows(Order, "public_id", "token", "checkout_key", "customer_id", "payment_id", "placed_at",
                           "hold_until", "paid_at", "consent"),
            "lines": rows(OrderLine),
            "steps": rows(OrderEvent, "at"),
            "stock": rows(Stock),
            "movements": rows(StockMovement, "at"),
            "cart": rows(CartLine),
            "mails": [(mail["template"], mail["recipient"], mail["language"]) for mail in rows(OutboxMail)],
            "payments": [
                (page.lines, page.discount_minor, page.shipping_minor, page.total_minor, page.email, page.language,
                 page.order_number, page.shipping_name, page.quote_hash)
                for page in gateway.requests.values()
            ],
            "emails": [(email.to, email.subject) for email in app.extensions["mailer"].emails_sent],
        }  # fmt: skip
        db.session.remove()
    return found


def rows(table: Any, *own: str) -> list[dict[str, Any]]:
    """Return a table's rows without the columns that are each shop's own."""
    columns = [column for column in table.__table__.columns if column.name not in own]
    order = list(table.__table__.primary_key)
    return [dict(row._mapping) for row in db.session.execute(db.select(*columns).order_by(*order))]
