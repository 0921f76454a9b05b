"""`expand[]`: identifiers replaced by the objects they name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import invoices, refunds
from .checkout import line_items_list
from .errors import invalid
from .records import Json, UnitOfWork

# Members that Stripe leaves out unless they are asked for.
INCLUDABLE: dict[tuple[str, str], Callable[[UnitOfWork, str], Json]] = {
    ("checkout.session", "line_items"): lambda work, identifier: line_items_list(work, {}, identifier),
    ("charge", "refunds"): refunds.of_charge,
    ("invoice", "payments"): invoices.payments_of,
}


def expand(work: UnitOfWork, body: Json, paths: list[str]) -> Json:
    """Replace every named member by the object it stands for."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > 4 + (steps[0] == "data"):
            raise invalid("You cannot expand more than 4 levels of a property.", "expand")
        _expand(work, body, steps, path)
    return body


def _expand(work: UnitOfWork, body: Any, steps: list[str], path: str) -> None:
    if isinstance(body, list):
        for member in body:
            _expand(work, member, steps, path)
        return
    if not isinstance(body, dict) or not steps:
        return
    name, rest = steps[0], steps[1:]
    _include(work, body, name)
    if name not in body:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    if isinstance(body[name], str):
        body[name] = _resolved(work, body[name], path)
    _expand(work, body[name], rest, path)


def _include(work: UnitOfWork, body: Json, name: str) -> None:
    builder = INCLUDABLE.get((str(body.get("object")), name))
    if builder:
        body[name] = builder(work, body["id"])


def _resolved(work: UnitOfWork, value: str, path: str) -> Json:
    found = work.find(value)
    if found is None:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    return found.body
