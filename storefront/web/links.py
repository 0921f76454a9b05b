"""URLs of the product list with changed filters."""

from collections.abc import Callable
from typing import Any

from flask import url_for


def list_links(filters: Any) -> Callable[..., str]:
    """Return a function that builds the list's URL with some filters changed; it starts at page one.

    `without` is a pair of a filter that has several values and the one that is taken away.
    """

    def link(without: tuple[str, str] | None = None, **changes: object) -> str:
        values = filters._asdict() | changes
        if without:
            name, value = without
            values[name] = tuple(one for one in values[name] if one != value)
        return url_for("catalogue.home", **{name: value for name, value in values.items() if value})

    return link
