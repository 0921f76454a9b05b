"""The command line as staff use it; every test ends with the books in balance, on both databases."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import Result
from flask import Flask

from tests import oracle

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def books(shop: Flask) -> Iterator[None]:
    """Check stock, coupons, sums and histories after the test, whatever it did."""
    yield
    oracle.check()


@pytest.fixture
def run(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what types `flask …` for Eva and gives back what she sees, with ordinary spaces, and the exit code."""
    monkeypatch.setenv("USER", "eva")

    def typed(*words: str, input: str | bytes | None = None) -> Result:
        done = shop.test_cli_runner().invoke(args=words, input=input)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        done.stdout_bytes = done.stdout_bytes.replace("\N{NO-BREAK SPACE}".encode(), b" ")
        done.output_bytes = done.output_bytes.replace("\N{NO-BREAK SPACE}".encode(), b" ")
        return done

    return typed
