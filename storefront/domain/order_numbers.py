"""The numbers of orders: how they are made, and what of a typed text is one."""

import re
from datetime import datetime

from storefront.clock import day_of

_LARGEST_ID = 2**31 - 1
_WHOLE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{1,12}")
_TAIL = re.compile(r"#?(?:[0-9]{1,4}-)?([0-9]{1,9})")
_MOST_TAILS = 1000
_SHORT = 3


def number_of(order_id: int, placed_at: datetime) -> str:
    """Return an order's number: the month of Bogotá and a running number."""
    return f"{day_of(placed_at):%Y-%m}-{order_id:04d}"


def sequence_of(number: str) -> int | None:
    """Return the running number inside an order number, or None if it is not one that the table can hold."""
    parts = number.split("-")
    if len(parts) != 3 or not parts[2].isascii() or not parts[2].isdigit() or len(parts[2]) > 12:
        return None
    running = int(parts[2])
    return running if running <= _LARGEST_ID else None


def sequences_of_tail(text: str) -> list[int]:
    """Return the running numbers that a text can mean: all of a number, or from its last digits on.

    One or two digits are the whole running number; more are the end of one, among the first thousand that end so.
    """
    if _WHOLE.fullmatch(text):
        whole = sequence_of(text)
        return [] if whole is None else [whole]
    found = _TAIL.fullmatch(text)
    if found is None:
        return []
    digits = found[1]
    step = 10 ** len(digits)
    many = _MOST_TAILS if len(digits) >= _SHORT else 1
    return [running for running in range(int(digits), step * many, step) if running <= _LARGEST_ID]
