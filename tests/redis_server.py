"""A Redis of a test's own, which may be frozen, killed and started again."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis

from tests.campaigns.processes import Process, free_port, kill, wait_until


@dataclass
class RedisServer:
    """A running `redis-server` that keeps nothing on disk."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: Process | None = None

    @property
    def url(self) -> str:
        """Return where it answers."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        """Return a client of its own; the caller closes it."""
        return redis.Redis(port=self.port, socket_timeout=5)

    def start(self) -> None:
        """Start it, and return once it answers; where a rival took its port before the first start, on another one."""
        is_first = self.process is None
        while True:
            self._launch()
            wait_until(lambda: self._has_ended() or self._answers(), "Redis's start")
            if not self._has_ended():
                return
            assert is_first, "Redis ended while it started"
            self.port = free_port()

    def _has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def _launch(self) -> None:
        with (self.folder / "log").open("ab") as output:
            self.process = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--save", "", "--dir", str(self.folder)],
                stdout=output,
                start_new_session=True,
            )

    def freeze(self) -> None:
        """Let it accept connections and answer nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Cut its power."""
        if self.process is not None:
            kill(self.process)
            self.process = None

    def _answers(self) -> bool:
        with suppress(redis.RedisError), self.client() as client:
            return bool(client.ping())
        return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """Start a Redis on a free port, which ends with the block."""
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.kill()
