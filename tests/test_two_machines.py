"""Two instances and two workers on one database and one Redis are one shop, and stopping one loses nothing."""

import http.client
import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
import yaml
from gunicorn.workers.gthread import ThreadWorker

from config import ROOT
from storefront.serving.gunicorn_worker import AdmissionQueueWorker
from tests.campaigns.processes import Process, free_port, launch, running, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.concurrency]

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
PERSON = {"email": "ana@example.com", "password": "trote-lluvia-guayaba", "firstName": "Ana", "lastName": "Pérez"}
ADDRESS = {
    "firstName": "Ana", "lastName": "Pérez", "phone": "+573001234567", "street": "Calle 10 # 5-51", "city": "Bogotá",
    "state": "Bogotá D.C.", "country": "Colombia",
}  # fmt: skip


@dataclass
class TwoMachines:
    """Two web instances, their workers and Stripe; `mailbox` is where both workers deliver."""

    first: int
    second: int
    stripe: int
    mailbox: Path
    webs: dict[int, Process] = field(default_factory=dict)
    workers: list[Process] = field(default_factory=list)
    token: str = ""
    start_web: Callable[[int], Process] = field(default=lambda port: NotImplemented)

    def start_again(self, port: int) -> None:
        """Start a web instance that was stopped, and wait until it answers."""
        self.webs[port] = self.start_web(port)
        wait_until(lambda: _answers(self, port), f"the start of {port}")

    def ask(self, port: int, method: str, path: str, body: Any = None) -> tuple[int, Any, dict[str, str]]:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Host": f"127.0.0.1:{self.first}"} if port != self.stripe else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.token and port != self.stripe:
            headers["Authorization"] = f"Bearer {self.token}"
        line.request(method, path, None if body is None else json.dumps(body), headers)
        answer = line.getresponse()
        raw = answer.read()
        line.close()
        is_json = "json" in (answer.getheader("Content-Type") or "")
        return answer.status, json.loads(raw) if is_json and raw else raw, dict(answer.getheaders())

    def emails_sent(self) -> list[str]:
        return [path.name for path in self.mailbox.glob("*") if path.is_file()]


@pytest.fixture
def machines(postgres_url: str, tmp_path: Path) -> Iterator[TwoMachines]:
    """Start everything, and end it."""
    try:
        redis.Redis.from_url(REDIS, socket_timeout=2).flushdb()
    except redis.RedisError:
        pytest.skip("Redis does not answer at TEST_REDIS_URL")
    made = TwoMachines(free_port(), free_port(), free_port(), tmp_path / "demo" / "mailbox")
    base = f"http://127.0.0.1:{made.first}"
    environ = os.environ | {
        "SHOP_PROFILE": "demo", "DATABASE_URL": postgres_url, "REDIS_URL": REDIS, "BASE_URL": base,
        "STRIPE_API_BASE": f"http://127.0.0.1:{made.stripe}", "STRIPE_SECRET_KEY": "sk_test_two",
        "STRIPE_WEBHOOK_SECRET": "whsec_two", "SECRET_KEY": "k" * 40, "JWT_SECRET_KEY": "j" * 40,
        "DEMO_DIR": str(tmp_path / "demo"), "WEB_CONCURRENCY": "1", "NO_PROXY": "127.0.0.1", "FLASK_SKIP_DOTENV": "1",
        "RETURN_URL_ALLOWLIST": base, "SENDFILE_HEADER": "X-Accel-Redirect", "SENDFILE_PREFIX": "/content/",
    }  # fmt: skip
    with ExitStack() as ends:

        def start(*arguments: str) -> Process:
            return ends.enter_context(running(launch(*arguments, environ=environ, log=tmp_path / "log")))

        start(
            "-m", "stripe_simulator", "--port", str(made.stripe), "--database", str(tmp_path / "sim.sqlite"),
            "--webhook-url", f"{base}/api/checkout/webhook", "--webhook-secret", "whsec_two",
        )  # fmt: skip

        def start_web(port: int) -> Process:
            return start("-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}", "wsgi:app")

        made.start_web = start_web
        made.webs = {port: start_web(port) for port in (made.first, made.second)}
        made.workers = [start("-m", "storefront.worker") for _ in range(2)]
        for port in made.webs:
            wait_until(lambda port=port: _answers(made, port), f"the start of {port}")
        yield made
        if os.environ.get("SHOW_LOG"):
            print((tmp_path / "log").read_text())


def _answers(made: TwoMachines, port: int) -> bool:
    try:
        return made.ask(port, "GET", "/readyz")[0] == 200
    except OSError:
        return False


