"""Addresses of the same list with other filters."""

from collections.abc import Callable
from typing import Any

from flask import url_for


def list_links(filters: Any) -> Callable[..., str]:
    """Return what makes addresses of the same list with some filters changed; a changed filter starts at page one."""

    def link(**changes: object) -> str:
        values = {name: value for name, value in (filters._asdict() | changes).items() if value}
        return url_for("catalogue.home", **values)

    return link
