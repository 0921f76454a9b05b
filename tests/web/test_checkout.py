"""From the cart to the payment page."""

import html
import re
from datetime import datetime

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from storefront.clock import BOGOTA
from storefront.database import db
from storefront.domain.order import Order
from storefront.money import pesos
from tests.factories import (
    BAR,
    DUMBBELL,
    PLAN,
    WHEY,
    begin,
    change_product,
    make_coupon,
    set_stock,
    state_of,
    stock_of,
    variant_id_of,
)
from tests.fakes import FakeGateway
from tests.web.browser import Browser


def test_a_guest_buys_in_three_steps(browser: Browser, gateway: FakeGateway) -> None:
    browser.add(WHEY, 2)
    browser.fill_shipping()
    assert browser.title == "Revisa y paga – FitAiid"
    for words in (
        "Ana María Gómez Ruiz",
        "Carrera 7 # 12-34",
        "Medellín, Antioquia",
        "300 123 4567",
        "NIT 901.234.567-7",
    ):
        assert words in browser.text
    assert "Pagar $\N{NO-BREAK SPACE}259.800" in browser.text
    answer = browser.pay(notes="Portería")
    assert answer.status_code == 303
    assert answer.location.startswith("https://checkout.stripe.com/")
    (request,) = gateway.requests.values()
    assert request.total_minor == 25_980_000
    assert request.success_url == "http://localhost/checkout/success?session_id={CHECKOUT_SESSION_ID}"
    assert request.cancel_url == "http://localhost/checkout/cancel"


def test_pressing_pay_twice_is_one_order(browser: Browser, gateway: FakeGateway) -> None:
    browser.add(WHEY)
    browser.fill_shipping()
    first = browser.pay()
    browser.get("/checkout/review")
    assert browser.pay().location == first.location
    assert len(gateway.pages) == 1


def test_the_last_units_are_no_sold_out_goods_for_whoever_holds_them(
    app: Flask, browser: Browser, gateway: FakeGateway
) -> None:
    """Back from the payment page, the buyer can pay there, or order fewer; for others they are gone."""
    browser.add(DUMBBELL, 5)
    browser.fill_shipping()
    first = browser.pay()
    assert 'action="/cart/items"' not in app.test_client().get(f"/products/{DUMBBELL}").text
    browser.get("/cart")
    assert "se agotó" not in browser.text
    assert browser.client.get("/checkout/review").status_code == 200
    browser.get("/checkout/review")
    assert browser.pay().location == first.location
    browser.get("/cart")
    with app.app_context():
        line = variant_id_of(DUMBBELL)
    browser.send(f"/cart/items/{line}", quantity="4")
    browser.get("/checkout/review")
    assert browser.pay().location != first.location
    with app.app_context():
        assert stock_of(DUMBBELL) == (5, 4)
        held = [state_of(order.public_id) for order in db.session.scalars(select(Order).order_by(Order.id))]
    assert held == [("cancelled", "pending"), ("pending", "pending")]


HIDDEN = {"seen_email", "seen_place", "seen_street", "seen_total"}


def unfolded(page: str) -> set[str]:
    """Return the names of the fields that a page shows before anything is unfolded."""
    shown = re.sub(r'<details class="more-fields">.*?</details>', "", page, flags=re.DOTALL)
    return set(re.findall(r'<(?:input|select)[^>]* name="(\w+)"', shown)) - {"csrf_token", "q", "lang", "next", *HIDDEN}


def test_at_most_eight_fields_for_a_parcel_and_two_for_a_download(browser: Browser) -> None:
    browser.add(PLAN)
    browser.get("/checkout/shipping")
    assert unfolded(browser.text) == {"email"}
    browser.add(WHEY)
    browser.get("/checkout/shipping")
    assert unfolded(browser.text) == {"email", "full_name", "phone", "department", "city", "street", "way", "method"}


