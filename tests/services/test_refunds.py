"""Money that goes back, and money that did not arrive after all."""

import pytest
from flask import Flask

from storefront.errors import WrongState
from storefront.gateways.payments import PaymentRefused
from storefront.services.payments import refunds
from tests import events
from tests import factories as make
from tests.events import Story
from tests.factories import DUMBBELL, GUIDE
from tests.fakes import FakeGateway


def paid(gateway: FakeGateway, *goods: tuple[str, int]) -> make.PlacedOrder:
    """Return a paid order."""
    started = make.begin(*goods, digital_consent=True)
    make.pay(gateway, started)
    return started


def test_units_of_a_refused_refund_can_be_refunded_again(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (DUMBBELL, 2))
    (line,) = make.lines_of(started)
    gateway.failures = [PaymentRefused("charge_disputed")]
    refunds.request_refund(make.order_of(started).id, units={line.id: 2})
    (line,) = make.lines_of(started)
    assert (line.refunded, line.restocked) == (0, 2), "the goods are on the shelf, the money is not back"
    assert make.stock_of(DUMBBELL) == (5, 0)
    refunds.request_refund(make.order_of(started).id, units={line.id: 2})
    (line,) = make.lines_of(started)
    assert (line.refunded, line.restocked) == (2, 2)
    assert make.stock_of(DUMBBELL) == (5, 0), "nothing returns to the shelf twice"
    assert [row.status for row in make.refunds_of(started)] == ["failed", "succeeded"]
    with pytest.raises(WrongState):
        refunds.request_refund(make.order_of(started).id, units={line.id: 1})


def test_files_of_a_refused_refund_open_again(shop: Flask, gateway: FakeGateway) -> None:
    started = paid(gateway, (GUIDE, 1))
    (line,) = make.lines_of(started)
    gateway.failures = [PaymentRefused("charge_disputed")]
    refunds.request_refund(make.order_of(started).id, units={line.id: 1})
    (line,) = make.lines_of(started)
    assert line.refunded == 0


@pytest.mark.parametrize("status", ["failed", "canceled"])
def test_a_refund_that_ends_without_arriving_gives_its_units_free(
    shop: Flask, gateway: FakeGateway, status: str
) -> None:
    """The bank says no days later; told twice, it counts once."""
    started = paid(gateway, (DUMBBELL, 2))
    (line,) = make.lines_of(started)
    gateway.go_silent()
    refund_id = refunds.request_refund(make.order_of(started).id, units={line.id: 1})
    order = make.order_of(started)
    stripe_events = Story.of(order, started.session_id, payment_id=order.payment_id)
    amount_minor = make.refunds_of(started)[0].amount_minor
    for _ in range(2):
        event = stripe_events.refund("updated", amount_minor, status, key="x", reference=refund_id)
        assert events.send(shop.test_client(), event).status_code == 200
    (line,) = make.lines_of(started)
    assert line.refunded == 0
    assert [row.status for row in make.refunds_of(started)] == [status]
