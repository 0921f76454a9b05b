"""What one can do on the page of an order: keep the receipt, buy again, open an account, give goods back."""

import re
import zlib
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from storefront import clock
from storefront.database import db
from storefront.domain.customer import Customer
from storefront.domain.order import Order, OrderLine
from storefront.enums import ShopPart
from storefront.money import format_money
from storefront.services.audit import Actor
from storefront.services.orders import fulfilment
from storefront.services.payments import refunds
from storefront.services.texts import details
from tests import factories as make
from tests.factories import BAR, COFFEE, CUBES, DUMBBELL, GUIDE, PLAN, WHEY
from tests.fakes import FakeGateway
from tests.services.test_texts import SELLER
from tests.web.browser import Browser
from tests.web.test_account import PASSWORD, log_in, register

PDF_TEXT = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)


def buy(browser: Browser, gateway: FakeGateway, *goods: tuple[str, int], **changes: str) -> str:
    """Buy as a guest up to the thank-you page, and return the order's number."""
    for slug, units in goods:
        browser.add(slug, units)
    browser.fill_shipping(**changes)
    if browser.title.startswith("Entrega"):  # the address changed the price, which is seen before going on
        browser.send("/checkout/shipping")
    consent = {"consent": "y"} if 'name="consent"' in browser.text else {}
    session_id = browser.pay(**consent).location.rsplit("/", 1)[1]
    gateway.pay(session_id)
    browser.get(f"/checkout/success?session_id={session_id}")
    found = re.search(r"/account/orders/(\d{4}-\d{2}-\d+)", browser.text)
    assert found
    return found[1]


def order_of(app: Flask, number: str) -> Order:
    """Return an order."""
    with app.app_context():
        order = db.session.get(Order, int(number.rsplit("-", 1)[1]))
        assert order is not None
        return order


def deliver(app: Flask, number: str) -> None:
    """Bring the parcel."""
    with app.app_context():
        order_id = order_of(app, number).id
        fulfilment.ship(order_id, carrier="tcc", tracking_number="1", staff=Actor("ana"))
        fulfilment.mark_delivered(order_id, staff=Actor("ana"))


def content_of(pdf: bytes) -> str:
    """Return what a PDF draws."""
    return b"\n".join(zlib.decompress(piece) for piece in PDF_TEXT.findall(pdf)).decode("latin-1")


def text_of(pdf: bytes) -> str:
    """Return the text of a PDF."""
    return "\n".join(re.findall(r"\((.*)\) Tj", content_of(pdf)))


def fonts_of(pdf: bytes) -> dict[str, tuple[str, float]]:
    """Return name and size of the font of each text of a PDF."""
    fonts, font = {}, ("", 0.0)
    for name, size, text in re.findall(r"/(F\d+) ([\d.]+) Tf|\((.*?)\) Tj", content_of(pdf)):
        font = (name, float(size)) if name else font
        fonts[text] = font
    return fonts


# The receipt.


