"""What a page costs the database."""

from flask import Flask

from storefront.database import db
from storefront.services import catalogue
from tests.factories import BAR, PLAN, WHEY
from tests.statements import Statements
from tests.web.browser import Browser
from tests.web.test_account import register


def test_pages_of_a_guest(browser: Browser, statements: Statements) -> None:
    for slug in (WHEY, BAR, PLAN):
        browser.add(slug)
    look_around(browser, statements)


def test_pages_of_a_customer(browser: Browser, statements: Statements) -> None:
    register(browser)
    for slug in (WHEY, BAR, PLAN):
        browser.add(slug)
    look_around(browser, statements)


def look_around(browser: Browser, statements: Statements) -> None:
    """Open the list, a product, the cart and the help, counting."""
    browser.get("/?q=agua")  # categories and the words of the catalogue are read once a minute
    for limit, address in (
        (2, "/"),
        (2, "/?q=cafe&category=nutricion"),
        (3, f"/products/{WHEY}"),
        (4, "/cart"),
        (1, "/terms"),
    ):
        with statements.at_most(limit):
            browser.get(address)


def test_changes_of_a_guests_cart(browser: Browser, statements: Statements) -> None:
    change_the_cart(browser, statements)


def test_changes_of_a_customers_cart(browser: Browser, statements: Statements) -> None:
    register(browser)
    change_the_cart(browser, statements)


def change_the_cart(browser: Browser, statements: Statements) -> None:
    """Add the first and the second product, and a coupon with a limit per person."""
    for slug in (WHEY, BAR):
        browser.get(f"/products/{slug}")
        with statements.at_most(6):
            assert browser.send("/cart/items", follow=False, quantity="1").status_code == 303
    browser.get("/cart/coupon")
    with statements.at_most(6):
        assert browser.send("/cart/coupon", follow=False, code="BIENVENIDO15").status_code == 303


def test_pressing_the_pay_button(browser: Browser, statements: Statements) -> None:
    register(browser)
    browser.add(WHEY, 2)
    browser.add(BAR)
    browser.fill_shipping()
    browser.get("/checkout/review")
    with statements.at_most(17):  # the sign-in and the cart as it was shown come before the order's fifteen
        assert browser.pay().status_code == 303


def test_shelves_are_counted_once_a_minute(app: Flask, statements: Statements) -> None:
    with app.app_context():
        catalogue.categories()
        with statements.at_most(0):
            catalogue.categories()
        db.session.remove()
