"""A line of an order: what it cost then, what was paid for it, and what each unit gives back."""

from datetime import UTC, datetime

import pytest

from storefront.domain.order import Order, OrderLine
from storefront.money import pesos


@pytest.mark.parametrize(
    ("quantity", "net", "parts"),
    [
        (1, 100, [100]),
        (3, 100, [33, 33, 34]),
        (3, 200, [66, 67, 67]),
        (2, 0, [0, 0]),
        (7, 10, [1, 1, 2, 1, 2, 1, 2]),
    ],
)
def test_unit_by_unit_a_line_gives_back_what_was_paid_for_it(quantity: int, net: int, parts: list[int]) -> None:
    line = OrderLine(quantity=quantity, total_minor=pesos(net + 50), discount_minor=pesos(50), refunded=0)
    assert line.net_minor == pesos(net)
    assert line.refund_minor(quantity) == pesos(net)
    given = []
    while line.refunded < quantity:
        given.append(line.refund_minor(1))
        line.refunded += 1
    assert given == [pesos(part) for part in parts]


def test_several_units_give_back_as_much_as_one_after_the_other() -> None:
    line = OrderLine(quantity=3, total_minor=pesos(100), discount_minor=0, refunded=1)
    assert line.refund_minor(0) == 0
    assert line.refund_minor(2) == pesos(67)


def test_a_plan_that_is_tried_first_keeps_its_price_beside_what_it_costs_today() -> None:
    assert OrderLine(unit_price_minor=0, recurring_minor=pesos(39_900)).list_price_minor == pesos(39_900)
    assert OrderLine(unit_price_minor=pesos(5_000), recurring_minor=None).list_price_minor == pesos(5_000)


def test_an_order_is_paid_from_the_moment_of_its_payment() -> None:
    assert not Order(paid_at=None).is_paid
    assert Order(paid_at=datetime(2026, 11, 24, tzinfo=UTC)).is_paid
