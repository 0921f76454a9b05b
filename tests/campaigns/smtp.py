"""A mail server that fails as it is told, and remembers what it took."""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller

from tests.campaigns.processes import free_port


@dataclass
class Sink:
    """Takes mails; a share of the tries fails before DATA, another loses the line after it."""

    port: int
    fails: float = 0.0
    drops: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    arrived: list[str] = field(default_factory=list)
    refused: int = 0
    dropped: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """Refuse for now, sometimes."""
        if self.chance.random() < self.fails:
            self.refused += 1
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take the mail; sometimes the line is lost before the sender hears of it."""
        message = message_from_bytes(envelope.content)
        self.arrived.append(str(message["Message-ID"]))
        if self.chance.random() < self.drops:
            self.dropped += 1
            server.transport.abort()
        return "250 OK"


@contextmanager
def sink(seed: int = 0, fails: float = 0.0, drops: float = 0.0) -> Iterator[Sink]:
    """Open a mail server on a free port of this machine."""
    with serving(Sink(free_port(), fails, drops, random.Random(seed))) as made:
        yield made


@contextmanager
def serving(made: Sink) -> Iterator[Sink]:
    """Serve at the sink's own port meanwhile."""
    controller = Controller(made, hostname="127.0.0.1", port=made.port)
    controller.start()
    try:
        yield made
    finally:
        controller.stop()


@contextmanager
def silent(port: int) -> Iterator[None]:
    """Take every connection at a port and say nothing."""
    with socket.create_server(("127.0.0.1", port), backlog=1000):
        yield
