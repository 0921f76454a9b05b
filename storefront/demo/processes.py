"""The demonstration's child processes, and waiting for an address to answer."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from config import ROOT
from storefront.demo.environment import HOST, DemoError, simulator_port

Child = subprocess.Popen[bytes]
_PATIENCE = 20
_PR_SET_PDEATHSIG = 1


def start_simulator(folder: Path) -> Child:
    """Start what plays Stripe; it ends with this process, however that ends."""
    environ = os.environ
    return _child(
        "-m", "stripe_simulator",
        "--port", str(simulator_port()),
        "--database", str(folder / "simulator.sqlite"),
        "--webhook-url", f"{environ['BASE_URL']}/api/checkout/webhook",
        "--webhook-secret", environ["STRIPE_WEBHOOK_SECRET"].split(",")[0].strip(),
        "--public-url", environ["STRIPE_API_BASE"],
        "--parent-pid", str(os.getpid()),
    )  # fmt: skip


def start_worker() -> Child:
    """Start the worker beside several web processes, which cannot each run one."""
    return _child("-m", "storefront.worker", "--parent-pid", str(os.getpid()))


def _child(*arguments: str) -> Child:
    # A session of its own: Ctrl-C in the terminal comes to this process, which then stops its children.
    end = _ending_with_parent() if sys.platform == "linux" else None
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, start_new_session=True, preexec_fn=end)


def _ending_with_parent() -> Callable[[], object]:
    """Return what lets Linux end a child with its parent.

    A child looks after that itself, too, but not before all of it is imported, which takes seconds on a busy machine.
    """
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def stop(child: Child, owner: int) -> None:
    """Ask a child to end, and insist; a forked web process, which leaves through here too, must not."""
    if os.getpid() != owner:
        return
    child.terminate()
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def wait_for(port: int, path: str, name: str, *, host: str = HOST, child: Child | None = None) -> None:
    """Return when `path` answers at a port of this machine."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and (child is None or child.poll() is None):
        status = _status_of(port, path, host)
        if status == HTTPStatus.OK:
            return
        if status:
            raise DemoError(f"{name} answers {status} at {path}.")
        time.sleep(0.05)
    raise DemoError(f"{name} did not start.")


def _status_of(port: int, path: str, host: str) -> int:
    """Return the status of an answer, or 0 while nobody answers."""
    connection = HTTPConnection(HOST, port, timeout=_PATIENCE)
    try:
        connection.request("GET", path, headers={"Host": host, "Connection": "close"})
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
