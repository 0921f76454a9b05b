"""Goods given back, on the staff's pages."""

from datetime import timedelta

import time_machine
from flask import Flask

from storefront import clock
from storefront.seed.loader import DEMO_PASSWORD
from storefront.services.audit import Actor
from storefront.services.orders import fulfilment, own_returns
from storefront.services.payments import refunds
from tests import factories as make
from tests.factories import BAR, DUMBBELL
from tests.fakes import FakeGateway
from tests.web.browser import Browser


def sign_in(browser: Browser) -> None:
    """Sign in as somebody who works here."""
    browser.get("/login")
    browser.send("/login", email="staff@example.com", password=DEMO_PASSWORD)


def test_staff_see_what_is_due_and_what_is_late(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    with app.app_context():
        started = make.begin((DUMBBELL, 2))
        make.pay(gateway, started)
        order_id = make.order_of(started).id
        fulfilment.ship(order_id, carrier="tcc", tracking_number="1", staff=Actor("eva"))
        (line,) = make.lines_of(started)
        said = {"units": {line.id: 1}, "reason": "no me gustó", "key": "a"}
        own_returns.request_return(make.owner(started), started.order_number, **said)
    sign_in(browser)
    for path in ("/staff/care", f"/staff/orders/{started.order_number}"):
        browser.get(path)
        assert f"Retracto {started.order_number}-R1" in browser.text
        assert "Reembolsar a más tardar el" in browser.text
        assert "no me gustó" in browser.text
    with time_machine.travel(clock.now() + timedelta(days=17)):
        late = Browser(app.test_client())
        sign_in(late)
        late.get("/staff/care")
        assert "El plazo para reembolsar venció el" in late.text
    with app.app_context():
        refunds.request_refund(order_id, units={line.id: 1})
    browser.get("/staff/care")
    assert "nadie espera su dinero" in browser.text
    browser.get(f"/staff/orders/{started.order_number}")
    assert "Reembolso hecho" in browser.text


def test_what_came_back_late_is_put_onto_the_shelf(app: Flask, browser: Browser, gateway: FakeGateway) -> None:
    """Beside the line, once: a second click of the same page finds that it changed."""
    with app.app_context():
        started = make.begin((DUMBBELL, 2), (BAR, 1))
        make.pay(gateway, started)
        order_id = make.order_of(started).id
        fulfilment.ship(order_id, carrier="tcc", tracking_number="1", staff=Actor("eva"))
        line_id = make.lines_of(started)[0].id
        refunds.request_refund(order_id, units={line_id: 2}, is_restocked=False)
    sign_in(browser)
    page = f"/staff/orders/{started.order_number}"
    browser.get(page)
    assert "Poner en el inventario lo que volvió" in browser.text
    said = {"restock": "0", f"back-{line_id}": "1"}
    browser.send(f"{page}/restock", **said)
    assert "las unidades están en el inventario" in browser.text
    browser.get(page)
    browser.send(f"{page}/restock", **said)
    assert "El pedido cambió mientras lo mirabas" in browser.text
    browser.get(page)
    browser.send(f"{page}/restock", **{"restock": "1", f"back-{line_id}": "7"})
    assert "sin pasar de las que faltan" in browser.text
    browser.get(page)
    browser.send(f"{page}/restock", **{"restock": "1", f"back-{line_id}": "uno"})
    assert f'href="#back-{line_id}"' in browser.text
    assert browser.form(f"{page}/restock").fields[f"back-{line_id}"] == "uno"
    with app.app_context():
        assert make.stock_of(DUMBBELL) == (4, 0)


def test_staff_see_two_requests_on_one_line_together_and_parcels_without_news(
    app: Flask, browser: Browser, gateway: FakeGateway
) -> None:
    with app.app_context():
        started = make.begin((DUMBBELL, 3))
        make.pay(gateway, started)
        fulfilment.ship(make.order_of(started).id, carrier="tcc", tracking_number="77", staff=Actor("eva"))
        (line,) = make.lines_of(started)
        for key, n in (("a", 1), ("b", 2)):
            said = {"units": {line.id: n}, "reason": "", "key": key}
            own_returns.request_return(make.owner(started), started.order_number, **said)
    sign_in(browser)
    browser.get(f"/staff/orders/{started.order_number}")
    assert browser.form(f"/staff/orders/{started.order_number}/refund").fields[f"units-{line.id}"] == "3"
    assert "Se deben" in browser.text
    browser.get("/staff/care")
    assert "todo lo que debía llegar está entregado" in browser.text
    with time_machine.travel(clock.now() + timedelta(days=12)):
        late = Browser(app.test_client())
        sign_in(late)
        late.get("/staff/care")
        assert "nadie lo ha marcado como entregado" in late.text
