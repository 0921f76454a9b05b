"""A real nginx with the file of deploy/: only ports and folders are this machine's, as docs/proxies.md tells."""

import http.client
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from config import ROOT
from tests.campaigns.processes import free_port, wait_until

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
_AROUND = """
daemon off; pid {folder}/pid; error_log {folder}/error warn; worker_processes 1;
events {{}}
http {{
    types {{ text/css css; text/javascript js; text/html html; image/webp webp; image/svg+xml svg; }}
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/shop.conf;
}}
"""

VISITOR = "127.0.0.77"
"""The address that visitors come from, to be told from nginx's own."""

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Front:
    """nginx, and how to ask it."""

    port: int
    folder: Path
    host: str

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for an address, with headers whose names have an underscore for each dash."""
        return self.ask("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
        """Send a request on a connection of its own."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(VISITOR, 0))
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # nginx need not read a body that it refuses
                line.request(method, path, body, {"Host": self.host} | (headers or {}))
            answer = line.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            line.close()

    def is_up(self) -> bool:
        """Return whether nginx listens."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
        except OSError:
            return False
        return True

    def written(self) -> str:
        """Return all that nginx wrote down."""
        return "".join(path.read_text() for path in self.folder.iterdir() if path.name in ("error", "log", "errors"))


@contextmanager
def running_nginx(
    folder: Path, shops: Iterable[int], host: str, content: Path, *more: tuple[str, str], port: int = 0
) -> Iterator[Front]:
    """Start nginx in front of shops at some ports of this machine; `more` are further things to replace."""
    port = port or free_port()
    folder.mkdir(mode=0o755)
    servers = "".join(f"    server 127.0.0.1:{shop} max_fails=0;\n" for shop in shops)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for old, new in (
        (r"    # Docker's own name server.*\n *resolver .*\n", ""),
        (r" *server web:5000 resolve .*\n", servers),
        (r"listen 80;", f"listen 127.0.0.1:{port};"),
        (r"/dev/stdout", f"{folder}/log"),
        (r"/dev/stderr", f"{folder}/errors"),
        (r"alias /static/;", f"alias {ROOT}/static/;"),
        (r"alias /static/errors/;", f"alias {ROOT}/static/errors/;"),
        (r"alias /content/;", f"alias {content}/;"),
        *more,
    ):
        text, count = re.subn(old, new, text)
        assert count == 1, old
    (folder / "shop.conf").write_text(text)
    user = "user root;\n" if os.geteuid() == 0 else ""  # the checkout may be nobody else's to read
    (folder / "nginx.conf").write_text(user + _AROUND.format(folder=folder))
    process = subprocess.Popen([str(NGINX), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error")])
    try:
        front = Front(port, folder, host)
        wait_until(front.is_up, "nginx")
        yield front
    finally:
        process.terminate()
        process.wait(10)
