"""How many statements a call may cost, the sign-in check included."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import event

from storefront.database import db
from tests.api.conftest import BANDS, DUMBBELLS, Phone, purchase
from tests.fakes import FakeGateway

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


def test_create_session_costs_twenty_statements_at_most(app: Flask, camila: Phone) -> None:
    items = [{"productId": DUMBBELLS, "quantity": 2}, {"productId": BANDS, "quantity": 1}]
    app.extensions["settings"].RATE_LIMITS = True
    body = purchase(items=items, couponCode="BIENVENIDO15")
    sent = counted(app, lambda: camila.post("/api/checkout/create-session", body))
    assert len(sent) <= 20, "\n".join(sent)


def test_create_session_with_a_key_costs_twenty_statements_at_most(app: Flask, camila: Phone) -> None:
    body = purchase(couponCode="FIT10")
    sent = counted(app, lambda: camila.post("/api/checkout/create-session", body, Idempotency_Key="k"))
    assert len(sent) <= 20, "\n".join(sent)


def test_session_status_costs_four_statements_at_most(app: Flask, camila: Phone, gateway: FakeGateway) -> None:
    started = camila.post("/api/checkout/create-session", purchase()).json
    path = f"/api/checkout/session/{started['sessionId']}"
    for _ in range(2):
        sent = counted(app, lambda: camila.get(path))
        assert len(sent) <= 4, "\n".join(sent)
        gateway.pay(started["sessionId"]) if gateway.pages[started["sessionId"]].status == "open" else None
        camila.get(path)


def test_calculate_shipping_costs_four_statements_at_most(app: Flask, camila: Phone) -> None:
    body = {"items": [{"productId": DUMBBELLS, "quantity": 2}], "city": "Cali"}
    sent = counted(app, lambda: camila.post("/api/checkout/calculate-shipping", body))
    assert len(sent) <= 4, "\n".join(sent)


def test_lists_cost_the_same_however_long(app: Flask, camila: Phone, stranger: Phone) -> None:
    short = counted(app, lambda: stranger.get("/api/products?limit=1"))
    long = counted(app, lambda: stranger.get("/api/products?limit=100"))
    assert len(short) == len(long) <= 2
    camila.post("/api/checkout/create-session", purchase())
    one = counted(app, lambda: camila.get("/api/orders"))
    camila.post("/api/checkout/create-session", purchase())
    assert len(counted(app, lambda: camila.get("/api/orders"))) == len(one) <= 4
