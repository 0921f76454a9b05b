"""Gunicorn in the demonstration's own process."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from gunicorn.app.base import BaseApplication

from storefront.demo.environment import HOST, DemoError, port, web_workers
from storefront.demo.processes import wait_for
from storefront.serving.gunicorn_worker import NO_FORWARDER_HEADERS, NO_SCHEME_HEADERS, THREADS, worker_class
from storefront.worker import end_with, start_thread


class DemoServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn in this process, serving a shop that was made before the fork."""

    def __init__(self, app: Flask, parent: int) -> None:
        self._app = app
        self._parent = parent
        self._is_detached = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn up."""
        settings = {
            "bind": f"{HOST}:{port()}",
            "workers": web_workers(),
            "worker_class": worker_class(
                has_admission_queue=self._app.config["ADMISSION_QUEUE"], has_limits=self._app.config["RATE_LIMITS"]
            ),
            "threads": THREADS,
            "keepalive": 5,
            "timeout": 60,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "control_socket_disable": True,
            "forwarder_headers": NO_FORWARDER_HEADERS,
            "secure_scheme_headers": NO_SCHEME_HEADERS,
            "when_ready": self.watch,
            "post_worker_init": self.open_worker,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the shop."""
        return self._app

    def watch(self, server: Any) -> None:
        """End with `make`, and with the terminal unless `nohup` said otherwise; gunicorn would only reload."""
        end = signal.SIG_IGN if self._is_detached else _end
        signal.signal(signal.SIGHUP, end)
        end_with(self._parent)

    def open_worker(self, worker: Any) -> None:
        """Start the worker's thread in a single web process; the first process prints when it is ready."""
        if self.cfg.workers == 1:
            start_thread(self._app)
        if worker.age == 1:
            threading.Thread(target=_announce, daemon=True).start()


def _end(number: int, frame: FrameType | None) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _announce() -> None:
    try:
        wait_for(port(), "/healthz", "The shop", host=urlsplit(os.environ["BASE_URL"]).netloc)
    except DemoError as error:
        print(error, file=sys.stderr, flush=True)
        os.kill(os.getppid(), signal.SIGTERM)
    else:
        print(f"ready http://{HOST}:{port()}", flush=True)
