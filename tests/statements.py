"""How many SQL statements something costs; what opens, ends and marks transactions is not counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

_KEPT = ("delivery_settings.pickup_hours_en FROM delivery_settings", "LEFT OUTER JOIN shop_details")
"""What staff wrote for the shop's pages, which a process reads once in ten seconds and not for each request."""

_FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


class Statements(list[str]):
    """The statements since the last `at_most`, of every session and thread; many rows in one call count once."""

    @contextmanager
    def at_most(self, limit: int) -> Iterator[None]:
        """Fail, showing the statements, if more than `limit` are sent inside."""
        self.clear()
        yield
        assert len(self) <= limit, f"{len(self)} statements, {limit} allowed:\n" + "\n".join(self)


@pytest.fixture
def statements() -> Iterator[Statements]:
    """Return the running list of statements; `with statements.at_most(3): client.get("/")`."""
    kept = Statements()

    def note(_conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        line = " ".join(statement.split())
        if not line.upper().startswith(_FRAME) and not any(kept_read in line for kept_read in _KEPT):
            kept.append(line)

    event.listen(Engine, "before_cursor_execute", note)
    yield kept
    event.remove(Engine, "before_cursor_execute", note)
