"""The real nginx with the shop's own file: in front of two instances, in front of ones that break, and of none."""

import gzip
import http.client
import json
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flask import Flask

from config import ROOT
from storefront.api.messages import detail_of, title_of
from storefront.gateways.files import FolderStore
from storefront.seed.content import FILES
from tests.campaigns.processes import free_port, kill, wait_until
from tests.nginx_process import NGINX, VISITOR, Front, running_nginx
from tests.test_two_machines import PERSON, TwoMachines, machines

__all__ = ["machines"]  # the fixture

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
SECRET = "Xq7nobodyMayReadThis"
SHARED = "/static/img/products/shaker-600ml-share.jpg"

VISITED = ("/", "/products/whey-protein-2lb", "/api/products")


@pytest.fixture
def front(machines: TwoMachines, tmp_path: Path) -> Iterator[Front]:
    """Start nginx in front of both instances, and end it."""
    content = tmp_path / "demo" / "content"
    store = FolderStore(content)
    for file in FILES:
        store.write(file.key, file.make(file.slug))
    with running_nginx(tmp_path / "nginx", machines.webs, f"127.0.0.1:{machines.first}", content) as made:
        yield made


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.concurrency
def test_pages_and_pictures_pass(front: Front) -> None:
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
    assert front.get("/static/css/shop.css")[1]["cross-origin-resource-policy"] == "same-origin"
    assert front.get(SHARED)[1]["cross-origin-resource-policy"] == "cross-origin", "mails and other sites show it"

    assert front.get("/metrics")[0] == 404
    assert front.get("/content/")[0] == 404
    assert front.get("/static/../config.py")[0] in (400, 404)
    assert front.get("/static../config.py")[0] == 404


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.concurrency
def test_what_is_too_large_for_a_guest_is_refused_by_the_shop_where_staff_upload(front: Front) -> None:
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    status, seen, _ = front.ask("POST", "/staff/", form, body=b"x" * 3_000_000)
    assert (status, "script-src" in seen["content-security-policy"]) == (413, True)


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.concurrency
def test_a_file_that_was_bought_is_sent_by_nginx_and_only_by_its_link(front: Front, machines: TwoMachines) -> None:
    made = machines
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


@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.concurrency
def test_a_restart_of_one_instance_of_two_costs_a_visitor_nothing(front: Front, machines: TwoMachines) -> None:
    with browsing(front) as seen:
        for port, stop in ((machines.first, "terminate"), (machines.second, "kill")):
            process = machines.webs[port]
            if stop == "terminate":
                process.terminate()
                process.wait(60)
            else:
                kill(process)
            look_around(seen)
            machines.start_again(port)
            look_around(seen)
            if stop == "terminate":
                assert set(seen) == {200}
    # A killed process may have sent the head of a response, whose rest nobody has: one of each visitor's at most.
    assert set(seen) <= {200, 0}
    assert seen.count(0) <= len(VISITED)

    # Without both, it is our page, until the first is back.
    for process in machines.webs.values():
        kill(process)
    status, headers, page = front.get("/")
    assert (status, headers["retry-after"]) == (503, "10")
    assert "Volvemos enseguida" in page.decode()
    assert front.get("/api/cart")[0] == 503
    machines.start_again(machines.first)
    assert front.get("/")[0] == 200


@contextmanager
def browsing(front: Front) -> Iterator[list[int]]:
    """Let visitors look around meanwhile; their statuses are in the list, 0 for a response that was cut off."""
    seen, stop = list[int](), threading.Event()

    def visit(path: str) -> None:
        while not stop.is_set():
            try:
                seen.append(front.get(path)[0])
            except http.client.IncompleteRead:
                seen.append(0)

    with ThreadPoolExecutor(len(VISITED)) as pool:
        visits = [pool.submit(visit, path) for path in VISITED]
        try:
            yield seen
        finally:
            stop.set()
    for done in visits:
        done.result()


def look_around(seen: list[int]) -> None:
    """Wait until the visitors have seen some more pages."""
    enough = len(seen) + 12
    wait_until(lambda: len(seen) >= enough, "the pages")


@dataclass
class Breaking:
    """Two servers in the shop's place that can break, and what they were asked."""

    ways: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    forwarded: str = ""


