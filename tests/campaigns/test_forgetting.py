"""What was read before a call to Stripe is forgotten after it: a rival may have changed everything meanwhile."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pytest
from sqlalchemy.orm import Session

from storefront.domain.order import Order
from storefront.domain.order_lines import lines_of
from storefront.gateways.payments import Refund
from storefront.services.audit import Actor
from storefront.services.payments import refunds
from tests.campaigns import oracle, stories
from tests.campaigns.inside import Inside, shop
from tests.fakes import FakeGateway


@dataclass
class Interrupted(FakeGateway):
    """A provider during whose first refund somebody else does something."""

    rival: Callable[[], object] | None = None

    def refund(self, payment_id: str, amount_minor: int, *, reference: str) -> Refund:
        rival, self.rival = self.rival, None
        if rival is not None:
            meanwhile = threading.Thread(target=rival)
            meanwhile.start()
            meanwhile.join()
        return super().refund(payment_id, amount_minor, reference=reference)


def refund_twice(inside: Inside, gateway: Interrupted) -> list[str]:
    """Give one line back; while Stripe is asked, somebody gives back all the rest."""
    tale = stories.place(inside)
    assert inside.deliver(tale.pages[0].completed()) == 200
    key, line = inside.books.value("SELECT id FROM orders"), inside.books.value("SELECT min(id) FROM order_lines")
    gateway.rival = lambda: inside.call(lambda: refunds.request_refund(key, staff=Actor("luis")))
    inside.call(lambda: refunds.request_refund(key, units={line: 1}, staff=Actor("ana")))
    assert inside.books.value("SELECT status FROM orders") == "refunded"
    return oracle.examine(inside.books)


@pytest.fixture(autouse=True)
def held() -> Iterator[list[object]]:
    """Hold what was read of an order, as a caller may: what nobody holds is forgotten anyway."""
    rows: list[object] = []
    promise = refunds.promise

    def holding(order: Order, **options: Any) -> str:
        rows.extend((order, lines_of(order)))
        return promise(order, **options)

    with mock.patch.object(refunds, "promise", holding):
        yield rows


def test_units_come_back_once() -> None:
    gateway = Interrupted()
    with shop("sqlite", gateway) as inside:
        assert not refund_twice(inside, gateway)


def test_without_forgetting_they_come_back_twice() -> None:
    gateway = Interrupted()
    with mock.patch.object(Session, "expire_all"), shop("sqlite", gateway) as inside:
        assert any("restocked twice" in fault for fault in refund_twice(inside, gateway))
