"""Histories of before have codes, read from their notes once; from then on nothing reads a note."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from storefront.database import db
from storefront.enums import OrderEventCode, OrderEventKind
from storefront.i18n import event_label
from tests import first_revision as first
from tests.conftest import build

NOTES = (
    ("placed", "placed"),
    ("renewed", "renewal of 2026-11-0001"),
    ("rebuilt", "rebuilt from the payment page"),
    ("refund_requested", "refund of 100 requested (requested_by_customer)"),
    ("refund_requested", "refund requested: paid_twice"),
    ("refund_refused", "refund of 100 refused: charge_already_refunded"),
    ("refund_failed", "refund re_1 failed at the bank"),
    ("settled_otherwise", "money settled otherwise: refund of 100 requested (by hand)"),
    ("disputed", "dispute needs_response: fraudulent"),
    ("payment_accepted", "payment of 100 accepted for 200"),
    ("goods_released", "goods released; the payment still waits for staff"),
    ("amount_differs", "paid 100 COP, due 200 COP"),
    ("restocked", "back on the shelf: 1 x whey-protein-2lb"),
    ("downloads_renewed", "downloads issued again"),
    ("withdrawal_asked", "withdrawal R1 asked: 1 x whey-protein-2lb"),
    ("withdrawal_closed", "withdrawal R1 closed: it was asked for by mistake"),
    ("plan_changed", "plan active, ends with its period"),
    ("plan_ended", "plan ended at once"),
    ("plan_duplicate", "plan paid for beside a running one"),
    ("trial_refused", "plan ends: its card had tried it before"),
    ("noted", "what nobody writes any more"),
)
MOVES = (
    ("moved", "status", "confirmed", "webhook evt_1", ""),
    ("moved", "status", "shipped", "staff eva", "servientrega 123"),
    ("ready_for_pickup", "status", "shipped", "staff eva", "ready for pickup"),
    ("collected", "status", "delivered", "staff eva", "collected"),
    ("page_refused", "status", "cancelled", "stripe", "payment page refused: amount_too_small"),
    ("out_of_stock", "status", "cancelled", "rebuild", "no stock left"),
    ("cancelled", "status", "cancelled", "customer: cart changed", ""),
    ("cancelled", "status", "cancelled", "staff eva", ""),
    ("expired", "status", "cancelled", "sweeper", ""),
    ("refund_undone", "status", "shipped", "webhook evt_1", "refund re_1 did not arrive"),
    ("refund_undone", "payment", "paid", "webhook evt_1", "refund re_1 did not arrive"),
    ("moved", "payment", "paid", "webhook evt_1", ""),
    ("declined", "payment", "failed", "webhook evt_1", "insufficient_funds"),
    ("invoice_paid", "payment", "paid", "webhook evt_1", "invoice in_1"),
    ("paid_late", "payment", "paid", "webhook evt_1", "paid after cancellation, no stock left"),
    ("amount_differs", "payment", "processing", "webhook evt_1", "paid 100 COP, due 200 COP"),
    ("payment_rejected", "payment", "paid", "staff eva", "another amount was due; it goes back"),
)
BUYERS = {
    "withdrawal_asked": "Pediste devolver productos (retracto)",
    "ready_for_pickup": "Listo para recoger",
    "collected": "Recogido",
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Return a shop of the first day at the revision before the codes, with a line of each kind in a history."""
    if request.param == "sqlite":
        app = build(f"sqlite:///{tmp_path / 'shop.sqlite'}")
    else:
        app = build(request.getfixturevalue("postgres_empty_url"))
    with app.app_context():
        upgrade(revision="0001")
        with db.engine.begin() as connection:
            first.write(connection)
        upgrade(revision="0021")
        rows = [{"kind": "note", "old": None, "new": None, "cause": "staff", "note": note} for _, note in NOTES]
        rows += [
            {"kind": kind, "old": "pending", "new": new, "cause": cause, "note": note}
            for _, kind, new, cause, note in MOVES
        ]
        with db.engine.begin() as connection:
            connection.execute(text("DELETE FROM order_events"))
            insert = "INSERT INTO order_events (id, order_id, kind, old, new, cause, note, at) VALUES "
            values = "(:id, 1, :kind, :old, :new, :cause, :note, '2026-11-24 15:00:00')"
            connection.execute(text(insert + values), [row | {"id": n} for n, row in enumerate(rows, 1)])
        yield app
        db.session.remove()
        db.engine.dispose()


LATER = {
    *(OrderEventCode.PARCEL_SENT, OrderEventCode.TRACKING_CHANGED),
    *(OrderEventCode.ADDRESS_CHANGED, OrderEventCode.MAIL_SENT_AGAIN),
}
"""Codes of what the history did not tell before there were codes."""


def codes() -> list[str]:
    with db.engine.connect() as connection:
        return list(connection.scalars(text("SELECT code FROM order_events ORDER BY id")))


def test_every_line_of_before_gets_its_code(before: Flask) -> None:
    expected = [code for code, *_ in (*NOTES, *MOVES)]
    assert set(expected) == set(OrderEventCode) - LATER
    for _ in range(2):
        upgrade()
        assert codes() == expected
        db.session.remove()
        downgrade(revision="0021")


def test_a_buyer_reads_what_is_worded_from_the_code(app: Flask) -> None:
    with app.test_request_context():
        for code, _ in NOTES:
            assert event_label(OrderEventKind.NOTE, None, OrderEventCode(code)) == BUYERS.get(code, "")
        told = [event_label(OrderEventKind(kind), new, OrderEventCode(code)) for code, kind, new, *_ in MOVES]
    assert told == [
        "Pedido confirmado",
        "Enviado",
        "Listo para recoger",
        "Recogido",
        *["Cancelado"] * 5,
        "",
        "El reembolso no llegó",
        "Pago recibido",
        "El pago no pasó",
        "Pago recibido",
        "Pago recibido",
        "Pago en proceso",
        "Pago recibido",
    ]
