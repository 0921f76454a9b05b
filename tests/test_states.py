"""The table of `docs/reliability.md`: every state that something can be in, what ends it, the test that shows it."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint

from storefront.domain.order_moves import MOVES, PAYMENT_MOVES, PAYMENT_STEPS_BACK, STEPS_BACK
from storefront.domain.returns import ReturnRequest
from storefront.enums import (
    CheckoutSessionState,
    DownloadState,
    IdempotencyState,
    JobState,
    OrderStatus,
    PaymentEventState,
    PaymentStatus,
    PlanStatus,
    ProductReviewStatus,
    RefundStatus,
    RequestStatus,
    ShipmentState,
)

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"^\| ([a-z ]+) \| `(\w+)` \| (.+) \| `(test_\w+)` \|$", re.MULTILINE)
HEADING = "## Every state, and who or what ends it"


def rows() -> list[tuple[str, str, str, str]]:
    """Return (what, state, what ends it, test) of each row."""
    text = (ROOT / "docs" / "reliability.md").read_text()
    section = text.split(HEADING)[1].split("\n## ")[0]
    found = ROW.findall(section)
    assert len(found) == section.count("\n| ") - 1, "a row of the table cannot be read"
    return found


def documented(what: str) -> set[str]:
    return {state for kind, state, *_ in rows() if kind == what}


def constraint(model: type, column: str) -> set[str]:
    """Return the values that a table's CHECK permits."""
    checks = [str(one.sqltext) for one in model.__table__.constraints if isinstance(one, CheckConstraint)]  # type: ignore[attr-defined]
    (found,) = [text for text in checks if text.startswith(f"{column} IN")]
    return set(re.findall(r"'(\w+)'", found))


def test_every_state_of_orders_payments_plans_and_returns_is_in_the_table() -> None:
    assert documented("order") == {state.value for state in OrderStatus}
    assert documented("payment") == {state.value for state in PaymentStatus}
    assert documented("plan") == {state.value for state in PlanStatus}
    assert documented("return") == constraint(ReturnRequest, "state")


def test_every_state_of_checkout_sessions_events_downloads_and_keys_is_in_the_table() -> None:
    assert documented("checkout session") == set(CheckoutSessionState)
    assert documented("event") == set(PaymentEventState)
    assert documented("download") == set(DownloadState)
    assert documented("idempotency key") == set(IdempotencyState)


def test_every_state_of_refunds_and_shipments_is_in_the_table() -> None:
    assert documented("refund") == set(RefundStatus)
    assert documented("shipment") == set(ShipmentState)


def test_every_state_of_jobs_is_in_the_table() -> None:
    assert documented("job") == set(JobState)


def test_every_state_of_product_reviews_is_in_the_table() -> None:
    assert documented("product review") == set(ProductReviewStatus)


def test_every_state_of_customer_requests_is_in_the_table() -> None:
    assert documented("customer request") == set(RequestStatus)


def test_what_no_move_leaves_is_called_final() -> None:
    ends = {state for what, state, by, _ in rows() if what == "order" and by == "final"}
    assert ends == {state.value for state, moves in MOVES.items() if not moves and state not in STEPS_BACK}
    ends = {state for what, state, by, _ in rows() if what == "payment" and by == "final"}
    assert ends == {
        state.value for state, moves in PAYMENT_MOVES.items() if not moves and state not in PAYMENT_STEPS_BACK
    }


def test_every_row_has_a_test_that_exists() -> None:
    known: defaultdict[str, list[str]] = defaultdict(list)
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE):
            known[name].append(path.name)
    missing = [(what, state, test) for what, state, _, test in rows() if not known[test]]
    assert not missing


@pytest.mark.parametrize("what", ["order", "payment", "refund", "plan", "return", "hold of stock", "mail"])
def test_no_state_stands_there_twice(what: str) -> None:
    states = [state for kind, state, *_ in rows() if kind == what]
    assert states
    assert len(states) == len(set(states))
