"""Plans in the browser: chosen, bought by somebody with an account, cancelled in one click, paid with another card."""

import html
from dataclasses import replace

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.catalogue import Product
from storefront.domain.customer import Customer
from storefront.domain.order import Order
from storefront.domain.subscription import Subscription
from storefront.services.subscriptions import management
from tests.factories import PREMIUM, WHEY
from tests.fakes import FakeGateway
from tests.plans import NUTRITION, YEARLY
from tests.web.browser import Browser
from tests.web.test_account import register


def choose(browser: Browser, slug: str = PREMIUM) -> None:
    """Choose a plan on its page."""
    browser.get(f"/products/{slug}")
    browser.send("/cart/items")


def subscribe(browser: Browser, gateway: FakeGateway, slug: str = PREMIUM) -> str:
    """Buy a plan and come back, as a customer; return the page's id."""
    choose(browser, slug)
    browser.get("/checkout/review")
    answer = browser.pay(consent="y")
    assert answer.status_code == 303, browser.text
    session_id = answer.location.rsplit("/", 1)[1]
    gateway.pay(session_id)
    browser.get(f"/checkout/success?session_id={session_id}")
    assert "Gracias por tu compra" in browser.text
    return session_id


def page_text(browser: Browser) -> str:
    return html.unescape(browser.text).replace("\N{NO-BREAK SPACE}", " ")


def test_a_guest_is_sent_to_an_account_and_comes_back_with_the_cart(browser: Browser, gateway: FakeGateway) -> None:
    """Point 6."""
    choose(browser)
    assert "Para el plan necesitas una cuenta" in page_text(browser)
    assert "No necesitas cuenta" not in page_text(browser)
    browser.get("/checkout/shipping")
    assert browser.title.startswith("Iniciar sesión")
    assert "Tu carrito te espera" in page_text(browser)
    browser.get("/register?next=/checkout/shipping")
    typed = {"email": "pia@example.com", "first_name": "Pía", "last_name": "López", "password": "caballo verde 88"}
    browser.send("/register", **typed)
    assert browser.title.startswith("Revisa y paga")
    assert "FitAiid Premium mensual</strong>: $ 39.900 al mes" in page_text(browser)
    for sentence in ("El primer cobro es hoy", "Cancelas cuando quieras en Mis planes"):
        assert sentence in page_text(browser)
    assert browser.pay(consent="y").location.startswith("https://checkout.stripe.com/")


def test_the_cart_says_what_recurs_and_takes_one_plan_at_a_time(browser: Browser) -> None:
    register(browser)
    choose(browser)
    choose(browser)
    assert "Plan: $ 39.900 al mes" in page_text(browser)
    assert 'name="quantity"' not in browser.text.split("cart-lines")[1].split("</section>")[0]
    choose(browser, YEARLY)
    assert "Compra un plan a la vez" in page_text(browser)
    browser.get("/checkout/review")
    assert browser.title.startswith("Carrito")


@pytest.mark.parametrize(
    ("moment", "slug", "said"),
    [
        ("2027-01-31 15:00:00+00:00", PREMIUM, "el siguiente el 28 de febrero de 2027 y después uno cada mes"),
        ("2027-02-01 04:30:00+00:00", PREMIUM, "el siguiente el 28 de febrero de 2027 y después uno cada mes"),
        ("2027-03-01 01:00:00+00:00", PREMIUM, "el siguiente el 31 de marzo de 2027 y después uno cada mes"),
        ("2028-02-29 15:00:00+00:00", YEARLY, "el siguiente el 28 de febrero de 2029 y después uno cada año"),
    ],
)
def test_the_day_of_the_next_charge_is_told(browser: Browser, moment: str, slug: str, said: str) -> None:
    """A shorter month has no such day, and an evening in Bogotá is the next day where Stripe counts."""
    with time_machine.travel(moment):
        register(browser)
        choose(browser, slug)
        browser.get("/checkout/review")
        assert said in page_text(browser)


def test_a_coupon_is_said_to_cover_the_first_charge_only_before_paying(browser: Browser) -> None:
    register(browser)
    choose(browser)
    browser.get("/checkout/review")
    assert "baja solo el primer cobro" not in page_text(browser)
    browser.get("/cart/coupon")
    browser.send("/cart/coupon", code="FIT10")
    browser.get("/checkout/review")
    said = "El cupón FIT10 baja solo el primer cobro de FitAiid Premium mensual; los siguientes son de $ 39.900 al mes."
    assert said in page_text(browser)


