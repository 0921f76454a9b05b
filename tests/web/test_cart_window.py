"""What cart and checkout say of freight before the address is known, and how delivery is asked."""

from flask.testing import FlaskClient

from tests.factories import BAR, PLAN, WHEY
from tests.web.browser import Browser

SPACE = "\N{NO-BREAK SPACE}"


def test_the_cart_shows_the_total_with_likely_freight_and_the_way_to_free_delivery(browser: Browser) -> None:
    browser.add(WHEY)
    page = browser.get("/cart").text
    assert "Envío estándar, estimado" in page
    assert f'id="summary-total">${SPACE}154.900<' in page
    assert '<progress class="to-free" max="20000000" value="12990000"' in page
    assert page.count("154.900") == 2  # the bar on phones, too
    browser.add(BAR)
    page = browser.get("/cart").text
    assert "Tu envío estándar es gratis" in page
    assert "<progress" not in page


def test_a_download_has_no_freight(browser: Browser) -> None:
    browser.add(PLAN)
    page = browser.get("/cart").text
    assert "estimado" not in page
    assert f'id="summary-total">${SPACE}79.900<' in page


def test_the_way_is_asked_first_and_pickup_needs_a_name_and_a_phone(browser: Browser) -> None:
    browser.add(WHEY)
    page = browser.get("/checkout/shipping").text
    assert page.index('name="way"') < page.index('id="full_name"') < page.index('name="method"')
    browser.fill_shipping(way="pickup", department="", city="", street="")
    assert browser.title.startswith("Revisa y paga")
    assert "Recoge" in browser.text
    page = browser.get("/checkout/shipping").text
    assert 'value="pickup" checked' in page
    assert 'id="method-standard" name="method" value="standard" checked' in page


def test_methods_follow_the_municipality_and_what_was_seen_is_not_asked_again(browser: Browser) -> None:
    browser.add(WHEY)
    browser.get("/checkout/shipping")
    page = browser.client.get("/checkout/methods?department=11&city=bogota&method=express").text
    assert 'value="express" checked' in page
    assert 'data-total-minor="17490000"' in page  # 129 900 and 45 000
    far = browser.client.get("/checkout/methods?department=88&city=san+andres&method=express").text
    assert "No llega a San Andrés" in far
    assert 'value="standard" checked' in far
    assert "“Envío exprés” no llega a San Andrés; marcamos otro." in far
    for query in ("", "city=x", "department=11&city=Pasto", "department=11&city=bogota&method=x"):
        assert browser.client.get(f"/checkout/methods?{query}").status_code == (200 if "method=x" in query else 204)
    browser.fill_shipping(department="11", city="bogota", method="express", seen_total="17490000")
    assert browser.title.startswith("Revisa y paga")


def test_a_price_that_was_not_seen_is_shown_for_confirmation(browser: Browser) -> None:
    browser.add(WHEY)
    browser.fill_shipping(method="standard", seen_total="1")
    assert "Revisa el nuevo total y continúa" in browser.text


def test_methods_of_an_empty_cart_are_none(client: FlaskClient) -> None:
    assert "<input" not in client.get("/checkout/methods?department=11&city=bogota").text


def test_while_paying_the_header_has_the_logo_and_help_only(browser: Browser) -> None:
    browser.add(WHEY)
    for address in ("/checkout/shipping", "/checkout/review"):
        if address.endswith("review"):
            browser.fill_shipping()
        header = browser.get(address).text.split("<header")[1].split("</header>")[0]
        assert 'href="/contact"' in header
        assert "site-search" not in header
        assert 'href="/cart"' not in header
        assert "Visa" in browser.text or address.endswith("shipping")
    assert "site-search" in browser.get("/cart").text
