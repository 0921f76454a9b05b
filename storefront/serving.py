"""How gunicorn serves the shop: threads, since most of a checkout is waiting for Stripe, that take turns."""

import select
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from storefront.turns import Turns

THREADS = 32
"""Enough to wait for a slow Stripe with a hundred buyers a second in two workers; a waiting thread costs little."""


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gthread, with turns, with visitors who find the idler worker, and without waiting for who does not hang up."""

    wsgi: Any
    turns: Turns

    def load_wsgi(self) -> None:
        """Put the application behind its queues."""
        super().load_wsgi()
        self.wsgi = self.turns = Turns(self.wsgi)

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
