"""Downloads: the file, whole or in ranges; a broken transfer does not count as a use."""

import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import quote

from flask import Blueprint, Flask, Response, current_app, request

from storefront.limits import limited
from storefront.services.downloads import transfers
from storefront.services.downloads.transfers import Ticket, Transfer
from storefront.settings import settings
from storefront.web.ranges import NotSatisfiable, requested_range

bp = Blueprint("downloads", __name__)
_TYPES = {"pdf": "application/pdf", "mp4": "video/mp4", "zip": "application/zip"}


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
        if settings().SENDFILE_HEADER and (proxied := _hand_over(ticket)):
            return proxied
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
    """Let the server in front send the file, ranges included; None where it cannot reach it."""
    is_part = "Range" in request.headers
    # The server in front compares If-Range with its own ETag: it may send everything.
    part = None if "If-Range" in request.headers else requested_range(request.headers.get("Range"), ticket.size)
    path = transfers.hand_over(ticket, part[1] - part[0] if part else None, is_part=is_part)
    if path is None:
        return None
    response = _response(ticket, 200)
    header, prefix = settings().SENDFILE_HEADER, settings().SENDFILE_PREFIX.rstrip("/")
    response.headers[header] = f"{prefix}/{quote(ticket.storage_key)}" if header == "X-Accel-Redirect" else str(path)
    del response.headers["ETag"], response.headers["Content-Length"]  # the server in front makes its own
    return response


def _range_header(ticket: Ticket) -> str | None:
    """Return the `Range` asked for, unless `If-Range` names another version of the file."""
    edition = request.headers.get("If-Range", "").strip()
    return None if edition and edition != f'"{ticket.etag}"' else request.headers.get("Range")


def _response(ticket: Ticket, status: int, body: _Body | None = None, *, length: int = 0) -> Response:
    response = Response(body, status, mimetype=_TYPES[ticket.format], direct_passthrough=True)
    response.set_etag(ticket.etag)
    if status != 304:
        response.content_length = length
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Disposition"] = disposition(ticket.file_name)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def disposition(file_name: str) -> str:
    """Return the header that saves a file under its name, whatever the name is made of (RFC 6266, RFC 8187)."""
    # No control characters, no marks of reading direction, no path separators.
    visible = "".join("_" if char in '/\\:*?"<>|' else char for char in file_name if _is_visible(char))
    name = visible.strip(" .") or "archivo"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().replace("%", "_").strip(" .")
    return f"attachment; filename=\"{plain or 'archivo'}\"; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"


def _is_visible(char: str) -> bool:
    return not unicodedata.category(char).startswith("C") and char not in "\u2028\u2029"
