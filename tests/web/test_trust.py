"""What lets people trust a shop that they do not know: who sells, under whose eyes, and how they pay."""

import re

import pytest
from flask.testing import FlaskClient

from tests.factories import WHEY
from tests.web.browser import Browser


def footer_of(page: str) -> str:
    """Return the footer of a page."""
    return page.split('<footer class="site-footer">')[1].split("</footer>")[0]


@pytest.mark.parametrize("path", ["/", "/?category=fuerza", f"/products/{WHEY}", "/cart", "/login", "/nada"])
def test_every_page_names_seller_help_petitions_and_the_authority(client: FlaskClient, path: str) -> None:
    footer = footer_of(client.get(path).text)
    assert "NIT 901.234.567-7" in footer
    for address in ("/contact", "/about", "/pqr", "/returns", "/terms", "/privacy", "https://www.sic.gov.co"):
        assert f'href="{address}"' in footer, address


def test_warranty_stands_beside_withdrawal(client: FlaskClient) -> None:
    headings = re.findall(r"<h2>(.*?)</h2>", client.get("/returns").text)
    assert any("etracto" in heading for heading in headings)
    assert any("arantía" in heading for heading in headings)


def test_cart_and_last_step_show_the_cards_and_each_step_a_folded_summary_with_the_amount(browser: Browser) -> None:
    browser.add(WHEY)
    pages = {"cart": browser.get("/cart").text, "shipping": browser.get("/checkout/shipping").text}
    browser.fill_shipping()
    pages["review"] = browser.get("/checkout/review").text
    for name in ("cart", "review"):
        marks = pages[name].split('class="card-marks')[1].split("</ul>")[0]
        assert re.findall(r"<li>(.*?)</li>", marks) == ["Visa", "Mastercard", "American Express"], name
    for name in ("shipping", "review"):
        fold = pages[name].split('<details class="summary-fold">')[1].split("</summary>")[0]
        assert re.search(r"<strong data-total-shown>\$\s154\.900</strong>", fold), name
