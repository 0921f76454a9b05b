"""The shop in production's profile behind nginx, under `https` names; the simulator has Stripe's own names."""

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from stripe_simulator import SimulatorSettings, start
from tests.campaigns.processes import free_port
from tests.conftest import CONTENT
from tests.e2e.browsing import FLAGS, chromium_path
from tests.e2e.demonstration import Demo
from tests.gunicorn_process import HOST, running_gunicorn

CHECKOUT, PORTAL = "https://checkout.stripe.com", "https://billing.stripe.com"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
SECRET = f"whsec_{secrets.token_hex(24)}"
_CONFIG = """
daemon off; pid {folder}/pid; error_log {folder}/error.log warn;
events {{}}
http {{
    access_log off; client_max_body_size 20m; client_body_buffer_size 20m;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
    server {{
        listen 127.0.0.1:{port} ssl; server_name {host};
        location / {{
            proxy_pass http://127.0.0.1:{shop}; proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
    server {{
        listen 127.0.0.1:{port} ssl; server_name checkout.stripe.com billing.stripe.com;
        location / {{ proxy_pass http://127.0.0.1:{stripe}; proxy_set_header Host $http_host; }}
    }}
}}
"""


@contextmanager
def running_production(folder: Path, database: Path) -> Iterator[tuple[Demo, int]]:
    """Start everything and return the shop, and the port at which nginx has all its names."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    shop_port, nginx_port = free_port(), free_port()
    with ExitStack() as ends:
        shutil.copy(database, folder / "shop.sqlite")
        simulator = start(
            SimulatorSettings(
                database=folder / "simulator.sqlite",
                webhook_url=f"http://127.0.0.1:{shop_port}/api/checkout/webhook",
                webhook_secrets=(SECRET,),
                public_url=CHECKOUT,
                portal_url=PORTAL,
            )
        )
        ends.callback(simulator.stop)
        ends.enter_context(
            running_gunicorn(
                f"sqlite:///{folder / 'shop.sqlite'}",
                folder,
                port=shop_port,
                application="tests.e2e.production_shop:app",
                TEST_STRIPE_ADDRESS=simulator.url,
                STRIPE_WEBHOOK_SECRET=SECRET,
                TRUSTED_PROXIES="1",
                CONTENT_DIR=CONTENT,
                ALLOWED_HOSTS="127.0.0.1",
                NO_PROXY="127.0.0.1",
            )
        )
        ends.enter_context(_nginx(folder / "nginx", nginx_port, shop_port, int(simulator.url.rsplit(":", 1)[1])))
        yield Demo(f"https://{HOST}", CHECKOUT, folder), nginx_port


@contextmanager
def _nginx(folder: Path, port: int, shop: int, stripe: int) -> Iterator[None]:
    folder.mkdir()
    names = f"subjectAltName=DNS:{HOST},DNS:checkout.stripe.com,DNS:billing.stripe.com"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
         "-addext", names, "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    text = _CONFIG.format(folder=folder, port=port, shop=shop, stripe=stripe, host=HOST)
    (folder / "nginx.conf").write_text(text)
    process = subprocess.Popen([str(NGINX), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")])
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def knowing_names(chromium: Browser, port: int, *flags: str) -> Iterator[Browser]:
    """Start a chromium for which every name is this machine."""
    resolver = f"--host-resolver-rules=MAP * 127.0.0.1:{port}"
    browser = chromium.browser_type.launch(executable_path=chromium_path(), args=[*FLAGS, resolver, *flags])
    try:
        yield browser
    finally:
        browser.close()
