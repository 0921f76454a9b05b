"""What every request of the API has in common."""

from __future__ import annotations

from .conditions import exclusive
from .schema import Rule, Spec, array, integer, not_played, record, text

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


def unplayed_parameters(names: str) -> dict[str, Spec]:
    """Return rules for parameters that Stripe knows and the simulator does not play."""
    return {name: not_played() for name in words(names)}


def words(text: str) -> list[str]:
    """Return the words of a long list of names."""
    return text.split()
