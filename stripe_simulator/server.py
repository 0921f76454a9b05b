"""The simulator on a port of this machine."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .app import create_simulator
from .engine import Simulator
from .settings import HOST, SimulatorError, SimulatorSettings, refuse_production


class QuietHandler(WSGIRequestHandler):
    """Says nothing about requests that went well."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing; a failure is logged by the app itself."""


@dataclass
class RunningSimulator:
    """A simulator that answers at `url` until it is stopped."""

    url: str
    app: Flask
    _server: BaseWSGIServer
    _thread: threading.Thread

    @property
    def simulator(self) -> Simulator:
        """The state behind the app."""
        found: Simulator = self.app.extensions["simulator"]
        return found

    def stop(self) -> None:
        """Stop answering, delivering and ticking; the state file stays."""
        self.simulator.stopping.set()
        self._server.shutdown()
        self._thread.join(timeout=5)
        self._server.server_close()
        self.simulator.stop()


def start(settings: SimulatorSettings, port: int = 0) -> RunningSimulator:
    """Serve on 127.0.0.1; port 0 takes a free one."""
    refuse_production(settings.profile)
    listener = _listen(port)
    try:
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        app = create_simulator(replace(settings, public_url=settings.public_url or url))
        server = make_server(
            HOST,
            listener.getsockname()[1],
            app,
            threaded=True,
            request_handler=QuietHandler,
            fd=listener.fileno(),
        )
    finally:
        # The server works on its own duplicate.
        listener.close()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="simulator", daemon=True)
    running = RunningSimulator(url, app, server, thread)
    running.simulator.start_threads()
    thread.start()
    return running


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as problem:
        listener.close()
        message = f"The payment simulator cannot start: port {port} is taken ({problem.strerror})."
        raise SimulatorError(message) from None
    listener.listen(128)
    return listener
