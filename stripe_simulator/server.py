"""The simulator on a port of this machine."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .app import create_simulator
from .guards import is_loopback
from .settings import HOST, SimulatorError, SimulatorSettings, refuse_production
from .simulator import Simulator


class QuietHandler(WSGIRequestHandler):
    """A request handler without an access log."""

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


def start(settings: SimulatorSettings, port: int = 0, host: str = HOST) -> RunningSimulator:
    """Serve on a loopback address; port 0 takes a free one."""
    refuse_production(settings.profile)
    listener = _listen(_loopback(host), port)
    try:
        address, bound_port = listener.getsockname()[:2]
        url = f"http://[{address}]:{bound_port}" if ":" in address else f"http://{address}:{bound_port}"
        app = create_simulator(replace(settings, public_url=settings.public_url or url))
        server = make_server(
            address,
            bound_port,
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


def _loopback(host: str) -> str:
    """Return a loopback address; anybody who reached another one could pay, refund and send events."""
    address = HOST if host == "localhost" else host
    if not is_loopback(address):
        message = f"The payment simulator cannot start: {host} is no loopback address, such as 127.0.0.1 or ::1."
        raise SimulatorError(message)
    return address


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as problem:
        listener.close()
        message = f"The payment simulator cannot start: port {port} is taken ({problem.strerror})."
        raise SimulatorError(message) from None
    listener.listen(128)
    return listener
