"""An admission queue: WSGI middleware that limits how many requests a process works on at once.

Python runs one thread at a time. With many active requests, each waits for all the others again after every answer of
the database: all are slow together, with their transactions open. So a request waits for a slot before it begins, and
gives the slot up while it waits for Stripe. Requests that read and requests that write stand in two queues which are
served alternately, so that a rush at the checkout does not delay the catalogue, nor the other way round.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

MAX_ACTIVE = 2
"""One request runs while the other waits for the database; docs/performance.md says what other numbers gave."""

BODY_LIMIT = 512 * 1024
"""The largest request body, in bytes, that is read before a request is queued; a longer one is refused unread."""

HEALTH_CHECK_PATH = "/healthz"
"""The path that is never queued, because a monitor must not take a full queue for a dead process.

`/readyz` is queued: it asks the database and Redis, so anybody could use up connections with it past the queue, and a
load balancer is right to avoid a process that does not answer it in time.
"""

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_current = threading.local()


class AdmissionQueue:
    """A WSGI application that admits `max_active` requests to the one it wraps, first come, first served."""

    def __init__(self, application: Application, max_active: int = MAX_ACTIVE) -> None:
        self.max_active = self._free_slots = max_active
        self._application = application
        self._lock = threading.Lock()
        self._reads: deque[threading.Lock] = deque()
        self._writes: deque[threading.Lock] = deque()
        self._next = (self._reads, self._writes)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request once it has a slot; a body that is streamed afterwards needs none."""
        if environ["PATH_INFO"] == HEALTH_CHECK_PATH:
            return self._application(environ, start_response)
        _read_body(environ)
        self._acquire(self._reads if environ["REQUEST_METHOD"] in ("GET", "HEAD") else self._writes)
        _current.queue = self
        try:
            return self._application(environ, start_response)
        finally:
            _current.queue = None
            self.release()

    @property
    def waiting(self) -> int:
        """Return how many requests wait for a slot."""
        return len(self._reads) + len(self._writes)

    def reacquire(self) -> None:
        """Wait for a slot again, ahead of the requests that have not begun."""
        self._acquire(self._writes, is_first=True)

    def release(self) -> None:
        """Pass the slot on, to the queue that was not served last if a request waits there."""
        with self._lock:
            first, second = self._next
            if queue := first or second:
                self._next = (second, first)
                queue.popleft().release()
            else:
                self._free_slots += 1

    def _acquire(self, queue: deque[threading.Lock], *, is_first: bool = False) -> None:
        with self._lock:
            if self._free_slots:
                self._free_slots -= 1
                return
            ticket = threading.Lock()
            ticket.acquire()
            (queue.appendleft if is_first else queue.append)(ticket)
        ticket.acquire()


@contextmanager
def slot_released() -> Iterator[None]:
    """Give up this request's slot while it waits for the network; it must hold no transaction then."""
    queue: AdmissionQueue | None = getattr(_current, "queue", None)
    if queue is None:
        yield
        return
    queue.release()
    try:
        yield
    finally:
        queue.reacquire()


def _read_body(environ: dict[str, Any]) -> None:
    # A client that sends slowly must not occupy a slot. One byte above the limit lets Flask refuse the body.
    length = environ.get("CONTENT_LENGTH") or "0"
    if environ.get("HTTP_TRANSFER_ENCODING") or (length.isdigit() and 0 < int(length) <= BODY_LIMIT):
        environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(BODY_LIMIT + 1))
