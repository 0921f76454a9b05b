"""Counting the openings of pages on the way to a purchase, for pages and API, and writing what was counted.

Programs and the shop's own people are not counted. The first opening after a while has a thread write what this
process counted until then, a little later; so a page sends no statement for it, and an idle process does nothing.
"""

import atexit
import logging
import re
import threading
from typing import Any

from flask import Flask, current_app, request

from storefront.clock import now
from storefront.enums import FunnelStep
from storefront.errors import DatabaseUnavailable
from storefront.services.figures import funnel

logger = logging.getLogger(__name__)

WRITE_AFTER = 10.0
"""Seconds after which what was counted is written."""

_PROGRAMS = re.compile(
    r"bot|crawl|spider|slurp|preview|externalhit|lighthouse|headless|monitor|uptime|curl|wget|scrapy|python-requests",
    re.IGNORECASE,
)


def count_step(step: FunnelStep, *, is_staff: bool) -> None:
    """Count that this request opened a page, unless a program, a browser ahead of its user, or staff did."""
    agent, is_ahead = request.user_agent.string, "Sec-Purpose" in request.headers
    if is_staff or is_ahead or request.method == "HEAD" or not agent or _PROGRAMS.search(agent):
        return
    funnel.count(step, now=now())
    if not current_app.testing:  # a test writes when it says so
        _writer.wake(current_app._get_current_object())  # type: ignore[attr-defined]


class Writer:
    """The thread that writes what was counted, once for each time that it is woken."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_waiting = False
        self._is_registered = False

    def wake(self, app: Flask) -> None:
        """Have what is counted written soon, and what is left when the process ends."""
        with self._lock:
            if self._is_waiting:
                return
            self._is_waiting = True
            if not self._is_registered:
                self._is_registered = True
                atexit.register(self.write, app)
        timer = threading.Timer(WRITE_AFTER, self.write, [app])
        timer.daemon = True
        timer.start()

    def write(self, app: Flask) -> Any:
        """Write what was counted; what does not work now is done with what is counted next."""
        with self._lock:
            self._is_waiting = False
        try:
            with app.app_context():
                return funnel.write()
        except DatabaseUnavailable as away:
            logger.warning("openings not written yet: %s", away)
        except Exception:
            logger.warning("openings not written yet", exc_info=True)


_writer = Writer()