def test_a_purchase_wanders_between_two_machines_and_survives_the_end_of_one(machines: TwoMachines) -> None:
    first, second = machines.first, machines.second
    status, body, _ = machines.ask(first, "POST", "/api/auth/register", PERSON)
    assert status == 201, body
    machines.token = body["accessToken"]

    # The cart of one is the cart of the other, and so is what is left of a limit.
    assert machines.ask(first, "PUT", "/api/cart/items/whey-protein-2lb", {"quantity": 2})[0] == 200
    _, cart, seen = machines.ask(second, "GET", "/api/cart")
    assert [line["quantity"] for line in cart["lines"]] == [2]
    _, _, seen_after = machines.ask(first, "GET", "/api/cart")
    assert int(seen_after["RateLimit-Remaining"]) == int(seen["RateLimit-Remaining"]) - 1

    # Ordered at the second, told of by Stripe at the first, asked for at the second.
    purchase = {
        "shippingAddress": ADDRESS,
        "successUrl": f"http://127.0.0.1:{first}/checkout/success",
        "cancelUrl": f"http://127.0.0.1:{first}/checkout/cancel",
    }
    status, started, _ = machines.ask(second, "POST", "/api/checkout/create-session", purchase)
    assert status == 201, started
    card = {"card": "4242424242424242"}
    assert machines.ask(machines.stripe, "POST", f"/_sim/pay/{started['sessionId']}", card)[0] == 200
    path = f"/api/checkout/session/{started['sessionId']}"
    wait_until(lambda: machines.ask(second, "GET", path)[1]["paymentStatus"] == "paid", "the payment")
    wait_until(machines.emails_sent, "the mail")

    # The first is told to stop while Stripe keeps one of its buyers waiting: that buyer still gets an answer.
    machines.ask(machines.stripe, "POST", "/_sim/latency", {"ms": 1500})
    slow = purchase | {"items": [{"productId": "barra-dominadas-puerta", "quantity": 1}]}
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(machines.ask, first, "POST", "/api/checkout/create-session", slow)
        time.sleep(0.7)
        machines.webs[first].send_signal(signal.SIGTERM)
        status, begun, _ = waiting.result()
    assert status == 201, begun
    assert machines.webs[first].wait(15) == 0
    machines.ask(machines.stripe, "POST", "/_sim/latency", {"ms": 0})
    assert machines.ask(second, "GET", f"/api/checkout/session/{begun['sessionId']}")[1]["status"] == "open"


def test_workers_told_to_stop_lose_no_mail_and_send_none_twice(machines: TwoMachines) -> None:
    def register(n: int) -> int:
        person = PERSON | {"email": f"buyer{n}@example.com"}
        return machines.ask(machines.second, "POST", "/api/auth/register", person)[0]

    stop = threading.Timer(0.2, machines.workers[0].send_signal, (signal.SIGTERM,))
    stop.start()
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(register, range(12))) == {201}
    stop.join()
    assert machines.workers[0].wait(15) == 0
    wait_until(lambda: len(machines.emails_sent()) >= 12, "the mail of all")
    time.sleep(1.2)
    assert len(machines.emails_sent()) == 12


def test_visitors_who_do_not_hang_up_hold_nobody_up(machines: TwoMachines) -> None:
    # gunicorn itself would wait two seconds for each of them, and let the next one in only then: eighteen in all.
    began = time.monotonic()
    with ExitStack() as ends:
        for _ in range(10):
            line = ends.enter_context(socket.create_connection(("127.0.0.1", machines.first), 10))
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert line.recv(65536).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 12


def test_a_busy_worker_closes_keep_alive_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ThreadWorker, "handle_request", lambda *_: True)
    worker, ended = object.__new__(AdmissionQueueWorker), list[str]()
    worker.admission_queue = SimpleNamespace(max_active=2, waiting=2)
    request = SimpleNamespace(force_close=lambda: ended.append("closed"))
    worker.handle_request(request, None)
    assert ended == []
    worker.admission_queue.waiting = 3
    worker.handle_request(request, None)
    assert ended == ["closed"]


def test_what_describes_several_machines_can_be_read() -> None:
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = compose["services"]
    assert services["web"]["deploy"]["replicas"] == services["worker"]["deploy"]["replicas"] == 2
    assert {"nginx", "database", "redis", "mail", "migrate"} <= set(services)
    ours = {line.split("=")[0] for line in (ROOT / ".env.example").read_text().splitlines() if line[:1].isupper()}
    assert set(services["web"]["environment"]) <= ours
    kinds = [line.split(":")[0] for line in (ROOT / "Procfile").read_text().splitlines()]
    assert kinds == ["release", "web", "worker"]
    docker = (ROOT / "Dockerfile").read_text()
    assert "USER shop" in docker
    assert "--require-hashes" in docker
    for needed in ("gcc", "build-essential"):
        assert needed not in docker
    copied = [line.split()[1] for line in docker.splitlines() if line.startswith("COPY") and "--from" not in line]
    for name in copied:
        assert (ROOT / name.rstrip("/")).exists(), name
    assert shutil.which("docker") is None or (ROOT / ".dockerignore").exists()
