"""An order that was paid twice, whose second payment could not be given back."""

from flask import Flask

from storefront.services.payments import refunds
from tests import events
from tests import factories as make
from tests.events import Story
from tests.factories import DUMBBELL, PlacedOrder


def with_failed_second_payment(app: Flask) -> tuple[PlacedOrder, Story, Story]:
    """Return the order, and the events of its own payment and of the second one; inside an application context."""
    started = make.begin((DUMBBELL, 1))
    order = make.order_of(started)
    own = Story.of(order, started.session_id)
    second = Story.of(order, started.session_id, payment_id="pi_second" + started.session_id[-8:])
    client = app.test_client()
    for one in (own.completed(), second.completed()):
        assert events.send(client, one).status_code == 200
    refunds.send_all()
    (row,) = make.refunds_of(started)
    key = started.session_id[-8:]
    failed = second.refund("failed", row.amount_minor, "failed", key=key, reference=row.id)
    assert events.send(client, failed).status_code == 200
    return started, own, second
