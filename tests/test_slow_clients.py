"""Clients that send a byte now and then keep nobody out of a real gunicorn with one worker, and are cut off."""

import re
import selectors
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from storefront.serving.gunicorn_worker import REQUEST_SECONDS, THREADS
from tests.gunicorn_process import HOST, Gunicorn, running_gunicorn

CLIENTS, SECONDS_A_BYTE = 150, 5.0
HEAD = f"Host: {HOST}\r\nContent-Type: application/json\r\n".encode()
BEGINNINGS = {
    "headers": b"GET / HTTP/1.1\r\n" + HEAD + b"X-Slow: ",
    "request line": b"GET /",
    "body": b"POST /api/auth/login HTTP/1.1\r\n" + HEAD + b"Content-Length: 1000\r\n\r\n{",
    "chunks": b"POST /api/auth/login HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n{",
    "body that is too long": b"POST /api/auth/login HTTP/1.1\r\n" + HEAD + b"Content-Length: 10000000\r\n\r\n{",
    "body of a page": b"POST /cart/coupon HTTP/1.1\r\n" + HEAD + b"Content-Length: 1000\r\n\r\ncode=",
    "second request": f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\nGET / HT".encode(),
    "nothing": b"",
}


@pytest.fixture(scope="module")
def gunicorn(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Return a gunicorn that the tests of this file share."""
    folder = tmp_path_factory.mktemp("slow")
    (folder / "shop.sqlite").write_bytes(sqlite_template.read_bytes())
    with running_gunicorn(f"sqlite:///{folder / 'shop.sqlite'}", folder) as made:
        yield made


@contextmanager
def dripping(gunicorn: Gunicorn, beginning: bytes) -> Iterator[list[socket.socket]]:
    """Open the slow connections, and let each of them send a byte every five seconds for as long as it may."""
    over = threading.Event()
    with ExitStack() as ends:
        connections = [ends.enter_context(gunicorn.connect()) for _ in range(CLIENTS)]
        for connection in connections:
            connection.sendall(beginning)

        def drip() -> None:
            while not over.wait(SECONDS_A_BYTE):
                for connection in connections:
                    try:
                        connection.send(b"x", socket.MSG_DONTWAIT)
                    except OSError:
                        continue  # cut off, as it should be

        thread = threading.Thread(target=drip)
        if beginning:
            thread.start()
            ends.callback(thread.join)
        ends.callback(over.set)
        yield connections


def served(gunicorn: Gunicorn, visits: int = 20) -> int:
    """Return how many of the visitors who come one after the other get their page before they give up."""
    count = 0
    for _ in range(visits):
        try:
            count += gunicorn.get("/login", timeout=8)[0] == 200
        except OSError:
            continue
    return count


def ended(connections: list[socket.socket], within: float) -> list[bytes]:
    """Return the last bytes that each connection got before the other side ended it; those that go on are missing."""
    deadline, last = time.monotonic() + within, dict.fromkeys(connections, b"")
    done: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ)
        while len(done) < len(connections) and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                connection = next(one for one in connections if one is key.fileobj)
                try:
                    data = connection.recv(65536)
                except OSError:
                    data = b""
                last[connection] += data
                if not data:
                    selector.unregister(connection)
                    done.append(last[connection])
    return done


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS)
def test_slow_clients_keep_no_visitor_out(gunicorn: Gunicorn, beginning: bytes) -> None:
    assert CLIENTS > 4 * THREADS
    with dripping(gunicorn, beginning):
        time.sleep(0.5)
        assert served(gunicorn) == 20


@pytest.mark.parametrize("name", ["headers", "body", "chunks"])
def test_slow_clients_are_cut_off_when_their_time_is_over(gunicorn: Gunicorn, name: str) -> None:
    with dripping(gunicorn, BEGINNINGS[name]) as connections:
        began = time.monotonic()
        answers = ended(connections, REQUEST_SECONDS + 15)
        assert len(answers) == CLIENTS
        assert time.monotonic() - began > REQUEST_SECONDS - 5
    assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 408 Request Timeout"}
    assert served(gunicorn, 5) == 5


def ask(gunicorn: Gunicorn, *pieces: bytes, pause: float = 0.0) -> bytes:
    """Send pieces of requests, wait between them, and return everything that is answered."""
    with gunicorn.connect() as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        answer = b""
        while data := connection.recv(65536):
            answer += data
        return answer


LOGIN = b'{"email": "a@b.co", "password": "x"}'
POST = b"POST /api/auth/login HTTP/1.1\r\n" + HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(LOGIN)


def test_a_client_on_a_bad_line_is_served_though_its_request_comes_in_pieces(gunicorn: Gunicorn) -> None:
    request = POST + LOGIN
    pieces = [request[position : position + 20] for position in range(0, len(request), 20)]
    assert ask(gunicorn, *pieces, pause=0.2).startswith(b"HTTP/1.1 401 ")


def test_requests_that_come_together_are_answered_in_their_order(gunicorn: Gunicorn) -> None:
    first = f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    answer = ask(gunicorn, first + first + POST[:30], POST[30:] + LOGIN[:5], LOGIN[5:], pause=0.2)
    assert re.findall(rb"HTTP/1\.1 (\d+)", answer) == [b"200", b"200", b"401"]


def test_a_client_is_told_once_that_it_may_send_its_body(gunicorn: Gunicorn) -> None:
    head = POST.replace(b"Connection", b"Expect: 100-continue\r\nConnection")
    with gunicorn.connect() as connection:
        connection.sendall(head)
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(LOGIN)
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 401 ")


def test_who_sends_too_much_still_reads_why(gunicorn: Gunicorn) -> None:
    long = POST.replace(b"Length: %d" % len(LOGIN), b"Length: 1000000")
    answer = ask(gunicorn, long + b"x" * 500_000, b"x" * 500_000, pause=0.3)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"status":413' in answer.replace(b" ", b"")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\n" + b"X-A: " + b"x" * 8000 + b"\r\n" + b"X-Long: x\r\n" * 4000, b"431"),
        (b"GET / HTTP/1.1\nHost: a\n\n", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\n" + HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", b"400"),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", b"414"),
    ],
)
def test_what_is_no_request_is_refused_at_once(gunicorn: Gunicorn, request_: bytes, status: bytes) -> None:
    began = time.monotonic()
    assert ask(gunicorn, request_).split()[1] == status
    assert time.monotonic() - began < REQUEST_SECONDS / 2


def test_nothing_of_a_request_that_cannot_be_served_is_in_the_log(gunicorn: Gunicorn) -> None:
    token = b"token-of-a-guest"
    for request in (
        b"GET /account/orders/1?token=" + token + b" HTTP/1.1 more\r\n\r\n",
        b"GET /account/orders/1?token=" + token + b" HTTP/1.1\nHost: a\n\n",
        b"GET /?token=" + token + b" HTTP/9.9\r\n\r\n",
        token + b" / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HEAD + b"Cookie : shop=" + token + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HEAD + b"Expect: " + token + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: " + token + b"\r\n\r\n",
        b"POST /login HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + token + b"\r\n",
    ):
        answer = ask(gunicorn, request)
        assert answer.split()[1] in (b"400", b"417", b"501"), answer
        assert token not in answer
    log = gunicorn.log.read_text()
    assert "Invalid request" in log
    assert token.decode() not in log
    assert "127.0.0.1" not in log.split("Invalid request", 1)[1]


def test_a_worker_that_is_to_end_waits_neither_for_silent_nor_for_slow_clients(sqlite_url: str, tmp_path: Path) -> None:
    with running_gunicorn(sqlite_url, tmp_path) as made, ExitStack() as ends:
        for beginning in (b"", BEGINNINGS["headers"], BEGINNINGS["body"]):
            ends.enter_context(made.connect()).sendall(beginning)
        began = time.monotonic()
        made.process.send_signal(signal.SIGTERM)
        assert made.process.wait(REQUEST_SECONDS + 8) == 0
        assert time.monotonic() - began < REQUEST_SECONDS + 8
