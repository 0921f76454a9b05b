"""The environment of the demonstration: settings, secrets, folder and ports."""

import fcntl
import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import TextIO

from dotenv import dotenv_values
from flask.helpers import get_load_dotenv

from config import ROOT, ConfigError

HOST = "127.0.0.1"
_LETTING_GO = 5.0
"""Seconds that the processes of a demonstration may take to notice that it was killed, and end."""

_SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "JWT_SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "STRIPE_WEBHOOK_SECRET": lambda: f"whsec_{secrets.token_hex(24)}",
    "STRIPE_SECRET_KEY": lambda: f"sk_test_demo{secrets.token_hex(12)}",
}
SETTINGS = (
    "ADMISSION_QUEUE", "ALLOWED_HOSTS", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_SECRET_ACCESS_KEY",
    "BASE_URL", "BIND", "CONTENT_DIR", "CUT_OFF_HOUR", "DATABASE_URL", "DOCUMENT_REQUIRED_FROM_PESOS",
    "FILES_URL", "JWT_SECRET_KEY",
    "LOGIN_AT_CHECKOUT", "MAIL_DEFAULT_SENDER", "MAIL_PASSWORD", "MAIL_PORT", "MAIL_SERVER", "MAIL_USERNAME",
    "MAIL_USE_SSL", "MAIL_USE_TLS", "MAX_HELD_PESOS_PER_NETWORK", "MAX_HELD_PESOS_PER_PERSON",
    "MAX_HELD_UNITS_PER_NETWORK", "MAX_HELD_UNITS_PER_PERSON", "MAX_HOLDS_PER_NETWORK", "MAX_HOLDS_PER_PERSON",
    "METRICS_TOKEN", "MINIMUM_ORDER_PESOS", "PAYMENT_METHODS", "PORT", "RATE_LIMITS", "RECONCILE_SECONDS", "REDIS_URL",
    "RENEWAL_NOTICE_DAYS", "RETURN_URL_ALLOWLIST", "SECRET_KEY", "SELLER_ADDRESS", "SELLER_EMAIL", "SELLER_NAME",
    "SELLER_NIT", "SELLER_PHONE", "SENDFILE_HEADER", "SENDFILE_PREFIX", "SENTRY_DSN", "SIMULATOR_PORT",
    "STRIPE_API_BASE", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "SUPPORT_REFUND_LIMIT_PESOS", "TRIAL_NOTICE_DAYS",
    "TRUSTED_PROXIES", "WAREHOUSE_EMAIL", "WEB_CONCURRENCY",
)  # fmt: skip
"""What a command beside the demonstration must know of the way it was started."""


class DemoError(ConfigError):
    """The demonstration cannot start; one sentence for the person who started it."""


def complete(environ: MutableMapping[str, str]) -> Path:
    """Fill in what the caller left open and return the demonstration's folder."""
    if environ.get("SHOP_PROFILE", "demo") != "demo":
        raise DemoError(f"This is a demonstration and SHOP_PROFILE is {environ['SHOP_PROFILE']}: unset it first.")
    folder = folder_of(environ)
    folder.mkdir(parents=True, exist_ok=True)
    shop = f"http://{HOST}:{port(environ)}"
    defaults = {
        "SHOP_PROFILE": "demo",
        "DATABASE_URL": f"sqlite:///{folder / 'shop.sqlite'}",
        "BASE_URL": shop,
        "STRIPE_API_BASE": f"http://{HOST}:{simulator_port(environ)}",
        "RETURN_URL_ALLOWLIST": f"{shop},http://localhost:{port(environ)},fitaiid://",
        "WEB_CONCURRENCY": "1",
        # The simulator is on this machine, whatever stands between this machine and the world.
        "NO_PROXY": f"{HOST},localhost",
        # A .env beside the shop is for production and for `make run`.
        "FLASK_SKIP_DOTENV": "1",
    }
    environ["DEMO_DIR"] = str(folder)
    for name, value in (defaults | kept_secrets(folder)).items():
        environ.setdefault(name, value)
    if web_workers(environ) > 1 and environ["DATABASE_URL"].startswith("sqlite"):
        raise DemoError(
            "SQLite serves one web worker: set WEB_CONCURRENCY=1, or give DATABASE_URL a PostgreSQL address."
        )
    return folder


