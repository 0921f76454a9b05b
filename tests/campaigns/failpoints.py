"""Places where the power is cut: around every commit, every call to Stripe and every mail that is sent.

Nothing in the shop knows of them. They are installed from outside: on the session's own events, in a subclass of the
Stripe gateway and around the mailer. `cut_at("place#3")` ends the process, without any goodbye, when it reaches that
place for the third time; `log_to(file)` only writes down each place that is reached, so that a proof can try them all.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event

from storefront.database import ShopSession
from storefront.gateways.email import MailConnection, Mailer, RenderedEmail
from storefront.gateways.stripe import StripeGateway

EXIT_CODE = 137
_BETWEEN = ("contextlib", "sqlalchemy", "storefront.database", __name__)
"""Modules whose functions stand on the stack between a commit and the use case that makes it."""

_armed: list[Callable[[str], None]] = []


def log_to(path: Path) -> None:
    """Append each place that this process reaches to a file."""

    def write(place: str) -> None:
        with path.open("a") as file:
            file.write(f"{place}\n")

    _arm(write)


def cut_at(place: str) -> None:
    """End this process at a place, such as `before the mail#2`: when it is reached for the second time."""
    name, _, count = place.partition("#")
    left = int(count or 1)

    def cut(reached: str) -> None:
        nonlocal left
        left -= reached == name
        if not left:
            os._exit(EXIT_CODE)

    _arm(cut)


def _arm(action: Callable[[str], None]) -> None:
    if not _armed:
        event.listen(ShopSession, "before_commit", _before_commit)
        event.listen(ShopSession, "after_commit", _after_commit)
    _armed[:] = [action]


def _reach(place: str) -> None:
    for action in _armed:
        action(place)


@contextmanager
def _around(name: str) -> Iterator[None]:
    """Mark the places before and after something that cannot be undone; the latter only if it went well."""
    _reach(f"before {name}")
    yield
    _reach(f"after {name}")


def _before_commit(session: ShopSession) -> None:
    if _is_writing(session):
        _reach(f"before commit in {_use_case()}")


def _after_commit(session: ShopSession) -> None:
    if _is_writing(session):
        _reach(f"after commit in {_use_case()}")


def _is_writing(session: ShopSession) -> bool:
    """Return whether this is the commit of a use case, and not the end of reading or of a savepoint."""
    return bool(session.info.get("writing")) and not session.in_nested_transaction()


def _use_case() -> str:
    """Return the name of the function that opened the transaction."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals["__name__"].startswith(_BETWEEN):
        frame = frame.f_back
    return f"{frame.f_globals['__name__'].removeprefix('storefront.')}.{frame.f_code.co_name}"


class FailpointGateway(StripeGateway):
    """The shop's gateway, with a place before and after each call to Stripe."""

    def call_stripe(self, call: Callable[[], Any]) -> dict[str, Any]:
        """Call Stripe."""
        with _around("the call to Stripe"):
            return super().call_stripe(call)


class FailpointMailer:
    """A mailer, with a place before and after each mail."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    @contextmanager
    def connect(self) -> Iterator[MailConnection]:
        """Open a connection."""
        with self._mailer.connect() as connection:
            yield _FailpointConnection(connection)


class _FailpointConnection:
    def __init__(self, connection: MailConnection) -> None:
        self._connection = connection

    def send(self, message: RenderedEmail) -> None:
        """Send a mail."""
        with _around("the mail"):
            self._connection.send(message)
