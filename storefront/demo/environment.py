"""What the demonstration stands on: its settings, secrets, folder and ports."""

import fcntl
import json
import os
import secrets
import socket
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import TextIO

from config import ROOT

HOST = "127.0.0.1"
_SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "JWT_SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "STRIPE_WEBHOOK_SECRET": lambda: f"whsec_{secrets.token_hex(24)}",
    "STRIPE_SECRET_KEY": lambda: f"sk_test_demo{secrets.token_hex(12)}",
}


class DemoError(RuntimeError):
    """The demonstration cannot start; one sentence for the person who started it."""


def complete(environ: MutableMapping[str, str]) -> Path:
    """Fill in what the caller left open and return the demonstration's folder."""
    if environ.get("SHOP_PROFILE", "demo") != "demo":
        raise DemoError(f"This is a demonstration and SHOP_PROFILE is {environ['SHOP_PROFILE']}: unset it first.")
    folder = Path(environ.get("DEMO_DIR") or ROOT / "instance" / "demo").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    shop = f"http://{HOST}:{port()}"
    defaults = {
        "SHOP_PROFILE": "demo",
        "DATABASE_URL": f"sqlite:///{folder / 'shop.sqlite'}",
        "BASE_URL": shop,
        "STRIPE_API_BASE": f"http://{HOST}:{simulator_port()}",
        "RETURN_URL_ALLOWLIST": f"{shop},http://localhost:{port()},fitaiid://",
        "WEB_CONCURRENCY": "1",
        # The simulator is on this machine, whatever stands between this machine and the world.
        "NO_PROXY": f"{HOST},localhost",
        # A .env beside the shop is for production and for `make run`.
        "FLASK_SKIP_DOTENV": "1",
    }
    environ["DEMO_DIR"] = str(folder)
    for name, value in (defaults | kept_secrets(folder)).items():
        environ.setdefault(name, value)
    if web_workers() > 1 and environ["DATABASE_URL"].startswith("sqlite"):
        raise DemoError(
            "SQLite serves one web worker: set WEB_CONCURRENCY=1, or give DATABASE_URL a PostgreSQL address."
        )
    return folder


def port() -> int:
    """Return the port of the shop."""
    return _number("PORT", 5000)


def simulator_port() -> int:
    """Return the port of the payment simulator."""
    return _number("SIMULATOR_PORT", 12111)


def web_workers() -> int:
    """Return how many web processes were asked for."""
    return _number("WEB_CONCURRENCY", 1)


def _number(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise DemoError(f"{name}={text} is not a number from 1 to 65535.")
    return int(text)


def kept_secrets(folder: Path) -> dict[str, str]:
    """Return secrets that were made once, so that a restart logs nobody out."""
    path = folder / "secrets.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    if not kept.keys() >= _SECRETS.keys():
        kept = {name: make() for name, make in _SECRETS.items()} | kept
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file, indent=2)
    return {name: str(kept[name]) for name in _SECRETS}


def claim(folder: Path) -> TextIO:
    """Lock the folder: two demonstrations in one would take each other's data away."""
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except OSError as error:
            raise DemoError(f"Port {number} is taken: set {name} to a free one, as in {name}={number + 1}.") from error
