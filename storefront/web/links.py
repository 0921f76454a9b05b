"""Addresses of the shop's pages; one that was built before is not built again."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import flask
from flask import has_request_context, request


def url_for(endpoint: str, **values: Any) -> str:
    """Return an address, as Flask does, from what the same endpoint and values gave before."""
    is_plain = endpoint[0] != "." and has_request_context() and not any(name[0] == "_" for name in values)
    if not is_plain:
        return flask.url_for(endpoint, **values)
    return _built(flask.current_app.name, request.script_root, endpoint, tuple(values.items()))


@lru_cache(maxsize=8192)
def _built(app: str, root: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
    return flask.url_for(endpoint, **dict(values))


def list_links(asked: Any) -> Callable[..., str]:
    """Return what makes addresses of the same list with some filters changed; a changed filter starts at page one."""

    def link(**changes: object) -> str:
        values = {name: value for name, value in (asked._asdict() | changes).items() if value}
        return url_for("catalogue.home", **values)

    return link
