"""A real gunicorn with the shop's own configuration, as production runs it, and plain sockets to ask it."""

import http.client
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.campaigns.processes import Process, free_port, launch, running, wait_until

HOST = "shop.fitaiid.example"


@dataclass(frozen=True)
class Gunicorn:
    """A running gunicorn."""

    port: int
    process: Process
    log: Path
    address: str = "127.0.0.1"

    def connect(self, address: str = "", timeout: float = 10) -> socket.socket:
        """Open a connection and send nothing."""
        return socket.create_connection((address or self.address, self.port), timeout)

    def get(self, path: str, headers: Mapping[str, str] | None = None, timeout: float = 10) -> tuple[int, bytes]:
        """Ask for a page in a connection of its own and return its status and body."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=timeout)
        try:
            connection.request("GET", path, headers={"Host": HOST} | dict(headers or {}))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@contextmanager
def running_gunicorn(
    database_url: str,
    folder: Path,
    *,
    port: int = 0,
    address: str = "127.0.0.1",
    application: str = "wsgi:app",
    **environ: str,
) -> Iterator[Gunicorn]:
    """Start gunicorn with a production environment, on a free port unless one is given, and end it."""
    port = port or free_port()
    settings = {
        "SHOP_PROFILE": "production", "DATABASE_URL": database_url, "WEB_CONCURRENCY": "1", "PORT": str(port),
        "BASE_URL": f"https://{HOST}", "MAIL_SERVER": "127.0.0.1", "SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_SECRET_KEY": secrets.token_urlsafe(48), "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(24)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(24)}", "CONTENT_DIR": str(folder / "content"),
    }  # fmt: skip
    log = folder / "gunicorn.log"
    arguments = ("-m", "gunicorn", "--config", "gunicorn.conf.py", application)
    with running(launch(*arguments, environ=settings | environ, log=log)) as process:
        made = Gunicorn(port, process, log, address)
        wait_until(lambda: _is_up(made), "gunicorn")
        yield made


def _is_up(made: Gunicorn) -> bool:
    assert made.process.poll() is None, made.log.read_text()
    try:
        return made.get("/healthz")[0] == 200
    except OSError:
        return False
