"""How many statements a call may cost, the sign-in check included."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from storefront.database import db
from storefront.services.payments import declines
from storefront.services.shopper import Shopper
from storefront.settings import shop_texts
from tests.api.conftest import BANDS, DUMBBELLS, Phone, purchase
from tests.fakes import FakeGateway

pytestmark = pytest.mark.new_app  # it counts clients

_CONTROL = ("BEGIN", "PRAGMA")


def counted(app: Flask, act: Callable[[], Any]) -> list[str]:
    """Return the statements that a call sends to the database."""
    with app.app_context():
        engine = db.engine
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(_CONTROL):
            sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return sent


def count_as_in_production(app: Flask) -> None:
    """Switch the limits on, some seconds after the process has last looked for declined cards and names of methods."""
    app.extensions["settings"].RATE_LIMITS = True
    with app.app_context():
        shop_texts()
        declines.require_account(Shopper(), None)
        db.session.remove()


def test_create_session_costs_fifteen_statements_at_most(app: Flask, camila: Phone) -> None:
    items = [{"productId": DUMBBELLS, "quantity": 2}, {"productId": BANDS, "quantity": 1}]
    count_as_in_production(app)
    body = purchase(items=items, couponCode="BIENVENIDO15")
    sent = counted(app, lambda: camila.post("/api/checkout/create-session", body))
    assert len(sent) <= 15, "\n".join(sent)


def test_buying_the_stored_cart_costs_sixteen_statements_at_most(app: Flask, camila: Phone) -> None:
    count_as_in_production(app)
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 2})
    camila.put("/api/cart/coupon", {"couponCode": "BIENVENIDO15"})
    sent = counted(app, lambda: camila.post("/api/checkout/create-session", purchase(items=None)))
    assert len(sent) <= 16, "\n".join(sent)  # one more than items, because the cart's row is locked first


def test_a_key_costs_three_more(app: Flask, camila: Phone) -> None:
    count_as_in_production(app)
    body = purchase(couponCode="BIENVENIDO15")
    sent = counted(app, lambda: camila.post("/api/checkout/create-session", body, Idempotency_Key="k"))
    assert len(sent) <= 18, "\n".join(sent)  # its claim, the order it may have made before, its answer


def test_session_status_costs_three_statements_at_most(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    started = camila.post("/api/checkout/create-session", purchase()).json
    path = f"/api/checkout/session/{started['sessionId']}"
    for _ in range(2):
        sent = counted(app, lambda: camila.get(path))
        assert len(sent) <= 3, "\n".join(sent)
        gateway.pay(started["sessionId"]) if gateway.pages[started["sessionId"]].status == "open" else None
        camila.get(path)


def test_calculate_shipping_costs_three_statements_at_most(app: Flask, camila: Phone) -> None:
    body = {"items": [{"productId": DUMBBELLS, "quantity": 2}], "city": "Cali"}
    sent = counted(app, lambda: camila.post("/api/checkout/calculate-shipping", body))
    assert len(sent) <= 3, "\n".join(sent)


def test_a_coupon_costs_six_statements_at_most(app: Flask, camila: Phone) -> None:
    body = {"items": [{"productId": DUMBBELLS, "quantity": 2}], "couponCode": "BIENVENIDO15"}
    sent = counted(app, lambda: camila.post("/api/checkout/apply-coupon", body))
    assert len(sent) <= 4, "\n".join(sent)
    camila.put(f"/api/cart/items/{DUMBBELLS}", {"quantity": 2})
    sent = counted(app, lambda: camila.put("/api/cart/coupon", {"couponCode": "FIT10"}))
    assert len(sent) <= 6, "\n".join(sent)


def test_changing_and_showing_the_cart(app: Flask, camila: Phone) -> None:
    for product in (DUMBBELLS, BANDS):
        for quantity in (1, 2):
            act = partial(camila.put, f"/api/cart/items/{product}", {"quantity": quantity})
            sent = counted(app, act)
            assert len(sent) <= 6, "\n".join(sent)
    sent = counted(app, lambda: camila.get("/api/cart"))
    assert len(sent) <= 4, "\n".join(sent)
    sent = counted(app, lambda: camila.delete(f"/api/cart/items/{BANDS}"))
    assert len(sent) <= 6, "\n".join(sent)


def test_lists_cost_the_same_however_long(app: Flask, camila: Phone, stranger: Phone) -> None:
    short = counted(app, lambda: stranger.get("/api/products?limit=1"))
    long = counted(app, lambda: stranger.get("/api/products?limit=100"))
    assert len(short) == len(long) == 1
    camila.post("/api/checkout/create-session", purchase())
    one = counted(app, lambda: camila.get("/api/orders"))
    camila.post("/api/checkout/create-session", purchase())
    assert len(counted(app, lambda: camila.get("/api/orders"))) == len(one) <= 3
