"""The admission queue in a real gunicorn process, switched on and off."""

import http.client
import json
import os
import re
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests

from config import ROOT
from storefront.serving.admission_queue import MAX_ACTIVE
from storefront.serving.gunicorn_worker import THREADS, AdmissionQueueWorker, UnlimitedWorker, worker_class
from storefront.serving.overload import OVERLOADED_AFTER
from tests.campaigns.processes import free_port, launch, running, wait_until

PATIENCE = 15
BLOCKED = b"GET /blocked HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
PAGE = b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
CHECK = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: balancer\r\n\r\n"


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """Return the file whose appearance lets the blocked requests go."""
    return tmp_path / "gate"


@contextmanager
def serving(tmp_path: Path, database_url: str, **settings: str) -> Iterator[int]:
    """Start one process as in production and return its port."""
    port = free_port()
    environ = os.environ | {
        "SHOP_PROFILE": "test", "DATABASE_URL": database_url, "WEB_CONCURRENCY": "1", "FLASK_SKIP_DOTENV": "1",
        "NO_PROXY": "127.0.0.1", "BLOCKED_UNTIL": str(tmp_path / "gate"),
    }  # fmt: skip
    arguments = ("-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}", "tests.blocked:app")
    with running(launch(*arguments, environ=environ | settings, log=tmp_path / "log")):
        wait_until(lambda: requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok, "the start")
        yield port


@pytest.fixture
def port(tmp_path: Path, sqlite_url: str) -> Iterator[int]:
    """Return the port of a process with the admission queue."""
    with serving(tmp_path, sqlite_url) as port:
        yield port


def send(ends: ExitStack, port: int, request: bytes) -> socket.socket:
    """Send a request over a connection of its own."""
    line = ends.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE))
    line.sendall(request)
    return line


def status_of(line: socket.socket) -> int:
    """Read a whole answer, so that the connection can be used again."""
    answer = http.client.HTTPResponse(line)
    answer.begin()
    answer.read()
    return answer.status


def refused_in(log: Path) -> int:
    """Return how many requests were refused, by the lines of the log."""
    return sum(map(int, re.findall(r"Overloaded: (\d+) requests refused", log.read_text())))


@pytest.mark.concurrency
def test_a_health_check_is_answered_though_the_queue_is_full_and_every_thread_is_busy(port: int, gate: Path) -> None:
    with ExitStack() as ends:
        watching = send(ends, port, CHECK)
        assert status_of(watching) == 200
        visitors = [send(ends, port, BLOCKED) for _ in range(THREADS + 8)]
        silent = send(ends, port, b"")
        assert status_of(send(ends, port, CHECK)) == 200  # over a new connection
        watching.sendall(CHECK)
        assert status_of(watching) == 200  # over one that is kept open
        late = send(ends, port, b"")
        late.sendall(CHECK)
        assert status_of(late) == 200
        # Sent in pieces it is a request like any other, and waits: nobody can hold the health check's own thread.
        dripping = send(ends, port, CHECK[:30])
        assert status_of(send(ends, port, CHECK)) == 200
        assert select.select(visitors, [], [], 0)[0] == []  # nobody has an answer yet
        gate.touch()
        dripping.sendall(CHECK[30:])
        silent.sendall(CHECK)
        assert [status_of(line) for line in (*visitors, dripping, silent)] == [200] * (len(visitors) + 2)


@pytest.mark.concurrency
@pytest.mark.parametrize("setting", ["on", "off"])
def test_no_more_than_the_allowed_requests_are_active_unless_the_queue_is_off(
    tmp_path: Path, sqlite_url: str, gate: Path, setting: str
) -> None:
    with serving(tmp_path, sqlite_url, ADMISSION_QUEUE=setting) as port, ExitStack() as ends:
        blocked = [send(ends, port, BLOCKED) for _ in range(MAX_ACTIVE)]
        time.sleep(0.5)  # they are active
        page = send(ends, port, PAGE)
        is_answered = bool(select.select([page], [], [], 10 if setting == "off" else 1)[0])
        assert is_answered == (setting == "off")
        gate.touch()
        assert [status_of(connection) for connection in (page, *blocked)] == [200] * (MAX_ACTIVE + 1)


@pytest.mark.concurrency
def test_what_comes_faster_than_it_is_answered_is_refused_at_once_and_what_was_taken_is_answered(
    tmp_path: Path, sqlite_url: str, gate: Path
) -> None:
    def ask(request: bytes) -> tuple[int, dict[str, str], bytes]:
        answer = http.client.HTTPResponse(send(ends, port, request), method=request.split()[0].decode())
        answer.begin()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    with serving(tmp_path, sqlite_url, RATE_LIMITS="on") as port, ExitStack() as ends:
        taken = [send(ends, port, BLOCKED) for _ in range(THREADS + 3)]
        time.sleep(OVERLOADED_AFTER / 2)
        taken.append(send(ends, port, PAGE))  # nobody has waited long enough yet
        time.sleep(OVERLOADED_AFTER / 2 + 0.5)
        began = time.monotonic()
        status, headers, page = ask(PAGE)
        assert (status, headers["retry-after"], headers["connection"]) == (503, "10", "close")
        assert page == (ROOT / "static" / "errors" / "unavailable.html").read_bytes()
        same = "0123456789abcdef" * 2
        status, headers, problem = ask(
            f"POST /api/cart/items?a=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en\r\nX-Request-ID: {same}\r\n"
            "Content-Length: 2\r\n\r\n{}".encode()
        )
        assert (status, headers["content-type"], headers["x-request-id"]) == (503, "application/problem+json", same)
        assert {"code": "service_unavailable", "instance": "/api/cart/items", "requestId": same}.items() <= json.loads(
            problem
        ).items()
        assert ask(PAGE.replace(b"GET", b"HEAD"))[::2] == (503, b"")
        assert ask(CHECK)[0] == 200
        assert time.monotonic() - began < OVERLOADED_AFTER
        event = send(ends, port, b"POST /api/checkout/webhook HTTP/1.1\r\nHost: shop\r\nContent-Length: 2\r\n\r\n{}")
        assert select.select([*taken, event], [], [], 1)[0] == []
        gate.touch()
        assert [status_of(line) for line in taken] == [200] * len(taken)
        assert status_of(event) == 400  # it has no signature, but it was read
        assert ask(PAGE)[0] == 200
        wait_until(lambda: refused_in(tmp_path / "log") == 3, "the lines in the log")


def test_off_is_the_threaded_worker_of_gunicorn_itself() -> None:
    assert worker_class(has_admission_queue=False, has_limits=True) == "gthread"
    assert worker_class(has_admission_queue=True, has_limits=True) is AdmissionQueueWorker
    assert worker_class(has_admission_queue=True, has_limits=False) is UnlimitedWorker
