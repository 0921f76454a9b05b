"""One clock for the shop and the simulator, so that years of plans, returns and outages can be played in a test.

    with one_clock(datetime(2027, 1, 31, tzinfo=UTC), folder, database_url) as years:
        ...buy something...
        years.pass_days(400)

Both run in this process and read its clock, which moves to whatever is due next at Stripe (renewals, retries, ends),
and by a week at most. At each step the simulator does what is due, the shop hears of it as it would with every webhook
lost, and everything that the worker does is done once: `on_step` may look at the shop then. Nothing really waits.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import time_machine
from flask import Flask

from config import TestConfig
from storefront import clock, create_app
from storefront.database import db
from storefront.services.mail import mail_delivery
from storefront.services.payments import reconcile
from storefront.worker import JOBS
from stripe_simulator import RunningSimulator, SimulatorSettings, start
from tests.conftest import CONTENT
from tests.fakes import KeepingMailer

LONGEST_STEP = timedelta(days=7)


@dataclass
class Years:
    """A shop and its Stripe, whose time passes when it is told to."""

    app: Flask
    simulator: RunningSimulator
    traveller: Any
    on_step: list[Callable[[], None]] = field(default_factory=list)

    @property
    def mailer(self) -> KeepingMailer:
        """Return the mailer that keeps what was sent."""
        mailer = self.app.extensions["mailer"]
        assert isinstance(mailer, KeepingMailer)
        return mailer

    def pass_days(self, days: float) -> None:
        """Let time pass, a step at a time."""
        self.pass_until(clock.now() + timedelta(days=days))

    def pass_until(self, moment: datetime) -> None:
        """Let time pass until a moment, a step at a time."""
        while (left := moment - clock.now()) > timedelta(0):
            self.traveller.shift(min(left, LONGEST_STEP, self._until_next_due()))
            self.work()

    def _until_next_due(self) -> timedelta:
        now = int(clock.now().timestamp())
        with self.simulator.app.extensions["simulator"].store.read_connection() as connection:
            due = connection.execute("SELECT MIN(due) AS due FROM objects WHERE due > ?", (now,)).fetchone()["due"]
        return timedelta(seconds=due - now) if due else LONGEST_STEP

    def work(self) -> None:
        """Do what is due now, at Stripe and then in the shop."""
        self.simulator.app.extensions["simulator"].tick()
        reconcile.reconcile()
        for job in JOBS:
            job.work()
        while mail_delivery.deliver_due():
            pass
        db.session.remove()
        for look in self.on_step:
            look()

    def sim(self, path: str, **body: Any) -> Any:
        """Make something happen at Stripe."""
        answer = requests.post(f"{self.simulator.url}/_sim/{path}", json=body, timeout=15)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def one_clock(begin: datetime, folder: Path, database_url: str) -> Iterator[Years]:
    """Start both at a moment, inside the shop's context; the clock stands still between two steps."""
    with time_machine.travel(begin, tick=False) as traveller:
        running = start(SimulatorSettings(folder / "stripe.sqlite"))
        config = TestConfig({"DATABASE_URL": database_url, "CONTENT_DIR": CONTENT, "STRIPE_API_BASE": running.url})
        app = create_app(config, mailer=KeepingMailer())
        try:
            with app.app_context():
                yield Years(app, running, traveller)
                db.session.remove()
                db.engine.dispose()
        finally:
            running.stop()
