"""The worker: sends due mail every second, and sweeps every half minute.

The rows in the database are the truth and are claimed by lease, so any number of workers may run.
"""

import logging
import threading
import time

from flask import Flask

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