def test_the_receipt_says_what_it_is_and_what_it_is_not(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (DUMBBELL, 1), (COFFEE, 2), (CUBES, 1))
    browser.get(f"/account/orders/{number}/receipt")
    for words in (
        f"Recibo de compra {number}",
        "No es una factura electrónica",
        "901.234.567-7",
        "Ana María Gómez Ruiz",
        "IVA 19 %",
        "IVA 5 %",
        "Excluido de IVA",
        f"pi_{gateway_session(gateway)}",
        "ana@example.com",
    ):
        assert words in browser.text, words
    answer = browser.client.get(f"/account/orders/{number}/receipt.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="recibo-{number}.pdf"'
    text = text_of(answer.data)
    for words in (number, "No es una factura", "901.234.567-7", "Gómez Ruiz", "IVA 19 %", "Medellín", "300 123 4567"):
        assert words in text, words
    assert len(answer.data) < 20_000
    fonts, drawn = fonts_of(answer.data), content_of(answer.data)
    title, plain = fonts[f"Recibo de compra {number}"], fonts["Subtotal"]
    assert fonts["Total pagado"][0] == title[0] != plain[0], "the total is bold"
    assert fonts["Total pagado"][1] > plain[1]
    assert drawn.index("0.886") < drawn.index("Recibo de compra"), "the logo's orange comes first"


def test_the_receipt_keeps_the_seller_of_its_day(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (DUMBBELL, 1))
    with app.app_context():
        details.save(ShopPart.SELLER, SELLER, 0, staff=Actor("eva"))
    browser.get(f"/account/orders/{number}/receipt")
    receipt = browser.text.split('id="receipt-seller"')[1].split("</section>")[0]
    assert "FitAiid S.A.S.<br>NIT 901.234.567-7" in receipt
    assert f"NIT {SELLER.nit}" in browser.text.split("<footer")[1]


def gateway_session(gateway: FakeGateway) -> str:
    """Return the page that was paid."""
    return next(page.id for page in gateway.pages.values() if page.status == "complete")


def test_the_receipt_in_english_with_a_refund(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (DUMBBELL, 2))
    with app.app_context():
        refunds.request_refund(order_of(app, number).id, amount_minor=1_000_000)
    page = browser.get(f"/account/orders/{number}/receipt", **{"Accept-Language": "en"}).text
    assert "It is not an electronic sales invoice" in page
    assert "COP\N{NO-BREAK SPACE}10,000" in page
    assert "Total after refunds" in page
    answer = browser.client.get(f"/account/orders/{number}/receipt.pdf", headers={"Accept-Language": "en"})
    assert answer.headers["Content-Disposition"].endswith(f'"receipt-{number}.pdf"')
    assert "Total after refunds" in text_of(answer.data)


def test_a_name_in_letters_that_the_pdf_lacks(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (DUMBBELL, 1), full_name="Łukasz “Ana” Gómez–Ruiz 🏋")
    answer = browser.client.get(f"/account/orders/{number}/receipt.pdf")
    assert answer.status_code == 200
    assert "Gómez-Ruiz" in text_of(answer.data)


def test_the_receipt_is_its_owner_s_and_of_paid_orders_only(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (DUMBBELL, 1))
    with app.app_context():
        token = make.token_of(order_of(app, number))
    for name in ("receipt", "receipt.pdf", "withdrawal"):
        stranger = Browser(app.test_client())
        path = f"/account/orders/{number}/{name}"
        assert stranger.client.get(path).status_code == 404
        assert stranger.client.get(f"{path}?token=x").status_code == 404
        assert stranger.client.get(f"{path}?token={token}").status_code == 200
    other = Browser(app.test_client())
    other.add(DUMBBELL)
    other.fill_shipping()
    other.pay()
    unpaid = f"{number[:-4]}{int(number[-4:]) + 1:04d}"
    assert other.get(f"/account/orders/{unpaid}").status_code == 200
    assert "Ver el recibo" not in other.text
    assert other.client.get(f"/account/orders/{unpaid}/receipt").status_code == 404
    assert other.client.get(f"/account/orders/{unpaid}/receipt.pdf").status_code == 404


# Buying again.


def test_buying_again_fills_the_cart_and_says_what_is_gone(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (WHEY, 2), (BAR, 2), (COFFEE, 1), (DUMBBELL, 3))
    with app.app_context():
        make.change_product(COFFEE, status="archived")
        make.set_stock(DUMBBELL, 1)
    browser.get(f"/account/orders/{number}")
    browser.send(f"/account/orders/{number}/again")
    assert browser.title.startswith("Carrito") or "Tu carrito" in browser.text
    assert 'id="cart-count">3<' in browser.text
    assert "Barra de dominadas" in browser.text
    assert "está agotado" in browser.text
    assert "ya no está a la venta" in browser.text
    assert "solo pudimos agregar 1 unidad" in browser.text


def test_a_double_click_buys_again_once(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (WHEY, 2))
    browser.get(f"/account/orders/{number}")
    form = browser.form(f"/account/orders/{number}/again")
    for _ in range(2):
        browser.client.post(form.action, data=form.fields)
    browser.get("/cart")
    assert 'id="cart-count">2<' in browser.text
    browser.get(f"/account/orders/{number}")
    browser.send(f"/account/orders/{number}/again")
    assert 'id="cart-count">4<' in browser.text


def test_buying_again_needs_the_order_and_the_form(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (WHEY, 1))
    assert browser.client.post(f"/account/orders/{number}/again").status_code == 400
    stranger = Browser(app.test_client())
    stranger.get("/login")
    token = stranger.form("/login").fields["csrf_token"]
    answer = stranger.client.post(f"/account/orders/{number}/again", data={"csrf_token": token})
    assert answer.status_code == 404


# An account after the order.


@pytest.mark.parametrize("where", ["success", "order"])
@pytest.mark.parametrize("slug", [DUMBBELL, PLAN])
def test_a_guest_s_account_takes_one_field(
    app: Flask, browser: Browser, gateway: FakeGateway, where: str, slug: str
) -> None:
    """The e-mail counts as unproved, so the order is the account's only when the link was followed."""
    if slug == PLAN:
        browser.add(PLAN)
        browser.get("/checkout/shipping")
        browser.send("/checkout/shipping", email="ana@example.com")
        session_id = browser.pay(consent="y").location.rsplit("/", 1)[1]
        gateway.pay(session_id)
        browser.get(f"/checkout/success?session_id={session_id}")
        found = re.search(r"/account/orders/(\d{4}-\d{2}-\d+)", browser.text)
        assert found
        number = found[1]
    else:
        number = buy(browser, gateway, (DUMBBELL, 1))
    if where == "order":
        browser.get(f"/account/orders/{number}")
    form = browser.form(f"/account/orders/{number}/account")
    assert form.fields["email"] == "ana@example.com"
    browser.send(f"/account/orders/{number}/account", password=PASSWORD, email="otra@example.com")
    assert "Confirma tu correo" in browser.text
    with app.app_context():
        person = db.session.query(Customer).filter_by(email="ana@example.com").one()
        assert person.email_verified_at is None
        assert db.session.query(Customer).filter_by(email="otra@example.com").count() == 0
    assert order_of(app, number).customer_id is None
    browser.get("/account/orders")
    assert "Confirma tu correo" in browser.text
    assert number not in browser.text


def test_a_guest_s_account_is_refused_with_words(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    other = Browser(app.test_client())
    register(other, "ana@example.com")
    number = buy(browser, gateway, (DUMBBELL, 1))
    path = f"/account/orders/{number}/account"
    assert browser.send(path, password="corta").status_code == 422
    assert "8 caracteres o más" in browser.text
    assert browser.send(path, password="").status_code == 422
    assert browser.send(path, password=PASSWORD).status_code == 422
    assert "Ya hay una cuenta con ese correo" in browser.text
    assert browser.title.startswith("Error: ")


def test_somebody_signed_in_is_offered_no_account(browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    number = buy(browser, gateway, (DUMBBELL, 1))
    browser.get(f"/account/orders/{number}")
    assert "account-offer" not in browser.text


# Giving goods back.


def test_each_line_says_until_when(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (DUMBBELL, 1), (WHEY, 1))
    browser.get(f"/account/orders/{number}")
    assert "El plazo para devolverlo no ha empezado" in browser.text
    assert "es un producto de uso personal" in browser.text
    assert "Cancelar el pedido" in browser.text
    deliver(app, number)
    browser.get(f"/account/orders/{number}")
    assert "Puedes devolverlo hasta el" in browser.text
    assert "Devolver productos" in browser.text


def test_returning_without_javascript(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (DUMBBELL, 3))
    deliver(app, number)
    browser.get(f"/account/orders/{number}/withdrawal")
    path = f"/account/orders/{number}/withdrawal"
    (name,) = [field for field in browser.form(path).fields if field.startswith("line-")]
    assert browser.form(path).fields[name] == "3", "the only line is proposed whole"
    for typed, words in (
        ("4", "No te quedan tantas unidades"),
        ("1.5", "con números"),
        ("0", "Escribe cuántas"),
        ("-1", "con números"),
    ):
        assert browser.send(path, **{name: typed}).status_code == 422
        assert browser.title.startswith("Error: ")
        assert words in browser.text
        assert browser.form(path).fields[name] == typed
        assert f'href="#{name}"' in browser.text
    form = browser.form(path)
    browser.send(path, **{name: "2", "reason": "Pesa más de lo que pensé"})
    assert f"Solicitud de retracto {number}-R1" in browser.text
    assert "2 × Mancuerna" in browser.text
    assert "Pesa más" in browser.text
    again = browser.client.post(form.action, data=form.fields | {name: "2"})
    assert again.location.endswith("/withdrawals/1"), "the same form leads to the same receipt"
    browser.get(f"/account/orders/{number}")
    assert f'Retracto <span class="whole">{number}-R1</span>.' in browser.text
    assert "Pediste devolver productos" in browser.text
    stranger = app.test_client()
    assert stranger.get(f"/account/orders/{number}/withdrawals/1").status_code == 404


def test_on_its_way_the_time_has_not_begun_and_one_may_ask_already(
    app: Flask, browser: Browser, gateway: FakeGateway
) -> None:
    number = buy(browser, gateway, (DUMBBELL, 1))
    with app.app_context():
        fulfilment.ship(order_of(app, number).id, carrier="tcc", tracking_number="1", staff=Actor("ana"))
    browser.get(f"/account/orders/{number}/withdrawal")
    assert "el plazo no ha empezado, pero ya puedes pedir la devolución" in browser.text
    browser.send(f"/account/orders/{number}/withdrawal")
    assert f"Solicitud de retracto {number}-R1" in browser.text


def test_cancelling_before_it_was_sent(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (BAR, 1))
    browser.get(f"/account/orders/{number}/withdrawal")
    form = browser.form(f"/account/orders/{number}/cancel")
    browser.send(f"/account/orders/{number}/cancel")
    assert "Cancelamos el pedido" in browser.text
    assert order_of(app, number).status == "cancelled"
    browser.page = browser.client.post(form.action, data=form.fields, follow_redirects=True)
    assert "ya no se puede cancelar" in browser.text
    browser.get(f"/account/orders/{number}/withdrawal")
    assert "no hay nada que devolver" in browser.text


def test_cancelling_what_cost_nothing(app: Flask, browser: Browser) -> None:
    with app.app_context():
        code = make.make_coupon("GRATIS", value=100)
        started = make.begin((BAR, 1), coupon_code=code, shipping_method="pickup")
        token = make.token_of(make.order_of(started))
    number = started.order_number
    browser.get(f"/account/orders/{number}/withdrawal?token={token}")
    assert "puedes cancelarlo. No se te cobró nada." in browser.text
    browser.send(f"/account/orders/{number}/cancel")
    assert "Cancelamos lo que no habíamos enviado. No se te cobró nada." in browser.text
    assert "Este pedido se canceló." in browser.text


def test_a_delivery_on_one_day_names_one_day(browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (DUMBBELL, 1), method="overnight")
    assert "Lo recibes el " in browser.text
    browser.get(f"/account/orders/{number}")
    assert "Entrega:</strong> el " in browser.text
    assert "entre el" not in browser.text


def test_after_the_last_day_the_page_says_so(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (DUMBBELL, 1))
    deliver(app, number)
    browser.get(f"/account/orders/{number}/withdrawal")
    form = browser.form(f"/account/orders/{number}/withdrawal")
    with time_machine.travel(clock.now() + timedelta(days=25)):
        browser.get(f"/account/orders/{number}/withdrawal")
        assert "El plazo para devolverlo terminó el" in browser.text
        answer = browser.client.post(form.action, data=form.fields)
        assert answer.status_code in (303, 400)


def test_a_customer_finds_it_all_signed_in(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    number = buy(browser, gateway, (DUMBBELL, 1))
    browser.get("/")
    browser.send("/logout")
    assert browser.client.get(f"/account/orders/{number}/receipt").status_code == 404
    log_in(browser)
    assert browser.get(f"/account/orders/{number}/receipt").status_code == 200


# Cancelling what was not sent, while downloads stay.


def test_goods_with_a_download_are_cancelled_on_the_page(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    number = buy(browser, gateway, (DUMBBELL, 1), (GUIDE, 1))
    browser.get(f"/account/orders/{number}/withdrawal")
    order = order_of(app, number)
    with app.app_context():
        kept = next(line for line in lines_of(number) if line.slug == GUIDE)
    back = format_money(order.total_minor - kept.net_minor, "es")
    for words in ("Esto empezó de inmediato", kept.name, f"Cancelar y recibir {back}"):
        assert words in browser.text
    browser.send(f"/account/orders/{number}/cancel")
    assert f"pedimos la devolución de {back}. Lo demás sigue disponible." in browser.text
    assert "Cancelado, reembolso parcial" in browser.text
    assert "Lo demás sigue siendo tuyo" in browser.text
    assert "Te quedan 5 descargas" in browser.text
    browser.get(f"/account/orders/{number}/receipt")
    assert f"{back}. 1 × Mancuerna ajustable" in browser.text
    assert browser.client.get(f"/account/orders/{number}/receipt.pdf").status_code == 200


def lines_of(number: str) -> list[OrderLine]:
    """Return an order's lines."""
    mine = OrderLine.order_id == int(number.rsplit("-", 1)[1])
    return list(db.session.scalars(select(OrderLine).where(mine)))
