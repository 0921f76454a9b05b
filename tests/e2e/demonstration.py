"""The real demonstration on free ports, and what a test may ask behind its pages: its database and its simulator."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from config import ROOT
from storefront.demo.environment import kept_secrets
from storefront.domain import order_tokens

PATIENCE = 60
Row = dict[str, Any]
Found = TypeVar("Found")

_GOODS = "JOIN variants v ON v.id = s.variant_id JOIN products p ON p.id = v.product_id"


@dataclass(frozen=True)
class Demo:
    """A running demonstration; the shop's figures are read from its own SQLite file."""

    url: str
    simulator: str
    folder: Path
    said: list[str] = field(default_factory=list, repr=False)

    def rows(self, statement: str, *values: Any) -> list[Row]:
        """Return what the shop's database holds."""
        with closing(self._connect()) as connection:
            return [dict(row) for row in connection.execute(statement, values)]

    def row(self, statement: str, *values: Any) -> Row:
        """Return the one row that there must be."""
        found = self.rows(statement, *values)
        assert len(found) == 1, (statement, values, found)
        return found[0]

    def write(self, statement: str, *values: Any) -> None:
        """Change the shop's database behind its back, as another buyer or the staff would."""
        with closing(self._connect()) as connection, connection:
            connection.execute(statement, values)

    def sim(self, path: str, **body: Any) -> Any:
        """Call a control endpoint of the simulator."""
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.simulator}/_sim/{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def order_of_session(self, session_id: str) -> Row:
        """Return the order behind a payment page."""
        return self.row(
            "SELECT o.* FROM orders o JOIN payment_attempts a ON a.order_id = o.id WHERE a.session_id = ?", session_id
        )

    def orders_of(self, email: str) -> list[Row]:
        """Return everything that was ordered with an e-mail."""
        return self.rows("SELECT * FROM orders WHERE email = ? ORDER BY id", email)

    def stock(self, slug: str) -> Row:
        """Return on_hand and reserved of a product."""
        return self.row(f"SELECT on_hand, reserved FROM stock s {_GOODS} WHERE p.slug = ? ORDER BY v.position", slug)

    def token_of(self, order: Row) -> str:
        """Return the token in the links of a guest's mails, which the database does not know."""
        return order_tokens.sign(kept_secrets(self.folder)["SECRET_KEY"], order["public_id"])

    def is_balanced(self, slug: str) -> bool:
        """Return whether a product's stock is what its ledger says."""
        told = self.row(
            "SELECT s.on_hand, s.reserved, s.initial + coalesce(sum(m.on_hand_delta), 0) AS left, "
            "coalesce(sum(m.reserved_delta), 0) AS promised FROM stock s "
            f"{_GOODS} LEFT JOIN stock_movements m ON m.variant_id = s.variant_id WHERE p.slug = ? "
            "GROUP BY s.variant_id",
            slug,
        )
        return (told["on_hand"], told["reserved"]) == (told["left"], told["promised"])

    def ledger(self, order: Mapping[str, Any], slug: str) -> list[tuple[str, int, int]]:
        """Return the stock movements of an order as (reason, on hand, reserved)."""
        rows = self.rows(
            f"SELECT reason, on_hand_delta, reserved_delta FROM stock_movements s {_GOODS} "
            "WHERE s.order_id = ? AND p.slug = ? ORDER BY s.id",
            order["id"],
            slug,
        )
        return [tuple(row.values()) for row in rows]

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.folder / "shop.sqlite", timeout=10)
        connection.row_factory = sqlite3.Row
        return connection


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """Start the demonstration as `make demo` does, and leave no process of it behind."""
    ports = _free_ports(2)
    environ = {name: value for name, value in os.environ.items() if name not in _DECIDED_HERE}
    environ |= {
        "DEMO_DIR": str(folder),
        "PORT": str(ports[0]),
        "SIMULATOR_PORT": str(ports[1]),
        "RATE_LIMITS": "off",
        "PYTHONUNBUFFERED": "1",
    }
    demo = Demo(f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}", folder)
    process = subprocess.Popen(
        [sys.executable, "-m", "storefront.demo"],
        cwd=ROOT,
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    family: list[int] = []
    try:
        _wait_until_ready(process, demo)
        family = _descendants(process.pid)
        yield demo
    finally:
        _stop(process)
    left = [pid for pid in family if _is_alive(pid)]
    assert not left, f"processes left behind: {left}"


_DECIDED_HERE = {"SHOP_PROFILE", "DATABASE_URL", "BASE_URL", "STRIPE_API_BASE", "MAIL_SERVER", "WEB_CONCURRENCY"}


def _free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _wait_until_ready(process: "subprocess.Popen[str]", demo: Demo) -> None:
    assert process.stdout is not None
    alarm = threading.Timer(PATIENCE, process.kill)
    alarm.start()
    for line in process.stdout:
        demo.said.append(line)
        if line.startswith("ready "):
            break
    alarm.cancel()
    assert demo.said, "the demonstration said nothing"
    assert demo.said[-1].startswith("ready "), "".join(demo.said)
    threading.Thread(target=demo.said.extend, args=(process.stdout,), daemon=True).start()


def _stop(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        if process.stdout is not None:
            process.stdout.close()


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            found += [int(child), *_descendants(int(child))]
    return found


def _is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def eventually(look: Callable[[], Found], *, within: float = 30) -> Found:
    """Return the first true thing that `look` finds."""
    deadline = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return found
