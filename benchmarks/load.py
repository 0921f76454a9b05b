"""A load client that costs little: one process, one connection for each visitor, each asks again when answered."""

import select
import socket
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field

HOST = "127.0.0.1"
Visitor = Generator[bytes, "Answer", None]
"""Yields requests, is sent the answers, and returns when it has seen enough; a wrong answer is `Wrong`."""


class Wrong(AssertionError):
    """An answer that no shop may give."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, and how long it took."""

    status: int
    head: bytes
    body: bytes
    seconds: float


@dataclass
class Result:
    """What came of a run: a time for each right answer, the wrong ones, and the client's own share of one processor."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    client_share: float = 0.0

    @property
    def rate(self) -> float:
        """Return right answers a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Return a percentile of the times in milliseconds."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def add(self, other: "Result") -> None:
        """Take another run of the same along."""
        self.client_share = (self.client_share * self.seconds + other.client_share * other.seconds) / (
            self.seconds + other.seconds or 1
        )
        self.seconds += other.seconds
        self.times += other.times
        self.wrong += other.wrong


class _Line:
    """One visitor's connection."""

    def __init__(self, port: int, visitor: Visitor) -> None:
        self.port, self.visitor = port, visitor
        self.sock = self._open()
        self.request = b""
        self.got = bytearray()
        self.began = 0.0

    def _open(self) -> socket.socket:
        made = socket.create_connection((HOST, self.port), timeout=60)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def reopen(self) -> int:
        """Come in anew, as a browser does when it is told that its connection ends."""
        self.sock.close()
        self.sock = self._open()
        return self.sock.fileno()

    def ask(self, request: bytes) -> None:
        self.request, self.began = request, time.perf_counter()
        self.got.clear()
        self.sock.sendall(request)

    def read(self) -> Answer | None:
        """Take what has come and return the answer if it is whole; OSError if the line was cut."""
        piece = self.sock.recv(262144)
        if not piece:
            raise ConnectionResetError
        self.got += piece
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(self.got[:end])
        length = content_length(head)
        if len(self.got) < end + 4 + length:
            return None
        return Answer(int(head[9:12]), head, bytes(self.got[end + 4 :]), time.perf_counter() - self.began)


def content_length(head: bytes) -> int:
    """Return the length of an answer's body, as its head says; zero where it says none."""
    lower = head.lower()
    at = lower.find(b"content-length:")
    return int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def run(port: int, visitors: Iterable[Visitor], seconds: float = 3600.0) -> Result:
    """Let all visitors ask at once until they have seen enough or the time is over."""
    result, waiting = Result(), {}
    lines = [_Line(port, visitor) for visitor in visitors]
    poll = select.epoll()
    for line in lines:
        waiting[line.sock.fileno()] = line
        poll.register(line.sock.fileno(), select.EPOLLIN)
    began, own = time.perf_counter(), time.process_time()
    for line in lines:
        line.ask(next(line.visitor))
    while waiting and time.perf_counter() - began < seconds + 60:
        for number, _ in poll.poll(1.0):
            _go_on(result, poll, waiting, waiting[number], time.perf_counter() - began >= seconds)
    result.seconds = time.perf_counter() - began
    result.client_share = (time.process_time() - own) / result.seconds
    result.wrong += [f"no answer to {line.request[:60]!r}" for line in waiting.values()]
    for line in lines:
        line.sock.close()
    return result


def _go_on(result: Result, poll: "select.epoll", waiting: dict[int, _Line], line: _Line, is_over: bool) -> None:
    number = line.sock.fileno()
    try:
        answer = line.read()
    except OSError:
        result.wrong.append(f"the line was cut at {line.request[:60]!r}")
        poll.unregister(number)
        del waiting[number]
        return
    if answer is None:
        return
    try:
        following = line.visitor.send(answer)
        result.times.append(answer.seconds)
    except StopIteration:
        result.times.append(answer.seconds)
        following = None
    except Wrong as wrong:
        result.wrong.append(str(wrong))
        following = None
    if following is None or is_over:
        poll.unregister(number)
        del waiting[number]
        return
    if b"\r\nconnection: close" in answer.head.lower():
        poll.unregister(number)
        del waiting[number]
        number = line.reopen()
        waiting[number] = line
        poll.register(number, select.EPOLLIN)
    line.ask(following)


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Return a request as it goes over the line."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body or method != "GET":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def expect(answer: Answer, status: int, *parts: bytes) -> Answer:
    """Return an answer that is as it should be, or raise `Wrong`."""
    if answer.status != status:
        raise Wrong(f"{answer.status} instead of {status}: {answer.body[:200]!r}")
    for part in parts:
        if part not in answer.body:
            raise Wrong(f"without {part!r}: {answer.body[:200]!r}")
    return answer
