"""The gunicorn worker class of the shop: a threaded worker with an admission queue and buffered requests."""

import select
import socket
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from storefront.serving.admission_queue import HEALTH_CHECK_PATH, AdmissionQueue
from storefront.serving.overload import WaitingRequests, refusal
from storefront.serving.request_buffer import DiscardBuffer, ReceiveBuffer, RequestBuffer

THREADS = 32
"""Enough to wait for a slow Stripe with a hundred buyers a second in two workers; a waiting thread costs little."""

REQUEST_SECONDS = 20
"""How long a request may take to arrive, headers and body, counted from its first byte."""

NO_FORWARDER_HEADERS: str = ""
NO_SCHEME_HEADERS: Mapping[str, str] = {}
"""By default a neighbour on this machine may set SCRIPT_NAME and the scheme of a request."""

_HEALTH_CHECKS = tuple(f"{method} {HEALTH_CHECK_PATH} ".encode() for method in ("GET", "HEAD"))
_NEVER_REFUSED = b"POST /api/checkout/webhook "
"""Stripe tells of payments that the shop has promised to take; it would repeat them only after minutes."""

_DISCARD_SECONDS = 2
_SECONDS_BETWEEN_TIMEOUT_CHECKS = 0.5
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_REFUSAL = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TIMED_OUT, _TOO_LARGE = _REFUSAL % b"408 Request Timeout", _REFUSAL % b"431 Request Header Fields Too Large"


def worker_class(*, has_admission_queue: bool, has_limits: bool) -> "type[AdmissionQueueWorker] | str":
    """Return gunicorn's `worker_class`: one of this module's, or gunicorn's own `gthread` with `ADMISSION_QUEUE=off`.

    Without limits (`RATE_LIMITS=off`) every request is taken, however long it waits.
    """
    if not has_admission_queue:
        return "gthread"
    return AdmissionQueueWorker if has_limits else UnlimitedWorker


class AdmissionQueueWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Threaded worker that queues requests, buffers them, and closes keep-alive connections when it is busy.

    gunicorn's own worker gives a thread to each connection that has sent a byte and lets it wait for the rest. Here the
    main loop buffers what arrives: clients that send slowly occupy no thread, and are cut off after `REQUEST_SECONDS`.
    A health check is answered though every thread is busy: it has a thread of its own. What comes faster than it can be
    answered is refused at once (`overload`), without a thread.
    """

    wsgi: Any
    admission_queue: AdmissionQueue
    health_thread: ThreadPoolExecutor
    next_timeout_check = 0.0
    waiting_requests: WaitingRequests
    has_limits = True
    refused = 0

    def init_process(self) -> None:
        """Make the threads, after the fork."""
        self.waiting_requests = WaitingRequests()
        self.health_thread = ThreadPoolExecutor(1, "health")
        super().init_process()

    def load_wsgi(self) -> None:
        """Wrap the application in the admission queue."""
        super().load_wsgi()
        self.wsgi = self.admission_queue = AdmissionQueue(self.wsgi)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Start or stop accepting connections.

        A worker that shuts down accepts those that already wait and closes the listening socket. Later ones are then
        refused and go to another instance; gunicorn would leave them waiting until the end and cut them off.
        """
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                while listener.sock is not None and _is_readable(listener):
                    self.accept(listener)
                listener.close()

    def enqueue_req(self, connection: Any) -> None:
        """Read what has arrived on a connection, and hand its request to a thread once it is complete."""
        if self.cfg.is_ssl:
            super().enqueue_req(connection)
            return
        buffer = _buffer_of(connection)
        try:
            connection.sock.setblocking(False)
            is_open = buffer.receive(connection.sock)
            if buffer.is_complete and self._must_refuse(buffer):
                self.refused += 1
                self._refuse(connection, refusal(bytes(buffer.data)))
            elif buffer.is_complete:
                self._submit(connection, buffer)
            elif buffer.is_too_large:
                self._refuse(connection, _TOO_LARGE)
            elif is_open:
                self._wait(connection, buffer)
            else:
                self._close(connection)
        except OSError:
            self._close(connection)

    def _must_refuse(self, buffer: ReceiveBuffer) -> bool:
        if not self.has_limits or not self.waiting_requests.are_too_many():
            return False
        return not buffer.data.startswith((*_HEALTH_CHECKS, _NEVER_REFUSED))

    def _submit(self, connection: Any, buffer: ReceiveBuffer) -> None:
        is_health_check = buffer.data.startswith(_HEALTH_CHECKS)
        connection.init()
        connection.parser.unreader.unread(buffer.take())
        connection.data_ready = True
        if is_health_check:
            future = self.health_thread.submit(self.handle, connection)
        else:
            self.waiting_requests.add()
            future = self.tpool.submit(self._begin, connection)
        future.add_done_callback(partial(self.method_queue.defer, self.finish_request, connection))

    def _begin(self, connection: Any) -> Any:
        self.waiting_requests.remove_oldest()
        return self.handle(connection)

    def _wait(self, connection: Any, buffer: ReceiveBuffer) -> None:
        """Let the main loop poll a connection until more of its request arrives, or until it times out."""
        now = time.monotonic()
        if buffer.must_continue():
            connection.sock.send(_CONTINUE)
        if buffer.data and buffer.deadline is None:
            buffer.deadline = now + REQUEST_SECONDS
        connection.timeout = buffer.deadline or now + self.cfg.keepalive
        self.poller.register(connection.sock, EVENT_READ, partial(self.on_pending_socket_readable, connection))
        self.pending_conns.append(connection)

    def murder_pending(self) -> None:
        """Close the connections that timed out; gunicorn's main loop calls this each time around."""
        now = time.monotonic()
        if now < self.next_timeout_check:
            return
        self.next_timeout_check = now + _SECONDS_BETWEEN_TIMEOUT_CHECKS
        if self.refused:
            self.log.warning("Overloaded: %d requests refused", self.refused)
            self.refused = 0
        for connection in [pending for pending in self.pending_conns if pending.timeout <= now]:
            self.pending_conns.remove(connection)
            self.poller.unregister(connection.sock)
            if connection.buffer.data:
                self._refuse(connection, _TIMED_OUT)
            else:
                self._close(connection)

    def _cap_keepalive(self, deadline: float) -> None:
        """Let silent connections not delay a shutdown: new ones like those that wait for a next request."""
        super()._cap_keepalive(deadline)
        for connection in self.pending_conns:
            if not connection.buffer.data:
                connection.timeout = min(connection.timeout, deadline)

    def handle_request(self, request: Any, connection: Any) -> Any:
        """Answer a request, and close its connection afterwards if other requests are queued.

        The client then connects again, and a less busy worker accepts first. Connections that are kept alive would
        otherwise never move, though all of them may belong to one worker.
        """
        buffer = getattr(connection, "buffer", None)
        if self.admission_queue.waiting > self.admission_queue.max_active or (buffer and buffer.is_body_left):
            request.force_close()
        if buffer and buffer.is_continued:
            request._expected_100_continue = False  # the main loop has answered that
        return super().handle_request(request, connection)

    def handle_error(self, request: Any, client: Any, address: Any, error: Exception) -> None:
        """Answer a malformed request, with nothing of it in the log: it can hold a token, a name or an address."""
        if isinstance(error, ParseException):
            for name, value in vars(error).items():
                if isinstance(value, str | bytes):
                    setattr(error, name, "")
        if request is not None:
            request.uri = ""
        super().handle_error(request, client, None, error)

    def finish_request(self, connection: Any, future: "Future[Any]") -> None:
        """Keep a connection for its next request, or close it."""
        buffer, connection.buffer = getattr(connection, "buffer", None), None
        is_kept = not future.cancelled() and future.exception() is None and future.result()
        if is_kept or buffer is None:
            super().finish_request(connection, future)
        else:
            self._end(connection, is_more_coming=buffer.is_body_left)

    def _refuse(self, connection: Any, response: bytes) -> None:
        with suppress(OSError):
            connection.sock.send(response)
        self._end(connection, is_more_coming=True)

    def _end(self, connection: Any, *, is_more_coming: bool) -> None:
        """Close a connection, after what the client still sends: closing with unread bytes would cut off the response.

        gunicorn itself would wait for the other side in its main loop, and accept no connection meanwhile.
        """
        with suppress(OSError, ValueError):  # closed already
            if is_more_coming or _is_readable(connection.sock):
                connection.sock.shutdown(socket.SHUT_WR)
                connection.buffer = DiscardBuffer(time.monotonic() + _DISCARD_SECONDS)
                self.enqueue_req(connection)
                return
        self._close(connection)

    def _close(self, connection: Any) -> None:
        self.nr_conns -= 1
        connection.close()


class UnlimitedWorker(AdmissionQueueWorker):
    """The same worker, which refuses nothing."""

    has_limits = False


def _is_readable(source: Any) -> bool:
    poll = select.poll()
    poll.register(source, select.POLLIN)
    return bool(poll.poll(0))


def _buffer_of(connection: Any) -> ReceiveBuffer:
    """Return the buffer of a connection's next request, which begins with what came together with the one before."""
    if getattr(connection, "buffer", None) is None:
        parser = connection.parser
        connection.buffer = RequestBuffer(parser.unreader.take_buffered() if parser else b"")
    buffer: ReceiveBuffer = connection.buffer
    return buffer
