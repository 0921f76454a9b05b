"""`flask stripe` as an owner uses it: processes against the simulator's process, from an empty account to an order."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from config import ROOT, TestConfig
from storefront import create_app
from storefront.database import db
from storefront.services.payments.event_processing import HANDLERS
from tests import factories
from tests.campaigns.processes import free_port, launch, running, wait_until
from tests.conftest import CONTENT
from tests.factories import WHEY
from tests.fakes import KeepingMailer
from tests.fresh_clone import clone

KEY = "sk_test_commands"


@dataclass(frozen=True)
class Owner:
    """Somebody at the command line of a shop, whose Stripe is a simulator."""

    environ: dict[str, str]
    state: Path

    @property
    def shop(self) -> str:
        return self.environ["BASE_URL"]

    @property
    def stripe(self) -> str:
        return self.environ["STRIPE_API_BASE"]

    def type(self, *words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run `flask stripe …`."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "stripe", *words],
            cwd=ROOT, env=self.environ | environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def with_secret(self, secret: str) -> "Owner":
        return replace(self, environ=self.environ | {"STRIPE_WEBHOOK_SECRET": secret})

    def objects(self, kind: str) -> list[Any]:
        """Return what Stripe holds."""
        answer = requests.get(
            f"{self.stripe}/v1/{kind}?limit=100", headers={"Authorization": f"Bearer {KEY}"}, timeout=5
        )
        return list(answer.json()["data"])


@pytest.fixture
def owner(sqlite_url: str, tmp_path: Path) -> Iterator[Owner]:
    """Return the owner of a shop with goods and an empty Stripe account."""
    port, state = free_port(), tmp_path / "stripe.sqlite"
    arguments = ["-m", "stripe_simulator", "--port", str(port), "--database", str(state), "--no-portal"]
    environ = {
        "PATH": os.environ["PATH"],
        "FLASK_SKIP_DOTENV": "1",
        "SHOP_PROFILE": "test",
        "DATABASE_URL": sqlite_url,
        "CONTENT_DIR": CONTENT,
        "BASE_URL": f"http://127.0.0.1:{free_port()}",
        "STRIPE_API_BASE": f"http://127.0.0.1:{port}",
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRET": "whsec_of_nobody",
    }
    with running(launch(*arguments, "--retry-scale", "0.1", environ=environ, log=tmp_path / "stripe.log")):
        wait_until(lambda: requests.get(f"http://127.0.0.1:{port}/_sim/health", timeout=2).ok, "the simulator's start")
        yield Owner(environ, state)


def secret_in(output: str) -> str:
    """Return the signing secret that a command printed."""
    found = re.findall(r"^STRIPE_WEBHOOK_SECRET=(whsec_\w+)$", output, re.MULTILINE)
    assert len(found) == 1, output
    return str(found[0])


def test_the_events_are_the_handlers(owner: Owner) -> None:
    result = owner.type("events")
    assert (result.returncode, result.stdout.splitlines()) == (0, sorted(HANDLERS))


def test_the_readme_lists_the_handlers() -> None:
    readme = (ROOT / "README.md").read_text()
    step = readme[readme.index("flask stripe setup") : readme.index("## Configuration")]
    assert set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", step)) == set(HANDLERS)


def test_from_an_empty_account_to_an_order_that_stripe_told_of(owner: Owner, tmp_path: Path) -> None:
    empty = owner.type("check")
    assert empty.returncode == 1
    assert f"No webhook endpoint at Stripe has the address {owner.shop}/api/checkout/webhook." in empty.stdout
    assert "The billing portal has no configuration" in empty.stdout

    first = owner.type("setup")
    assert (first.returncode, first.stderr) == (0, "")
    secret = secret_in(first.stdout)
    (endpoint,), (portal,) = owner.objects("webhook_endpoints"), owner.objects("billing_portal/configurations")
    assert sorted(endpoint["enabled_events"]) == sorted(HANDLERS)

    again = owner.type("setup")
    assert (again.returncode, "whsec" in again.stdout, again.stdout.count("unchanged")) == (0, False, 2)
    assert "only when an endpoint is created" in again.stdout
    assert owner.objects("webhook_endpoints") == [endpoint]
    assert owner.objects("billing_portal/configurations") == [portal]

    owner = owner.with_secret(secret)
    with shop_of(owner, tmp_path):
        order = buy(owner)
        wait_until(lambda: state_of(owner, order) == ("confirmed", "paid"), "the order's payment", 20)
    checked = owner.type("check")
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "Stripe is set up")
    assert re.search(r"^events   The last event that arrived here is \S+, on 20\S+ \S+ UTC\.$", checked.stdout, re.M)


def test_a_secret_that_is_wrong_shows_and_a_new_one_mends_it(owner: Owner, tmp_path: Path) -> None:
    owner.type("setup")
    with shop_of(owner, tmp_path):
        order = buy(owner)
        wait_until(lambda: failures(owner), "a refused delivery", 20)
        assert state_of(owner, order) == ("pending", "pending")
    let_time_pass(owner.state)
    checked = owner.type("check")
    assert checked.returncode == 1
    assert "Stripe could not deliver" in checked.stdout
    assert "STRIPE_WEBHOOK_SECRET is wrong" in checked.stdout

    changed = owner.type("setup", "--new-secret")
    assert changed.returncode == 0
    assert [endpoint["status"] for endpoint in owner.objects("webhook_endpoints")] == ["enabled", "disabled"]
    owner = owner.with_secret(secret_in(changed.stdout))
    with shop_of(owner, tmp_path):
        order = buy(owner)
        wait_until(lambda: state_of(owner, order) == ("confirmed", "paid"), "the order's payment", 20)
    assert owner.type("check").returncode == 0


def test_a_wrong_key_and_a_stripe_out_of_reach_are_said_in_a_sentence(owner: Owner) -> None:
    wrong = {"STRIPE_SECRET_KEY": "pk_test_publishable"}
    nobody = {"STRIPE_API_BASE": f"http://127.0.0.1:{free_port()}"}
    for environ, sentence in (
        (wrong, "Stripe does not accept the key in STRIPE_SECRET_KEY: Invalid API Key provided"),
        (nobody, "Stripe does not answer: "),
    ):
        checked, made = owner.type("check", **environ), owner.type("setup", **environ)
        assert (checked.returncode, made.returncode) == (1, 1)
        assert f"stripe   {sentence}" in checked.stdout
        assert "the rest was not compared" in checked.stdout
        assert checked.stdout.splitlines()[-1] == "1 to mend"
        assert made.stderr.startswith(f"Error: {sentence}")
        assert (made.stderr.count("\n"), checked.stderr) == (1, "")


def test_in_production_the_secret_may_wait_for_the_command_and_not_for_the_servers(tmp_path: Path) -> None:
    fresh = clone(tmp_path)
    environ = fresh.production(f"sqlite:///{tmp_path / 'shop.sqlite'}", STRIPE_WEBHOOK_SECRET="")
    listed = fresh.run(["flask", "--app", "wsgi", "stripe", "events"], environ)
    assert (listed.returncode, listed.stdout.splitlines()) == (0, sorted(HANDLERS))
    for command in (
        ["flask", "--app", "wsgi", "run", "--port", str(free_port())],
        ["gunicorn", "--config", "gunicorn.conf.py", "--check-config", "wsgi:app"],
        ["python", "-m", "storefront.worker"],
    ):
        refused = fresh.run(command, environ, timeout=60)
        assert refused.returncode != 0
        assert "STRIPE_WEBHOOK_SECRET is missing" in refused.stdout + refused.stderr, command


@contextmanager
def shop_of(owner: Owner, folder: Path) -> Iterator[None]:
    """Serve the owner's shop where its BASE_URL says."""
    port = owner.shop.rsplit(":", 1)[1]
    arguments = ["-m", "flask", "--app", "wsgi", "run", "--port", port]
    with running(launch(*arguments, environ=owner.environ, log=folder / "shop.log")):
        wait_until(lambda: requests.get(f"{owner.shop}/healthz", timeout=2).ok, "the shop's start")
        yield


