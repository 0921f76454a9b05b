"""Goods given back, on the staff's pages."""

from datetime import timedelta

import time_machine
from flask import Flask

from storefront import clock
from storefront.seed.loader import DEMO_PASSWORD
from storefront.services import fulfilment, refunds, withdrawals
from tests import factories as make
from tests.factories import DUMBBELL
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
        fulfilment.ship(order_id, carrier="tcc", guide="1", staff="staff eva")
        (line,) = make.lines_of(started)
        said = {"units": {line.id: 1}, "reason": "no me gustó", "key": "a"}
        withdrawals.ask(make.owner(started), started.order_number, **said)
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
        refunds.ask(order_id, units={line.id: 1})
    browser.get("/staff/care")
    assert "nadie espera su dinero" in browser.text
    browser.get(f"/staff/orders/{started.order_number}")
    assert "Reembolso hecho" in browser.text
