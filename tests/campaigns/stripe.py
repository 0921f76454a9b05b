"""Stripe on this machine: the simulator as a process of its own, with a ledger that the shop does not write."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.campaigns.oracle import Ledger
from tests.campaigns.processes import SECRET, free_port, launch, running, wait_until
from tests.events import Event

CARD, DECLINED = "4242424242424242", "4000000000000002"


@dataclass
class Stripe:
    """A running simulator: its door for tests, and its books."""

    url: str
    state: Path

    def sim(self, path: str, **body: Any) -> Any:
        """Turn a knob or make something happen; raises HTTPError where Stripe refuses."""
        response = requests.post(f"{self.url}/_sim/{path}", json=body, timeout=60)
        response.raise_for_status()
        return response.json()

    def pay(self, session_id: str, card: str = CARD, wait: float = 0) -> bool:
        """Pay as a customer; False where the page cannot be paid (any more)."""
        response = requests.post(f"{self.url}/_sim/pay/{session_id}", json={"card": card, "wait": wait}, timeout=60)
        return response.ok and bool(response.json()["status"] == "complete")

    def ledger(self) -> Ledger:
        """Return what Stripe holds now."""
        return Ledger.read(self.state)

    def events(self, about: str = "") -> list[Event]:
        """Return the events, oldest first; `about` is an id somewhere inside."""
        connection = sqlite3.connect(self.state, timeout=10)
        try:
            found = connection.execute(
                "SELECT body FROM objects WHERE kind = 'event' AND body LIKE ? ORDER BY seq", (f"%{about}%",)
            )
            return [json.loads(body) for (body,) in found]
        finally:
            connection.close()

    def hurry(self) -> None:
        """Have everything delivered now; what met five outages would be put off for minutes, in life for hours."""
        connection = sqlite3.connect(self.state, timeout=30)
        try:
            with connection:
                connection.execute("UPDATE deliveries SET due = 0 WHERE status = 'pending'")
        finally:
            connection.close()

    def undelivered(self) -> int:
        """Return how many deliveries are still to come."""
        connection = sqlite3.connect(self.state, timeout=10)
        try:
            return int(connection.execute("SELECT count(*) FROM deliveries WHERE status = 'pending'").fetchone()[0])
        finally:
            connection.close()


@contextmanager
def stripe(folder: Path, environ: dict[str, str], webhook: str = "", retry_scale: float = 0.1) -> Iterator[Stripe]:
    """Start the simulator; without a webhook its events wait to be fetched."""
    port = free_port()
    state = folder / "stripe.sqlite"
    arguments = ["-m", "stripe_simulator", "--port", str(port), "--database", str(state)]
    arguments += ["--parent-pid", str(os.getpid())]
    if webhook:
        arguments += ["--webhook-url", webhook, "--webhook-secret", SECRET, "--retry-scale", str(retry_scale)]
    with running(launch(*arguments, environ=environ, log=folder / "stripe.log")):
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: requests.get(f"{url}/_sim/health", timeout=2).ok, "the simulator's start")
        yield Stripe(url, state)
