"""Buffers for requests as they arrive: their bytes, and whether a request is complete.

A thread that reads from a slow client can do nothing else. So the main loop of a worker buffers what arrives, of any
number of clients, and threads get complete requests. Malformed ones are refused by gunicorn's own parser.
"""

import re
import socket

from storefront.serving.admission_queue import BODY_LIMIT

HEAD_LIMIT = 32 * 1024
"""The largest request line with headers, in bytes; nginx lets no more than 25 KiB through."""

_RECEIVE_SIZE = 64 * 1024
_DISCARD_LIMIT = 1024 * 1024
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_TRANSFER_ENCODING = re.compile(rb"\r\ntransfer-encoding:([^\r\n]*)")
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n")
_EXPECTS_CONTINUE = re.compile(rb" http/1\.1\r\n(?:.*\r\n)?expect:[ \t]*100-continue[ \t]*\r\n", re.DOTALL)
_CHUNK_SIZE = re.compile(rb"([0-9a-f]{1,16})[ \t]*(?:;.*)?", re.IGNORECASE | re.DOTALL)
_CHUNK_LINE_LIMIT = 8190


class ReceiveBuffer:
    """What a connection received; `is_complete` once a thread can answer it without waiting for the client."""

    def __init__(self, deadline: float | None = None) -> None:
        self.data = bytearray()
        self.deadline = deadline
        self.is_complete = False
        self.is_too_large = False
        self.is_body_left = False
        self.expects_continue = False
        self.is_continued = False

    def receive(self, connection: socket.socket) -> bool:
        """Read what has arrived, without waiting; return whether more may come that is worth waiting for."""
        raise NotImplementedError

    def must_continue(self) -> bool:
        """Return True, once, if the client waits for `100 Continue` before it sends the body."""
        if self.is_continued or not self.expects_continue:
            return False
        self.is_continued = True
        return True

    def take(self) -> bytes:
        """Return the bytes and empty the buffer."""
        data, self.data = bytes(self.data), bytearray()
        return data


class DiscardBuffer(ReceiveBuffer):
    """Reads and drops what a client still sends after its last response, so that the response arrives."""

    _dropped = 0

    def receive(self, connection: socket.socket) -> bool:
        """Drop what has arrived; return whether more may come that is worth waiting for."""
        while self._dropped <= _DISCARD_LIMIT:
            try:
                data = connection.recv(_RECEIVE_SIZE)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._dropped += len(data)
        return False


class RequestBuffer(ReceiveBuffer):
    """The bytes of one request, up to its end or to the limit of its body."""

    def __init__(self, initial: bytes = b"") -> None:
        super().__init__()
        self._head_end = 0
        self._length: int | None = None
        self._chunk = 0
        self._chunked = 0
        if initial:
            self.add(initial)

    def receive(self, connection: socket.socket) -> bool:
        """Read what has arrived, without waiting; return whether the client may still send more."""
        while not self.is_complete and not self.is_too_large:
            try:
                data = connection.recv(_RECEIVE_SIZE)
            except BlockingIOError:
                return True
            if not data:
                return False
            self.add(data)
        return True

    def add(self, data: bytes) -> None:
        """Add bytes and determine whether the request is complete, or too large to be waited for."""
        searched = max(0, len(self.data) - 3)
        self.data += data
        if not self._head_end and not self._find_head(searched):
            return
        if self._length is None:
            self._walk_chunks()
        else:
            self.is_complete = len(self.data) - self._head_end >= self._length

    def _find_head(self, searched: int) -> bool:
        end = self.data.find(b"\r\n\r\n", searched)
        if end < 0:
            # The parser refuses lines that end otherwise: there is nothing to wait for.
            self.is_complete = _BARE_LINE_FEED.search(self.data, searched) is not None
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
        # Both headers, or another encoding, are refused whatever the body holds.
        self._length = int(length[1]) if length and not encoding else 0
        if self._length > BODY_LIMIT:
            self.is_body_left, self._length = True, 0

    def _walk_chunks(self) -> None:
        """Read the chunks as far as they have arrived."""
        while (end := self.data.find(b"\r\n", self._chunk)) >= 0:
            size = _CHUNK_SIZE.fullmatch(self.data, self._chunk, end)
            if size is None:
                self.is_complete = True  # to be refused
                return
            length = int(size[1], 16)
            if not length:
                self.is_complete = self.data.find(b"\r\n\r\n", end) >= 0
                break
            arrived = len(self.data) - end - 2
            if self._chunked + min(length, arrived) > BODY_LIMIT:
                self.is_complete = self.is_body_left = True
                return
            if arrived < length + 2:
                break
            self._chunk, self._chunked = end + 2 + length + 2, self._chunked + length
        else:
            self.is_complete = len(self.data) - self._chunk > _CHUNK_LINE_LIMIT  # to be refused
        self.is_too_large = not self.is_complete and len(self.data) - self._head_end > 2 * BODY_LIMIT
