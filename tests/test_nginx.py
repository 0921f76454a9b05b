"""The real nginx with the shop's own file in front of two instances; only addresses and folders are this machine's."""

import gzip
import http.client
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT
from storefront.gateways.content import FolderStore
from storefront.seed.content import FILES
from tests.campaigns.processes import free_port, wait_until
from tests.test_two_machines import PERSON, TwoMachines, machines

__all__ = ["machines"]  # the fixture

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
_AROUND = """
daemon off; pid {folder}/pid; error_log {folder}/error warn;
events {{}}
http {{
    types {{ text/css css; text/javascript js; image/webp webp; image/svg+xml svg; }}
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/shop.conf;
}}
"""

Answer = tuple[int, dict[str, str], bytes]


class Front:
    """nginx, and how to ask it."""

    def __init__(self, port: int, made: TwoMachines) -> None:
        self.port, self.made = port, made

    def get(self, path: str, **headers: str) -> Answer:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request("GET", path, headers={"Host": f"127.0.0.1:{self.made.first}"} | said)
        answer = line.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        line.close()
        return found


@pytest.fixture
def front(machines: TwoMachines, tmp_path: Path) -> Iterator[Front]:
    """Start nginx in front of both instances, and end it."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    store = FolderStore(tmp_path / "demo" / "content")
    for file in FILES:
        store.write(file.key, file.make(file.slug))
    port, folder = free_port(), tmp_path / "nginx"
    folder.mkdir(mode=0o755)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = re.sub(r"\n *resolver .*", "", text)
    servers = "".join(f"    server 127.0.0.1:{web} max_fails=2 fail_timeout=5s;\n" for web in machines.webs)
    for old, new in (
        (r" *server web:5000 resolve.*\n", servers),
        (r"listen 80;", f"listen 127.0.0.1:{port};"),
        (r"/dev/stdout", f"{folder}/log"),
        (r"alias /static/;", f"alias {ROOT}/static/;"),
        (r"alias /content/;", f"alias {tmp_path}/demo/content/;"),
    ):
        text, count = re.subn(old, new, text)
        assert count == 1, old
    (folder / "shop.conf").write_text(text)
    user = "user root;\n" if os.geteuid() == 0 else ""  # the checkout may be nobody else's to read
    (folder / "nginx.conf").write_text(user + _AROUND.format(folder=folder))
    process = subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf"), "-e", f"{folder}/error"])
    try:
        made = Front(port, machines)
        wait_until(lambda: _answers(made), "nginx")
        yield made
    finally:
        process.terminate()
        process.wait(10)


def _answers(front: Front) -> bool:
    try:
        return front.get("/healthz")[0] == 200
    except OSError:
        return False


def test_pages_and_pictures_pass_also_when_one_instance_dies(front: Front) -> None:
    status, seen, page = front.get("/", Accept_Encoding="gzip")
    assert status == 200
    assert (seen["content-encoding"], seen["cache-control"]) == ("gzip", "private, no-cache")
    assert "content-security-policy" in seen
    style = re.search(rb'href="(/static/css/shop\.css\?v=[^"]+)"', gzip.decompress(page))
    assert style

    status, seen, _ = front.get(style[1].decode(), Accept_Encoding="gzip")
    assert status == 200
    assert seen["cache-control"] == "public, max-age=31536000, immutable"
    assert (seen["content-encoding"], seen["content-type"]) == ("gzip", "text/css")
    assert front.get(style[1].decode(), If_None_Match=seen["etag"])[0] == 304
    assert front.get("/static/css/shop.css")[1]["cache-control"] == "public, max-age=3600"
    assert front.get("/static/css/shop.css")[1]["x-content-type-options"] == "nosniff"

    assert front.get("/metrics")[0] == 404
    assert front.get("/content/")[0] == 404
    assert front.get("/static/../config.py")[0] in (400, 404)
    assert front.get("/static../config.py")[0] == 404

    # One instance dies, and nobody notices.
    front.made.webs[front.made.first].kill()
    front.made.webs[front.made.first].wait(10)
    assert {front.get("/")[0] for _ in range(12)} == {200}


def test_a_file_that_was_bought_is_sent_by_nginx_and_only_by_its_link(front: Front) -> None:
    made = front.made
    made.token = made.ask(made.first, "POST", "/api/auth/register", PERSON)[1]["accessToken"]
    back = f"http://127.0.0.1:{made.first}"
    purchase = {
        "items": [{"productId": "plan-fuerza-12-semanas", "quantity": 1}], "digitalConsent": True,
        "successUrl": f"{back}/checkout/success", "cancelUrl": f"{back}/checkout/cancel",
    }  # fmt: skip
    status, started, _ = made.ask(made.second, "POST", "/api/checkout/create-session", purchase)
    assert status == 201, started
    card = {"card": "4242424242424242"}
    assert made.ask(made.stripe, "POST", f"/_sim/pay/{started['sessionId']}", card)[0] == 200
    wait_until(lambda: made.ask(made.first, "GET", "/api/library")[1]["items"], "the files")
    file = made.ask(made.first, "GET", "/api/library")[1]["items"][0]
    link = made.ask(made.second, "POST", f"/api/library/{file['entitlementId']}/download-link")[1]["url"]
    path = link.removeprefix(back)

    status, seen, sent = front.get(path)
    assert status == 200
    assert len(sent) == file["sizeBytes"]
    assert "x-accel-redirect" not in seen
    assert seen["content-disposition"].startswith("attachment")
    assert seen["cache-control"] == "private, no-store"
    assert front.get(path, Range="bytes=0-9")[::2] == (206, sent[:10])
    # What nginx is told is nobody else's to ask for.
    hint = made.ask(made.first, "GET", path)[2]["X-Accel-Redirect"]
    assert front.get(hint)[0] == 404