def test_empty_form_names_every_field_and_keeps_what_was_typed(browser: Browser) -> None:
    browser.add(WHEY)
    answer = browser.fill_shipping(full_name="", phone="123", city="Medelin", street="", email="ana@")
    assert answer.status_code == 422
    assert browser.title.startswith("Error: ")
    assert 'id="error-summary" role="alert" tabindex="-1" autofocus' in browser.text
    for words in (
        "Escribe un correo válido",
        "Escribe tu nombre y tu apellido",
        "celular de 10 dígitos",
        "¿Querías decir Medellín?",
        "Escribe la dirección",
    ):
        assert browser.text.count(words) >= 2
    kept = browser.form("/checkout/shipping").fields
    assert (kept["phone"], kept["city"], kept["email"], kept["department"]) == ("123", "Medelin", "ana@", "05")


def test_a_likely_domain_is_suggested_once_and_the_typed_one_can_be_kept(browser: Browser) -> None:
    browser.add(WHEY)
    answer = browser.fill_shipping(email="luz@gmial.com")
    assert answer.status_code == 422
    assert "¿Quisiste decir luz@gmail.com? Corrígelo, o continúa si está bien." in html.unescape(browser.text)
    browser.send("/checkout/shipping")
    assert "luz@gmial.com" in browser.text
    assert browser.page.request.path == "/checkout/review"


def test_a_street_without_a_number_is_asked_about_once(browser: Browser) -> None:
    browser.add(WHEY)
    assert browser.fill_shipping(street="por la iglesia").status_code == 422
    assert "¿La dirección tiene número?" in browser.text
    browser.send("/checkout/shipping")
    assert browser.page.request.path == "/checkout/review"


@pytest.mark.parametrize(
    "field", ["full_name", "phone", "city", "street", "email", "department", "zip_code", "complement"]
)
@pytest.mark.parametrize("typed", ["x" * 300, "a\nb", "\u202e", "<script>alert(1)</script>"])
def test_odd_text_is_no_fault(browser: Browser, field: str, typed: str) -> None:
    browser.add(WHEY)
    assert browser.fill_shipping(**{field: typed}).status_code in {200, 422}
    assert "<script>alert" not in browser.text


def test_city_of_another_department_is_refused(browser: Browser) -> None:
    browser.add(WHEY)
    assert browser.fill_shipping(department="08").status_code == 422
    assert "no queda en el departamento elegido" in browser.text


def test_a_price_that_the_address_changes_is_shown_before_going_on(browser: Browser) -> None:
    browser.add(WHEY)
    browser.fill_shipping(department="88", city="San Andrés")
    assert browser.title.startswith("Entrega")
    assert "Actualizamos el envío con tu dirección" in browser.text
    assert "$\N{NO-BREAK SPACE}45.000" in browser.text
    assert "No llega a San Andrés" in browser.text
    browser.send("/checkout/shipping")
    assert "Pagar $\N{NO-BREAK SPACE}174.900" in browser.text


def test_a_way_that_the_coupon_does_not_cover_is_priced_and_said_before_the_review(
    browser: Browser, gateway: FakeGateway
) -> None:
    browser.add(WHEY)
    browser.get("/cart/coupon")
    browser.send("/cart/coupon", code="ENVIOGRATIS")
    browser.get("/checkout/shipping")
    for method, freight, total in (("standard", "Gratis", "129.900"), ("express", "50.000", "179.900")):
        radio = browser.text.split(f'value="{method}"')[1].split(">")[0].replace("$\N{NO-BREAK SPACE}", "")
        assert f'data-shipping="{freight}"' in radio
        assert f'data-total="{total}"' in radio
    assert "Incluye tu cupón ENVIOGRATIS" in browser.text
    browser.fill_shipping(method="express")
    assert browser.title.startswith("Entrega")
    assert "tu cupón ENVIOGRATIS no descuenta nada y no se gasta" in browser.text
    browser.send("/checkout/shipping")
    assert "Tu cupón ENVIOGRATIS no descuenta nada en este pedido" in browser.text
    assert "Pagar $\N{NO-BREAK SPACE}174.900" in browser.text
    browser.pay()
    (request,) = gateway.requests.values()
    assert request.total_minor == pesos(174_900)


