"""Processes that a campaign starts, kills by their own ids, and never leaves behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests

from config import ROOT

SECRET = "whsec_campaign"
PATIENCE = 60.0

Process = subprocess.Popen[bytes]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Ask until the answer is true and return it; AssertionError after the deadline."""
    deadline = time.monotonic() + patience
    while True:
        with suppress(requests.RequestException):
            if found := condition():
                return found
        assert time.monotonic() < deadline, f"{what}: not within {patience:g} s"
        time.sleep(0.05)


def launch(*arguments: str, environ: Mapping[str, str], log: Path) -> Process:
    """Start a Python module in a process group of its own, so that its children can be ended with it."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def kill(process: Process) -> None:
    """Cut the power of a process and of the children that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def children(pid: int) -> list[int]:
    """Return the ids of a process's children."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(child) for child in task.read_text().split()]
    return found


@contextmanager
def running(process: Process) -> Iterator[Process]:
    """End a process at the end, whatever happened to it meanwhile."""
    try:
        yield process
    finally:
        kill(process)
