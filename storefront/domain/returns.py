"""Withdrawal (retracto): until when each bought line can be given back, and the requests to do so.

Ley 1480 of 2011, article 47: five business days from delivery, without a reason, except for goods of
personal use, perishable or made to measure, and for what began at once with the buyer's consent. The
money goes back within fifteen calendar days (Ley 2439 of 2024).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storefront.database import Base, db
from storefront.domain.order import OrderLine
from storefront.domain.shipping import add_business_days
from storefront.enums import ProductKind, ReturnRequestState, RightState, WithdrawalExclusion
from storefront.ids import new_id

DAYS = 5
"""Business days from delivery in which the buyer may ask."""

REFUND_WITHIN = timedelta(days=15)
"""Calendar days from the request in which the money must be back."""


class ReturnRequest(Base):
    """A buyer's request to give units back; `key` is its form's, so that a double click is one request.

    States: `open`, `refunded` (the money of all its units was requested), `closed` (staff ended it, `note` is why).
    `told_at` is when the buyer got the email about its end, `reminded_at` when staff were reminded of its money.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (
        UniqueConstraint("order_id", "sequence"),
        UniqueConstraint("order_id", "key"),
        Index("ix_withdrawals_due", "state", "refund_due_on"),
        CheckConstraint("sequence > 0", name="sequence_positive"),
        CheckConstraint("refund_due_on LIKE '____-__-__'", name="due_day_given"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    sequence: Mapped[int]
    key: Mapped[str] = mapped_column(String(40))
    state: Mapped[ReturnRequestState] = mapped_column(default=ReturnRequestState.OPEN)
    reason: Mapped[str] = mapped_column(String(500), default="")
    note: Mapped[str] = mapped_column(String(300), default="")
    asked_at: Mapped[datetime]
    refund_due_on: Mapped[str] = mapped_column(String(10))
    closed_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]

    lines: Mapped[list["ReturnRequestLine"]] = relationship(order_by="ReturnRequestLine.order_line_id", lazy="selectin")

    @property
    def is_open(self) -> bool:
        """Return whether its money is still due."""
        return self.state == ReturnRequestState.OPEN


class ReturnRequestLine(Base):
    """A line of a request: order line and units; `refunded` counts those whose refund was requested since."""

    __tablename__ = "withdrawal_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("refunded >= 0 AND refunded <= quantity", name="refunded_within_asked"),
    )

    withdrawal_id: Mapped[str] = mapped_column(ForeignKey("withdrawals.id"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id"), primary_key=True, index=True)
    quantity: Mapped[int]
    refunded: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class Right:
    """What can be given back of one line: `units`, and until which day once the time runs.

    The time is counted from `since`, the day of delivery as far as the shop knows it. `is_unconfirmed` means that the
    promised day is over and no delivery was recorded.
    """

    state: RightState
    units: int = 0
    until: date | None = None
    since: date | None = None
    is_unconfirmed: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether the buyer may request the return now."""
        return self.state in (RightState.OPEN, RightState.EARLY)


def right_of(
    line: OrderLine,
    *,
    exception: WithdrawalExclusion | None,
    has_started: bool,
    begins_on: date | None,
    promised: int,
    today: date,
    due_on: date | None = None,
) -> Right:
    """Return the right on one line; `promised` units are in open requests, and the time begins with `begins_on`.

    Goods on their way were promised for `due_on`; the time does not begin before their arrival is recorded.
    """
    if line.kind != ProductKind.PHYSICAL and has_started:
        return Right(RightState.STARTED)
    if exception:
        return Right(RightState(exception))
    left = line.quantity - line.refunded - promised
    until = last_day(begins_on) if begins_on else None
    if left <= 0:
        return Right(RightState.NONE_LEFT, until=until)
    if until is None:
        return Right(RightState.EARLY, left, is_unconfirmed=due_on is not None and due_on < today)
    if today > until:
        return Right(RightState.OVER, until=until, since=begins_on)
    return Right(RightState.OPEN, left, until, begins_on)


def number_of(order_number: str, request: ReturnRequest) -> str:
    """Return the number of a request for people: the order's number, and which of its requests it is."""
    return f"{order_number}-R{request.sequence}"


def last_day(begins_on: date) -> date:
    """Return the last day to withdraw from what was delivered on a day."""
    return add_business_days(begins_on, DAYS)


def of_order(order_id: int) -> list[ReturnRequest]:
    """Return an order's requests, oldest first."""
    statement = select(ReturnRequest).where(ReturnRequest.order_id == order_id).order_by(ReturnRequest.sequence)
    return list(db.session.scalars(statement.execution_options(populate_existing=True)))


def promised_units(requests: Iterable[ReturnRequest]) -> dict[int, int]:
    """Return by order line the units of open requests whose money was not asked for yet."""
    units: dict[int, int] = {}
    for request in requests:
        for line in request.lines if request.is_open else ():
            units[line.order_line_id] = units.get(line.order_line_id, 0) + line.quantity - line.refunded
    return units


def settle(order_id: int, units: Mapping[int, int], now: datetime) -> None:
    """Count units whose money was asked for into the order's open requests, the oldest first; the order is locked."""
    left = dict(units)
    for request in of_order(order_id):
        if not request.is_open:
            continue
        for line in request.lines:
            n = min(left.get(line.order_line_id, 0), line.quantity - line.refunded)
            line.refunded += n
            left[line.order_line_id] = left.get(line.order_line_id, 0) - n
        if all(line.refunded == line.quantity for line in request.lines):
            request.state, request.closed_at = ReturnRequestState.REFUNDED, now


def settle_all(order_id: int, now: datetime) -> None:
    """End every open request of an order whose whole money went back."""
    settle(order_id, promised_units(of_order(order_id)), now)


def reopen(order_id: int, units: Mapping[int, int]) -> None:
    """Take units out again whose money did not arrive after all, from the newest request first."""
    left = dict(units)
    for request in reversed(of_order(order_id)):
        if request.state == ReturnRequestState.CLOSED:
            continue
        for line in request.lines:
            n = min(left.get(line.order_line_id, 0), line.refunded)
            line.refunded -= n
            left[line.order_line_id] = left.get(line.order_line_id, 0) - n
            if n:
                request.state, request.closed_at, request.told_at = ReturnRequestState.OPEN, None, None


def end_untold(order_id: int, now: datetime) -> list[ReturnRequest]:
    """Return the order's refunded requests about which no email was written yet, and mark them as announced."""
    untold = [
        request
        for request in of_order(order_id)
        if request.state == ReturnRequestState.REFUNDED and request.told_at is None
    ]
    for request in untold:
        request.told_at = now
    return untold


def keep_to(order_id: int, units: Mapping[int, int]) -> None:
    """Open requests again that count more units as refunded than these, the newest first; the order is locked."""
    left = dict(units)
    for request in of_order(order_id):
        if request.state == ReturnRequestState.CLOSED:
            continue
        for line in request.lines:
            line.refunded = min(line.refunded, left.get(line.order_line_id, 0))
            left[line.order_line_id] = left.get(line.order_line_id, 0) - line.refunded
        if any(line.refunded < line.quantity for line in request.lines):
            request.state, request.closed_at, request.told_at = ReturnRequestState.OPEN, None, None