@pytest.fixture
def breaking() -> Iterator[Breaking]:
    """Start both; `ways` says by path what the first to be asked does: it cuts the connection, or says nothing."""
    made = Breaking()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            made.asked.append(f"{self.command} {self.path}")
            made.forwarded = self.headers["X-Forwarded-For"]
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            way = made.ways.pop(self.path, "answer")
            if way == "silence":
                stop.wait(30)
            elif way != "cut":
                self.send_response(503 if way == "away" else 200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")
            self.close_connection = True

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    stop = threading.Event()
    with ExitStack() as ends:
        for _ in range(2):
            server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            ends.callback(server.server_close)
            ends.callback(server.shutdown)
            made.ports.append(server.server_address[1])
        ends.callback(stop.set)
        yield made


def test_reading_is_asked_of_the_other_instance_and_buying_is_not(breaking: Breaking, tmp_path: Path) -> None:
    with running_nginx(tmp_path / "nginx", breaking.ports, "shop", tmp_path) as front:
        for method, tries in (("GET", 2), ("HEAD", 2), ("PUT", 2), ("DELETE", 2), ("POST", 1), ("PATCH", 1)):
            path = f"/api/{method.lower()}"
            breaking.ways[path] = "cut"
            status = front.ask(method, path)[0]
            assert breaking.asked.count(f"{method} {path}") == tries
            assert status == (200 if tries == 2 else 503), method

        # An answer of the shop is the answer, also that it cannot: the other instance has the same database.
        breaking.ways["/"] = "away"
        assert front.get("/")[::2] == (503, b"ok")
        assert breaking.asked.count("GET /") == 1

        # Every proxy adds what it sees; what a visitor writes is at the left.
        front.get("/", X_Forwarded_For="6.6.6.6")
        assert breaking.forwarded == f"6.6.6.6, {VISITOR}"
        with running_nginx(tmp_path / "balancer", [front.port], "shop", tmp_path) as balancer:
            balancer.get("/", X_Forwarded_For="6.6.6.6")
        assert breaking.forwarded == f"6.6.6.6, {VISITOR}, 127.0.0.1"  # TRUSTED_PROXIES=2 takes the visitor's

    # What could not be sent was not done, so that is asked again whatever it is.
    with running_nginx(tmp_path / "again", [free_port(), breaking.ports[0]], "shop", tmp_path) as front:
        assert {front.ask("POST", "/cart/items")[0] for _ in range(6)} == {200}


def test_the_logs_hold_no_secret_of_an_address_and_no_visitor(breaking: Breaking, tmp_path: Path) -> None:
    """Whatever goes wrong: dead instances, silent ones, files that are away, requests that nobody can read."""
    breaking.ports.append(free_port())
    patience = ("proxy_read_timeout 60s", "proxy_read_timeout 1s")
    with running_nginx(tmp_path / "nginx", breaking.ports, "shop", tmp_path, patience) as front:
        paths = (
            f"/downloads/{SECRET}",
            f"/reset-password?token={SECRET}",
            f"/api/checkout/session/{SECRET}",
            f"/{SECRET}",
        )
        for path in paths:
            for way in ("answer", "cut"):
                breaking.ways[path] = way
                front.get(path, Cookie=f"session={SECRET}", Referer=f"http://shop/?token={SECRET}")
        breaking.ways[paths[0]] = "cut"
        assert front.ask("POST", paths[0])[0] == 503
        breaking.ways[paths[2]] = "silence"
        status, _, said = front.ask("POST", paths[2])
        assert (status, json.loads(said)["code"]) == (504, "service_unavailable")
        assert front.get(f"/static/{SECRET}")[0] == 404
        assert front.get(f"/{SECRET}" + "x" * 9000)[0] == 414
        assert front.ask("POST", f"/{SECRET}", body=b"x" * 1100000)[0] == 413
        assert b" 400 " in raw(front, f"GET /{SECRET}\0 HTTP/1.1\r\nHost: shop\r\n\r\n")
        written = front.written()
    assert '"part":"/downloads"' in written
    assert '"part":"/api/checkout"' in written
    assert '"instance_status":"502"' in written or '"instance_status":"502, ' in written
    assert SECRET not in written
    assert VISITOR not in written


def raw(front: Front, text: str) -> bytes:
    """Send bytes and return what comes back."""
    with socket.create_connection(("127.0.0.1", front.port), 30, (VISITOR, 0)) as line:
        line.sendall(text.encode())
        return line.makefile("rb").read()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Front]:
    """Start nginx in front of instances that are all away."""
    with running_nginx(tmp_path / "nginx", [free_port(), free_port()], "shop", tmp_path) as made:
        yield made


