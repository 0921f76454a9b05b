"""Coming back from the payment page."""

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

from flask import Flask
from sqlalchemy import update

from storefront import clock
from storefront.database import db, transaction
from storefront.domain.order import Order
from storefront.money import pesos
from tests import events
from tests import factories as make
from tests.factories import PLAN, WHEY
from tests.fakes import FakeGateway
from tests.web.browser import Browser


def bought(browser: Browser) -> str:
    """Go to the payment page and return its id."""
    browser.add(WHEY)
    browser.fill_shipping()
    return browser.pay().location.rsplit("/", 1)[1]


def change_order(app: Flask, **values: object) -> None:
    """Change the one order behind everybody's back."""
    with app.app_context(), transaction():
        order = db.session.query(Order).one()
        for name, value in values.items():
            setattr(order, name, value)


def test_pending_turns_to_paid_by_itself(browser: Browser, gateway: FakeGateway) -> None:
    page = bought(browser)
    browser.get(f"/checkout/success?session_id={page}")
    assert "Estamos confirmando tu pago" in browser.text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in browser.text
    assert "Puedes cerrarla" in browser.text
    gateway.pay(page)
    for _ in range(2):
        browser.get(f"/checkout/success?session_id={page}")
        assert browser.title == "Gracias por tu compra – FitAiid"
        assert "ana@example.com" in browser.text
        assert "Lo recibes entre el " in browser.text
        assert "http-equiv" not in browser.text
        assert 'id="cart-count">0<' in browser.text


def test_the_pages_tell_of_the_wait_keep_the_cart_and_say_how_it_ended(
    app: Flask, browser: Browser, gateway: FakeGateway
) -> None:
    page = bought(browser)
    gateway.pages[page] = replace(gateway.pages[page], status="complete", url=None)
    for _ in range(2):
        browser.get(f"/checkout/success?session_id={page}")
        assert browser.title == "Esperamos tu pago – FitAiid"
        assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in browser.text
        assert "Guardamos tu pedido hasta el " in browser.text
        assert 'id="cart-count">1<' in browser.text
    browser.get("/checkout/cancel")
    assert "No hay un pago pendiente" in browser.text
    with app.app_context():
        order = make.order_of(gateway.requests[page].order_id)
        number, told = order.number, events.Story.of(order, page)
    browser.get(f"/account/orders/{number}")
    assert "Esperamos tu pago" in browser.text
    assert "/checkout/retry" not in browser.text
    assert events.send(app.test_client(), told.delayed_failed()).status_code == 200
    browser.get(f"/checkout/success?session_id={page}")
    assert browser.title == "El pago no llegó – FitAiid"
    assert "http-equiv" not in browser.text
    assert 'id="cart-count">1<' in browser.text
    browser.get(f"/account/orders/{number}")
    assert "El pago no llegó" in browser.text


def test_a_guest_is_offered_an_account_with_one_field(browser: Browser, gateway: FakeGateway) -> None:
    page = bought(browser)
    gateway.pay(page)
    browser.get(f"/checkout/success?session_id={page}")
    browser.send("/account/orders/", password="caballo verde 88")
    assert "Tu cuenta está lista" in browser.text
    assert browser.title.startswith("Pedido ")


def test_who_comes_back_in_another_browser_hears_of_the_mail_and_of_nobody(app: Flask, browser: Browser) -> None:
    """The page is the same for an invented session and for one of somebody else, who may have paid or not."""
    page = bought(browser)
    with app.app_context():
        number = db.session.query(Order).one().number
    stranger = Browser(app.test_client())
    told = set()
    for asked in (f"?session_id={page}", "", "?session_id=x", "?session_id=" + "x" * 5000, f"?session_id={page}%20"):
        answer = stranger.get(f"/checkout/success{asked}")
        assert answer.status_code == 200
        assert "Si pagaste, el correo de confirmación ya va en camino" in stranger.text
        told.add(_without_chance(answer.get_data(as_text=True), asked))
    assert len(told) == 1
    (text,) = told
    assert not any(secret in text for secret in (number, "ana@example.com", "Calle", page))
    assert stranger.get(f"/account/orders/{number}").status_code == 404


def _without_chance(text: str, asked: str) -> str:
    """Return a page without what differs between any two answers: one-time words, and its own address."""
    text = text.replace(asked, "").replace(quote(asked, safe=""), "").replace(quote(asked), "")
    return re.sub(r'(nonce|value|content)="[^"]*"', "", text)


def test_each_ending_has_its_words(app: Flask, browser: Browser) -> None:
    address = f"/checkout/success?session_id={bought(browser)}"
    endings = {
        "El pago no pasó": {"payment_status": "failed"},
        "Esperamos tu pago": {"payment_status": "processing"},
        "Pago en revisión": {"payment_status": "processing", "review_reason": "amount_mismatch"},
        "Reembolsado": {"payment_status": "refunded", "status": "refunded", "review_reason": None},
        "Cancelado": {"payment_status": "paid", "status": "cancelled"},
    }
    for words, values in endings.items():
        change_order(app, **values)
        browser.get(address)
        assert f"<h1>{words}</h1>" in browser.text


def test_an_expired_page_is_told_apart(browser: Browser, gateway: FakeGateway) -> None:
    page = bought(browser)
    gateway.pages[page] = replace(gateway.pages[page], status="expired")
    browser.get(f"/checkout/success?session_id={page}")
    assert "<h1>Venció sin pago</h1>" in browser.text
    assert "Volver al carrito" in browser.text


