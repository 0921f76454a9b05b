"""A phone with an app of codes, beside a browser."""

import html
import re

from storefront.clock import now
from storefront.services.accounts import one_time_codes
from tests.web.browser import Browser

STAFF, PASSWORD = "staff@example.com", "demo-Passw0rd!"


def shown_secret(browser: Browser) -> str:
    """Return the secret that the page shows beside the QR code."""
    found = re.search(r'<code class="secret">([A-Z2-7 ]+)</code>', browser.text)
    assert found, browser.text
    return found[1].replace(" ", "")


def code_of(secret: str, ahead: int = 0) -> str:
    """Return what the app shows now, or in so many steps of its clock."""
    return one_time_codes.code_at(secret, one_time_codes.step_of(now()) + ahead)


def sign_in(browser: Browser, path: str = "/staff/", email: str = STAFF, password: str = PASSWORD) -> None:
    """Give the password, as on a page that asked for it."""
    browser.get(f"/login?next={path}")
    browser.send("/login", email=email, password=password)


def set_up(browser: Browser) -> tuple[str, list[str]]:
    """Set the second factor of whoever is signed in up, and return its secret and the recovery codes."""
    browser.get("/staff/security")
    browser.send("/staff/security/offer")
    secret = shown_secret(browser)
    browser.send("/staff/security/new", one_time_code=code_of(secret))
    return secret, recovery_codes(browser)


def recovery_codes(browser: Browser) -> list[str]:
    """Return the recovery codes that the page shows."""
    return re.findall(r"<li><code>([0-9a-z]{5}-[0-9a-z]{5})</code>", html.unescape(browser.text))
