"""A request as it arrives: its bytes, and whether all of it is there.

A thread that reads from a slow client can do nothing else. So the main loop of a worker gathers what comes, of any
number of clients, and a thread is given whole requests. What is wrong with one is for gunicorn's own parser to say.
"""

import re
import socket

from storefront.turns import BODY_LIMIT

HEAD_LIMIT = 32 * 1024
"""The largest request line with headers, in bytes; nginx lets no more than 25 KiB through."""

_PIECE = 64 * 1024
_REST_LIMIT = 1024 * 1024
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_TRANSFER_ENCODING = re.compile(rb"\r\ntransfer-encoding:([^\r\n]*)")
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n")
_EXPECTS_CONTINUE = re.compile(rb" http/1\.1\r\n(?:.*\r\n)?expect:[ \t]*100-continue[ \t]*\r\n", re.DOTALL)
_CHUNK_SIZE = re.compile(rb"([0-9a-f]{1,16})[ \t]*(?:;.*)?", re.IGNORECASE | re.DOTALL)
_CHUNK_LINE_LIMIT = 8190


class Incoming:
    """What a connection brings; `is_whole` once a thread can answer it without waiting for the client."""

    def __init__(self, deadline: float | None = None) -> None:
        self.data = bytearray()
        self.deadline = deadline
        self.is_whole = False
        self.is_too_large = False
        self.is_body_left = False
        self.expects_continue = False
        self.is_continued = False

    def receive(self, connection: socket.socket) -> bool:
        """Take what has arrived, without waiting; return whether more may come that is worth waiting for."""
        raise NotImplementedError

    def must_continue(self) -> bool:
        """Say, once, that the client waits for `100 Continue` before it sends the body."""
        if self.is_continued or not self.expects_continue:
            return False
        self.is_continued = True
        return True

    def take(self) -> bytes:
        """Return the bytes and forget them."""
        data, self.data = bytes(self.data), bytearray()
        return data


class IncomingRest(Incoming):
    """What a client still sends after its last answer: it is taken, so that the answer arrives, and dropped."""

    _dropped = 0

    def receive(self, connection: socket.socket) -> bool:
        """Drop what has arrived; return whether more may come that is worth waiting for."""
        while self._dropped <= _REST_LIMIT:
            try:
                data = connection.recv(_PIECE)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._dropped += len(data)
        return False


class IncomingRequest(Incoming):
    """The beginning of a request."""

    def __init__(self, begun: bytes = b"") -> None:
        super().__init__()
        self._head_end = 0
        self._length: int | None = None
        self._chunk = 0
        self._chunked = 0
        if begun:
            self.add(begun)

    def receive(self, connection: socket.socket) -> bool:
        """Take what has arrived, without waiting; return whether the client may still send more."""
        while not self.is_whole and not self.is_too_large:
            try:
                data = connection.recv(_PIECE)
            except BlockingIOError:
                return True
            if not data:
                return False
            self.add(data)
        return True

    def add(self, data: bytes) -> None:
        """Add bytes and look whether the request is whole now, or too large to be waited for."""
        searched = max(0, len(self.data) - 3)
        self.data += data
        if not self._head_end and not self._find_head(searched):
            return
        if self._length is None:
            self._walk_chunks()
        else:
            self.is_whole = len(self.data) - self._head_end >= self._length

    def _find_head(self, searched: int) -> bool:
        end = self.data.find(b"\r\n\r\n", searched)
        if end < 0:
            # Lines that end otherwise never end the way the parser reads them: it refuses them at once.
            self.is_whole = _BARE_LINE_FEED.search(self.data, searched) is not None
            self.is_too_large = len(self.data) > HEAD_LIMIT
            return False
        self._head_end = self._chunk = end + 4
        self._read_head(bytes(self.data[: self._head_end]).lower())
        return True

    def _read_head(self, head: bytes) -> None:
        self.expects_continue = _EXPECTS_CONTINUE.search(head) is not None
        encoding, length = _TRANSFER_ENCODING.search(head), _CONTENT_LENGTH.search(head)
        if encoding and length is None and b"chunked" in encoding[1]:
            return
        # Both, or another encoding, are refused without a look at the body.
        self._length = int(length[1]) if length and not encoding else 0
        if self._length > BODY_LIMIT:
            self.is_body_left, self._length = True, 0

    def _walk_chunks(self) -> None:
        """Go from chunk to chunk as far as they have arrived."""
        while (end := self.data.find(b"\r\n", self._chunk)) >= 0:
            size = _CHUNK_SIZE.fullmatch(self.data, self._chunk, end)
            if size is None:
                self.is_whole = True  # to be refused
                return
            length = int(size[1], 16)
            if not length:
                self.is_whole = self.data.find(b"\r\n\r\n", end) >= 0
                break
            arrived = len(self.data) - end - 2
            if self._chunked + min(length, arrived) > BODY_LIMIT:
                self.is_whole = self.is_body_left = True
                return
            if arrived < length + 2:
                break
            self._chunk, self._chunked = end + 2 + length + 2, self._chunked + length
        else:
            self.is_whole = len(self.data) - self._chunk > _CHUNK_LINE_LIMIT  # to be refused
        self.is_too_large = not self.is_whole and len(self.data) - self._head_end > 2 * BODY_LIMIT
