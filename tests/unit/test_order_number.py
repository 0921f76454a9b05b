"""The number that people say on the phone."""

from datetime import UTC, datetime

import pytest

from storefront.domain.order import Order
from storefront.domain.order_numbers import sequence_of, sequences_of_tail


@pytest.mark.parametrize(
    ("placed_at", "key", "number"),
    [
        (datetime(2026, 11, 24, 15, 0, tzinfo=UTC), 1, "2026-11-0001"),
        (datetime(2026, 11, 24, 15, 0, tzinfo=UTC), 12_345, "2026-11-12345"),
        (datetime(2026, 12, 1, 4, 59, tzinfo=UTC), 7, "2026-11-0007"),  # still November in Bogotá
        (datetime(2026, 12, 1, 5, 0, tzinfo=UTC), 7, "2026-12-0007"),
    ],
)
def test_a_number_is_the_month_of_bogota_and_the_running_number(placed_at: datetime, key: int, number: str) -> None:
    assert Order(id=key, placed_at=placed_at).number == number
    assert sequence_of(number) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2026-11-2147483647", 2_147_483_647),
        ("2026-11-000000000007", 7),
        ("2026-11-0000000000007", None),  # no number has thirteen digits
        ("2026-11-2147483648", None),
    ],
)
def test_a_running_number_is_one_that_the_table_can_hold(text: str, key: int | None) -> None:
    assert sequence_of(text) == key


@pytest.mark.parametrize(
    "text",
    ["", "0001", "2026-11", "2026-11-", "2026-11-x", "2026-11--1", "2026-11-1-1", "2026-11-٣", "2026-11-1.5",
     "2026-11-" + "9" * 13, "01h455vb4pex5vsknk084sn02q"],
)  # fmt: skip
def test_what_is_not_a_number_has_no_sequence(text: str) -> None:
    assert sequence_of(text) is None


@pytest.mark.parametrize(
    ("typed", "running"),
    [("2026-11-0042", 42), ("#0042", 42), ("42", 42), ("11-0042", 42), ("4567", 1_234_567), ("567", 234_567)],
)
def test_a_number_is_known_by_its_end(typed: str, running: int) -> None:
    assert running in sequences_of_tail(typed)


@pytest.mark.parametrize("typed", ["", "abc", "4a", "1234567890", "2026-11-x", "-1", "٤٢"])
def test_other_texts_are_no_end_of_a_number(typed: str) -> None:
    assert sequences_of_tail(typed) == []
