"""Conditional and compressed responses: 304 for what the browser has already, and Flask-Compress for the rest.

Responses with secrets are compressed too. BREACH needs a secret that stays the same while the attacker tries: a form's
CSRF token is signed anew with its time, and a signature cannot be guessed piece by piece once it has changed. The
session's cookie is SameSite=Lax, so another site cannot make a browser ask in the background.

The ETag is our own: Werkzeug's `add_etag` hashes the form's token and the policy's nonce as well, so it would differ
each time, and no page would ever be answered with 304 (`docs/performance.md`).
"""

import hashlib

from flask import Flask, Response, g, request, session

from storefront.extensions import compress

_SETTINGS = {
    # zstd takes half of gzip's time. Brotli is left out: slower than zstd, and no smaller than gzip at such a speed.
    "COMPRESS_ALGORITHM": ["zstd", "gzip"],
    "COMPRESS_LEVEL": 4,
    "COMPRESS_ZSTD_LEVEL": 3,
    "COMPRESS_MIN_SIZE": 1024,
    "COMPRESS_STREAMS": False,
    "COMPRESS_REGISTER": False,
    "COMPRESS_MIMETYPES": [
        "text/html",
        "text/css",
        "text/plain",
        "text/javascript",
        "application/javascript",
        "application/json",
        "application/problem+json",
        "application/xml",
        "image/svg+xml",
    ],
}


def register(app: Flask) -> None:
    """Mark and compress all responses; registered first, so that it runs after everything else."""
    app.config.from_mapping(_SETTINGS)
    compress.init_app(app)
    app.after_request(_compress)
    app.after_request(_mark)


def _mark(response: Response) -> Response:
    """Give a response that may be kept an ETag of its content, and answer 304 to a browser that has it."""
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
    """Return a hash of the content without its one-time values.

    A form's token is another one each time and is as good as the last; it ends with its session.
    """
    content = response.get_data()
    for value in (g.get("csrf_token"), g.get("csp_nonce")):
        if value:
            content = content.replace(str(value).encode(), b"")
    owner = str(session.get("csrf_token", "")) if "csrf_token" in g else ""
    return hashlib.blake2b(content + owner.encode(), digest_size=16).hexdigest()


def _compress(response: Response) -> Response:
    """Compress text; Flask-Compress would also compress a part of a file, which counts bytes of the file as it is."""
    if response.mimetype not in compress.compress_mimetypes_set:
        return response
    if response.status_code == 206:
        response.vary.add("Accept-Encoding")
        return response
    if request.endpoint == "static" and response.status_code == 200:
        response.direct_passthrough = False
        response.make_sequence()  # Flask-Compress leaves open a file that it is given as a stream
    return compress.after_request(response)
