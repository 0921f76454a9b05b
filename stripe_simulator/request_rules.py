"""What every request of the API has in common."""

from __future__ import annotations

from .conditions import exclusive
from .schema import Rule, Spec, array, integer, record, text, unsupported

ADDRESS = {
    "city": text(),
    "country": text(2),
    "line1": text(required=True),
    "line2": text(),
    "postal_code": text(),
    "state": text(),
}


def request(fields: dict[str, Spec], *rules: Rule) -> Spec:
    """A whole request; every one of them may ask for expansion."""
    return record(fields | {"expand": array(text())}, *rules)


def listing(**filters: Spec) -> Spec:
    """A request for a page of a list."""
    page = {"limit": integer(1, 100), "starting_after": text(), "ending_before": text()}
    return request(page | filters, exclusive("starting_after", "ending_before"))


def unsupported_parameters(names: str) -> dict[str, Spec]:
    """Return rules for parameters that Stripe supports and the simulator does not."""
    return {name: unsupported() for name in split_names(names)}


def split_names(text: str) -> list[str]:
    """Return the names of a list that is written with spaces."""
    return text.split()
