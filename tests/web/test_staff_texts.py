"""Texts on the staff's pages: seen before they are saved, refused at the field, versions, and where they show."""

import html
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask

from storefront import clock
from storefront.enums import TextPage
from storefront.services.texts import pages
from storefront.web.admin.product_values import moment_text
from tests import factories as make
from tests.factories import WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser
from tests.web.test_account import register
from tests.web.test_staff_products import PASSWORD, errors, words

BANNER, SELLER, TERMS = "/staff/texts/banner", "/staff/texts/seller", "/staff/texts/pages/terms"


@pytest.fixture
def staff(browser: Browser) -> Browser:
    """Return the browser of somebody who works here."""
    browser.get("/login?next=/staff/texts")
    browser.send("/login", email="staff@example.com", password=PASSWORD)
    assert browser.page.status_code == 200
    return browser


def save(staff: Browser, path: str, **values: str) -> None:
    """Fill a form in, look at the preview and save."""
    staff.get(path)
    staff.send(path, **values)
    assert "Cómo queda" in words(staff), errors(staff)
    staff.send(path, step="save")


def test_a_banner_is_seen_first_and_shows_then(staff: Browser) -> None:
    staff.get(BANNER)
    staff.send(BANNER, text="Envío gratis hoy", text_en="Free delivery today", link="/returns")
    assert "Envío gratis hoy" in words(staff)
    assert 'site-banner"' not in staff.client.get("/").get_data(as_text=True), "nothing is saved yet"
    staff.send(BANNER, step="save")
    assert "Guardamos: Aviso de la tienda." in words(staff)
    for path in ("/", f"/products/{WHEY}", "/cart", "/terms"):
        assert '<a href="/returns">Envío gratis hoy</a>' in staff.client.get(path).get_data(as_text=True), path
    assert 'class="site-banner"' not in staff.get("/staff/texts").get_data(as_text=True)
    staff.send("/language", lang="en")
    assert "Free delivery today" in staff.get("/").get_data(as_text=True)


@pytest.mark.parametrize(("hours", "is_shown"), [((-2, -1), False), ((-1, 1), True), ((1, 2), False)])
def test_a_banner_shows_in_its_days_only(staff: Browser, hours: tuple[int, int], is_shown: bool) -> None:
    first, end = (moment_text(clock.now() + timedelta(hours=offset)) for offset in hours)
    save(staff, BANNER, text="Aviso", text_en="Notice", starts_at=first, ends_at=end)
    assert ('class="site-banner"' in staff.get("/").get_data(as_text=True)) is is_shown
    staff.get("/staff/texts")
    assert ("Se ve" in words(staff)) is is_shown


@pytest.mark.parametrize(
    ("path", "typed", "field", "message"),
    [
        (BANNER, {"text": "Hola"}, "text_en",
         "Escribe el texto en los dos idiomas, o deja todo vacío para no mostrar aviso"),
        (BANNER, {"text": "a", "text_en": "b", "link": "javascript:x"}, "link",
         "Escribe una página de la tienda, como /returns, o una dirección con https://"),
        (BANNER, {"text": "a", "text_en": "b", "starts_at": "mañana"}, "starts_at",
         "Escribe la fecha y la hora, como 2026-12-01T08:00"),
        (BANNER, {"text": "a", "text_en": "b", "starts_at": "2026-12-02T08:00", "ends_at": "2026-12-01T08:00"},
         "ends_at", "Debe ser después del comienzo"),
        (SELLER, {"nit": "901.234.567-8"}, "nit", "El dígito de verificación no es el de ese NIT; revisa los números"),
        (SELLER, {"name": ""}, "name", "Escribe el nombre o la razón social"),
        (SELLER, {"email": "no"}, "email", "Escribe un correo válido, como nombre@ejemplo.com"),
        (SELLER, {"phone": "llámame"}, "phone", "Escribe un teléfono con números, como +57 601 555 0123"),
        ("/staff/texts/contact", {"whatsapp": "hola"}, "whatsapp",
         "Escribe el número con el del país, como +57 300 123 4567"),
        (TERMS, {"page_text": "Ver [esto](ftp://x)"}, "page_text",
         "Hay un enlace que no sirve: escríbelo como [texto](/returns) o [texto](https://ejemplo.com)"),
        (TERMS, {"page_text_en": "{cedula}"}, "page_text_en",
         "Entre llaves solo van {vendedor}, {nit}, {direccion}, {correo} y {telefono}"),
        (TERMS, {"page_text": " "}, "page_text", "Escribe el texto"),
    ],
)  # fmt: skip
def test_each_refusal_stands_at_its_field_and_keeps_what_was_typed(
    staff: Browser, path: str, typed: dict[str, str], field: str, message: str
) -> None:
    staff.get(path)
    staff.send(path, **typed)
    assert staff.page.status_code == 422
    assert "Error: " in staff.title
    assert errors(staff)[field] == message
    kept = staff.form(path).fields
    assert {name: kept[name].strip() for name in typed} == {name: text.strip() for name, text in typed.items()}


def test_the_seller_stands_wherever_a_seller_stands(app: Flask, staff: Browser, gateway: FakeGateway) -> None:
    save(staff, SELLER, name="Peso y Fuerza S.A.S.", nit="8001972684", address="Calle 1 # 2-3, Cali")
    with app.app_context():
        started = make.begin((WHEY, 1))
        make.pay(gateway, started)
    for path in ("/", "/terms", "/privacy", "/about", "/contact"):
        text = staff.get(path).get_data(as_text=True)
        assert "NIT 800.197.268-4" in text, path
        assert "FitAiid S.A.S." not in text, path
    receipt = staff.get(f"/staff/orders/{started.order_number}/receipt.pdf")
    assert receipt.status_code == 200


