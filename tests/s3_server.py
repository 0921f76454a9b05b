"""An S3-compatible server as a process of its own: moto's, on this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.campaigns.processes import free_port, wait_until

BUCKET = "shop"
ACCESS = {"region": "us-east-1", "access_key_id": "key", "secret_access_key": "secret"}


class S3Server:
    """Where it listens, and what it holds."""

    def __init__(self, port: int, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port, self._folder = port, folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def access(self) -> dict[str, str]:
        """Return what a client needs."""
        return ACCESS | {"endpoint": self.url}

    def start(self) -> None:
        """Start it, empty but for one bucket."""
        with (self._folder / "s3.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)],
                stdout=log, stderr=log, env=os.environ | {"NO_PROXY": "127.0.0.1"},
            )  # fmt: skip
        wait_until(self._answers, "the S3 server answers", 30)
        assert requests.put(f"{self.url}/{BUCKET}", timeout=10).ok

    def stop(self) -> None:
        """End it, as a store that is down."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def unfinished_uploads(self) -> int:
        """Return how many uploads were begun and neither finished nor given up."""
        return requests.get(f"{self.url}/{BUCKET}?uploads", timeout=10).text.count("<Upload>")

    def _answers(self) -> bool:
        return requests.get(f"{self.url}/", timeout=1).ok


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Server]:
    """Start a server, and end it."""
    server = S3Server(free_port(), folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
