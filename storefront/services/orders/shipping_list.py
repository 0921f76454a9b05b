"""Sending many orders at once by a pasted list: one order number and one tracking number on each line."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from storefront.database import db
from storefront.domain.order import Order
from storefront.domain.order_numbers import sequence_of
from storefront.enums import Method
from storefront.errors import InvalidInput, ShopError
from storefront.services.audit import Actor
from storefront.services.orders import fulfilment, listing, parcels

MOST_LINES = 200


class LineProblem(StrEnum):
    """Why a line of the list is not sent."""

    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    REPEATED = "repeated"
    NOT_TO_SEND = "not_to_send"
    TRACKING = "tracking"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list: where it stands, what it says, the order that it names, and what is wrong with it."""

    line: int
    number: str
    tracking_number: str
    order: Order | None
    problem: LineProblem | None = None


def read(text: str, carrier: str) -> list[Row]:
    """Return the lines of a list with what each would send, in one statement; empty lines do not count.

    Raises `InvalidInput` for an unknown carrier, an empty list or one that is too long.
    """
    typed = [(at, line.strip()) for at, line in enumerate(text.splitlines(), 1) if line.strip()]
    problems = {} if parcels.is_carrier(carrier) else {"carrier": "invalid"}
    if not typed or len(typed) > MOST_LINES:
        problems["list"] = "required" if not typed else "too_many_lines"
    if problems:
        raise InvalidInput(problems)
    pairs = [(at, *_split(line)) for at, line in typed]
    running = {key for _, number, _ in pairs if (key := sequence_of(number)) is not None}
    found = {order.number: order for order in db.session.scalars(select(Order).where(Order.id.in_(running)))}
    to_send = set(db.session.scalars(select(Order.id).where(Order.id.in_(running), *listing.TO_PREPARE)))
    rows: list[Row] = []
    for at, number, tracking_number in pairs:
        order = found.get(number)
        is_known = any(row.number == number for row in rows)
        problem = _problem(number, tracking_number, carrier, order, to_send)
        rows.append(Row(at, number, tracking_number, order, LineProblem.REPEATED if is_known else problem))
    return rows


def send(rows: Sequence[Row], *, carrier: str, staff: Actor) -> list[Row]:
    """Send what the lines say, each order on its own, and return those that could not be sent."""
    left = []
    for row in rows:
        if row.order is None or row.problem is not None:
            left.append(row)
            continue
        try:
            fulfilment.ship(row.order.id, carrier=carrier, tracking_number=row.tracking_number, staff=staff)
        except ShopError:
            left.append(Row(row.line, row.number, row.tracking_number, row.order, LineProblem.NOT_TO_SEND))
    return left


def _split(line: str) -> tuple[str, str]:
    for separator in (",", ";", "\t", " "):
        number, found, tracking_number = line.partition(separator)
        if found:
            return number.strip(), tracking_number.strip()
    return line, ""


def _problem(
    number: str, tracking_number: str, carrier: str, order: Order | None, to_send: set[int]
) -> LineProblem | None:
    if sequence_of(number) is None:
        return LineProblem.UNREADABLE
    if order is None:
        return LineProblem.UNKNOWN
    if not parcels.is_number(carrier, tracking_number):
        return LineProblem.TRACKING
    return None if order.id in to_send and order.shipping_method != Method.PICKUP else LineProblem.NOT_TO_SEND
