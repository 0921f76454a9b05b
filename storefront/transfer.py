"""How answers travel: not at all if the browser has the same already, and otherwise compressed."""

import gzip
import hashlib
from functools import lru_cache

from flask import Flask, Response, current_app, g, request, session

_TEXTS = ("text/", "application/json", "application/problem+json", "application/javascript", "image/svg+xml")
_WORTH_IT = 1024
_LEVEL = 4
"""A page of forty kilobytes takes half a millisecond; a higher level saves little and costs much."""


def register(app: Flask) -> None:
    """Mark and compress the answers of every door; registered first, so that it has the last word."""
    app.after_request(_compress)
    app.after_request(_mark)


def _mark(response: Response) -> Response:
    """Give what may be kept an ETag of its content, and answer 304 to whoever has that already."""
    if request.method not in ("GET", "HEAD") or response.status_code != 200 or response.direct_passthrough:
        return response
    if response.cache_control.no_store or response.is_streamed:
        return response
    response.set_etag(_fingerprint(response), weak=True)
    response.make_conditional(request)
    if response.status_code == 304:
        # The page that the browser has goes with the policy that came with it.
        response.headers.pop("Content-Security-Policy", None)
    return response


def _fingerprint(response: Response) -> str:
    """Return a hash of what the answer says, whatever one-time words it says it with.

    A form's token is another one each time and is as good as the last; it ends with its session.
    """
    said = response.get_data()
    for word in (g.get("csrf_token"), g.get("csp_nonce")):
        if word:
            said = said.replace(str(word).encode(), b"")
    owner = str(session.get("csrf_token", "")) if "csrf_token" in g else ""
    return hashlib.blake2b(said + owner.encode(), digest_size=16).hexdigest()


def _compress(response: Response) -> Response:
    """Pack texts for whoever can unpack them; a part of a file is left as it is."""
    if not (response.mimetype or "").startswith(_TEXTS) or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    is_whole = response.status_code not in (204, 206, 304) and request.method != "HEAD"
    if not is_whole or not request.accept_encodings["gzip"] or (response.is_streamed and not _is_static()):
        return response
    if _is_static():
        response.direct_passthrough = False
    said = response.get_data()
    if len(said) >= _WORTH_IT:
        response.set_data(_packed_once(said) if _is_static() else gzip.compress(said, _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        if (etag := response.get_etag()[0]) is not None:
            response.set_etag(etag, weak=True)
    return response


def _is_static() -> bool:
    return request.endpoint == "static" and current_app.static_folder is not None


@lru_cache(maxsize=64)
def _packed_once(said: bytes) -> bytes:
    return gzip.compress(said, 9, mtime=0)