def test_what_nginx_refuses_itself_is_said_as_the_shop_says_it(alone: Front, app: Flask) -> None:
    long, wide, large = "x" * 9000, {"X-Wide": "x" * 9000}, b"x" * 1100000
    cases = (
        ("GET", "", {}, None, 503, "service_unavailable", "Volvemos enseguida"),
        ("POST", "", {}, large, 413, "invalid_request", "No pudimos leer"),
        ("GET", long, {}, None, 414, "invalid_request", "No pudimos leer"),
        ("GET", "", wide, None, 431, "invalid_request", "No pudimos leer"),
        ("TRACE", "", {}, None, 405, "invalid_request", "No pudimos leer"),
    )
    with app.test_client() as client:
        shape = client.get("/api/nothing").json
    for method, more, headers, body, status, code, words in cases:
        for language in ("es", "en"):
            said = headers | {"Accept-Language": f"{language}-US,{language};q=0.9"}
            found, seen, problem = alone.ask(method, f"/api/checkout/quote{more}", said, body)
            assert (found, seen["content-type"]) == (status, "application/problem+json"), method
            told = json.loads(problem)
            assert told.keys() == shape.keys()
            assert (told["status"], told["code"], told["errors"]) == (status, code, [])
            assert told["type"] == f"/api/docs#{code}"
            assert told["instance"] == ("/" if status == 414 else "/api/checkout/quote")
            assert told["requestId"] == seen["x-request-id"]
            assert seen.get("retry-after") == ("10" if status == 503 else None)
            with app.test_request_context(headers=said):
                if status in (405, 413, 503):
                    assert told["title"] == title_of(status)
                if status in (413, 503):
                    assert told["detail"] == detail_of(status)

        found, seen, page = alone.ask(method, f"/checkout/review{more}", headers, body)
        assert (found, seen["content-type"]) == (status, "text/html; charset=utf-8")
        assert words in page.decode()
        assert seen["cache-control"] == "no-store"
        assert seen.get("retry-after") == ("10" if status == 503 else None)
    assert alone.ask("HEAD", "/")[::2] == (503, b"")


def test_a_problem_of_nginx_is_json_whatever_was_asked_for(alone: Front) -> None:
    for path in ('/api/a"b', "/api/a\\b", "/api/%22", "/api/<b>?x=1", "/api/caf\u00e9"):
        answer = raw(alone, f"GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"application/problem+json" in head, path
        assert json.loads(body)["instance"].startswith("/api/"), path
    assert alone.get("/_own/problem/unavailable.html")[0] == 404
    assert alone.get("/_own/page/unavailable.html")[0] == 404


def test_our_pages_need_nothing_but_what_nginx_has(alone: Front) -> None:
    assert "No encontramos esa p\u00e1gina" in alone.get("/static/nothing")[2].decode()
    for file in sorted((ROOT / "static" / "errors").glob("*.html")):
        text = file.read_text()
        assert '<html lang="es">' in text
        assert '<p lang="en"' in text
        assert not re.search(r"<script|<style|style=|\bon\w+=", text)
        needed = re.findall(r'(?:<link[^>]*href|src)="([^"]+)"', text)
        assert needed
        for address in needed:
            assert alone.get(address)[0] == 200, address


def test_every_part_of_the_shop_is_told_in_the_log_and_nothing_of_an_address(app: Flask) -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    pattern = re.search(r'"~(\^\(\?<known>[^"]+)" \$known;', text)
    assert pattern
    known = re.compile(pattern[1].replace("?<known>", "?P<known>"))
    for rule in app.url_map.iter_rules():
        address = re.sub(r"<[^>]+>", f"{SECRET}", rule.rule)
        found = known.match(address)
        assert found or rule.rule.count("/") == 1, rule.rule
        assert found is None or SECRET not in found["known"]