def remember(folder: Path, environ: Mapping[str, str]) -> None:
    """Write down how the demonstration was started, for the commands that are run beside it."""
    _write_private(folder / "settings.json", {name: environ[name] for name in SETTINGS if name in environ})


def recall(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return the settings of a command: those of the demonstration's last start, unless a database is named."""
    variables = _without_env_file(environ)
    if variables.get("DATABASE_URL"):
        return variables
    folder = folder_of(variables)
    path = folder / "settings.json"
    if not path.exists():
        raise DemoError(f"There is no demonstration in {folder} yet: `make demo` makes one.")
    found: dict[str, str] = json.loads(path.read_text()) | variables
    complete(found)
    os.environ.setdefault("NO_PROXY", found["NO_PROXY"])  # which is no setting: libraries look there themselves
    return found


def _without_env_file(environ: Mapping[str, str]) -> dict[str, str]:
    """Take away what the `flask` command has read from `.env`, which is for production by default."""
    file = dotenv_values(ROOT / ".env") if get_load_dotenv() else {}
    is_for_demonstrations = file.get("SHOP_PROFILE") == environ.get("SHOP_PROFILE")
    return {name: value for name, value in environ.items() if is_for_demonstrations or file.get(name) != value}


def folder_of(environ: Mapping[str, str]) -> Path:
    """Return where the demonstration keeps everything."""
    return Path(environ.get("DEMO_DIR") or ROOT / "instance" / "demo").resolve()


def port(environ: Mapping[str, str] = os.environ) -> int:
    """Return the port of the shop."""
    return _number(environ, "PORT", 5000)


def simulator_port(environ: Mapping[str, str] = os.environ) -> int:
    """Return the port of the payment simulator."""
    return _number(environ, "SIMULATOR_PORT", 12111)


def web_workers(environ: Mapping[str, str] = os.environ) -> int:
    """Return how many web processes were asked for."""
    return _number(environ, "WEB_CONCURRENCY", 1)


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise DemoError(f"{name}={text} is not a number from 1 to 65535.")
    return int(text)


def kept_secrets(folder: Path) -> dict[str, str]:
    """Return secrets that were made once, so that a restart logs nobody out."""
    path = folder / "secrets.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    if not kept.keys() >= _SECRETS.keys():
        kept = {name: make() for name, make in _SECRETS.items()} | kept
        _write_private(path, kept)
    return {name: str(kept[name]) for name in _SECRETS}


def _write_private(path: Path, values: Mapping[str, str]) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(values, file, indent=2)


def claim(folder: Path) -> TextIO:
    """Lock the folder: two demonstrations in one would take each other's data away."""
    lock = (folder / "lock").open("w")
    try:
        _insist(lambda: fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB))
    except BlockingIOError:
        lock.close()
        raise DemoError(f"A demonstration is already running in {folder}: stop it, or set DEMO_DIR.") from None
    return lock


def check_ports(with_simulator: bool) -> None:
    """Refuse a taken port before anything is written."""
    _check_port("PORT", port())
    if with_simulator:
        _check_port("SIMULATOR_PORT", simulator_port())


def _check_port(name: str, number: int) -> None:
    try:
        _insist(lambda: _bind(number))
    except OSError as error:
        raise DemoError(f"Port {number} is taken: set {name} to a free one, as in {name}={number + 1}.") from error


def _bind(number: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, number))


def _insist(action: Callable[[], object]) -> None:
    """Try for as long as the processes of a demonstration that was killed may still hold what they had."""
    deadline = time.monotonic() + _LETTING_GO
    while True:
        try:
            action()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