def test_a_coupon_for_the_freight_is_named_beside_it(browser: Browser) -> None:
    browser.add(WHEY)
    browser.get("/cart/coupon")
    browser.send("/cart/coupon", code="ENVIOGRATIS")
    browser.fill_shipping()
    assert "Envío estándar (ENVIOGRATIS)" in " ".join(browser.text.split())
    assert "Pagar $\N{NO-BREAK SPACE}129.900" in browser.text


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("method", ["standard", "express", "overnight", "pickup"])
def test_the_payment_page_names_the_delivery_method_as_the_shop_does(
    browser: Browser, gateway: FakeGateway, language: str, method: str
) -> None:
    browser.get("/")
    browser.send("/language", lang=language)
    browser.add(WHEY)
    browser.get("/checkout/shipping")
    label = browser.text.split(f'for="method-{method}"')[1]
    shown = re.findall(r'<span class="choice-name">([^<]+)</span>', label)[0]
    browser.fill_shipping(method=method)
    browser.get("/checkout/review")
    browser.pay()
    (request,) = gateway.requests.values()
    assert (request.shipping_name, request.language) == (shown, language)


def test_a_method_that_does_not_reach_the_place_is_refused(browser: Browser) -> None:
    browser.add(WHEY)
    assert browser.fill_shipping(department="88", city="San Andrés", method="overnight").status_code == 422
    assert "“Envío al día siguiente” no llega a San Andrés" in browser.text
    fields = browser.form("/checkout/shipping").fields
    assert (fields["street"], fields["method"]) == ("cra 7 12 34", "standard")
    assert 'id="summary-total">$\N{NO-BREAK SPACE}174.900' in browser.text, "with what can be delivered"
    assert 'choice-price">$\N{NO-BREAK SPACE}75.000' not in browser.text


def test_pickup_needs_no_address(browser: Browser) -> None:
    browser.add(WHEY)
    browser.fill_shipping(method="pickup", department="", city="", street="")
    assert browser.title.startswith("Revisa y paga")
    assert "Recoge" in browser.text


def test_digital_goods_need_consent(browser: Browser) -> None:
    browser.add(PLAN)
    browser.get("/checkout/shipping")
    browser.send("/checkout/shipping", email="ana@example.com")
    assert 'name="consent"' in browser.text
    assert "consent" not in browser.form("/checkout/review").fields
    assert browser.pay().status_code == 422
    assert "Marca la casilla" in browser.text
    assert browser.pay(consent="y").status_code == 303


def test_a_changed_price_needs_a_second_click(app: Flask, browser: Browser) -> None:
    browser.add(WHEY)
    browser.fill_shipping()
    with app.app_context():
        change_product(WHEY, price_minor=pesos(139_900))
    assert browser.pay(notes="Portería").status_code == 422
    assert "El total cambió: ahora es $\N{NO-BREAK SPACE}164.900" in browser.text
    assert browser.form("/checkout/review").fields["notes"].strip() == "Portería"
    assert browser.pay().status_code == 303


@pytest.mark.parametrize("typed", ["", "x", "-5", "1"])
def test_a_form_that_does_not_say_what_it_showed_is_not_paid(browser: Browser, typed: str) -> None:
    browser.add(WHEY)
    browser.fill_shipping()
    assert browser.pay(expected_total=typed).status_code == 422


@pytest.mark.parametrize(
    ("seen_at", "pressed_at", "dates"),
    [
        ("2026-12-02 13:59", "2026-12-02 14:01", "entre el lunes 7 de diciembre y el jueves 10 de diciembre"),
        ("2026-12-02 23:59", "2026-12-03 14:00", "entre el miércoles 9 de diciembre y el viernes 11 de diciembre"),
    ],
)
def test_a_later_delivery_than_the_page_showed_needs_a_second_click(
    browser: Browser, gateway: FakeGateway, seen_at: str, pressed_at: str, dates: str
) -> None:
    """The cut-off hour passed between the last look and the button; what was typed stays."""
    with time_machine.travel(in_bogota(seen_at), tick=False) as traveller:
        browser.add(WHEY)
        browser.fill_shipping()
        assert dates not in browser.text.replace("\N{NO-BREAK SPACE}", " ")
        traveller.move_to(in_bogota(pressed_at))
        assert browser.pay(notes="Portería").status_code == 422
        assert f"La fecha de entrega cambió: ahora lo recibes {dates}." in browser.text.replace(
            "\N{NO-BREAK SPACE}", " "
        )
        assert "Si estás de acuerdo, vuelve a pulsar el botón de pagar." in browser.text
        assert not gateway.pages
        assert "Portería" in browser.text
        assert browser.pay().status_code == 303


