"""One client, many orders at once: together they hold no more than one client may; and a form's two clicks are one."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask

from storefront.database import db
from storefront.errors import TooManyHolds
from storefront.services import carts, checkout
from storefront.services.carts import reorders
from storefront.services.checkout import PlacedOrder
from storefront.services.orders import own_orders
from storefront.services.shopper import Shopper
from tests import factories as make
from tests.concurrency.test_races import in_own_transaction
from tests.factories import COFFEE, CUBES, WHEY
from tests.fakes import FakeGateway

pytestmark = pytest.mark.concurrency

Race = Callable[..., list[Any]]


def buy(n: int, **changes: Any) -> Callable[[], PlacedOrder]:
    said = {"items": ((WHEY, 10),), "email": f"buyer{n}@example.com", "network": "n1"} | changes
    return partial(checkout.begin, make.purchase(Shopper(), **said))


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    ("limits", "same"),
    [
        ({"MAX_HOLDS_PER_NETWORK": 3}, {}),
        ({"MAX_HELD_UNITS_PER_NETWORK": 39}, {}),
        ({"MAX_HELD_UNITS_PER_PERSON": 39}, {"email": "ana@example.com"}),
        ({"MAX_HOLDS_PER_PERSON": 3}, {"email": "ana@example.com", "network": None}),
    ],
)
def test_orders_at_once_hold_no_more_than_one_client_may(
    shop: Flask, race: Race, limits: dict[str, int], same: dict[str, Any]
) -> None:
    for name, figure in ({"RATE_LIMITS": True} | limits).items():
        setattr(shop.extensions["settings"], name, figure)
    results = race(*(buy(n, **same) for n in range(8)))
    assert sum(isinstance(one, PlacedOrder) for one in results) == 3
    assert sum(isinstance(one, TooManyHolds) for one in results) == 5, results
    assert make.stock_of(WHEY) == (120, 30)


def test_control_counting_without_waiting_lets_all_of_them_through(
    shop: Flask, race: Race, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite writes one after the other, whoever counts; PostgreSQL does not, so that the lock is needed there."""
    limits = shop.extensions["settings"]
    limits.RATE_LIMITS, limits.MAX_HOLDS_PER_NETWORK = True, 3
    has_one_writer = db.engine.dialect.name == "sqlite"
    everybody_counted = threading.Barrier(1 if has_one_writer else 5)
    monkeypatch.setattr("storefront.services.checkout.holds._wait_for_rivals", lambda who: None)
    monkeypatch.setattr(
        "storefront.services.checkout.placement._reserve", lambda *_: everybody_counted.wait(timeout=30)
    )
    results = race(*(buy(n) for n in range(5)))
    assert sum(isinstance(one, PlacedOrder) for one in results) == (3 if has_one_writer else 5), results


def units_of(shopper: Shopper) -> int:
    return carts.count(shopper)


@pytest.mark.usefixtures("books")
def test_one_form_sent_at_once_adds_once_and_two_forms_add_twice(shop: Flask, race: Race) -> None:
    guest = make.guest_with((CUBES, 1))
    add = partial(carts.add, guest, WHEY, 2)
    race(*[partial(add, submission="one form")] * 6)
    assert units_of(guest) == 3
    race(*[partial(add, submission="another form")] * 3, partial(add, submission="a third"))
    assert units_of(guest) == 7


def test_control_looking_before_adding_adds_each_time(shop: Flask, race: Race) -> None:
    everybody_looked = threading.Barrier(3)

    def naive() -> bool:
        known = in_own_transaction("SELECT count(*) FROM cart_deeds")
        everybody_looked.wait(timeout=30)
        return bool(known == 0)

    assert sum(race(*[naive] * 3)) == 3


def test_buying_again_at_once_with_one_form_fills_the_cart_once(shop: Flask, race: Race, gateway: FakeGateway) -> None:
    started = make.begin((WHEY, 2), (COFFEE, 1))
    make.pay(gateway, started)
    owner = make.owner(started)
    guest = Shopper(cart_token=make.guest_with((CUBES, 1)).cart_token, order_ids=owner.order_ids)

    def again() -> reorders.Again:
        return reorders.buy_again(guest, own_orders.get(guest, started.order_id), language="es", key="one form")

    results = race(*[again] * 4)
    assert sorted(one.added for one in results) == [0, 0, 0, 3]
    assert units_of(guest) == 4
    assert not any(one.notices for one in results)
