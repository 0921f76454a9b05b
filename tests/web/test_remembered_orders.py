"""Orders that a browser remembers are a guest's: they open nothing of an account, and do not outlive a sign-in."""

import re

from flask import Flask
from flask.testing import FlaskClient

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.customer import Customer
from storefront.domain.order import Order
from storefront.services.accounts import erasure
from tests.factories import WHEY
from tests.web.browser import Browser

PASSWORD = "demo-Passw0rd!"
SHOPPER = "shopper@example.com"


def order_by(browser: Browser) -> str:
    """Place an order and return its number."""
    browser.add(WHEY)
    browser.fill_shipping(email=SHOPPER)
    browser.get("/checkout/review")
    browser.pay()
    browser.get("/checkout/cancel")
    found = re.search(r"\d{4}-\d{2}-\d{4,}", browser.text)
    assert found
    return found[0]


def sign_in(browser: Browser) -> None:
    browser.get("/login")
    browser.send("/login", email=SHOPPER, password=PASSWORD)


def copied(app: Flask, browser: Browser) -> FlaskClient:
    """Return another browser with a copy of this one's cookie."""
    cookie = browser.client.get_cookie("shop")
    assert cookie is not None
    other = app.test_client()
    other.set_cookie("shop", cookie.value)
    return other


def everything_is_closed(client: FlaskClient, app: Flask, number: str) -> None:
    """See that no page of the order opens and that nothing can be done to it."""
    for page in ("", "/receipt", "/receipt.pdf", "/withdrawal"):
        assert client.get(f"/account/orders/{number}{page}").status_code == 404, page
    app.config["WTF_CSRF_ENABLED"] = False
    for action in ("/again", "/account", "/withdrawal", "/cancel"):
        assert client.post(f"/account/orders/{number}{action}", data={"password": "x"}).status_code == 404, action
    with app.app_context():
        public_id = db.session.scalar(db.select(Order.public_id).where(Order.number == number))
    assert client.post("/checkout/retry", data={"order": public_id}).status_code == 404
    assert number not in client.get("/checkout/cancel").get_data(as_text=True)


def test_a_cookie_from_before_logout_opens_nothing(app: Flask, browser: Browser) -> None:
    sign_in(browser)
    number = order_by(browser)
    assert browser.get(f"/account/orders/{number}").status_code == 200
    thief = copied(app, browser)
    browser.get("/account/profile")
    browser.send("/logout")
    everything_is_closed(thief, app, number)


def test_a_cookie_from_before_the_account_was_closed_opens_nothing(app: Flask, browser: Browser) -> None:
    """A closed account keeps its paid orders for the law, and for nobody else."""
    sign_in(browser)
    number = order_by(browser)
    thief = copied(app, browser)
    with app.app_context():
        owner = db.session.scalars(db.select(Customer.id).filter_by(email=SHOPPER)).one()
        with transaction():
            paid = {"payment_status": "paid", "status": "delivered", "paid_at": clock.now(), "payment_id": "pi_1"}
            db.session.execute(db.update(Order).values(**paid))
        erasure.erase(owner, password=PASSWORD)
    everything_is_closed(thief, app, number)


def test_a_guest_s_cookie_ends_where_an_account_begins(app: Flask, browser: Browser) -> None:
    """The order becomes an account's; the browser that placed it as a guest needs the password now."""
    number = order_by(browser)
    assert browser.get(f"/account/orders/{number}").status_code == 200
    with app.app_context(), transaction():
        owner = db.session.scalars(db.select(Customer).filter_by(email=SHOPPER)).one()
        db.session.execute(db.update(Order).values(customer_id=owner.id))
    everything_is_closed(copied(app, browser), app, number)


def test_signing_in_and_out_forget_what_a_guest_ordered(app: Flask, browser: Browser) -> None:
    number = order_by(browser)
    sign_in(browser)
    assert browser.get(f"/account/orders/{number}").status_code == 404
    browser.get("/account/profile")
    browser.send("/logout")
    assert browser.get(f"/account/orders/{number}").status_code == 404
