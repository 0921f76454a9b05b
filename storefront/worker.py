"""The worker: sends due mail every second, and sweeps every half minute.

The rows in the database are the truth and are claimed by lease, so any number of workers may run. It is started as
`python -m storefront.worker`; the `flask` command would load Alembic for it, too, and keep it.
"""

import argparse
import logging
import os
import signal
import threading
import time

from flask import Flask
from werkzeug.utils import import_string

from storefront.services import housekeeping, mailroom

logger = logging.getLogger(__name__)

MAIL_EVERY = 1.0
SWEEP_EVERY = 30.0


def run(app: Flask, stop: threading.Event | None = None) -> None:
    """Work until told to stop; a failed round is logged and the next one tries again."""
    stop = stop or threading.Event()
    next_sweep = 0.0
    while not stop.is_set():
        with app.app_context():
            if time.monotonic() >= next_sweep:
                next_sweep = time.monotonic() + SWEEP_EVERY
                _do("sweep", housekeeping.sweep)
        with app.app_context():
            busy = _do("mail", mailroom.deliver_due)
        if not busy:
            stop.wait(MAIL_EVERY)


def start_thread(app: Flask) -> threading.Event:
    """Work beside the web server in its one process; set the returned event to stop."""
    stop = threading.Event()
    threading.Thread(target=run, args=(app, stop), name="worker", daemon=True).start()
    return stop


def _do(name: str, work: object) -> int:
    try:
        return int(work())  # type: ignore[operator]
    except Exception:
        logger.exception("worker round failed: %s", name)
        return 0


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
    asked = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    end_with(asked.parent_pid)
    run(import_string(asked.app), stop)


if __name__ == "__main__":
    main()
