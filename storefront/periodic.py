"""Doing something again and again in a thread while something else takes its time."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from flask import current_app

logger = logging.getLogger(__name__)


@contextmanager
def every(pause: timedelta, work: Callable[[], object]) -> Iterator[None]:
    """Call `work` after each pause for as long as the block lasts, with a database session of its own.

    What goes wrong there is logged and tried again; it never ends the block.
    """
    app, is_over = current_app._get_current_object(), threading.Event()  # type: ignore[attr-defined]

    def repeat() -> None:
        while not is_over.wait(pause.total_seconds()):
            try:
                with app.app_context():
                    work()
            except Exception:
                logger.warning("not done meanwhile", exc_info=True)

    thread = threading.Thread(target=repeat, name="beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
