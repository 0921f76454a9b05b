"""Downloads: the file, whole or in ranges; a broken transfer does not count as a use."""

from collections.abc import Callable, Iterator
from functools import partial

from flask import Blueprint, Flask, Response, current_app, request

from storefront.enums import FileFormat
from storefront.limits import limited
from storefront.services.downloads import transfers
from storefront.services.downloads.transfers import Ticket, Transfer
from storefront.settings import settings
from storefront.text import disposition
from storefront.web.ranges import NotSatisfiable, requested_range
from storefront.web.sending import leave_to_proxy

bp = Blueprint("downloads", __name__)


@bp.get("/downloads/<token>")
@limited("read")
def download(token: str) -> Response:
    """Send a file; only a GET that sends bytes costs a use."""
    ticket = transfers.present(token)
    if request.if_match and not request.if_match.contains(ticket.etag):
        return _response(ticket, 412)
    if request.if_none_match.contains_weak(ticket.etag):
        return _response(ticket, 304)
    if request.method == "HEAD":
        return _response(ticket, 200, length=ticket.size)
    try:
        if handed_over := _hand_over(ticket):
            return handed_over
        part = requested_range(_range_header(ticket), ticket.size)
    except NotSatisfiable:
        refused = _response(ticket, 416)
        refused.headers["Content-Range"] = f"bytes */{ticket.size}"
        return refused
    return _send_part(ticket, *part) if part else _send_whole(ticket)


class _Body:
    """The response's bytes; the server calls `close` whether or not all of them were sent."""

    def __init__(self, app: Flask, transfer: Transfer) -> None:
        self._app = app
        self._transfer = transfer
        self._sent = 0
        self._is_over = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._transfer.pieces:
            yield piece
            self._sent += len(piece)  # the server asks for the next piece after it sent this one
        self._end(self._transfer.finish)

    def close(self) -> None:
        """Record a broken transfer: the client disconnected, or the file could not be read."""
        if not self._is_over:
            self._end(partial(self._transfer.break_off, self._sent))

    def _end(self, verb: Callable[[], None]) -> None:
        self._is_over = True
        # The request's own context is gone by now, and with it its database session.
        with self._app.app_context():
            verb()


def _send_whole(ticket: Ticket) -> Response:
    return _response(ticket, 200, _body(transfers.begin(ticket)), length=ticket.size)


def _send_part(ticket: Ticket, start: int, stop: int) -> Response:
    transfer = transfers.begin(ticket, start, stop, is_part=True)
    response = _response(ticket, 206, _body(transfer), length=stop - start)
    response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{ticket.size}"
    return response


def _body(transfer: Transfer) -> _Body:
    return _Body(current_app._get_current_object(), transfer)  # type: ignore[attr-defined]


def _hand_over(ticket: Ticket) -> Response | None:
    """Let the store or the server in front send the file, ranges included; None where the shop does."""
    is_part = "Range" in request.headers
    # Whoever sends it compares If-Range with an ETag of its own: it may send everything.
    part = None if "If-Range" in request.headers else requested_range(request.headers.get("Range"), ticket.size)
    length = part[1] - part[0] if part else None
    place = transfers.hand_over(ticket, length, is_part=is_part, has_server_in_front=bool(settings().SENDFILE_HEADER))
    if place is None:
        return None
    response = _response(ticket, 302 if isinstance(place, str) else 200)
    if isinstance(place, str):
        response.location = place
        del response.headers["ETag"], response.headers["Content-Length"]  # the store makes its own
    else:
        leave_to_proxy(response, ticket.storage_key, place)
    return response


def _range_header(ticket: Ticket) -> str | None:
    """Return the `Range` asked for, unless `If-Range` names another version of the file."""
    edition = request.headers.get("If-Range", "").strip()
    return None if edition and edition != f'"{ticket.etag}"' else request.headers.get("Range")


def _response(ticket: Ticket, status: int, body: _Body | None = None, *, length: int = 0) -> Response:
    response = Response(body, status, mimetype=FileFormat(ticket.format).media_type, direct_passthrough=True)
    response.set_etag(ticket.etag)
    if status != 304:
        response.content_length = length
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Disposition"] = disposition(ticket.file_name)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
