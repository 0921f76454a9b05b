"""gunicorn with the shop's own configuration: where it listens, and whom it believes."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gunicorn_process import HOST, Gunicorn, running_gunicorn


@pytest.fixture
def gunicorn(sqlite_url: str, tmp_path: Path) -> Iterator[Gunicorn]:
    """Return a gunicorn that is configured by nothing but the shop's own settings."""
    with running_gunicorn(sqlite_url, tmp_path) as made:
        yield made


def test_it_listens_on_this_machine_alone_unless_bind_says_otherwise(
    gunicorn: Gunicorn, sqlite_url: str, tmp_path: Path
) -> None:
    with pytest.raises(ConnectionRefusedError):
        gunicorn.connect("127.0.0.2")
    with running_gunicorn(sqlite_url, tmp_path, BIND="0.0.0.0") as open_one:
        open_one.connect("127.0.0.2").close()


@pytest.mark.parametrize("bind", ["::1", "[::1]"])
def test_it_listens_on_an_ipv6_address(sqlite_url: str, tmp_path: Path, bind: str) -> None:
    if not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    with running_gunicorn(sqlite_url, tmp_path, address="::1", BIND=bind) as made:
        assert made.get("/healthz")[0] == 200


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    "headers",
    [
        {"SCRIPT_NAME": "/elsewhere"},
        {"Script-Name": "/elsewhere"},
        {"PATH_INFO": "/elsewhere"},
        {"X-Forwarded-Prefix": "/elsewhere"},
        {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "off"},
        {"X-Forwarded-Protocol": "ssl", "X-Forwarded-Proto": "http"},
        {"X-Forwarded-Host": "elsewhere.test"},
        {"REMOTE_USER": "owner", "Forwarded": "for=unknown;host=elsewhere.test"},
    ],
)
def test_headers_of_a_forwarder_change_nothing(gunicorn: Gunicorn, headers: dict[str, str]) -> None:
    status, page = gunicorn.get("/login", headers)
    assert status == 200
    assert b"elsewhere" not in page
    assert b'action="/login"' in page


def test_a_balancer_asks_for_its_health_by_address(gunicorn: Gunicorn) -> None:
    for request in (
        b"GET %s HTTP/1.0\r\n\r\n",
        b"GET %s HTTP/1.1\r\nHost: 10.0.0.7:5000\r\nConnection: close\r\n\r\n",
        b"GET %s HTTP/1.1\r\nHost: [::1]:5000\r\nConnection: close\r\n\r\n",
    ):
        assert _status(gunicorn, request % b"/healthz") == 200
        assert _status(gunicorn, request % b"/readyz") == 200
        assert _status(gunicorn, request % b"/") == 400
    own = f"{HOST.upper()}.:443"
    assert _status(gunicorn, f"GET / HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n".encode()) == 200


def _status(gunicorn: Gunicorn, request: bytes) -> int:
    with gunicorn.connect() as connection:
        connection.sendall(request)
        return int(connection.recv(65536).split()[1])
