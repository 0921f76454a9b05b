"""A database that does not serve: one exception for every way in which it shows, and two log lines for an outage."""

import logging
import sqlite3
import time
from typing import Any

from sqlalchemy import Engine, ExceptionContext, event, exc

from storefront.errors import DatabaseUnavailable

logger = logging.getLogger(__name__)

_SQLITE = frozenset({"BUSY", "LOCKED", "NOMEM", "READONLY", "IOERR", "FULL", "CANTOPEN", "PROTOCOL"})
"""What SQLite says when a file, a disk or a rival is in the way; its other errors are mistakes of ours."""

_READ_ONLY = "25006"
"""PostgreSQL's answer to a write while a standby has not taken over yet."""


class Outages:
    """Turns errors of a database that is away, full or locked into `DatabaseUnavailable`, and logs begin and end."""

    def __init__(self, engine: Engine) -> None:
        self._began: float | None = None
        event.listen(engine, "handle_error", self._name)
        event.listen(engine, "commit", self._end)
        if engine.dialect.name != "sqlite":  # whose file can be opened though its disk is full
            event.listen(engine, "connect", self._end)

    def _name(self, context: ExceptionContext) -> DatabaseUnavailable | None:
        """Return the exception to raise instead, None where the statement is wrong and not the database."""
        if not is_passing(context.sqlalchemy_exception):
            return None
        reason = _reason_of(context)
        if self._began is None:
            self._began = time.monotonic()
            logger.warning("database does not serve: %s", reason)
        return DatabaseUnavailable(reason=reason)

    def _end(self, *_connection: Any) -> None:
        if self._began is not None:
            logger.warning("database serves again after %.1f s", time.monotonic() - self._began)
            self._began = None


def is_passing(error: BaseException | None) -> bool:
    """Return whether the same statement may succeed later, because the database was away, full, locked or shut down."""
    if not isinstance(error, exc.DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        kind = getattr(error.orig, "sqlite_errorname", "").removeprefix("SQLITE_").split("_")[0]
        return kind in _SQLITE
    is_read_only = getattr(error.orig, "sqlstate", None) == _READ_ONLY
    return isinstance(error, exc.OperationalError) or error.connection_invalidated or is_read_only


def _reason_of(context: ExceptionContext) -> str:
    """Return why there is no connection, or else the error's name: its text may contain what somebody typed."""
    error = context.original_exception
    if context.connection is None:
        return str(error).splitlines()[0]
    return str(getattr(error, "sqlite_errorname", type(error).__name__))
