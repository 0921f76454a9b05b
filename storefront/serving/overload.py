"""Responses for requests that an overloaded process refuses: 503 with `Retry-After`, ready to send."""

import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path

RETRY_SECONDS = 10
"""What `Retry-After` says; a process that is no longer overloaded has emptied its queue by then."""

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