def test_an_earlier_or_equal_delivery_needs_none(browser: Browser) -> None:
    """After the cut-off hour, midnight changes nothing."""
    with time_machine.travel(in_bogota("2026-12-02 23:59"), tick=False) as traveller:
        browser.add(WHEY)
        browser.fill_shipping()
        traveller.move_to(in_bogota("2026-12-03 00:01"))
        assert browser.pay().status_code == 303


def in_bogota(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BOGOTA)


def test_sold_out_meanwhile_leads_to_the_cart(app: Flask, browser: Browser) -> None:
    browser.add(BAR, 2)
    browser.fill_shipping()
    form = browser.form("/checkout/review")
    with app.app_context():
        set_stock(BAR, 1)
    answer = browser.client.post(form.action, data=form.fields)
    assert answer.status_code == 303
    browser.get(answer.location)
    assert "solo queda 1 unidad" in browser.text


def test_coupon_that_ended_meanwhile_can_be_left_out(app: Flask, browser: Browser) -> None:
    with app.app_context():
        make_coupon("CORTO", max_uses=1)
    browser.add(WHEY)
    browser.get("/cart/coupon")
    browser.send("/cart/coupon", code="CORTO")
    browser.fill_shipping()
    with app.app_context():
        begin((WHEY, 1), coupon_code="CORTO", email="otra@example.com")
    assert browser.pay().status_code == 422
    browser.send("/cart/coupon/remove")
    assert "Pagar $\N{NO-BREAK SPACE}154.900" in browser.text
    assert browser.pay().status_code == 303


def test_silent_provider_keeps_everything_and_the_next_click_works(browser: Browser, gateway: FakeGateway) -> None:
    browser.add(WHEY)
    browser.fill_shipping()
    gateway.go_silent()
    assert browser.pay(notes="Portería").status_code == 503
    assert browser.title.startswith("Error: ")
    assert "no se cobró nada" in browser.text
    assert browser.form("/checkout/review").fields["notes"].strip() == "Portería"
    assert browser.pay().status_code == 303


def test_notes_have_a_limit(browser: Browser) -> None:
    browser.add(WHEY)
    browser.fill_shipping()
    assert browser.pay(notes="x" * 501).status_code == 422
    assert "hasta 500 caracteres" in browser.text


def test_steps_cannot_be_skipped(browser: Browser) -> None:
    browser.get("/checkout/review")
    assert "Tu carrito" in browser.text
    browser.add(WHEY)
    browser.get("/checkout/review")
    assert browser.title.startswith("Entrega")


def test_a_coupon_used_before_is_taken_off_on_the_review(app: Flask, browser: Browser) -> None:
    with app.app_context():
        begin((WHEY, 1), coupon_code=make_coupon(max_uses_per_customer=1))
    browser.add(WHEY)
    browser.get("/cart/coupon")
    browser.send("/cart/coupon", code="PRUEBA")
    browser.fill_shipping()
    browser.get("/checkout/review")
    assert browser.pay().status_code == 422
    assert "Seguir sin el cupón" in browser.text, "agreeing to another price would change nothing"


def test_free_order_goes_straight_to_success(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    with app.app_context():
        make_coupon("TODO", value=100)
    browser.add(PLAN)
    browser.get("/cart/coupon")
    browser.send("/cart/coupon", code="TODO")
    browser.get("/checkout/shipping")
    browser.send("/checkout/shipping", email="ana@example.com")
    assert "Confirmar pedido gratis" in browser.text
    answer = browser.pay(consent="y")
    assert answer.status_code == 303
    browser.get(answer.location)
    assert "Gracias por tu compra" in browser.text
    assert not gateway.pages


@pytest.mark.new_app
def test_more_than_one_visitor_may_hold_is_refused_with_a_sentence_and_the_cart_stays(
    app: Flask, browser: Browser
) -> None:
    settings = app.extensions["settings"]
    settings.RATE_LIMITS, settings.MAX_HELD_MINOR_PER_PERSON = True, pesos(200_000)
    browser.add(WHEY, 2)
    browser.fill_shipping()
    assert browser.pay().status_code == 429
    assert "hasta $\N{NO-BREAK SPACE}200.000 a la vez" in browser.text
    browser.get("/cart")
    assert 'id="cart-count">2<' in browser.text
