"""How gunicorn serves the shop: threads, since most of a checkout is waiting for Stripe, that take turns."""

import select
import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from storefront.turns import HEALTH_CHECK, Turns

THREADS = 32
"""Enough to wait for a slow Stripe with a hundred buyers a second in two workers; a waiting thread costs little."""

NO_FORWARDER_HEADERS: str = ""
NO_SCHEME_HEADERS: Mapping[str, str] = {}
"""By default a neighbour on this machine may set SCRIPT_NAME and the scheme of a request."""

_PEEKED = 4096
_HEALTH_CHECKS = tuple(f"{method} {HEALTH_CHECK} ".encode() for method in ("GET", "HEAD"))


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gthread, with turns, with visitors who find the idler worker, and without waiting for who does not hang up.

    A health check is answered though every thread is busy: it has a thread of its own.
    """

    wsgi: Any
    turns: Turns
    health_thread: ThreadPoolExecutor

    def init_process(self) -> None:
        """Make the threads, after the fork."""
        self.health_thread = ThreadPoolExecutor(1, "health")
        super().init_process()

    def load_wsgi(self) -> None:
        """Put the application behind its queues."""
        super().load_wsgi()
        self.wsgi = self.turns = Turns(self.wsgi)

    def enqueue_req(self, connection: Any) -> None:
        """Hand a connection to a thread; while all are busy, one that has sent nothing yet waits without one."""
        request = b"" if self._has_idle_thread() else self._peek(connection)
        if request is None:
            self._wait_for_request(connection)
        elif request.startswith(_HEALTH_CHECKS) and b"\r\n\r\n" in request:  # whole, so that nobody is waited for
            answered = self.health_thread.submit(self.handle, connection)
            answered.add_done_callback(partial(self.method_queue.defer, self.finish_request, connection))
        else:
            super().enqueue_req(connection)

    def _has_idle_thread(self) -> bool:
        in_hand = self.nr_conns - len(self.keepalived_conns) - len(self.pending_conns)
        return bool(in_hand <= self.cfg.threads)

    def _peek(self, connection: Any) -> bytes | None:
        """Return how the request begins without taking it; None while nothing came, nothing if it is not plain text."""
        is_read_ahead = connection.parser is not None and connection.parser.unreader.buf.getvalue()
        if self.cfg.is_ssl or is_read_ahead:
            return b""
        try:
            return bytes(connection.sock.recv(_PEEKED, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def _wait_for_request(self, connection: Any) -> None:
        """Let the main loop watch a silent connection, as gunicorn does after a thread has waited five seconds."""
        connection.sock.setblocking(False)
        connection.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(connection)
        readable = partial(self.on_pending_socket_readable, connection)
        self.poller.register(connection.sock, EVENT_READ, readable)

    def handle_request(self, request: Any, connection: Any) -> Any:
        """Answer a request; where others wait, its visitor comes in anew, and a worker with less to do opens first.

        Connections are kept open, and nothing else would ever move them: all may have come to one worker.
        """
        if self.turns.waiting > self.turns.at_once:
            request.force_close()
        return super().handle_request(request, connection)

    def handle(self, connection: Any) -> Any:
        """Serve a connection once, and close it if it ends with that.

        gunicorn's main loop would do it, and wait up to two seconds for a visitor who does not hang up, with nobody
        let in meanwhile. Waiting is of use only where something was sent that nobody has read: closing then
        would cut off the answer.
        """
        stays = super().handle(connection)
        if stays is False:
            with suppress(OSError, ValueError):  # closed already
                unread = select.poll()
                unread.register(connection.sock, select.POLLIN)
                connection.close(graceful=bool(unread.poll(0)))
            connection.close = lambda graceful=False: None
        return stays