def test_the_terms_have_versions_that_the_order_remembers(app: Flask, staff: Browser, gateway: FakeGateway) -> None:
    save(staff, TERMS, page_text="## Primera\n\n- uno <b>", page_text_en="## First")
    assert "Guardamos la versión 1 de Términos y condiciones." in words(staff)
    with app.app_context():
        started = make.begin((WHEY, 1))
        make.pay(gateway, started)
    save(staff, TERMS, page_text="## Segunda", page_text_en="## Second")
    staff.get("/terms")
    assert "<h2>Segunda</h2>" in staff.text
    assert "Versión 2, del" in words(staff)
    staff.get(f"/staff/orders/{started.order_number}")
    assert 'href="/terms/1"' in staff.text
    staff.get("/terms/1")
    assert "<h2>Primera</h2>\n<ul><li>uno &lt;b&gt;</li></ul>" in staff.text
    assert "noindex" in staff.text
    assert staff.get("/terms/0").status_code == 200
    assert staff.get("/terms/3").status_code == 404
    staff.get(TERMS)
    assert re.search(r'href="/staff/texts/pages/terms/1">1</a>', staff.text)
    staff.get(f"{TERMS}/1")
    assert "Guardada el" in words(staff)
    staff.get(f"{TERMS}?from=1")
    kept = staff.form(TERMS).fields
    assert (kept["page_text"].strip().splitlines()[0], kept["version"]) == ("## Primera", "2")


def test_a_buyer_finds_the_terms_on_the_order_s_page(browser: Browser) -> None:
    register(browser)
    browser.add(WHEY)
    browser.fill_shipping()
    browser.get("/checkout/review")
    browser.pay()
    path = re.search(r'href="(/account/orders/[^"]+)"', browser.get("/account/orders").get_data(as_text=True))
    assert path is not None
    browser.get(path[1])
    assert 'href="/terms/0"' in browser.text
    browser.get("/terms/0")
    assert "Este es el texto con el que abrió la tienda." in words(browser)


def test_older_terms_keep_the_seller_they_were_saved_under(staff: Browser) -> None:
    save(staff, TERMS, page_text="Vende {vendedor}.", page_text_en="Sold by {vendedor}.")
    save(staff, SELLER, name="Peso y Fuerza S.A.S.", nit="8001972684")
    staff.get("/terms")
    assert "Vende Peso y Fuerza S.A.S." in words(staff)
    save(staff, TERMS, page_text="Vende y envía {vendedor}.", page_text_en="Sold and sent by {vendedor}.")
    for path in ("/terms/1", f"{TERMS}/1"):
        staff.get(path)
        assert "Vende FitAiid S.A.S." in words(staff), path
    staff.get("/terms/2")
    assert "Vende y envía Peso y Fuerza S.A.S." in words(staff)


def test_the_second_of_two_editors_loses_nothing(app: Flask, staff: Browser) -> None:
    staff.get(TERMS)
    first = dict(staff.form(TERMS).fields)
    save(staff, TERMS, page_text="Lo de Ana", page_text_en="Ana's")
    staff.page = staff.client.post(TERMS, data=first | {"page_text": "Lo de Eva", "step": "save"})
    assert staff.page.status_code == 409
    assert "Otra persona guardó esta página mientras la editabas" in words(staff)
    assert staff.form(TERMS).fields["page_text"].strip() == "Lo de Eva"
    staff.send(TERMS)
    staff.send(TERMS, step="save")
    with app.app_context():
        newest = pages.newest(TextPage.TERMS)
    assert (newest.text, newest.version) == ("Lo de Eva", 2)


def test_two_editors_of_the_seller(staff: Browser) -> None:
    staff.get(SELLER)
    first = dict(staff.form(SELLER).fields)
    save(staff, SELLER, name="De Ana S.A.S.")
    staff.page = staff.client.post(SELLER, data=first | {"name": "De Eva S.A.S."})
    assert staff.page.status_code == 409
    assert "De Ana S.A.S.</td>" in words(staff)
    staff.send(SELLER)
    staff.send(SELLER, step="save")
    assert "De Eva S.A.S." in words(staff)


def test_from_the_preview_one_goes_on_editing(staff: Browser) -> None:
    staff.get(TERMS)
    staff.send(TERMS, page_text="Otro")
    staff.send(TERMS, step="edit")
    assert staff.form(TERMS).fields["page_text"].strip() == "Otro"
    staff.get(TERMS)
    staff.send(TERMS)
    assert "No cambiaste nada." in words(staff)


def test_a_product_s_page_leads_to_whatsapp_with_its_name(staff: Browser) -> None:
    assert "wa.me" not in staff.get(f"/products/{WHEY}").get_data(as_text=True)
    save(staff, "/staff/texts/contact", whatsapp="300 123 4567", hours="Lunes a sábado", hours_en="Monday to Saturday")
    page = staff.get(f"/products/{WHEY}").get_data(as_text=True)
    name = html.unescape(page.split("<h1>")[1].split("</h1>")[0]).replace("\N{NO-BREAK SPACE}", " ")
    assert f"https://wa.me/573001234567?text={quote(f'Hola, quiero preguntar por {name}.')}" in page
    staff.get("/contact")
    assert "Lunes a sábado" in words(staff)
    assert "https://wa.me/573001234567" in staff.text


def test_an_unknown_text_is_not_found(staff: Browser) -> None:
    for path in ("/staff/texts/odd", "/staff/texts/pages/odd", "/staff/texts/pages/terms/9", f"{TERMS}?from=9"):
        assert staff.get(path).status_code == 404, path


def test_in_english(staff: Browser) -> None:
    staff.send("/language", lang="en")
    staff.get("/staff/texts")
    assert "What you save here shows in the shop within ten seconds." in words(staff)
