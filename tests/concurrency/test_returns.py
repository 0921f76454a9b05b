"""Two requests for the same units at the same moment."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask

from storefront.errors import InvalidInput
from storefront.services.audit import Actor
from storefront.services.orders import admin_orders, admin_returns, fulfilment, own_returns
from tests import factories as make
from tests.factories import DUMBBELL
from tests.fakes import FakeGateway

pytestmark = pytest.mark.concurrency
Race = Callable[..., list[Any]]


def sent(gateway: FakeGateway, units: int) -> tuple[make.PlacedOrder, int]:
    """Return an order on its way, and its line."""
    started = make.begin((DUMBBELL, units))
    make.pay(gateway, started)
    fulfilment.ship(make.order_of(started).id, carrier="tcc", tracking_number="1", staff=Actor("ana"))
    return started, make.lines_of(started)[0].id


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("is_same_form", [True, False])
def test_asked_at_once_it_is_one_request(shop: Flask, gateway: FakeGateway, race: Race, is_same_form: bool) -> None:
    """The same form by a double click finds the first; another form for units that are promised is refused."""
    started, line_id = sent(gateway, 1)
    owner = make.owner(started)
    jobs = [
        partial(
            own_returns.request_return,
            owner,
            started.order_number,
            units={line_id: 1},
            reason="",
            key="same" if is_same_form else f"form {n}",
        )
        for n in range(8)
    ]
    results = race(*jobs)
    made = [result for result in results if isinstance(result, own_returns.ReturnRequest)]
    assert len({request.id for request in made}) == 1
    if is_same_form:
        assert len(made) == 8
    else:
        assert len(made) == 1
        assert all(
            isinstance(result, (InvalidInput, own_returns.WrongState)) for result in results if result not in made
        )
    assert len(admin_returns.list_for(admin_orders.get(started.order_id))) == 1


@pytest.mark.usefixtures("books")
def test_cancelled_and_sent_at_once_is_one_of_the_two(shop: Flask, gateway: FakeGateway, race: Race) -> None:
    started = make.begin((DUMBBELL, 1))
    make.pay(gateway, started)
    order_id = make.order_of(started).id
    race(
        partial(own_returns.cancel_order, make.owner(started), started.order_number),
        partial(fulfilment.ship, order_id, carrier="tcc", tracking_number="1", staff=Actor("ana")),
    )
    assert make.state_of(started) in [("cancelled", "refunded"), ("shipped", "paid")]
