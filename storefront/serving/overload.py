"""When a process is overloaded, and what it answers to the requests that it refuses then: 503 with `Retry-After`."""

import json
import re
import time
import uuid
from collections import deque
from collections.abc import Mapping
from pathlib import Path

OVERLOADED_AFTER = 5.0
"""A process is overloaded when a request has waited so many seconds for a thread: later ones would wait longer."""

RECOVERED_AT = 1.0
"""It takes requests again when the one that has waited longest has waited no more than so many seconds."""

MAX_WAITING = 900
"""It is overloaded with so many waiting requests, too; gunicorn accepts no more than 1 000 connections."""

RETRY_SECONDS = 10
"""What `Retry-After` says: longer than the requests that wait then need."""

_PAGE = (Path(__file__).parents[2] / "static" / "errors" / "unavailable.html").read_bytes()
_TITLES = {"es": "Servicio no disponible", "en": "Service unavailable"}
_DETAILS = {
    "es": "Hay demasiadas solicitudes a la vez. Esta no se procesó; inténtalo de nuevo.",
    "en": "There are too many requests at once. This one was not processed; try again.",
}
_REQUEST_ID = re.compile(rb"\r\nx-request-id:[ \t]*([0-9a-f]{32})[ \t]*\r\n", re.IGNORECASE)
_ENGLISH = re.compile(rb"\r\naccept-language:[ \t]*en", re.IGNORECASE)
_HEADERS = {
    "Retry-After": str(RETRY_SECONDS),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'",
    "Connection": "close",
}


class WaitingRequests:
    """The requests that wait for a thread, in the order in which they came; threads begin with the oldest."""

    def __init__(self) -> None:
        self._since: deque[float] = deque()
        self._is_overloaded = False

    def add(self) -> None:
        """Note that a request waits from now on."""
        self._since.append(time.monotonic())

    def remove_oldest(self) -> None:
        """Note that a thread has begun with the oldest one."""
        self._since.popleft()

    def are_too_many(self) -> bool:
        """Return whether new requests must be refused, until those that wait have been answered."""
        try:
            waited = time.monotonic() - self._since[0]
        except IndexError:
            waited = 0.0
        if waited > OVERLOADED_AFTER or len(self._since) >= MAX_WAITING:
            self._is_overloaded = True
        elif waited <= RECOVERED_AT:
            self._is_overloaded = False
        return self._is_overloaded


def refusal(data: bytes) -> bytes:
    """Return the response to a request, given its bytes: a problem (RFC 9457) under `/api/`, else the error page."""
    head = data[: data.find(b"\r\n\r\n") + 2]
    method, _, rest = head.partition(b" ")
    path = rest.partition(b" ")[0].partition(b"?")[0]
    found = _REQUEST_ID.search(head)
    request_id = found[1].decode() if found else uuid.uuid4().hex
    if path.startswith(b"/api/"):
        kind, body = "application/problem+json", _problem(path, request_id, "en" if _ENGLISH.search(head) else "es")
    else:
        kind, body = "text/html; charset=utf-8", _PAGE
    headers = {"Content-Type": kind, "Content-Length": str(len(body)), "X-Request-ID": request_id} | _HEADERS
    return _head(headers) + (b"" if method == b"HEAD" else body)


def _problem(path: bytes, request_id: str, language: str) -> bytes:
    problem = {
        "code": "service_unavailable",
        "detail": _DETAILS[language],
        "errors": [],
        "instance": path.decode("ascii", "replace"),
        "requestId": request_id,
        "status": 503,
        "title": _TITLES[language],
        "type": "/api/docs#service_unavailable",
    }
    return json.dumps(problem, ensure_ascii=False).encode() + b"\n"


def _head(headers: Mapping[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 503 Service Unavailable\r\n{lines}\r\n".encode()
