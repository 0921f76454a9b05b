"""Requests that carry a file: who may send one, how large it may be, and what happens when it does not arrive."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, request
from flask_login import current_user
from werkzeug.exceptions import ClientDisconnected

from storefront.database import leave_transaction
from storefront.errors import FilesUnavailable, UploadBroken
from storefront.serving.admission_queue import slot_released

REMAINDER = 1024
"""Werkzeug holds a piece of 64 KiB against the memory that a field may take, together with what may be the beginning of
a boundary at the end of the piece before."""

V = TypeVar("V", bound=Callable[..., object])
SILENT_SECONDS = 20
"""So long the next bytes of an upload may take; whoever sends nothing must not keep a thread."""


def takes_upload(limit: int) -> Callable[[V], V]:
    """Let a view receive a file of so many bytes from staff, beside the fields of a form."""

    def mark(view: V) -> V:
        view.upload_limit = limit  # type: ignore[attr-defined]
        return view

    return mark


def register(app: Flask) -> None:
    """Receive uploads before the form's token is looked for, which reads the whole request."""
    app.before_request(_receive)


def _receive() -> None:
    """Read the form of a view that takes an upload, its file into a temporary one of the system.

    From anybody else no more than a form's 64 KiB is read. The request needs no slot while it arrives.
    """
    limit = getattr(current_app.view_functions.get(request.endpoint or ""), "upload_limit", None)
    if limit is None or request.method != "POST" or not _is_by_staff():
        return
    request.max_content_length = limit + current_app.config["MAX_CONTENT_LENGTH"]
    request.max_form_memory_size = current_app.config["MAX_FORM_MEMORY_SIZE"] + REMAINDER
    connection = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.settimeout(SILENT_SECONDS)
    try:
        with slot_released():
            request.form  # noqa: B018 - reading it is the point
    except (ClientDisconnected, TimeoutError, ConnectionError) as error:
        raise UploadBroken() from error
    except OSError as error:
        raise FilesUnavailable(reason=error.strerror or type(error).__name__) from error
    finally:
        if connection is not None:
            connection.settimeout(None)


def _is_by_staff() -> bool:
    is_staff = current_user.is_authenticated and current_user.staff_role is not None
    leave_transaction()
    return bool(is_staff)
