"""How gunicorn serves the shop: threads, since most of a checkout is waiting for Stripe, that take turns."""

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

from storefront.incoming import Incoming, IncomingRequest, IncomingRest
from storefront.turns import HEALTH_CHECK, Turns

THREADS = 32
"""Enough to wait for a slow Stripe with a hundred buyers a second in two workers; a waiting thread costs little."""

REQUEST_SECONDS = 20
"""How long a request may take to arrive, headers and body, counted from its first byte."""

NO_FORWARDER_HEADERS: str = ""
NO_SCHEME_HEADERS: Mapping[str, str] = {}
"""By default a neighbour on this machine may set SCRIPT_NAME and the scheme of a request."""

_HEALTH_CHECKS = tuple(f"{method} {HEALTH_CHECK} ".encode() for method in ("GET", "HEAD"))
_REST_SECONDS = 2
_SECONDS_BETWEEN_LOOKS = 0.5
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_REFUSAL = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TIMED_OUT, _TOO_LARGE = _REFUSAL % b"408 Request Timeout", _REFUSAL % b"431 Request Header Fields Too Large"


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gthread with turns, which gives threads whole requests only, and moves visitors to the idler worker.

    gunicorn's own worker gives a thread to each connection that has sent a byte and lets it wait for the rest. Here the
    main loop gathers what arrives: clients that drip headers or bodies keep no thread, and are cut off when their time
    is over. A health check is answered though every thread is busy: it has a thread of its own.
    """

    wsgi: Any
    turns: Turns
    health_thread: ThreadPoolExecutor
    next_look = 0.0

    def init_process(self) -> None:
        """Make the threads, after the fork."""
        self.health_thread = ThreadPoolExecutor(1, "health")
        super().init_process()

    def load_wsgi(self) -> None:
        """Put the application behind its queues."""
        super().load_wsgi()
        self.wsgi = self.turns = Turns(self.wsgi)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Start or stop letting connections in.

        A worker that ends takes those that already wait and closes the listening socket. Later ones are then refused
        and go to another instance; gunicorn would leave them waiting until the end and cut them off.
        """
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                while listener.sock is not None and _is_readable(listener):
                    self.accept(listener)
                listener.close()

    def enqueue_req(self, connection: Any) -> None:
        """Take what has arrived on a connection, and hand its request to a thread once it is whole."""
        if self.cfg.is_ssl:
            super().enqueue_req(connection)
            return
        incoming = _incoming(connection)
        try:
            connection.sock.setblocking(False)
            is_open = incoming.receive(connection.sock)
            if incoming.is_whole:
                self._answer(connection, incoming)
            elif incoming.is_too_large:
                self._refuse(connection, _TOO_LARGE)
            elif is_open:
                self._wait(connection, incoming)
            else:
                self._close(connection)
        except OSError:
            self._close(connection)

    def _answer(self, connection: Any, incoming: Incoming) -> None:
        threads = self.health_thread if incoming.data.startswith(_HEALTH_CHECKS) else self.tpool
        connection.init()
        connection.parser.unreader.unread(incoming.take())
        connection.data_ready = True
        answered = threads.submit(self.handle, connection)
        answered.add_done_callback(partial(self.method_queue.defer, self.finish_request, connection))

    def _wait(self, connection: Any, incoming: Incoming) -> None:
        """Let the main loop watch a connection until more of its request comes, or until its time is over."""
        now = time.monotonic()
        if incoming.must_continue():
            connection.sock.send(_CONTINUE)
        if incoming.data and incoming.deadline is None:
            incoming.deadline = now + REQUEST_SECONDS
        connection.timeout = incoming.deadline or now + self.cfg.keepalive
        self.poller.register(connection.sock, EVENT_READ, partial(self.on_pending_socket_readable, connection))
        self.pending_conns.append(connection)

    def murder_pending(self) -> None:
        """Cut off the clients whose time is over; gunicorn's main loop calls this each time around."""
        now = time.monotonic()
        if now < self.next_look:
            return
        self.next_look = now + _SECONDS_BETWEEN_LOOKS
        for connection in [waiting for waiting in self.pending_conns if waiting.timeout <= now]:
            self.pending_conns.remove(connection)
            self.poller.unregister(connection.sock)
            if connection.incoming.data:
                self._refuse(connection, _TIMED_OUT)
            else:
                self._close(connection)

    def _cap_keepalive(self, deadline: float) -> None:
        """Let silent connections not keep a worker that ends: new ones like those that wait for a next request."""
        super()._cap_keepalive(deadline)
        for connection in self.pending_conns:
            if not connection.incoming.data:
                connection.timeout = min(connection.timeout, deadline)

    def handle_request(self, request: Any, connection: Any) -> Any:
        """Answer a request; where others wait, its visitor comes in anew, and a worker with less to do opens first.

        Connections are kept open, and nothing else would ever move them: all may have come to one worker.
        """
        incoming = getattr(connection, "incoming", None)
        if self.turns.waiting > self.turns.at_once or (incoming and incoming.is_body_left):
            request.force_close()
        if incoming and incoming.is_continued:
            request._expected_100_continue = False  # the main loop has answered that
        return super().handle_request(request, connection)

    def handle_error(self, request: Any, client: Any, address: Any, error: Exception) -> None:
        """Answer what cannot be served, with nothing of it in the log: it can hold a token, a name or an address."""
        if isinstance(error, ParseException):
            for name, value in vars(error).items():
                if isinstance(value, str | bytes):
                    setattr(error, name, "")
        if request is not None:
            request.uri = ""
        super().handle_error(request, client, None, error)

    def finish_request(self, connection: Any, answered: "Future[Any]") -> None:
        """Keep a connection for its next request, or end it."""
        incoming, connection.incoming = getattr(connection, "incoming", None), None
        is_kept = not answered.cancelled() and answered.exception() is None and answered.result()
        if is_kept or incoming is None:
            super().finish_request(connection, answered)
        else:
            self._end(connection, is_more_coming=incoming.is_body_left)

    def _refuse(self, connection: Any, answer: bytes) -> None:
        with suppress(OSError):
            connection.sock.send(answer)
        self._end(connection, is_more_coming=True)

    def _end(self, connection: Any, *, is_more_coming: bool) -> None:
        """Close a connection; where something was sent that nobody read, that would cut off the answer: later, then.

        gunicorn itself would wait for the other side in its main loop, with nobody let in meanwhile.
        """
        with suppress(OSError, ValueError):  # closed already
            if is_more_coming or _is_readable(connection.sock):
                connection.sock.shutdown(socket.SHUT_WR)
                connection.incoming = IncomingRest(time.monotonic() + _REST_SECONDS)
                self.enqueue_req(connection)
                return
        self._close(connection)

    def _close(self, connection: Any) -> None:
        self.nr_conns -= 1
        connection.close()


def _is_readable(source: Any) -> bool:
    look = select.poll()
    look.register(source, select.POLLIN)
    return bool(look.poll(0))


def _incoming(connection: Any) -> Incoming:
    """Return what has arrived of a connection's next request, with what came together with the one before."""
    if getattr(connection, "incoming", None) is None:
        parser = connection.parser
        connection.incoming = IncomingRequest(parser.unreader.take_buffered() if parser else b"")
    incoming: Incoming = connection.incoming
    return incoming
