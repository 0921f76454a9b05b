"""The names under which the shop answers, and what it answers to everybody else."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from config import TestConfig
from storefront import create_app
from storefront.services.mail import mail_delivery
from tests.conftest import _opened
from tests.events import event, raw, sign
from tests.fakes import FakeGateway, KeepingMailer

SHOP, API = "tienda.fitaiid.example", "api.fitaiid.example"
NEW = {"email": "ana@example.com", "password": "trote-lluvia-guayaba", "firstName": "Ana", "lastName": "Gil"}


@pytest.fixture
def app(sqlite_url: str) -> Iterator[Flask]:
    """Return a shop with a second host name, behind a proxy that speaks HTTPS."""
    environ = {
        "DATABASE_URL": sqlite_url,
        "BASE_URL": f"https://{SHOP}",
        "ALLOWED_HOSTS": f" {API.upper()}. , www.fitaiid.example:443",
        "TRUSTED_PROXIES": "1",
    }
    yield from _opened(create_app(TestConfig(environ), payments=FakeGateway(), mailer=KeepingMailer()))


def ask(client: FlaskClient, host: str, path: str = "/") -> int:
    return client.get(path, headers={"Host": host, "X-Forwarded-Proto": "https"}).status_code


@pytest.mark.parametrize(
    "host",
    [
        SHOP, API, "www.fitaiid.example", SHOP.upper(), API.title(), f"{SHOP}.", f"{API}.:443", f"{SHOP}:443",
        f"{API}:8443", f"{SHOP.upper()}.:5000",
    ],
)  # fmt: skip
def test_every_name_of_the_shop_opens_it(client: FlaskClient, host: str) -> None:
    assert ask(client, host) == 200
    assert ask(client, host, "/api/products") == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.test", f"{SHOP}.evil.test", f"evil.{SHOP}", f"evil{SHOP}", f"{SHOP}..", f".{SHOP}", "127.0.0.1",
        "[::1]:5000", f"{SHOP}:x", f"{SHOP}:0", f"{SHOP}, evil.test", f"{SHOP}@evil.test", f"{SHOP}/", "", ".", ":443",
    ],
)  # fmt: skip
def test_other_names_open_nothing_but_the_health_of_the_shop(client: FlaskClient, host: str) -> None:
    for path in ("/", "/cart", "/nada", "/static/css/shop.css", "/metrics", "/healthz/", "/api/docs"):
        assert ask(client, host, path) == 400, path
    answer = client.get("/api/products", headers={"Host": host})
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert "evil" not in answer.text
    assert ask(client, host, "/healthz") == 200
    assert ask(client, host, "/readyz") == 200


@pytest.mark.parametrize("said", [{}, {"X-Forwarded-Proto": "http"}])
@pytest.mark.parametrize("path", ["/staff", "/products//whey-protein-2lb"])
def test_an_address_is_mended_over_https_whatever_the_proxy_says(
    client: FlaskClient, path: str, said: dict[str, str]
) -> None:
    answer = client.get(path, headers={"Host": SHOP} | said)
    assert answer.status_code == 308
    assert answer.location.startswith(f"https://{SHOP}/")


def test_a_balancer_that_names_no_host_learns_how_the_shop_is(app: Flask) -> None:
    for path, status in (("/healthz", 200), ("/readyz", 200), ("/", 400)):
        environ = EnvironBuilder(path, base_url="http://10.0.0.7:5000").get_environ()
        del environ["HTTP_HOST"]
        assert run_wsgi_app(app, environ)[1].startswith(f"{status} "), path


def test_stripe_finds_the_webhook_under_the_second_name(client: FlaskClient) -> None:
    body = raw(event("balance.available", {"id": "bal_1", "object": "balance"}))
    headers = {"Host": f"{API}.", "Stripe-Signature": sign(body)}
    assert client.post("/api/checkout/webhook", data=body, headers=headers).json == {"received": True}


@pytest.mark.parametrize("host", [SHOP, API, "evil.test"])
def test_links_in_mails_always_have_the_shop_s_own_address(app: Flask, client: FlaskClient, host: str) -> None:
    answer = client.post("/api/auth/register", json=NEW, headers={"Host": host, "X-Forwarded-Host": "evil.test"})
    assert answer.status_code == (400 if host == "evil.test" else 201)
    with app.app_context():
        mail_delivery.deliver_due()
    mailer: KeepingMailer = app.extensions["mailer"]
    links = [
        link for email in mailer.emails_sent for link in re.findall(r"https?://[^/\s\"<]+", email.text + email.html)
    ]
    assert set(links) == ({f"https://{SHOP}"} if answer.status_code == 201 else set())
