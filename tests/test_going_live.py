"""The README's "Going live", from an empty machine to a purchase and its refund, as far as a machine can walk it.

The commands run as processes in a fresh clone with nothing but a filled-in `.env`, in the production profile, behind
the nginx of deploy/ with HTTPS, on PostgreSQL and Redis. Only Stripe's address is another one: production has no
setting for it.
"""

import os
import re
import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy

from config import ROOT
from tests.campaigns.processes import free_port, launch, running, wait_until
from tests.campaigns.smtp import Sink, sink
from tests.fresh_clone import Clone, clone
from tests.nginx_process import NGINX, running_nginx
from tests.web.second_factor import code_of

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.concurrency]

REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
HERE = str(ROOT / "tests" / "stripe_address")
PUBLIC_NAME = "shop.fitaiid.example"
PASSWORD = "trote-lluvia-guayaba"
OWNER = "duena@fitaiid.example"
ADDRESS = {
    "full_name": "Ana Gómez", "phone": "300 123 4567", "department": "05", "city": "Medellín",
    "street": "Calle 10 # 5-51",
}  # fmt: skip


@dataclass
class Walk:
    """An owner with a fresh clone: what stands in `.env`, and how commands run."""

    fresh: Clone
    inbox: Sink
    settings: dict[str, str]
    stripe: str
    environ: dict[str, str]
    certificate: Path

    def write_env(self) -> None:
        """Fill `.env.example` in, as the README says."""
        text = (self.fresh.folder / ".env.example").read_text()
        for name, value in self.settings.items():
            text, count = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", text)
            assert count == 1, name
        (self.fresh.folder / ".env").write_text(text)

    def run(self, *command: str, code: int = 0) -> str:
        """Run a command to its end and return what it said."""
        result = self.fresh.run(list(command), self.environ)
        assert result.returncode == code, f"{command}: {result.stdout}{result.stderr[-3000:]}"
        return result.stdout

    @property
    def shop(self) -> str:
        return self.settings["BASE_URL"]


@dataclass
class Person:
    """Somebody at a browser without JavaScript."""

    shop: str
    certificate: Path
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.verify, self.session.trust_env = str(self.certificate), False

    def get(self, path: str) -> requests.Response:
        return self.session.get(path if path.startswith("http") else self.shop + path, timeout=30)

    def send(self, page: str, action: str, **values: str) -> requests.Response:
        """Open a page and send its form."""
        text = self.get(page).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', text)
        assert token, text[:500]
        data = {"csrf_token": token[1], **values}
        return self.session.post(self.shop + action, data=data, timeout=30, allow_redirects=False)


def make_certificate(folder: Path) -> Path:
    """Return a certificate for the shop's public name, with its key beside it."""
    certificate = folder / "shop.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={PUBLIC_NAME}",
         "-addext", f"subjectAltName=DNS:{PUBLIC_NAME}", "-keyout", str(folder / "shop.key"), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate


@pytest.fixture
def public_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead the shop's public name to this machine in this process, too."""
    resolve = socket.getaddrinfo

    def resolve_here(host: Any, *arguments: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host == PUBLIC_NAME else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_here)


