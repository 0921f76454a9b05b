"""The worker: sends mail and refunds, ends unpaid orders, catches up with Stripe; each in a thread of its own.

So a slow Stripe never holds mail up, nor a silent mail server an order. The rows in the database are the truth and
are claimed there, so any number of workers may run. It is started as `python -m storefront.worker`; the `flask`
command would load Alembic for it, too, and keep it.
"""

import argparse
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from sqlalchemy.exc import InterfaceError, OperationalError
from werkzeug.utils import import_string

from config import ConfigError, read_env_file
from storefront.errors import DatabaseUnavailable, ShopError
from storefront.services.admin import product_imports
from storefront.services.figures import accounting
from storefront.services.jobs import cleanup, daily_mail, unused_files
from storefront.services.mail import mail_delivery
from storefront.services.orders import packing_slip_jobs
from storefront.services.payments import reconcile, refunds
from storefront.services.stock import alerts, low_stock
from storefront.services.subscriptions import management, notices

logger = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between two tries while something does not work; mail flows again so soon after its server came back."""

REPEAT_AFTER = 300.0
"""Seconds after which a trouble that goes on is logged once more."""

GOODBYE = 20.0
"""Seconds that work under way may take when the worker is told to stop; what is cut off is done by the next one."""


@dataclass(frozen=True)
class Job:
    """Something to do again and again: `every` so many seconds, and at once while there is more of it."""

    name: str
    every: float
    work: Callable[[], object]
    is_greedy: bool = False


JOBS = (
    Job("mail", 1, mail_delivery.deliver_due, is_greedy=True),
    Job("refunds", 30, refunds.send_all),
    Job("orders", 30, cleanup.expire_unpaid),
    Job("reconciliation", 2, reconcile.run_due),
    Job("ending plans", 2, management.end_due),
    Job("plans", 30, cleanup.refresh_plans),
    Job("notices of plans", 60, notices.remind),
    Job("files of products", 1, product_imports.run_due, is_greedy=True),
    Job("packing slips", 1, packing_slip_jobs.run_due, is_greedy=True),
    Job("accountant's files", 1, accounting.run_due, is_greedy=True),
    Job("daily mail", 300, daily_mail.tell),
    Job("low stock", 600, low_stock.tell),
    Job("stock alerts", 30, alerts.tell_due, is_greedy=True),
    Job("tidying", 30, cleanup.tidy),
    Job("unused files", 300, unused_files.delete_due),
)


def run(app: Flask, stop: threading.Event | None = None) -> None:
    """Work until told to stop."""
    stop = stop or threading.Event()
    threads = [
        threading.Thread(target=_repeat, args=(app, job, stop), name=f"worker-{job.name}", daemon=True) for job in JOBS
    ]
    for thread in threads:
        thread.start()
    stop.wait()
    deadline = time.monotonic() + GOODBYE
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))


def start_thread(app: Flask) -> threading.Event:
    """Work beside the web server in its one process; set the returned event to stop."""
    stop = threading.Event()
    threading.Thread(target=run, args=(app, stop), name="worker", daemon=True).start()
    return stop


def _repeat(app: Flask, job: Job, stop: threading.Event) -> None:
    trouble = ""
    while not stop.is_set():
        done: object = 0
        wait = job.every
        try:
            with app.app_context():
                done = job.work()
        except DatabaseUnavailable:  # which is logged where it is met, when it begins and when it ends
            wait = max(wait, PAUSE)
        except Exception as error:  # whatever it is, the next round tries again
            trouble = _troubles.report(job.name, error)
            wait = max(wait, PAUSE)
        else:
            trouble = _troubles.end(trouble)
        if not (job.is_greedy and done):
            stop.wait(wait)


class Troubles:
    """What does not work at the moment, so that an outage is one line in the log and not one for each job and round."""

    def __init__(self) -> None:
        self._logged: dict[str, float] = {}

    def report(self, job: str, error: Exception) -> str:
        """Log an error that is new or goes on for long, and return its text."""
        message = f"{type(error).__name__}: {error}".splitlines()[0]  # a database's error goes on with its statement
        now = time.monotonic()
        if now - self._logged.get(message, -REPEAT_AFTER) < REPEAT_AFTER:
            return message
        self._logged[message] = now
        if isinstance(error, (ShopError, OperationalError, InterfaceError)):
            logger.warning("not done: %s", message, extra={"task": job})
        else:
            logger.exception("worker round failed: %s", job, extra={"task": job})
        return message

    def end(self, message: str) -> str:
        """Log that what was reported with this text works again, if anything was; return an empty text."""
        if message and self._logged.pop(message, None) is not None:
            logger.info("works again after: %s", message)
        return ""


_troubles = Troubles()


def end_with(parent: int) -> None:
    """Stop this process when `parent` is gone: a killed `make` or a closed terminal must leave nothing behind."""
    if not parent:
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """Work until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m storefront.worker", description="Deliver mail and tidy up.")
    parser.add_argument("--app", default="wsgi:app", help="The shop, as module:name.")
    parser.add_argument("--parent-pid", type=int, default=0, help="Stop when this process is no longer the parent.")
    arguments = parser.parse_args()
    _on_signal(lambda: sys.exit(0))  # nothing was begun, so nothing has to be finished
    end_with(arguments.parent_pid)
    read_env_file()
    try:
        app = import_string(arguments.app)
    except ConfigError as error:
        sys.exit(str(error))
    stop = threading.Event()
    _on_signal(stop.set)
    run(app, stop)


def _on_signal(end: Callable[[], object]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end())


if __name__ == "__main__":
    main()
