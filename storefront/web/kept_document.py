"""A document for everybody that is costly to make: made now and then, and kept compressed in the process."""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from threading import Lock
from typing import NamedTuple

from flask import Response, request
from werkzeug.exceptions import ServiceUnavailable

from storefront.clock import now

_CHUNK = 64 * 1024
_PATIENCE = 2.0
"""Seconds that a reader waits for the first edition, which somebody else makes."""

_RETRY_AFTER = 60
_GZIP = 31
"""zlib's window bits for the gzip format."""


class Edition(NamedTuple):
    """The document as it was made; `modified_at` is when its content was last another one."""

    compressed: bytes
    etag: str
    modified_at: datetime
    made_at: datetime


class KeptDocument:
    """A document whose pieces `make` yields, made at most once in `life`; a reader may get one that is so old."""

    def __init__(self, make: Callable[[], Iterator[str]], life: timedelta) -> None:
        self._make, self._life = make, life
        self._edition: Edition | None = None
        self._making = Lock()

    def response(self, media_type: str) -> Response:
        """Return the document as a response with ETag and Last-Modified, or 304 to who has it."""
        edition = self._current()
        takes_gzip = request.accept_encodings["gzip"] > 0
        response = Response(edition.compressed if takes_gzip else _pieces(edition.compressed), mimetype=media_type)
        if takes_gzip:
            response.content_encoding = "gzip"
        response.direct_passthrough = True  # it has its mark, and is compressed
        response.vary.add("Accept-Encoding")
        response.set_etag(edition.etag, weak=True)
        response.last_modified = edition.modified_at
        response.make_conditional(request)
        return response

    def _current(self) -> Edition:
        """Return the edition, made anew if it is too old; whoever comes while it is made gets the last one.

        While the first is made the others do not wait for long: pages need the threads that they would hold.
        """
        edition = self._edition
        if edition is not None and now() - edition.made_at < self._life:
            return edition
        if not self._making.acquire(timeout=0 if edition else _PATIENCE):
            if edition is None:
                raise ServiceUnavailable(retry_after=_RETRY_AFTER)
            return edition
        try:
            latest = self._edition
            if latest is None or latest is edition:
                latest = self._edition = self._new(edition)
            return latest
        finally:
            self._making.release()

    def _new(self, last: Edition | None) -> Edition:
        made_at, digest, packer = now(), hashlib.blake2b(digest_size=16), zlib.compressobj(6, zlib.DEFLATED, _GZIP)
        packed = []
        for piece in self._make():
            content = piece.encode()
            digest.update(content)
            packed.append(packer.compress(content))
        etag = digest.hexdigest()
        is_same = last is not None and last.etag == etag
        modified_at = last.modified_at if last is not None and is_same else made_at.replace(microsecond=0)
        return Edition(b"".join([*packed, packer.flush()]), etag, modified_at, made_at)


def _pieces(compressed: bytes) -> Iterator[bytes]:
    """Yield the document as it is, for the few that take no compression."""
    with gzip.open(BytesIO(compressed)) as content:
        while piece := content.read(_CHUNK):
            yield piece
