"""Visitors who come at a given rate whether or not the shop keeps up, as people do; each on a connection of its own."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.load import HOST, Answer, Visitor, Wrong, content_length

PATIENCE = 60.0


class Refused(Exception):
    """The shop said 503: a visitor goes away."""


@dataclass
class Record:
    """What came of a phase; every time in seconds since its beginning."""

    began: float = field(default_factory=time.monotonic)
    visits: int = 0
    answers: list[tuple[float, float]] = field(default_factory=list)
    """When each right answer came, and how long it took."""
    refusals: list[tuple[float, float]] = field(default_factory=list)
    """The same of each 503."""
    wrong: list[str] = field(default_factory=list)

    @property
    def now(self) -> float:
        """Return how long the phase has lasted."""
        return time.monotonic() - self.began

    def percentile(self, share: float, since: float = 0.0, until: float = float("inf")) -> float:
        """Return a percentile, in milliseconds, of the answers that came within some seconds."""
        ordered = sorted(took for at, took in self.answers if since <= at < until)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def slowest_refusal(self) -> float:
        """Return how many milliseconds the slowest refusal took."""
        return 1000 * max((took for _, took in self.refusals), default=0.0)


async def arrive(port: int, make_visitor: Callable[[], Visitor], rate: float, seconds: float) -> Record:
    """Let visitors come at a rate per second for some seconds, and wait until the last has left."""
    record, visits, at = Record(), set[asyncio.Task[None]](), 0.0
    while at < seconds:
        await asyncio.sleep(max(0.0, at - record.now))
        visit = asyncio.create_task(_visit(port, make_visitor(), record))
        visits.add(visit)
        visit.add_done_callback(visits.discard)
        at += 1 / rate
    if visits:
        await asyncio.wait(visits)
    return record


async def _visit(port: int, visitor: Visitor, record: Record) -> None:
    record.visits += 1
    asked = next(visitor)
    connection = None
    try:
        while True:
            connection = connection or await asyncio.open_connection(HOST, port)
            answer = await asyncio.wait_for(_ask(connection, asked), PATIENCE)
            (record.refusals if answer.status == 503 else record.answers).append((record.now, answer.seconds))
            if b"\r\nconnection: close" in answer.head.lower():
                connection[1].close()
                connection = None
            asked = visitor.send(answer)
    except (StopIteration, Refused):
        pass
    except Wrong as wrong:
        record.wrong.append(str(wrong))
    except (OSError, EOFError, TimeoutError) as error:
        record.wrong.append(f"{type(error).__name__} at {asked[:60]!r}")
    finally:
        visitor.close()
        if connection:
            connection[1].close()


async def _ask(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], asked: bytes) -> Answer:
    reader, writer = connection
    began = time.monotonic()
    writer.write(asked)
    head = (await reader.readuntil(b"\r\n\r\n"))[:-4]
    body = await reader.readexactly(content_length(head))
    return Answer(int(head[9:12]), head, body, time.monotonic() - began)
