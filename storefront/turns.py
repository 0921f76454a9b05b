"""Turns: how many requests a process works on at once, while any number may wait for the network.

Python runs one thread at a time. When more want to run, each waits for all others again after every answer of
the database: all are slow together, with their transactions open. So a request waits for its turn before
it begins, and lends its turn to others while Stripe thinks. Who only looks and who buys stand in two queues that
are served in turn, so that a rush at the checkout does not hold up the catalogue, nor the other way round.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

AT_ONCE = 2
"""One runs while the other waits for the database; docs/performance.md says what other numbers gave."""

BODY_LIMIT = 512 * 1024
"""The largest request, in bytes, that is waited for before its turn; what is longer is refused unread."""

HEALTH_CHECK = "/healthz"
"""The address that is answered at once: whoever watches the process must not take a full queue for a dead process."""

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_own = threading.local()


class Turns:
    """A WSGI application behind its queues; a place that becomes free goes to whoever has waited longest there."""

    def __init__(self, application: Application, at_once: int = AT_ONCE) -> None:
        self.at_once = self._free = at_once
        self._application = application
        self._lock = threading.Lock()
        self._looking: deque[threading.Lock] = deque()
        self._buying: deque[threading.Lock] = deque()
        self._next = (self._looking, self._buying)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request when its turn has come; what is streamed afterwards needs none, nor does a health check."""
        if environ["PATH_INFO"] == HEALTH_CHECK:
            return self._application(environ, start_response)
        _take_body(environ)
        self._take(self._looking if environ["REQUEST_METHOD"] in ("GET", "HEAD") else self._buying)
        _own.turns = self
        try:
            return self._application(environ, start_response)
        finally:
            _own.turns = None
            self.give()

    @property
    def waiting(self) -> int:
        """Return how many requests wait for their turn."""
        return len(self._looking) + len(self._buying)

    def take_back(self) -> None:
        """Wait for the turn that was given away, before all who have not had one."""
        self._take(self._buying, is_back=True)

    def give(self) -> None:
        """Hand the turn on, to the other queue than last time if somebody waits there."""
        with self._lock:
            first, second = self._next
            if queue := first or second:
                self._next = (second, first)
                queue.popleft().release()
            else:
                self._free += 1

    def _take(self, queue: deque[threading.Lock], *, is_back: bool = False) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            place = threading.Lock()
            place.acquire()
            (queue.appendleft if is_back else queue.append)(place)
        place.acquire()


@contextmanager
def lent() -> Iterator[None]:
    """Let others have this request's turn while it waits for the network; it must hold no transaction then."""
    turns: Turns | None = getattr(_own, "turns", None)
    if turns is None:
        yield
        return
    turns.give()
    try:
        yield
    finally:
        turns.take_back()


def _take_body(environ: dict[str, Any]) -> None:
    # Whoever sends slowly must not keep others from their turn. One byte more than may come lets Flask refuse it.
    length = environ.get("CONTENT_LENGTH") or "0"
    if environ.get("HTTP_TRANSFER_ENCODING") or (length.isdigit() and 0 < int(length) <= BODY_LIMIT):
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(BODY_LIMIT + 1))