@contextmanager
def inside(owner: Owner) -> Iterator[None]:
    """Work in the owner's shop, in this process."""
    app = create_app(TestConfig(owner.environ), mailer=KeepingMailer())
    with app.app_context():
        yield
        db.session.remove()
        db.engine.dispose()


def buy(owner: Owner) -> str:
    """Place an order, pay it on Stripe's page and never come back; return the order's id."""
    with inside(owner):
        started = factories.begin((WHEY, 1))
    answer = requests.post(f"{owner.stripe}/_sim/pay/{started.session_id}", json={"wait": 0}, timeout=10)
    assert answer.json()["paymentStatus"] == "paid"
    return started.order_id


def state_of(owner: Owner, order_id: str) -> tuple[str, str]:
    """Return an order's state and that of its payment."""
    with inside(owner):
        order = factories.order_of(order_id)
        return str(order.status), str(order.payment_status)


def failures(owner: Owner) -> list[Any]:
    """Return the deliveries that the shop refused."""
    events = requests.get(f"{owner.stripe}/_sim/events", timeout=5).json()["events"]
    return [delivery for event in events for delivery in event["deliveries"] if delivery["httpStatus"] == 400]


def let_time_pass(state: Path) -> None:
    """Make everything at Stripe an hour older."""
    with sqlite3.connect(state, timeout=10) as file:
        file.execute(
            "UPDATE objects SET created = created - 3600, "
            "body = json_set(body, '$.created', json_extract(body, '$.created') - 3600)"
        )
    file.close()
