"""The page of a product beside its buy button: quantity, the bar on phones, sharing, and what was looked at lately."""

import pytest
from flask.testing import FlaskClient

from tests.factories import BAR, BELT, PLAN, PREMIUM, WHEY
from tests.statements import Statements
from tests.web.browser import Browser


def test_a_parcel_has_a_quantity_between_buttons_and_a_bar_with_the_same_button(browser: Browser) -> None:
    page = browser.get(f"/products/{WHEY}").text
    assert page.count("data-step=") == 2
    assert 'id="quantity"' in page
    bar = page.split('class="buy-bar"')[1].split("</div>")[0]
    assert 'form="buy"' in bar
    assert "$\N{NO-BREAK SPACE}129.900" in bar
    assert "data-share" in page


@pytest.mark.parametrize("slug", [PLAN, PREMIUM])
def test_downloads_and_plans_are_bought_once(browser: Browser, slug: str) -> None:
    page = browser.get(f"/products/{slug}").text
    assert "data-step=" not in page
    assert '<input type="hidden" name="quantity" value="1">' in page
    assert 'class="buy-bar"' in page


def test_what_is_sold_out_has_no_bar_and_no_day_of_delivery(browser: Browser) -> None:
    page = browser.get(f"/products/{BELT}").text
    assert 'class="buy-bar"' not in page
    assert "si lo pides ahora" not in page


def test_the_cart_has_buttons_for_parcels_only(browser: Browser) -> None:
    browser.add(WHEY, 2)
    browser.add(PLAN)
    page = browser.get("/cart").text
    assert page.count('name="quantity"') == 1
    assert page.count("data-step=") == 2
    assert page.count('name="remove"') == 2


def test_cards_of_remembered_products_come_in_their_order_and_without_a_cookie(
    client: FlaskClient, statements: Statements
) -> None:
    with statements.at_most(1):
        answer = client.get(f"/recent-products?slug={BAR}&slug=nada&slug={WHEY}", headers={"Accept-Language": "en"})
    assert answer.text.index(f"/products/{BAR}") < answer.text.index(f"/products/{WHEY}")
    assert answer.text.count('class="card"') == 2
    assert "VAT included" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_no_more_cards_are_read_than_are_shown(client: FlaskClient) -> None:
    assert client.get("/recent-products").text.strip() == ""
    many = "&".join(f"slug={slug}" for slug in ["x" * 500, "y", "z", "w", WHEY])
    assert client.get(f"/recent-products?{many}").text.strip() == ""