def test_a_plan_that_is_no_longer_on_sale_is_no_dead_link(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    subscribe(browser, gateway)
    browser.get("/account/subscriptions")
    assert f'href="/products/{PREMIUM}"' in browser.text
    with app.app_context(), transaction():
        db.session.execute(update(Product).where(Product.slug == PREMIUM).values(status="archived"))
    browser.get("/account/subscriptions")
    assert f'href="/products/{PREMIUM}"' not in browser.text
    assert "FitAiid Premium mensual" in page_text(browser)


def test_a_trial_says_what_is_due_today_and_later(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    choose(browser, NUTRITION)
    browser.get("/cart")
    assert "confirma primero tu correo" in page_text(browser)
    with app.app_context(), transaction():
        db.session.execute(update(Customer).values(email_verified_at=clock.now()))
    browser.get("/cart")
    assert "7 días de prueba sin costo; luego $ 69.900 al mes." in page_text(browser)
    browser.get("/checkout/review")
    assert "Empezar la prueba" in page_text(browser)
    subscribe(browser, gateway, NUTRITION)
    browser.get("/account/subscriptions")
    assert "En prueba" in page_text(browser)


def test_cancel_in_one_click_with_the_date_told_and_resume(browser: Browser, gateway: FakeGateway) -> None:
    """Point 8: no second page, no question, and a way back."""
    register(browser)
    subscribe(browser, gateway)
    browser.get("/account/subscriptions")
    for sentence in ("FitAiid Premium mensual", "Activo", "$ 39.900 al mes", "Próximo cobro: $ 39.900 el", "Pedido 2"):
        assert sentence in page_text(browser)
    assert "Si cancelas hoy, conservas el acceso hasta el" in page_text(browser)
    browser.send(cancel_form(browser))
    assert "Cancelamos FitAiid Premium mensual. Sigue activo hasta el" in page_text(browser)
    assert "Seguir con el plan" in page_text(browser)
    assert "Cancelar el plan" not in page_text(browser)
    assert '<span class="badge badge-waiting">Por terminar</span>' in browser.text
    browser.send(cancel_form(browser, "resume"))
    assert "FitAiid Premium mensual sigue. El próximo cobro es el" in page_text(browser)
    browser.get(f"/products/{PREMIUM}")
    assert "Ya tienes este plan." in page_text(browser)
    assert "Elegir este plan" not in page_text(browser)


def cancel_form(browser: Browser, verb: str = "cancel") -> str:
    """Return the address of a plan's button."""
    return next(
        part.split('"')[0]
        for part in browser.text.split('action="')
        if part.startswith("/account/subscriptions/") and part.split('"')[0].endswith(f"/{verb}")
    )


def test_buying_the_same_plan_again_says_so(browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    subscribe(browser, gateway)
    token = browser.form("/language").fields["csrf_token"]
    browser.client.post("/cart/items", data={"csrf_token": token, "product": PREMIUM, "quantity": "1"})
    browser.get("/checkout/review")
    assert browser.pay(consent="y").status_code == 422
    assert "Ya tienes este plan" in page_text(browser)
    assert "/account/subscriptions" in browser.text


def test_the_card_is_changed_at_stripe_s(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    subscribe(browser, gateway)
    with app.app_context():
        assert management.refresh(next(iter(gateway.subscriptions)))
    browser.get("/account/subscriptions")
    assert "Visa terminada en 4242" in page_text(browser)
    answer = browser.send("/account/subscriptions/card", follow=False)
    assert answer.location.startswith("https://billing.stripe.com/")
    assert gateway.portals[0][1] == "http://localhost/account/subscriptions"
    gateway.go_silent()
    browser.get("/account/subscriptions")
    assert browser.send("/account/subscriptions/card").status_code == 503
    assert "Tu plan sigue como estaba" in page_text(browser)


def test_a_failed_charge_says_how_to_mend_it(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    subscribe(browser, gateway)
    ((key, state),) = gateway.subscriptions.items()
    gateway.subscriptions[key] = replace(state, status="past_due")
    with app.app_context():
        management.refresh(key)
    browser.get("/account/subscriptions")
    for sentence in ("Pago pendiente", "El último cobro no pasó", "Cambia la tarjeta y cobramos de nuevo"):
        assert sentence in page_text(browser)


def test_cancelling_while_a_charge_is_open_says_before_and_after_that_it_ends_today(
    app: Flask, browser: Browser, gateway: FakeGateway
) -> None:
    register(browser)
    subscribe(browser, gateway)
    ((key, state),) = gateway.subscriptions.items()
    gateway.subscriptions[key] = replace(state, status="past_due")
    with app.app_context():
        management.refresh(key)
    browser.get("/account/subscriptions")
    assert "Si cancelas, el plan termina hoy: no cobramos lo que está pendiente ni nada más" in page_text(browser)
    browser.send(cancel_form(browser))
    assert "Terminó hoy y no se cobra nada más." in page_text(browser)
    assert "Cancelar el plan" not in page_text(browser)
    assert gateway.subscriptions[key].status == "cancelled"


def test_a_plan_that_is_over_is_shown_without_buttons(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    subscribe(browser, gateway)
    key = next(iter(gateway.subscriptions))
    gateway.end(key)
    browser.get("/account/subscriptions")
    late = cancel_form(browser)
    with app.app_context():
        management.refresh(key)
    assert browser.send(late).status_code == 422
    assert "Este plan ya terminó." in page_text(browser)
    assert "Terminó el" in page_text(browser)
    assert "Cancelar el plan" not in page_text(browser)


def test_nobody_sees_or_moves_another_s_plan(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    subscribe(browser, gateway)
    browser.get("/account/subscriptions")
    mine = cancel_form(browser)
    other = Browser(app.test_client())
    register(other, "otra@example.com")
    other.get("/account/subscriptions")
    assert "No tienes planes" in page_text(other)
    token = other.form("/language").fields["csrf_token"]
    assert other.client.post(mine, data={"csrf_token": token}).status_code == 404
    guest = Browser(app.test_client())
    guest.get("/account/subscriptions")
    assert guest.title.startswith("Iniciar sesión")


def test_english(browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    subscribe(browser, gateway)
    browser.send("/language")
    browser.get("/account/subscriptions")
    for sentence in ("My plans", "Next charge: COP 39,900 on", "Cancel the plan", "COP 39,900 a month"):
        assert sentence in page_text(browser)


def test_a_plan_with_goods_asks_for_the_address(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    register(browser)
    browser.add(WHEY)
    choose(browser)
    browser.fill_shipping()
    answer = browser.pay(consent="y")
    (request,) = gateway.requests.values()
    assert request.has_plan
    assert request.shipping_minor == 2_500_000
    assert answer.status_code == 303
    with app.app_context():
        assert db.session.query(Order).count() == 1
        assert db.session.query(Subscription).count() == 0
