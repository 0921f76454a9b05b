"""Threads that start together, and books that balance afterwards."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from flask import Flask

from storefront.database import db
from tests import oracle

Race = Callable[..., list[Any]]


@pytest.fixture
def race(shop: Flask) -> Race:
    """Return what runs jobs at once, each in a process-like context of its own, and gives results or exceptions."""
    return partial(at_once, shop)


def at_once(app: Flask, *jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs at once, each in a process-like context of its own, and return results or exceptions."""
    db.session.remove()
    start = threading.Barrier(len(jobs))

    def one(job: Callable[[], Any]) -> Any:
        with app.app_context():
            start.wait(timeout=30)
            try:
                return job()
            except Exception as error:
                return error

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(one, jobs))


@pytest.fixture
def books(shop: Flask) -> Iterator[None]:
    """Check the books after the race; a negative control breaks them on purpose and does not ask for this."""
    yield
    oracle.check()