@pytest.fixture
def walk(postgres_empty_url: str, tmp_path: Path, public_name: None) -> Iterator[Walk]:
    """Return an empty machine: a fresh clone, an empty database, a mail server and Stripe."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    stripe_port = free_port()
    with ExitStack() as stack:
        inbox = stack.enter_context(sink())
        environ = {name: value for name, value in os.environ.items() if name in ("HOME", "LANG")}
        tls_port, port = free_port(), free_port()
        certificate = make_certificate(tmp_path)
        around = {"PYTHONPATH": HERE, "SSL_CERT_FILE": str(certificate), "REQUESTS_CA_BUNDLE": str(certificate)}
        stripe = launch(
            "-m", "stripe_simulator", "--port", str(stripe_port), "--database", str(tmp_path / "stripe.sqlite"),
            "--no-portal", environ=os.environ | around, log=tmp_path / "stripe",
        )  # fmt: skip
        stack.enter_context(running(stripe))
        settings = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "JWT_SECRET_KEY": secrets.token_urlsafe(48),
            "BASE_URL": f"https://{PUBLIC_NAME}:{tls_port}",
            "TRUSTED_PROXIES": "1",
            "DATABASE_URL": postgres_empty_url,
            "REDIS_URL": REDIS,
            "PORT": str(port),
            "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(24)}",
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": str(inbox.port),
            "MAIL_USE_TLS": "off",
            "WAREHOUSE_EMAIL": "bodega@fitaiid.example",
            "RATE_LIMITS": "on",
        }
        fresh = clone(tmp_path / "clone")
        environ |= {
            "PATH": f"{fresh.venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": HERE,
            "STRIPE_STANDS_AT": f"http://127.0.0.1:{stripe_port}",
            "NO_PROXY": "127.0.0.1",
        }
        certificates = f"ssl_certificate {certificate}; ssl_certificate_key {certificate.with_suffix('.key')};"
        tls = (rf"(listen 127\.0\.0\.1:{tls_port});", rf"\1 ssl; {certificates}")
        content = fresh.folder / "instance" / "content"
        front = running_nginx(tmp_path / "nginx", [port], PUBLIC_NAME, content, tls, port=tls_port)
        stack.enter_context(front)
        made = Walk(fresh, inbox, settings, f"http://127.0.0.1:{stripe_port}", environ, certificate)
        wait_until(lambda: requests.get(f"{made.stripe}/_sim/health", timeout=5).ok, "Stripe")
        yield made


def test_an_owner_goes_live(walk: Walk, tmp_path: Path) -> None:
    walk.write_env()
    with ExitStack() as stack:
        walk.run(*walk.fresh.make("migrate"))

        # An empty shop is no healthy one, and says what is missing.
        findings = walk.run("flask", "doctor", code=1)
        assert "flask staff add" in findings
        assert "publish one at /staff/products" in findings

        # Stripe is set up by command; its secret goes into .env, and the rest is compared.
        setup = walk.run("flask", "stripe", "setup")
        secret = re.search(r"^STRIPE_WEBHOOK_SECRET=(whsec_\w+)$", setup, re.MULTILINE)
        assert secret, setup
        walk.settings["STRIPE_WEBHOOK_SECRET"] = secret[1]
        walk.write_env()

        stack.enter_context(walk.fresh.running(walk.fresh.make("serve"), walk.environ, tmp_path / "web"))
        stack.enter_context(walk.fresh.running(walk.fresh.make("worker"), walk.environ, tmp_path / "worker"))
        wait_until(lambda: requests.get(f"{walk.shop}/readyz", timeout=5, verify=str(walk.certificate)).ok, "the shop")
        assert walk.run("flask", "stripe", "check", code=1).count("mend:") == 1

        owner = let_the_owner_in(walk)
        put_on_sale(owner)
        number = buy(walk)
        wait_until(lambda: number in owner.get("/staff/orders").text, "the order in the staff's list")
        assert "confirmed/paid" in walk.run("flask", "orders", "show", number)
        mails = len(walk.inbox.arrived)

        walk.run("flask", "orders", "refund", number, "--as", "owner")
        wait_until(lambda: "refunded/refunded" in walk.run("flask", "orders", "show", number), "the refund")
        wait_until(lambda: len(walk.inbox.arrived) > mails, "the refund's mail")
        all_but_the_key_is_right(walk)
    restore_from_a_backup(walk, tmp_path / "shop.dump")


def all_but_the_key_is_right(walk: Walk) -> None:
    """See that nothing is wrong but what the simulator cannot play: a live key."""
    findings = walk.run("flask", "doctor", "--stripe", code=1)
    assert "1 findings" in findings, findings
    assert "The key is a test key" in findings


def let_the_owner_in(walk: Walk) -> Person:
    """Add the first owner, who chooses a password by the link and signs in."""
    output = walk.run("flask", "staff", "add", OWNER, "--role", "owner", "--print-link")
    link = re.search(rf"{re.escape(walk.shop)}\S+", output)
    assert link, output
    owner = Person(walk.shop, walk.certificate)
    path = link[0].removeprefix(walk.shop)
    token = path.partition("token=")[2]
    answer = owner.send(path, path.partition("?")[0], token=token, password=PASSWORD)
    assert answer.status_code == 303, answer.text[:2000]
    owner.send("/login", "/login", email=OWNER, password=PASSWORD)
    assert owner.get("/staff/").url.endswith("/staff/security")  # before anything else
    owner.send("/staff/security", "/staff/security/offer")
    secret = re.search(r'<code class="secret">([^<]+)</code>', owner.get("/staff/security/new").text)
    assert secret
    code = code_of(secret[1].replace(" ", ""))
    answer = owner.send("/staff/security/new", "/staff/security/new", one_time_code=code)
    assert answer.status_code == 200, answer.text[:2000]
    assert owner.get("/staff/").url.endswith("/staff/")
    return owner


def put_on_sale(owner: Person) -> None:
    """Make the first category and product on the pages, which an empty shop leads to."""
    assert 'href="/staff/products/new"' in owner.get("/staff/").text
    answer = owner.send("/staff/categories", "/staff/categories", name="Nutrición", name_en="Nutrition", is_visible="y")
    assert answer.status_code == 303, answer.text[:3000]
    category = re.search(r'href="/staff/categories/(\d+)"', owner.get("/staff/categories").text)
    assert category
    product = {
        "name": "Proteína de suero", "name_en": "Whey protein", "description": "Un tarro de 2 libras.",
        "description_en": "A tub of 2 pounds.", "category": category[1], "kind": "physical", "price": "129.900",
        "status": "published", "slug": "whey-protein-2lb", "variants-0-of": "[]", "variants-0-is_active": "y",
        "variants-0-received": "10",
    }  # fmt: skip
    answer = owner.send("/staff/products/new", "/staff/products/new", **product)
    assert answer.status_code == 303, answer.text[:3000]


def buy(walk: Walk) -> str:
    """Buy as a guest, on the pages, and return the order's number."""
    guest = Person(walk.shop, walk.certificate)
    guest.send("/products/whey-protein-2lb", "/cart/items", product="whey-protein-2lb", quantity="1")
    address = {"email": "ana@fitaiid.example", "method": "standard", **ADDRESS}
    answer = guest.send("/checkout/shipping", "/checkout/shipping", **address)
    assert answer.status_code == 303, answer.text[:3000]
    review = guest.get("/checkout/review").text
    total = re.search(r'name="expected_total"[^>]*value="(\d+)"', review)
    assert total, review[:3000]
    paying = guest.send("/checkout/review", "/checkout/review", expected_total=total[1])
    session = re.search(r"cs_test_\w+", paying.headers.get("Location", ""))
    assert session, paying.text[:3000]
    card = {"card": "4242424242424242"}
    assert requests.post(f"{walk.stripe}/_sim/pay/{session[0]}", json=card, timeout=30).ok
    thanks = guest.get(f"/checkout/success?session_id={session[0]}").text
    number = re.search(r"\d{4}-\d{2}-\d{4,}", thanks)
    assert number, thanks[:3000]
    return number[0]


def restore_from_a_backup(walk: Walk, dump: Path) -> None:
    """Dump the database, lose it, restore it: the shop is as it was, and healthy."""
    url = sqlalchemy.make_url(walk.settings["DATABASE_URL"])
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run(["pg_dump", "--format=custom", f"--file={dump}", address], check=True, timeout=60)
    admin = sqlalchemy.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{url.database}" WITH (FORCE)')
        connection.exec_driver_sql(f'CREATE DATABASE "{url.database}"')
    admin.dispose()
    subprocess.run(["pg_restore", "--no-owner", f"--dbname={address}", str(dump)], check=True, timeout=60)
    walk.run(*walk.fresh.make("migrate"))
    walk.run("flask", "orders", "reconcile")
    all_but_the_key_is_right(walk)
