"""The whole shop as processes: instances with their workers, the mail worker, Stripe, a mail server, a database."""

import http.client
import json
import os
import signal
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.campaigns import oracle
from tests.campaigns.databases import POSTGRES, Books, folder, fresh
from tests.campaigns.processes import (
    SECRET,
    Process,
    children,
    free_port,
    kill,
    launch,
    wait_until,
)
from tests.campaigns.smtp import Sink, sink
from tests.campaigns.stripe import Stripe, stripe

ADDRESS = {
    "firstName": "Ana",
    "lastName": "Pérez",
    "phone": "+573001234567",
    "street": "Calle 10 # 5-51",
    "city": "Bogotá",
    "state": "Bogotá D.C.",
    "country": "Colombia",
}
PASSWORD = "trote-lluvia-guayaba"


@dataclass
class Answer:
    """A status, the members of the body, and the headers."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


class Client:
    """One customer's line to the shop: kept open, and opened again when it was cut."""

    def __init__(self, ports: list[int], token: str = "") -> None:
        self._ports, self._token = ports, token
        self._lines: dict[int, http.client.HTTPConnection] = {}

    def ask(self, method: str, path: str, body: Any = None, *, n: int = 0, **headers: str) -> Answer:
        """Send a request to one of the instances; OSError or HTTPException if no answer came."""
        port = self._ports[n % len(self._ports)]
        line = self._lines.setdefault(port, http.client.HTTPConnection("127.0.0.1", port, timeout=60))
        sent = {"Host": f"127.0.0.1:{self._ports[0]}"} | {
            key.replace("_", "-"): value for key, value in headers.items()
        }
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            line.request(method, path, None if body is None else json.dumps(body), sent)
            response = line.getresponse()
            raw = response.read()
        except (OSError, http.client.HTTPException):
            line.close()
            raise
        is_json = "json" in (response.getheader("Content-Type") or "")
        return Answer(response.status, json.loads(raw) if is_json and raw else {}, dict(response.getheaders()))

    def close(self) -> None:
        """Hang up."""
        for line in self._lines.values():
            line.close()


