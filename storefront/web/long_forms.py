"""Forms of staff that are longer than any other page's: a product with many variants."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, g, request
from flask_login import current_user

from storefront.database import leave_transaction

V = TypeVar("V", bound=Callable[..., object])
MAX_FIELDS = 1000
MAX_BYTES = 512 * 1024


def takes_long_form(view: V) -> V:
    """Let staff send a view more fields than another page has."""
    view.has_long_form = True  # type: ignore[attr-defined]
    return view


def register(app: Flask) -> None:
    """Know a long form before its fields are counted and read; anybody else's is no longer than the others."""
    app.before_request(_allow)


def _allow() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if not getattr(view, "has_long_form", False) or request.method != "POST":
        return
    if current_user.is_authenticated and current_user.staff_role is not None:
        request.max_content_length = request.max_form_memory_size = MAX_BYTES
        g.most_fields = MAX_FIELDS
    leave_transaction()
