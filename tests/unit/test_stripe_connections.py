"""The connections to Stripe: shared by threads, kept, opened anew, and by the proxies of the start."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from storefront.gateways.payments import PaymentUnknown, SessionSnapshot
from storefront.gateways.stripe import StripeGateway, http


class Account(ThreadingHTTPServer):
    """Stripe as far as it is asked for a session; it counts connections, and can close each after its answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.connections, self.paths, self.headers = 0, [""], [{"": ""}]
        self.closes_silently, self.pause = False, 0.0
        self.address = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_arguments: Any) -> None:
        """Say nothing of a client that hung up."""

    def gateway(self, address: str = "") -> StripeGateway:
        return StripeGateway("sk_test_x", ("whsec_x",), address or self.address)


class Answering(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Account
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.server.headers.append(dict(self.headers))
        time.sleep(self.server.pause)
        body = json.dumps(session(self.path.rsplit("/", 1)[1])).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "of=stripe")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.server.closes_silently

    def log_message(self, *_arguments: Any) -> None:
        pass


def session(session_id: str) -> dict[str, Any]:
    return {
        "id": session_id, "object": "checkout.session", "amount_total": 1000, "currency": "cop", "metadata": {},
        "expires_at": 1_800_000_000, "payment_intent": None, "payment_status": "unpaid", "status": "open", "url": None,
    }  # fmt: skip


@pytest.fixture
def account() -> Iterator[Account]:
    with Account() as account:
        thread = threading.Thread(target=account.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield account
        account.shutdown()
        thread.join()


def in_a_thread(gateway: StripeGateway, session_id: str) -> SessionSnapshot:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(gateway.fetch_checkout, session_id).result()


def test_threads_share_connections(account: Account) -> None:
    gateway = account.gateway()
    for number in range(5):
        assert in_a_thread(gateway, f"cs_test_{number}").id == f"cs_test_{number}"
    assert account.connections == 1


def test_each_of_many_at_once_gets_its_own_answer(account: Account) -> None:
    gateway, account.pause = account.gateway(), 0.005
    wanted = [f"cs_test_{number}" for number in range(120)]
    with ThreadPoolExecutor(16) as pool:
        assert [found.id for found in pool.map(gateway.fetch_checkout, wanted)] == wanted
    assert 1 < account.connections <= 16


def test_a_connection_that_was_closed_meanwhile_is_opened_anew(account: Account) -> None:
    gateway, account.closes_silently = account.gateway(), True
    for number in range(3):
        assert gateway.fetch_checkout(f"cs_test_{number}").id == f"cs_test_{number}"
        time.sleep(0.05)
    assert account.connections == 3


def test_proxies_are_those_of_the_start(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    direct = account.gateway()
    direct.fetch_checkout("cs_test_1")
    monkeypatch.setenv("HTTP_PROXY", account.address)
    direct.fetch_checkout("cs_test_2")
    assert account.paths[-2:] == ["/v1/checkout/sessions/cs_test_1", "/v1/checkout/sessions/cs_test_2"]
    account.gateway("http://stripe.invalid").fetch_checkout("cs_test_3")
    assert account.paths[-1] == "http://stripe.invalid/v1/checkout/sessions/cs_test_3"
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    account.gateway().fetch_checkout("cs_test_4")
    assert account.paths[-1] == "/v1/checkout/sessions/cs_test_4"


def test_no_cookie_and_no_other_password_is_sent(
    account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    gateway = account.gateway()
    for _ in range(2):
        gateway.fetch_checkout("cs_test_1")
    assert account.headers[-1]["Authorization"] == "Bearer sk_test_x"
    assert "Cookie" not in account.headers[-1]


def test_a_silent_stripe_is_given_up(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_TIMEOUT", (0.2, 0.2))
    gateway, account.pause = account.gateway(), 0.6
    began = time.monotonic()
    with pytest.raises(PaymentUnknown):
        gateway.fetch_checkout("cs_test_1")
    assert time.monotonic() - began < 6  # three tries, and the SDK's pauses between them
    assert account.connections == 3
