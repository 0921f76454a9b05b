"""URLs of the product list with changed filters."""

from collections.abc import Callable
from typing import Any

from flask import url_for


def list_links(filters: Any) -> Callable[..., str]:
    """Return a function that builds the list's URL with some filters changed; it starts at page one."""

    def link(**changes: object) -> str:
        values = {name: value for name, value in (filters._asdict() | changes).items() if value}
        return url_for("catalogue.home", **values)

    return link