@dataclass
class Rig:
    """A running shop; whatever it starts ends with it."""

    books: Books
    stripe: Stripe
    sink: Sink
    folder: Path
    environ: dict[str, str]
    ports: list[int]
    threads: int
    module: str
    webs: dict[int, Process] = field(default_factory=dict)
    workers: list[Process] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def start_web(self, port: int, **extra: str) -> None:
        """Start one instance and wait until it answers."""
        arguments = ["-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"]
        arguments += ["--threads", str(self.threads), "--log-level", "error", self.module]
        self.webs[port] = launch(*arguments, environ=self.environ | extra, log=self.folder / "web.log")
        self.wait_ready(port)

    def wait_ready(self, port: int) -> None:
        """Return when an instance answers."""
        wait_until(lambda: requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok, "the shop's start")

    def start_worker(self, **extra: str) -> Process:
        """Start a worker."""
        arguments = ["-m", "storefront.worker", "--app", self.module, "--parent-pid", str(os.getpid())]
        made = launch(*arguments, environ=self.environ | extra, log=self.folder / "worker.log")
        self.workers.append(made)
        return made

    def kill_web(self, port: int) -> None:
        """Cut an instance's power, its workers' too."""
        kill(self.webs.pop(port))

    def kill_one_worker_of(self, port: int, pick: float) -> bool:
        """Kill one of an instance's worker processes, which the instance replaces; False if there is none now."""
        found = children(self.webs[port].pid)
        if not found:
            return False
        with suppress(ProcessLookupError):
            os.kill(found[int(pick * len(found))], signal.SIGKILL)
            return True
        return False

    def kill_workers(self) -> None:
        """Cut the power of every mail worker."""
        while self.workers:
            kill(self.workers.pop())

    def flask(self, *arguments: str, patience: float = 120) -> tuple[int, str]:
        """Run a command of the shop and return its exit code and what it said."""
        log = self.folder / f"flask-{uuid.uuid4().hex[:6]}.log"
        made = launch("-m", "flask", "--app", "wsgi", *arguments, environ=self.environ, log=log)
        code = made.wait(patience)
        return code, log.read_text()

    def client(self, token: str = "") -> Client:
        """Return a new client."""
        return Client(self.ports, token)

    def login(self, n: int, **headers: str) -> str:
        """Return a new token of a registered customer, since each lives for a quarter of an hour."""
        client = self.client()
        try:
            account = {"email": f"buyer{n}@example.com", "password": PASSWORD}
            return str(client.ask("POST", "/api/auth/login", account, **headers).body["accessToken"])
        finally:
            client.close()

    def customers(self, count: int) -> list[str]:
        """Register customers and return their tokens."""
        client = self.client()
        tokens = []
        for n in range(count):
            account = {"email": f"buyer{n}@example.com", "password": PASSWORD, "firstName": "Ana", "lastName": "Pérez"}
            tokens.append(client.ask("POST", "/api/auth/register", account).body["accessToken"])
        client.close()
        return tokens

    def purchase(self, items: list[tuple[str, int]], **more: Any) -> dict[str, Any]:
        """Return the body of a purchase."""
        return {
            "items": [{"productId": slug, "quantity": n} for slug, n in items],
            "shippingAddress": ADDRESS,
            "successUrl": f"http://127.0.0.1:{self.ports[0]}/checkout/success",
            "cancelUrl": f"http://127.0.0.1:{self.ports[0]}/checkout/cancel",
            **more,
        }

    def settle(self, patience: float = 60.0, *, mail: bool = True) -> None:
        """Wait until Stripe has delivered everything and, with a worker, every mail has left."""
        wait_until(lambda: self.stripe.undelivered() == 0, "the delivery of all events", patience)
        if mail:
            unsent = "SELECT count(*) FROM outbox WHERE sent_at IS NULL"
            wait_until(lambda: self.books.value(unsent) == 0, "the sending of all mail", patience)

    def examine(self, *, mail: bool = True, drops: int = 0) -> list[str]:
        """Return what the judge finds, and what `flask doctor --stripe` does."""
        faults = oracle.examine(self.books, self.stripe.ledger())
        faults += oracle.mail(self.books, self.sink.arrived, drops) if mail else []
        code, output = self.flask("doctor", "--stripe")
        return faults + ([f"flask doctor --stripe: {output.strip()[-600:]}"] if code else [])

    def logs(self) -> str:
        """Return the end of what the processes said."""
        return "\n".join(f"{path.name}: {path.read_text()[-1500:]}" for path in self.folder.glob("*.log"))


@contextmanager
def rig(
    kind: str = "postgres",
    *,
    instances: int = 1,
    web_workers: int = 2,
    threads: int = 8,
    server: str = POSTGRES,
    workers: int = 1,
    module: str = "wsgi:app",
    retry_scale: float = 0.1,
    mail: Sink | None = None,
    start: bool = True,
    **environ: str,
) -> Iterator[Rig]:
    """Start it all on a fresh database; instances share it, Stripe knows the first of them."""
    with ExitStack() as cleanup:
        books = cleanup.enter_context(fresh(kind, server))
        path = cleanup.enter_context(folder())
        post = mail or cleanup.enter_context(sink())
        ports = [free_port() for _ in range(instances)]
        base = f"http://127.0.0.1:{ports[0]}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        made = clean | {
            "SHOP_PROFILE": "test",
            "DATABASE_URL": books.url,
            "BASE_URL": base,
            "RETURN_URL_ALLOWLIST": base,
            "STRIPE_SECRET_KEY": "sk_test_campaign",
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(post.port),
            "MAIL_USE_TLS": "off",
            "RATE_LIMITS": "off",
            "WEB_CONCURRENCY": str(web_workers),
            "FLASK_SKIP_DOTENV": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            **environ,
        }
        provider = cleanup.enter_context(stripe(path, made, f"{base}/api/checkout/webhook", retry_scale))
        shop = Rig(books, provider, post, path, made | {"STRIPE_API_BASE": provider.url}, ports, threads, module)
        cleanup.callback(lambda: [kill(process) for process in [*shop.webs.values(), *shop.workers]])
        if start:
            for port in ports:
                shop.start_web(port)
            for _ in range(workers):
                shop.start_worker()
        try:
            yield shop
        except BaseException:
            print(shop.logs())
            raise
