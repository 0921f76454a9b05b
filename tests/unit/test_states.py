"""The two state machines, as tables that one can check at a glance."""

from datetime import UTC, datetime

import pytest

from storefront.domain.order import Order
from storefront.domain.order_moves import MOVES, PAYMENT_MOVES, PAYMENT_STEPS_BACK, STEPS_BACK
from storefront.enums import OrderStatus, PaymentStatus
from storefront.errors import WrongState

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)

STATUS = """
from \\ to    pending  confirmed  processing  shipped  delivered  cancelled  returned  refunded
pending         .         x          .          .         .          x         .         .
confirmed       .         .          x          .         .          x         .         x
processing      .         .          .          x         .          x         .         x
shipped         .         .          .          .         x          .         x         x
delivered       .         .          .          .         .          .         x         x
cancelled       .         x          .          .         .          .         .         .
returned        .         .          .          .         .          .         .         x
refunded        .         .          .          .         .          .         .         .
"""

PAYMENT = """
from \\ to            pending  processing  paid  failed  partially_refunded  refunded
pending                 .         x         x      x            .               .
processing              .         .         x      x            .               .
paid                    .         .         .      .            x               x
failed                  .         x         x      .            .               .
partially_refunded      .         .         .      .            .               x
refunded                .         .         .      .            .               .
"""


def rows(table: str) -> list[tuple[str, str, bool]]:
    """Return (from, to, allowed) for every pair of a table."""
    head, *lines = table.strip().splitlines()
    columns = head.split()[3:]
    found = []
    for line in lines:
        start, *marks = line.split()
        found += [(start, end, mark == "x") for end, mark in zip(columns, marks, strict=True)]
    return found


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Return the history that would be written, for an order without a database."""
    kept: list[tuple[object, ...]] = []
    monkeypatch.setattr(Order, "_record", lambda _order, *facts: kept.append(facts))
    return kept


def test_the_tables_name_every_state() -> None:
    assert (
        {start for start, _, _ in rows(STATUS)} == {end for _, end, _ in rows(STATUS)} == set(OrderStatus) == set(MOVES)
    )
    states = set(PaymentStatus)
    assert {start for start, _, _ in rows(PAYMENT)} == {end for _, end, _ in rows(PAYMENT)} == states
    assert states == set(PAYMENT_MOVES)


@pytest.mark.parametrize(("start", "end", "allowed"), rows(STATUS))
def test_status_moves(start: str, end: str, allowed: bool, record: list[tuple[object, ...]]) -> None:
    order = Order(status=start)
    if allowed:
        order.move(OrderStatus(end), cause="test", now=NOW, note="why")
        assert order.status == end
        assert record == [("status", start, end, "test", NOW, "why", "moved")]
    else:
        with pytest.raises(WrongState) as refusal:
            order.move(OrderStatus(end), cause="test", now=NOW)
        assert (order.status, record) == (start, [])
        assert refusal.value.data == {"status": start, "wanted": end}


@pytest.mark.parametrize(("start", "end", "allowed"), rows(PAYMENT))
def test_payment_moves(start: str, end: str, allowed: bool, record: list[tuple[object, ...]]) -> None:
    order = Order(payment_status=start)
    if allowed:
        order.move_payment(PaymentStatus(end), cause="test", now=NOW)
        assert order.payment_status == end
        assert record == [("payment", start, end, "test", NOW, "", "moved")]
    else:
        with pytest.raises(WrongState) as refusal:
            order.move_payment(PaymentStatus(end), cause="test", now=NOW)
        assert (order.payment_status, record) == (start, [])
        assert refusal.value.data == {"status": start, "wanted": end}


def test_only_a_refund_that_did_not_arrive_leads_back(record: list[tuple[object, ...]]) -> None:
    assert set(STEPS_BACK) == {OrderStatus.REFUNDED}
    for start, ends in STEPS_BACK.items():
        assert ends == {was for was, after in MOVES.items() if start in after}
    assert {
        PaymentStatus.PARTIALLY_REFUNDED: {PaymentStatus.PAID},
        PaymentStatus.REFUNDED: {PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED},
    } == PAYMENT_STEPS_BACK
    order = Order(status="refunded", payment_status="refunded")
    order.step_back(OrderStatus.SHIPPED, cause="test", now=NOW, note="why")
    order.step_payment_back(PaymentStatus.PAID, cause="test", now=NOW, note="why")
    assert [(*facts[:3], facts[-1]) for facts in record] == [
        ("status", "refunded", "shipped", "refund_undone"),
        ("payment", "refunded", "paid", "refund_undone"),
    ]
    with pytest.raises(WrongState):
        order.step_back(OrderStatus.CONFIRMED, cause="test", now=NOW, note="why")
    with pytest.raises(WrongState):
        order.step_payment_back(PaymentStatus.PAID, cause="test", now=NOW, note="why")
