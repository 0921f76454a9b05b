"""What a page costs the database."""

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
    for limit, address in (
        (3, "/"),
        (3, "/?q=cafe&category=nutricion"),
        (3, f"/products/{WHEY}"),
        (5, "/cart"),
        (1, "/terms"),
    ):
        with statements.at_most(limit):
            browser.get(address)
