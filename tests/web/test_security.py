"""Headers on every answer, redirects that stay here, and forms of other sites."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import WHEY
from tests.web.browser import Browser

NEEDED = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}
OUTSIDE = [
    "//evil.test", "///evil.test", "/\\evil.test", "\\/evil.test", "\\\\evil.test", "https://evil.test", "http:x",
    "javascript:alert(1)", "/\t/evil.test", "\t//evil.test", "/%0d\r\nSet-Cookie:x=1", " /x", "evil.test", "@evil.test",
    "/\u2028/evil.test", "//[evil", "/" + "x" * 600, "data:text/html,x", "", "\x00/",
]  # fmt: skip


def addresses(app: Flask) -> list[str]:
    """Return one address for every rule that can be asked by GET, and some that lead to errors."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods]
    filled = [re.sub(r"<[^>]+>", "x", rule.rule) for rule in rules]
    return [*filled, "/nada", "/cart/items", "/api/nada"]


def test_every_answer_has_its_headers(app: Flask, client: FlaskClient) -> None:
    for address in addresses(app):
        answer = client.get(address)
        for name, value in NEEDED.items():
            assert answer.headers.get(name) == value, (address, name)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, address
        assert "frame-ancestors 'none'" in policy, address
        assert "unsafe-inline" not in policy.split("script-src")[-1].split(";")[0], address
        assert answer.headers["X-Request-ID"], address
        assert answer.headers["Cache-Control"], address
        answer.close()


def test_pages_are_never_kept_by_caches(app: Flask, client: FlaskClient) -> None:
    for address in ("/cart", "/login", f"/products/{WHEY}", "/nada", "/checkout/cancel"):
        assert client.get(address).headers["Cache-Control"] == "no-store"


def test_forms_may_lead_to_the_payment_page(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "form-action 'self' https://checkout.stripe.com" in policy


def test_no_inline_script_or_style(browser: Browser) -> None:
    browser.add(WHEY)
    for address in ("/", f"/products/{WHEY}", "/cart", "/checkout/shipping", "/login", "/nada"):
        browser.get(address)
        assert not re.search(
            r"<script(?![^>]*\bsrc=)(?! type=\"application/ld\+json\")|<style|\sstyle=|\son\w+=|javascript:",
            browser.text,
        )
        # Links are followed by people, and the page's own addresses by search engines, not by the page.
        loaded = re.sub(r'<a\b[^>]*>|<link rel="(canonical|alternate)"[^>]*>', "", browser.text)
        assert not re.search(r'(src|href|srcset)="(https?:)?//', loaded)


@pytest.mark.parametrize(
    ("given", "is_taken"), [("abc.DEF_1-2", True), ("x" * 65, False), ("a b", False), ("é", False)]
)
def test_request_id_is_taken_if_harmless(client: FlaskClient, given: str, is_taken: bool) -> None:
    answer = client.get("/nada", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is is_taken
    assert answer.headers["X-Request-ID"] in answer.text


@pytest.mark.parametrize("target", OUTSIDE)
def test_no_redirect_leads_elsewhere(browser: Browser, target: str) -> None:
    browser.get("/")
    browser.send("/language", follow=False, next=target)
    if "\0" in target:
        assert browser.page.status_code == 400
    else:
        assert browser.page.location == "/"


def test_redirects_inside_work(browser: Browser) -> None:
    browser.get("/?q=cafe")
    assert browser.send("/language", follow=False).location == "/en/?q=cafe"


def test_a_form_without_token_is_shown_again_with_its_values(browser: Browser) -> None:
    browser.page = browser.client.post("/cart/items", data={"product": WHEY, "quantity": "2"})
    assert browser.page.status_code == 400
    assert "estuvo abierta mucho tiempo" in browser.text
    browser.send("/cart/items")
    assert "agregado a tu carrito" in browser.text


def test_a_form_of_another_site_gets_nothing(browser: Browser) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.test"}):
        answer = browser.client.post("/cart/items", data={"product": WHEY, "quantity": "2"}, headers=headers)
        assert answer.status_code == 400
        assert WHEY not in answer.text


def test_passwords_are_not_shown_again(browser: Browser) -> None:
    answer = browser.client.post("/login", data={"email": "a@b.co", "password": "secreto-largo"})
    assert answer.status_code == 400
    assert "secreto-largo" not in answer.text


def test_every_changing_page_needs_a_token(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        if "POST" in rule.methods and not rule.rule.startswith("/api/"):
            assert client.post(re.sub(r"<[^>]+>", "1", rule.rule)).status_code in {400, 403}, rule.rule


def test_a_foreign_host_gets_nothing(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Host": "evil.test"})
    assert answer.status_code == 400
    assert "evil.test" not in answer.text


@pytest.mark.parametrize("address", ["/?q=%00", "/cart?x=a%00b"])
def test_a_nul_in_an_address_is_a_bad_request(browser: Browser, address: str) -> None:
    assert browser.get(address).status_code == 400