def test_turning_back_keeps_the_cart_and_one_click_tries_again(browser: Browser, gateway: FakeGateway) -> None:
    page = bought(browser)
    browser.get("/checkout/cancel")
    assert "tu carrito sigue igual" in browser.text
    assert "hasta las " in browser.text
    assert 'id="summary-shipping"' in browser.text, "the sum in the button can be followed"
    answer = browser.send("/checkout/retry", follow=False)
    assert answer.status_code == 303
    assert page not in answer.location
    assert gateway.pages[page].status == "expired"
    browser.get("/cart")
    assert 'id="cart-count">1<' in browser.text


def test_trying_again_after_the_price_changed_says_so_and_leads_to_the_cart(
    app: Flask, browser: Browser, gateway: FakeGateway
) -> None:
    page = bought(browser)
    browser.get("/checkout/cancel")
    with app.app_context():
        make.change_product(WHEY, price_minor=pesos(139_900))
    assert browser.send("/checkout/retry", follow=False).status_code == 422
    assert "El total cambió desde que hiciste el pedido" in browser.text
    assert "/checkout/retry" not in browser.text
    assert gateway.pages[page].status == "open"
    browser.get("/cart")
    assert 'id="cart-count">1<' in browser.text


def test_an_order_of_hours_ago_offers_no_payment_and_says_why(app: Flask, browser: Browser) -> None:
    bought(browser)
    browser.get("/checkout/cancel")
    form = browser.form("/checkout/retry")
    with app.app_context(), transaction():
        db.session.execute(update(Order).values(placed_at=clock.now() - timedelta(hours=2)))
    browser.get("/checkout/cancel")
    assert "/checkout/retry" not in browser.text
    answer = browser.client.post(form.action, data=form.fields)
    browser.get(answer.location)
    assert "ya es muy viejo" in browser.text
    assert "/checkout/retry" not in browser.text


def test_trying_again_when_the_provider_is_silent(browser: Browser, gateway: FakeGateway) -> None:
    bought(browser)
    browser.get("/checkout/cancel")
    gateway.go_silent(3)
    assert browser.send("/checkout/retry").status_code == 503
    assert "no se cobró nada" in browser.text
    gateway.failures.clear()
    assert browser.send("/checkout/retry", follow=False).status_code == 303


def test_trying_again_after_it_was_paid_shows_the_order(browser: Browser, gateway: FakeGateway) -> None:
    page = bought(browser)
    browser.get("/checkout/cancel")
    form = browser.form("/checkout/retry")
    gateway.pay(page)
    browser.get(f"/checkout/success?session_id={page}")
    answer = browser.client.post(form.action, data=form.fields)
    assert answer.status_code == 303
    assert "/account/orders/" in answer.location


def test_a_foreign_order_cannot_be_tried_again(app: Flask, browser: Browser) -> None:
    bought(browser)
    browser.get("/checkout/cancel")
    order = browser.form("/checkout/retry").fields["order"]
    stranger = Browser(app.test_client())
    bought(stranger)
    stranger.get("/checkout/cancel")
    assert stranger.send("/checkout/retry", order=order).status_code == 404


def test_nothing_to_pay(browser: Browser) -> None:
    browser.get("/checkout/cancel")
    assert "No hay un pago pendiente" in browser.text


def test_download_mentions_no_parcel(browser: Browser, gateway: FakeGateway) -> None:
    browser.add(PLAN)
    browser.get("/checkout/shipping")
    browser.send("/checkout/shipping", email="ana@example.com")
    page = browser.pay(consent="y").location.rsplit("/", 1)[1]
    gateway.pay(page)
    browser.get(f"/checkout/success?session_id={page}")
    assert "Gracias por tu compra" in browser.text
    assert "Lo recibes entre" not in browser.text
    assert "guía por correo" not in browser.text
    assert "También te enviamos el enlace de descarga por correo." in browser.text


def test_what_is_put_aside_is_told_while_it_is(app: Flask, browser: Browser) -> None:
    page = bought(browser)
    change_order(app, payment_status="failed")
    for address in ("/checkout/cancel", f"/checkout/success?session_id={page}"):
        browser.get(address)
        assert "hasta las " in browser.text, address
    change_order(app, hold_until=clock.now() - timedelta(minutes=1))
    for address in ("/checkout/cancel", f"/checkout/success?session_id={page}"):
        browser.get(address)
        assert "apartamos tus productos" not in browser.text, address


def test_paying_again_is_offered_only_while_it_would_be_done(app: Flask, browser: Browser) -> None:
    page = bought(browser)
    change_order(app, payment_status="failed")
    browser.get(f"/checkout/success?session_id={page}")
    assert "Intentar el pago otra vez" in browser.text
    change_order(app, placed_at=clock.now() - timedelta(hours=3))
    browser.get(f"/checkout/success?session_id={page}")
    assert "Intentar el pago otra vez" not in browser.text


def test_nothing_is_put_aside_for_a_download(browser: Browser) -> None:
    browser.add(PLAN)
    browser.get("/checkout/shipping")
    browser.send("/checkout/shipping", email="ana@example.com")
    browser.pay(consent="y")
    browser.get("/checkout/cancel")
    assert "No terminaste el pago" in browser.text
    assert "hasta las" not in browser.text
